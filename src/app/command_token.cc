// epochcost token: who may look at a page that others can reach.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "api/http/tokens.h"
#include "app/context.h"
#include "app/data_home.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

struct TokenOptions {
  std::string name;
  std::string project;
  int days = 90;
};

std::string PathOf(const Context& context) { return context.data_home + "/tokens.json"; }

Result<std::string> Add(const Context& context, const TokenOptions& options) {
  const auto home = FindDataHome();
  if (!home) return tl::unexpected(home.error());
  auto entries = api::http::ReadTokens(PathOf(context));
  if (!entries) return tl::unexpected(entries.error());
  if (std::ranges::find(*entries, options.name, &api::http::TokenEntry::name) != entries->end()) {
    return Fail(ErrorCode::kConflict, Say("there is a token named {} already", options.name), "",
                Say("epochcost token remove {}", options.name));
  }
  const UtcTime now = context.clock.Utc();
  std::string token = api::http::NewToken();
  api::http::TokenEntry entry{
      .name = options.name,
      .sha256 = api::http::Sha256(token),
      .project = std::nullopt,
      .created = now,
      .expires = now + Nanos{std::int64_t{options.days} * 86'400 * kNanosPerSecond}};
  if (!options.project.empty()) {
    const auto project = ParseProjectId(options.project);
    if (!project) return tl::unexpected(project.error());
    entry.project = *project;
  }
  entries->push_back(entry);
  if (const auto written = api::http::WriteTokens(PathOf(context), *entries); !written)
    return tl::unexpected(written.error());
  return token;
}

void PrintNew(Context& context, const TokenOptions& options) {
  const auto token = Add(context, options);
  if (!token) return Complain(context, token.error());
  std::cout << *token << "\n";
  if (!context.quiet) {
    std::cerr << Say("It is shown this once: only its hash is kept. It is valid for {} days.",
                     options.days)
              << "\n";
  }
}

void List(Context& context) {
  const auto entries = api::http::ReadTokens(PathOf(context));
  if (!entries) return Complain(context, entries.error());
  for (const api::http::TokenEntry& entry : *entries) {
    std::cout << PadRight(entry.name, 20) << " "
              << PadRight(entry.project ? entry.project->Value() : Say("every project"), 20) << " "
              << (entry.expires ? FormatUtc(*entry.expires) : "–") << "\n";
  }
}

void Remove(Context& context, const TokenOptions& options) {
  auto entries = api::http::ReadTokens(PathOf(context));
  if (!entries) return Complain(context, entries.error());
  const auto removed = std::erase_if(
      *entries, [&](const api::http::TokenEntry& entry) { return entry.name == options.name; });
  if (removed == 0) {
    return Complain(context, {ErrorCode::kNotFound, Say("no token named {}", options.name), "",
                              Say("epochcost token list")});
  }
  if (const auto written = api::http::WriteTokens(PathOf(context), *entries); !written)
    Complain(context, written.error());
}

}  // namespace

void AddToken(CLI::App& app, Context& context) {
  const auto options = std::make_shared<TokenOptions>();
  CLI::App* const token =
      app.add_subcommand("token", Say("Tokens for a page that others can reach"));
  token->require_subcommand(1);
  CLI::App* const add = token->add_subcommand("add", Say("Make a token, and print it once"));
  add->add_option("NAME", options->name, Say("what you call it"))->required();
  add->add_option("--project", options->project, Say("the only project that it sees"));
  add->add_option("--days", options->days, Say("how long it is valid"))
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  add->callback([&context, options] { PrintNew(context, *options); });
  CLI::App* const list = token->add_subcommand("list", Say("The tokens there are"));
  list->callback([&context] { List(context); });
  CLI::App* const remove =
      token->add_subcommand("remove", Say("Remove a token; who uses it is out"));
  remove->add_option("NAME", options->name, Say("what you call it"))->required();
  remove->callback([&context, options] { Remove(context, *options); });
}

}  // namespace epochcost::app
