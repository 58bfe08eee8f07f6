// epochcost: one binary, its commands and roles.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "app/context.h"
#include "app/data_home.h"
#include "base/nearest.h"
#include "base/text.h"

namespace {

using epochcost::Say;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value != nullptr ? value : "";
}

// A program started with stdin, stdout or stderr closed would open its files there.
void OccupyStandardDescriptors() {
  for (int fd = open("/dev/null", O_RDWR); fd >= 0; fd = open("/dev/null", O_RDWR)) {
    if (fd > STDERR_FILENO) {
      close(fd);
      return;
    }
  }
}

// The names of the commands that people call.
std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

int Misused(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::string what = error.what();
  std::string hint = Say("epochcost --help shows the commands");
  const bool has_command = !app.get_subcommands().empty();
  if (has_command)
    hint = Say("epochcost {} --help shows its options", app.get_subcommands().front()->get_name());
  if (!has_command && argc > 1 && argv[1][0] != '-') {
    what = Say("no such command: {}", argv[1]);
    const std::vector<std::string> names = CommandNames(app);
    const std::vector<std::string_view> known(names.begin(), names.end());
    if (const std::string_view nearest = epochcost::Nearest(argv[1], known); !nearest.empty()) {
      hint = Say("did you mean: epochcost {}", nearest);
    }
  }
  std::cerr << epochcost::Describe({epochcost::ErrorCode::kInvalidInput, what, "", hint}) << "\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  OccupyStandardDescriptors();
  SetLanguage(epochcost::ChooseLanguage(Variable("EPOCHCOST_LANG"), Variable("LC_ALL"),
                                        Variable("LC_MESSAGES"), Variable("LANG")));
  epochcost::app::Context context;
  const epochcost::app::DataHome home = epochcost::app::GuessDataHome();
  context.data_home = home.path;

  CLI::App app{Say("What a training run costs, epoch by epoch, to the last fen.")};
  app.name("epochcost");
  app.footer(
      Say("examples:\n"
          "  epochcost run -- python3 train.py      meter a training\n"
          "  epochcost show                         the latest run, epoch by epoch\n"
          "  epochcost serve                        the page: every run, live\n"
          "  epochcost price set reference cpu 0.3 CNY/h\n"
          "  epochcost calc --preset resnet152-v100 the formula, with its numbers\n"
          "  epochcost estimate --preset resnet50   what a training will cost\n"
          "  epochcost doctor                       what this machine lets us measure"));
  app.set_version_flag("--version", std::string("epochcost ") + EPOCHCOST_VERSION);
  app.require_subcommand(1);
  app.add_option("--db", context.ledger, Say("the ledger, a SQLite file"))->envname("EPOCHCOST_DB");
  app.add_flag("-q,--quiet", context.quiet, Say("say nothing unless something is wrong"));
  AddRun(app, context);
  AddAttach(app, context);
  AddRuns(app, context);
  AddShow(app, context);
  AddServe(app, context);
  AddToken(app, context);
  AddWatch(app, context);
  AddRecord(app, context);
  AddReport(app, context);
  AddExport(app, context);
  AddPrice(app, context);
  AddCalc(app, context);
  AddEstimate(app, context);
  AddCompare(app, context);
  AddDoctor(app, context);
  AddCompletion(app, context);
  AddMeter(app, context);
  // What holds for every command may stand behind its name too.
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    command->fallthrough();
    for (CLI::App* inner : command->get_subcommands([](const CLI::App*) { return true; }))
      inner->fallthrough();
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    return Misused(app, e, argc, argv);
  } catch (const std::exception& e) {
    std::cerr << epochcost::Describe(
                     {epochcost::ErrorCode::kIo, Say("an unforeseen fault: {}", e.what()), "", ""})
              << "\n";
    return 1;
  }
  return context.exit_code;
}
