// epochcost run -- COMMAND: meters a training from its start to its end.

#include <sys/ioctl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "api/json.h"
#include "app/context.h"
#include "app/data_home.h"
#include "app/order.h"
#include "app/page_process.h"
#include "app/run_file.h"
#include "app/supervisor.h"
#include "app/wake.h"
#include "base/log.h"
#include "base/text.h"
#include "meter/recogniser.h"
#include "probe/marks/mark_writer.h"
#include "probe/run_cgroup.h"
#include "probe/sources.h"

namespace epochcost::app {
namespace {

constexpr int kMisuse = 2;
constexpr int kOurFailure = 125;

struct RunOptions : Wishes {
  std::vector<std::string> command;
  bool ndjson = false;
  bool no_recognition = false;
  bool page = false;
};

// How the person at this terminal wants to be told.
void AddTelling(const Context& context, const RunOptions& options, RunOrder& order) {
  order.output = options.ndjson ? "ndjson" : context.json ? "json" : "text";
  order.quiet = context.quiet;
  order.colour = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) order.width = size.ws_col;
}

// Epochs recognised from what the program prints become marks, as if it had made them itself.
class Listener {
 public:
  Listener(const RunFolder& folder, BootTime run_start) : folder_(folder), printed_(run_start) {}

  void Hear(int stream, std::string_view bytes) {
    for (const meter::Recognised& each :
         streams_.at(static_cast<std::size_t>(stream)).Feed(bytes)) {
      Write(printed_.ToMarks(each, clock_.Boot()));
    }
  }

  void HearTheEnd(int exit_code) {
    for (int stream : {0, 1}) Hear(stream, "\n");
    if (exit_code == 0) Write(printed_.AtEnd(clock_.Boot()));
  }

 private:
  void Write(const std::vector<Mark>& marks) {
    if (marks.empty()) return;
    if (!writer_ && !failed_) Open();
    if (!writer_) return;
    for (const Mark& mark : marks) {
      if (const auto written = writer_->Append(mark); !written)
        LogWarning("{}", written.error().what);
    }
    Wake(folder_.WakeSocket());
  }

  void Open() {
    auto writer = probe::marks::MarkWriter::Create(folder_.Marks());
    failed_ = !writer;
    if (writer) writer_.emplace(std::move(*writer));
  }

  RunFolder folder_;
  meter::PrintedMarks printed_;
  std::array<meter::Recogniser, 2> streams_;
  std::optional<probe::marks::MarkWriter> writer_;
  bool failed_ = false;
  SystemClock clock_;
};

// A page that cannot be shown is told, and the training goes on.
void ShowPage(RunOrder& order) {
  auto page = StartPageBesideRun(order.data_home, order.ledger, order.run.id);
  if (!page) {
    std::cerr << Describe(page.error()) << "\n";
    return;
  }
  order.page = *std::move(page);
}

// As the meter will read it, so that it finds everything counted from the first instruction on.
probe::HandleSet CountFromTheStart(const RunOrder& order, const Result<probe::RunCgroup>& cgroup,
                                   const Child& child) {
  probe::Target target{
      .run = order.run.id, .root_pid = child.pid, .root_start_ticks = child.start_ticks};
  if (cgroup) target.cgroup = *cgroup;
  probe::HandleSet handles;
  probe::CountFromTheStart(target,
                           {.only = ForcedSources(order.forced_sources), .handles = &handles});
  return handles;
}

void Meter(Context& context, const RunOptions& options) {
  // Nothing of ours is on stdout, not even as JSON.
  const auto refuse = [&context, &options](const Error& error) {
    if (context.json || options.ndjson) std::cerr << api::ErrorJson(error) << "\n";
    if (!context.json && !options.ndjson) std::cerr << Describe(error) << "\n";
    context.exit_code = error.code == ErrorCode::kInvalidInput ? kMisuse : kOurFailure;
  };
  auto order = MakeOrder(context, options, options.command);
  if (!order) return refuse(order.error());
  AddTelling(context, options, *order);
  if (options.page) ShowPage(*order);
  const auto folder = MakeRunFolder(order->data_home, order->run.id);
  if (!folder) return refuse(folder.error());
  if (const auto saved = SaveOrder(*folder, *order); !saved) return refuse(saved.error());
  SupervisorPlan plan;
  plan.child.command = options.command;
  plan.child.environment = {"EPOCHCOST_RUN_ID=" + order->run.id.Value(),
                            "EPOCHCOST_RUN_DIR=" + folder->path};
  const auto cgroup = probe::RunCgroup::Make(order->run.id);
  if (!cgroup) LogInfo("no control group of the run's own: {}", cgroup.error().why);
  if (cgroup) plan.child.cgroup_entry_fds = cgroup->EntryFds();
  plan.meter_command = {"epochcost", "meter", "--run-dir", folder->path, "--control-fd", "3"};
  plan.meter_log = folder->Log();
  if (probe::MayCountInKernel()) {
    plan.count_first = [&cgroup, &run = *order](const Child& child) {
      return CountFromTheStart(run, cgroup, child);
    };
  }
  Listener listener(*folder, order->began);
  if (!options.no_recognition) {
    plan.look = [&listener](int stream, std::string_view bytes) { listener.Hear(stream, bytes); };
    plan.ended = [&listener](int exit_code) { listener.HearTheEnd(exit_code); };
  }
  const SupervisorOutcome outcome = Supervisor(std::move(plan)).Run();
  if (outcome.not_started) {
    std::cerr << Describe(*outcome.not_started) << "\n";
    if (cgroup) (void)cgroup->Remove();
    std::error_code ignored;
    std::filesystem::remove_all(folder->path, ignored);
  }
  context.exit_code = outcome.exit_code;
}

}  // namespace

