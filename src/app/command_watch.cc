// epochcost watch: a run, live, on one screen.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/context.h"
#include "app/data_home.h"
#include "app/gpu_file.h"
#include "app/run_choice.h"
#include "app/screen.h"
#include "app/totals_file.h"
#include "app/watch/history.h"
#include "app/watch/terminal.h"
#include "app/watch/view.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

constexpr Nanos kLookEvery{kNanosPerSecond};

struct WatchOptions {
  std::string run;
  bool once = false;
  bool plain = false;
  int width = 100;
  int height = 30;
};

// Where it comes from, second by second. The ledger is only read.
class Watcher {
 public:
  Watcher(const Context& context, std::string wanted)
      : context_(context), wanted_(std::move(wanted)) {}

  // The first look chooses the run; later ones keep the last picture where the ledger cannot be
  // read.
  Result<void> Look() {
    auto ledger = context_.OpenLedger(true);
    if (!ledger) return Keep(ledger.error());
    auto run = ChooseRun(**ledger, wanted_);
    if (!run) return Keep(run.error());
    wanted_ = run->id.Value();
    auto cost = CostOf(context_, **ledger, *run);
    if (!cost) return Keep(cost.error());
    scene.cost = std::move(*cost);
    scene.trouble.clear();
    if (const auto project = (*ledger)->GetProject(run->project)) scene.project = *project;
    if (const auto total = (*ledger)->ProjectTotal(run->project)) scene.project_total = *total;
    const RunFolder folder = FolderOf(context_.data_home, run->id);
    const auto gpus = ReadLiveGpus(folder.Gpus());
    scene.gpus = gpus ? *gpus : std::vector<probe::LiveGpu>{};
    const auto totals = ReadTotals(folder.Totals());
    if (totals) scene.age = clock_.Boot() - totals->as_of;
    if (!scene.is_paused) history.Add(watch::SeenIn(scene.cost, clock_.Utc()));
    return {};
  }

  watch::Scene scene;
  watch::History history;

 private:
  Result<void> Keep(const Error& error) {
    if (scene.cost.run.id.Value().empty()) return tl::unexpected(error);
    scene.trouble = error.what;
    return {};
  }

  const Context& context_;
  std::string wanted_;
  SystemClock clock_;
};

// Whether to go on.
bool Obey(int key, watch::Scene& scene) {
  switch (key) {
    case 'q':
    case 27:  // escape
      return false;
    case ' ':
      scene.is_paused = !scene.is_paused;
      break;
    case 'e':
      scene.focus = watch::Focus::kEpochs;
      break;
    case 'a':
      scene.focus = watch::Focus::kAlerts;
      break;
    case 'g':
      scene.focus = watch::Focus::kGpus;
      break;
    case '?':
    case 'h':
      scene.shows_help = !scene.shows_help;
      break;
    default:
      break;
  }
  return true;
}

void Live(Watcher& watcher, bool plain) {
  const api::Style style = StyleOfStdout(plain);
  const bool ascii = style.ascii || !watch::DrawsBoxesInOneCell();
  watch::Terminal terminal(style.colour);
  const SystemClock clock;
  BootTime due = clock.Boot() + kLookEvery;
  watch::Scene shown = watcher.scene;
  while (!watch::Terminal::IsEnding()) {
    terminal.Show(Draw(shown, watcher.history, terminal.Width(), terminal.Height(), ascii));
    const auto key = terminal.Key(200);
    if (key && !Obey(*key, watcher.scene)) return;
    if (clock.Boot() >= due) {
      due = clock.Boot() + kLookEvery;
      (void)watcher.Look();
    }
    if (!watcher.scene.is_paused) {
      shown = watcher.scene;
    } else {
      shown.is_paused = true;
      shown.focus = watcher.scene.focus;
      shown.shows_help = watcher.scene.shows_help;
    }
  }
}

void Execute(Context& context, const WatchOptions& options) {
  Watcher watcher(context, options.run);
  if (const auto looked = watcher.Look(); !looked) return Complain(context, looked.error());
  if (options.once) {
    const api::Style style = StyleOfStdout(options.plain);
    std::cout
        << Draw(watcher.scene, watcher.history, options.width, options.height, style.ascii).Text();
    return;
  }
  if (isatty(STDOUT_FILENO) == 0 || isatty(STDIN_FILENO) == 0) {
    return Complain(context, {ErrorCode::kInvalidInput, Say("watch needs a terminal"), "",
                              Say("epochcost show prints the run; epochcost watch --once one "
                                  "picture")});
  }
  Live(watcher, options.plain);
}

}  // namespace

void AddWatch(CLI::App& app, Context& context) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* const command =
      app.add_subcommand("watch", Say("Watch a run live: the latest, or the one named."));
  command->add_option("RUN", options->run, Say("id, the beginning of an id, or name"));
  command->add_flag("--once", options->once, Say("print one picture and end"));
  command->add_option("--width", options->width, Say("cells of the picture of --once"))
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--height", options->height, Say("lines of the picture of --once"))
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--plain", options->plain, Say("ASCII only, no colours"));
  command->footer(
      Say("examples:\n"
          "  epochcost watch              the latest run; keys are in the last line\n"
          "  epochcost watch digits       the newest run of that name\n"
          "  epochcost watch --once --width 80 --height 24"));
  command->callback([&context, options] { Execute(context, *options); });
}

}  // namespace epochcost::app
