#include "app/misuse.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

bool Any(const CLI::App*) { return true; }

// By its code: the name of an error may be that of a command.
bool Is(const CLI::ParseError& error, CLI::ExitCodes kind) {
  return error.get_exit_code() == static_cast<int>(kind);
}

// The command that was being read when the trouble came.
const CLI::App& Innermost(const CLI::App& app) {
  const CLI::App* found = &app;
  while (!found->get_subcommands().empty()) found = found->get_subcommands().front();
  return *found;
}

std::string FullName(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return parent != nullptr ? FullName(*parent) + " " + command.get_name() : command.get_name();
}

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(Any)) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

// With those that hold for every command.
std::vector<std::string> OptionsOf(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* at = &command; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string NearestOf(const std::string& word, const std::vector<std::string>& names) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  return std::string(Nearest(word, known));
}

Error Unknown(const CLI::App& command, const std::string& word, const std::string& help) {
  if (word.starts_with("-")) {
    const std::string name = word.substr(0, word.find('='));
    const std::string nearest = NearestOf(name, OptionsOf(command));
    return {ErrorCode::kInvalidInput, Say("no such option: {}", name), "",
            nearest.empty() ? help : Say("did you mean: {}", nearest)};
  }
  const std::vector<std::string> commands = CommandsOf(command);
  if (commands.empty())
    return {ErrorCode::kInvalidInput, Say("one word too many: {}", word), "", help};
  const std::string nearest = NearestOf(word, commands);
  return {ErrorCode::kInvalidInput, Say("no such command: {}", word),
          Say("there are: {}", fmt::format("{}", fmt::join(commands, ", "))),
          nearest.empty()
              ? help
              : Say("did you mean: {}", fmt::format("{} {}", FullName(command), nearest))};
}

// "Value 0 not in range 1.000000 to 100.000000" or "pdf not in {html,csv}", said plainly.
std::string WhyRefused(const std::string& message) {
  constexpr std::string_view kRange = " not in range ";
  constexpr std::string_view kBounds = " to ";
  constexpr std::string_view kSet = " not in {";
  if (const auto at = message.find(kRange); at != std::string::npos) {
    const std::string bounds = message.substr(at + kRange.size());
    const double from = std::strtod(bounds.c_str(), nullptr);
    const double to = std::strtod(bounds.c_str() + bounds.find(kBounds) + kBounds.size(), nullptr);
    // The largest number there is stands for no bound.
    return to > 1e18 ? Say("it is no number from {} on", fmt::format("{}", from))
                     : Say("it is no number from {} to {}", fmt::format("{}", from),
                           fmt::format("{}", to));
  }
  if (const auto at = message.find(kSet); at != std::string::npos) {
    const auto begin = at + kSet.size();
    return Say("one of: {}", message.substr(begin, message.rfind('}') - begin));
  }
  return message;
}

// The option that a message begins with, "--hz: …", and what was given to it.
Error Refused(const CLI::App& command, const std::string& message, const std::string& help) {
  const auto colon = message.find(": ");
  const std::string name = message.substr(0, colon);
  for (const CLI::App* at = &command; at != nullptr; at = at->get_parent()) {
    const CLI::Option* const option = at->get_option_no_throw(name);
    if (option == nullptr || option->results().empty()) continue;
    return {ErrorCode::kInvalidInput,
            Say("{} cannot be '{}'", name, fmt::format("{}", fmt::join(option->results(), " "))),
            WhyRefused(message.substr(colon + 2)), help};
  }
  return {ErrorCode::kInvalidInput, message, "", help};
}

}  // namespace

void SpeakHelp(CLI::App& app) {
  using Label = std::pair<const char*, const char*>;
  constexpr std::array kLabels = {Label{"Usage", "Usage"},
                                  Label{"OPTIONS", "OPTIONS"},
                                  Label{"SUBCOMMAND", "COMMAND"},
                                  Label{"SUBCOMMANDS", "COMMANDS"},
                                  Label{"Positionals", "Arguments"},
                                  Label{"REQUIRED", "(required)"},
                                  Label{"Env", "Env"}};
  const auto formatter = std::make_shared<CLI::Formatter>();
  for (const auto& [theirs, ours] : kLabels) formatter->label(theirs, std::string(Translate(ours)));
  app.formatter(formatter);
  app.set_help_flag("-h,--help", Say("print this help"));
  for (CLI::Option* option : app.get_options()) {
    if (option->get_group() == "Options") option->group(Say("Options"));
  }
  for (CLI::App* command : app.get_subcommands(Any)) {
    if (command->get_group() == "Subcommands") command->group(Say("Commands"));
    SpeakHelp(*command);
  }
}

Error Misuse(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = Innermost(app);
  const std::string help = &command == &app ? Say("epochcost --help shows the commands")
                                            : Say("{} --help shows its options", FullName(command));
  if (Is(error, CLI::ExitCodes::ExtrasError) || Is(error, CLI::ExitCodes::RequiredError)) {
    const std::vector<std::string> words = app.remaining(true);
    const auto unknown = std::ranges::find_if(words, [](const auto& word) { return word != "--"; });
    if (unknown != words.end()) return Unknown(command, *unknown, help);
  }
  const std::string message = error.what();
  if (Is(error, CLI::ExitCodes::RequiredError)) {
    const auto end = message.find(" is required");
    if (end == std::string::npos) return {ErrorCode::kInvalidInput, message, "", help};
    if (!CommandsOf(command).empty()) {
      return {ErrorCode::kInvalidInput, Say("no command was given"),
              Say("there are: {}", fmt::format("{}", fmt::join(CommandsOf(command), ", "))), help};
    }
    return {ErrorCode::kInvalidInput, Say("{} is missing", message.substr(0, end)), "", help};
  }
  if (Is(error, CLI::ExitCodes::ArgumentMismatch) && message.ends_with(" missing")) {
    return {ErrorCode::kInvalidInput, Say("{} needs a value", message.substr(0, message.find(':'))),
            "", help};
  }
  if (Is(error, CLI::ExitCodes::ConversionError)) {
    const auto begin = message.find(": ");
    const auto equals = message.find(" = ");
    if (begin == std::string::npos || equals == std::string::npos)
      return {ErrorCode::kInvalidInput, message, "", help};
    return {ErrorCode::kInvalidInput,
            Say("{} cannot be '{}'", message.substr(begin + 2, equals - begin - 2),
                message.substr(equals + 3)),
            Say("it is no number"), help};
  }
  return Refused(command, message, help);
}

}  // namespace epochcost::app