void AddRun(CLI::App& app, Context& context) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* const run =
      app.add_subcommand("run", Say("Meter a training: epochcost run -- python3 train.py"));
  run->footer(Say(
      "examples:\n"
      "  epochcost run -- python3 train.py\n"
      "  epochcost run --page -- python3 train.py      with the page, live\n"
      "  epochcost run --project llama-sft --budget 5000 --prices my-cluster.toml -- torchrun "
      "train.py\n\n"
      "Nothing is written to stdout; each epoch and the summary go to stderr. The exit code is "
      "the\n"
      "program's own; 2 is a command that cannot be, 125 a failure of ours, 126 not executable,\n"
      "127 not found."));
  run->add_option("command", options->command, Say("the program and its arguments, after --"))
      ->required();
  run->add_option("--project", options->project, Say("what the cost is added up under"))
      ->envname("EPOCHCOST_PROJECT");
  run->add_option("--name", options->name, Say("the run's name; the program's by default"));
  run->add_option("--prices", options->prices, Say("a price sheet (TOML)"))
      ->envname("EPOCHCOST_PRICES");
  run->add_option("--sheet", options->sheet, Say("which sheet, of --prices or of the ledger"))
      ->envname("EPOCHCOST_SHEET");
  run->add_option("--budget", options->budget,
                  Say("the project's budget, in the sheet's currency"));
  run->add_option("--alert-threshold", options->threshold,
                  Say("the share of the budget at which to alert"))
      ->check(CLI::Range(0.0, 1.0));
  run->add_option("--epochs", options->epochs, Say("how many epochs are planned"))
      ->check(CLI::NonNegativeNumber);
  run->add_option("--hz", options->hz, Say("readings per second, 1 to 100"))
      ->check(CLI::Range(1.0, 100.0));
  run->add_option("--source", options->source,
                  Say("only these sources, comma separated (see doctor)"));
  run->add_flag("--no-recognition", options->no_recognition,
                Say("do not look for epochs in the output"));
  run->add_flag("--page", options->page,
                Say("show the page beside the run, and half an hour beyond"));
  run->add_flag("--json", context.json, Say("the summary as one JSON object, on stderr"));
  run->add_flag("--ndjson", options->ndjson, Say("epochs and summary as JSON lines, on stderr"));
  run->prefix_command(false);
  run->callback([options, &context] { Meter(context, *options); });
}

}  // namespace epochcost::app
