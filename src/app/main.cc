// epochcost: one binary, its commands and roles.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

#include "app/command_forecast.h"
#include "app/context.h"
#include "app/data_home.h"
#include "app/misuse.h"
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
  app.set_version_flag("--version", std::string("epochcost ") + EPOCHCOST_VERSION,
                       Say("print the version"));
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
  AddForecast(app, context);
  AddExport(app, context);
  AddPrice(app, context);
  AddCalc(app, context);
  AddEstimate(app, context);
  AddCompare(app, context);
  AddCalibrate(app, context);
  AddDoctor(app, context);
  AddCompletion(app, context);
  AddMeter(app, context);
  epochcost::app::SpeakHelp(app);
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
    std::cerr << epochcost::Describe(epochcost::app::Misuse(app, e)) << "\n";
    return 2;
  } catch (const std::exception& e) {
    std::cerr << epochcost::Describe(
                     {epochcost::ErrorCode::kIo, Say("an unforeseen fault: {}", e.what()), "", ""})
              << "\n";
    return 1;
  }
  return context.exit_code;
}
