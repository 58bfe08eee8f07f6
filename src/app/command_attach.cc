// epochcost attach: meters a training that is running already, or a run whose meter is gone.

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/child.h"
#include "app/context.h"
#include "app/data_home.h"
#include "app/meter_loop.h"
#include "app/order.h"
#include "app/process_words.h"
#include "app/run_choice.h"
#include "app/run_file.h"
#include "base/log.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

struct AttachOptions : Wishes {
  std::string target;
};

bool IsNumber(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return isdigit(c); });
}

// The folder of the run that a process is in and that a meter has, as its environment says.
std::string MeteredIn(pid_t pid) {
  for (const std::string& variable : EnvironmentOf(pid)) {
    constexpr std::string_view kName = "EPOCHCOST_RUN_DIR=";
    if (!variable.starts_with(kName)) continue;
    const RunFolder folder{variable.substr(kName.size())};
    std::error_code ignored;
    if (std::filesystem::is_directory(folder.path, ignored) && IsMetered(folder))
      return folder.path;
  }
  return {};
}

// Whether a process can be metered from beside, and why not.
Result<MeterJob> JobOfProcess(Context& context, const AttachOptions& options, pid_t pid) {
  const std::string what = Say("cannot attach to process {}", pid);
  struct stat status{};
  const std::int64_t start_ticks = StartTicks(pid);
  if (!IsRunning(pid, start_ticks) || stat(fmt::format("/proc/{}", pid).c_str(), &status) != 0) {
    return Fail(ErrorCode::kNotFound, what,
                Say("there is no such process: it has ended, or never was"),
                Say("ps -u $USER lists yours"));
  }
  if (pid == getpid())
    return Fail(ErrorCode::kInvalidInput, what, Say("it is this program itself"), "");
  if (pid == 1) {
    return Fail(ErrorCode::kInvalidInput, what,
                Say("it is init: everything on this machine comes of it"),
                Say("name the training's own process"));
  }
  if (geteuid() != 0 && status.st_uid != geteuid()) {
    return Fail(ErrorCode::kPermission, what, Say("it belongs to user {}", status.st_uid),
                Say("run as that user, or as root"));
  }
  std::vector<std::string> command = CommandLineOf(pid);
  if (command.empty()) {
    return Fail(ErrorCode::kInvalidInput, what, Say("it is the kernel's own, or is just ending"),
                "");
  }
  if (const std::string folder = MeteredIn(pid); !folder.empty()) {
    return Fail(
        ErrorCode::kConflict, what,
        Say("it is metered already, as run {}", std::filesystem::path(folder).filename().string()),
        Say("epochcost show shows it"));
  }
  auto order = MakeOrder(context, options, std::move(command));
  if (!order) return tl::unexpected(order.error());
  order->attached = true;
  auto folder = MakeRunFolder(order->data_home, order->run.id);
  if (!folder) return tl::unexpected(folder.error());
  if (const auto saved = SaveOrder(*folder, *order); !saved) return tl::unexpected(saved.error());
  return MeterJob{
      .order = *order, .folder = *folder, .root_pid = pid, .root_start_ticks = start_ticks};
}

// A run that lost its meter, and its supervisor with it.
Result<MeterJob> JobOfRun(Context& context, const std::string& text) {
  const auto ledger = context.OpenLedger(true);
  if (!ledger) return tl::unexpected(ledger.error());
  const auto run = ChooseRun(**ledger, text);
  if (!run) return tl::unexpected(run.error());
  const std::string what = Say("cannot attach to run {}", run->id.Value());
  const RunFolder folder = FolderOf(context.data_home, run->id);
  auto order = LoadOrder(folder);
  if (!order) {
    return Fail(ErrorCode::kNotFound, what, order.error().what,
                Say("only a run of this machine can be attached to"));
  }
  const auto root = LoadRunRoot(folder);
  if (!root) return Fail(ErrorCode::kNotFound, what, root.error().what, "");
  if (!IsRunning(root->pid, root->start_ticks)) {
    return Fail(ErrorCode::kNotFound, what, Say("its program has ended"),
                Say("epochcost show {} shows what was recorded", run->id.Value()));
  }
  if (IsMetered(folder)) {
    return Fail(ErrorCode::kConflict, what, Say("a meter has it"),
                Say("epochcost show {} shows it", run->id.Value()));
  }
  return MeterJob{.order = std::move(*order),
                  .folder = folder,
                  .root_pid = root->pid,
                  .root_start_ticks = root->start_ticks};
}

void Attach(Context& context, const AttachOptions& options) {
  std::error_code ignored;
  const bool is_run = !IsNumber(options.target) ||
                      std::filesystem::is_directory(
                          FolderOf(context.data_home, RunId{options.target}).path, ignored);
  const bool is_pid = !is_run && options.target.size() < 10;
  auto job = is_pid ? JobOfProcess(context, options, std::atoi(options.target.c_str()))
                    : JobOfRun(context, options.target);
  if (!job) return Complain(context, job.error());
  job->is_attended = true;
  job->order.quiet = context.quiet;
  job->order.output = context.json ? "json" : "text";
  job->order.colour = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    job->order.width = size.ws_col;
  ConfigureLog(LogLevel::kInfo, job->folder.Log());
  context.exit_code = RunMeter(*job);
}

}  // namespace

void AddAttach(CLI::App& app, Context& context) {
  const auto options = std::make_shared<AttachOptions>();
  CLI::App* const attach =
      app.add_subcommand("attach", Say("Meter a training that is running already"));
  attach->footer(
      Say("examples:\n"
          "  epochcost attach 4711            a process and all that it starts\n"
          "  epochcost attach 3f2a90c1b7d4    a run whose meter was killed: it continues\n\n"
          "What a process used before is not counted. Ends with the program; Ctrl-C ends only the "
          "metering."));
  attach->add_option("target", options->target, Say("a process number, or a run"))->required();
  attach->add_option("--project", options->project, Say("what the cost is added up under"))
      ->envname("EPOCHCOST_PROJECT");
  attach->add_option("--name", options->name, Say("the run's name; the program's by default"));
  attach->add_option("--prices", options->prices, Say("a price sheet (TOML)"))
      ->envname("EPOCHCOST_PRICES");
  attach->add_option("--sheet", options->sheet, Say("which sheet, of --prices or of the ledger"))
      ->envname("EPOCHCOST_SHEET");
  attach->add_option("--hz", options->hz, Say("readings per second, 1 to 100"))
      ->check(CLI::Range(1.0, 100.0));
  attach->add_flag("--json", context.json, Say("the summary as one JSON object, on stderr"));
  attach->callback([options, &context] { Attach(context, *options); });
}

}  // namespace epochcost::app
