// epochcost run -- COMMAND: meters a training from its start to its end.

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "app/context.h"
#include "app/data_home.h"
#include "app/run_file.h"
#include "app/supervisor.h"
#include "base/log.h"
#include "base/text.h"
#include "meter/recogniser.h"
#include "probe/marks/mark_writer.h"
#include "probe/run_cgroup.h"
#include "store/store.h"
#include "tariff/reference.h"
#include "tariff/sheet_file.h"

namespace epochcost::app {
namespace {

constexpr int kOurFailure = 125;

struct RunOptions {
  std::vector<std::string> command;
  std::string project = "default";
  std::string name;
  std::string prices;
  std::string sheet;
  std::string budget;
  double threshold = 0.8;
  double hz = 10;
  std::int64_t epochs = 0;
  std::string source;
  bool ndjson = false;
  bool no_recognition = false;
};

std::string NameOf(const std::vector<std::string>& command) {
  // "python3 train.py --lr 0.1" is called train.py.
  for (const std::string& word : command) {
    if (word.ends_with(".py") || word.ends_with(".sh")) return std::filesystem::path(word).filename();
  }
  return std::filesystem::path(command.front()).filename();
}

Result<PriceSheet> ReadSheet(const std::string& path, const std::string& wanted) {
  std::ifstream file(path);
  if (!file) {
    return Fail(ErrorCode::kNotFound, Say("cannot read the price sheet {}", path), SystemReason(errno),
                Say("docs/prices.md shows a sheet; without one the published reference prices apply"));
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto sheets = tariff::ParseSheets(text, path);
  if (!sheets) return tl::unexpected(sheets.error());
  for (PriceSheet& sheet : *sheets) {
    if (wanted.empty() || sheet.name.Value() == wanted) return std::move(sheet);
  }
  return Fail(ErrorCode::kNotFound, Say("{} has no sheet named {}", path, wanted), "",
              Say("it has: {}", sheets->front().name.Value()));
}

// The sheet that prices the run: of --prices, of the ledger, or the published reference.
Result<PriceSheet> ChooseSheet(const Context& context, const RunOptions& options, RunOrder& order) {
  if (!options.prices.empty()) {
    auto sheet = ReadSheet(options.prices, options.sheet);
    if (sheet) order.own_sheet = *sheet;
    return sheet;
  }
  const PriceSheet reference = tariff::ReferenceSheet();
  if (options.sheet.empty() || options.sheet == reference.name.Value()) return reference;
  const auto ledger = context.OpenLedger(true);
  if (!ledger) return tl::unexpected(ledger.error());
  const auto sheets = (*ledger)->Sheets();
  if (!sheets) return tl::unexpected(sheets.error());
  std::string known;
  for (const PriceSheet& sheet : *sheets) {
    if (sheet.name.Value() == options.sheet) return sheet;
    if (sheet.version == 1) known += " " + sheet.name.Value();
  }
  return Fail(ErrorCode::kNotFound, Say("no price sheet named {}", options.sheet), Say("the ledger has:{}", known),
              Say("epochcost price import FILE, or --prices FILE"));
}

Result<RunOrder> MakeOrder(Context& context, const RunOptions& options) {
  RunOrder order;
  auto home = FindDataHome();
  if (!home) return tl::unexpected(home.error());
  context.data_home = home->path;
  auto project = ParseProjectId(options.project);
  if (!project) return tl::unexpected(project.error());
  auto sheet = ChooseSheet(context, options, order);
  if (!sheet) return tl::unexpected(sheet.error());
  if (!options.budget.empty()) {
    const auto nano = ParseDecimal(options.budget);
    if (!nano) return tl::unexpected(nano.error());
    if (nano->Count() <= 0) {
      return Fail(ErrorCode::kInvalidInput, Say("not a budget: {}", options.budget), Say("it is not above 0"), "");
    }
    order.budget = Money{nano->Count(), sheet->currency};
  }
  order.threshold_ppm = static_cast<std::int64_t>(options.threshold * 1e6 + 0.5);
  Run& run = order.run;
  run.id = RunId{RandomHex(12)};
  run.project = *project;
  run.agent = ThisAgent();
  run.name = options.name.empty() ? NameOf(options.command) : options.name;
  run.command = options.command;
  std::error_code ignored;
  run.working_directory = std::filesystem::current_path(ignored);
  run.sheet = sheet->name;
  run.currency = sheet->currency;
  run.started = context.clock.Utc();
  run.hz = options.hz;
  if (options.epochs > 0) run.planned_epochs = options.epochs;
  order.began = context.clock.Boot();
  order.data_home = home->path;
  order.ledger = context.ledger.empty() ? home->path + "/ledger.db" : context.ledger;
  order.forced_sources = options.source;
  order.output = options.ndjson ? "ndjson" : context.json ? "json" : "text";
  order.quiet = context.quiet;
  order.colour = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) order.width = size.ws_col;
  if (!home->note.empty()) {
    order.notices.push_back({NoticeKind::kDegraded, run.started, home->note, "set EPOCHCOST_HOME"});
  }
  return order;
}

// Epochs recognised from what the program prints become marks, as if it had made them itself.
class Listener {
 public:
  Listener(const RunFolder& folder, BootTime run_start) : folder_(folder), printed_(run_start) {}

  void Hear(int stream, std::string_view bytes) {
    const auto heard = streams_.at(static_cast<std::size_t>(stream)).Feed(bytes);
    if (heard.empty()) return;
    if (!writer_ && !failed_) Open();
    if (!writer_) return;
    for (const meter::Recognised& each : heard) {
      for (const Mark& mark : printed_.ToMarks(each, clock_.Boot())) {
        if (const auto written = writer_->Append(mark); !written) LogWarning("{}", written.error().what);
      }
    }
    Wake();
  }

 private:
  void Open() {
    auto writer = probe::marks::MarkWriter::Create(folder_.Marks());
    failed_ = !writer;
    if (writer) writer_.emplace(std::move(*writer));
  }

  void Wake() const {
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder_.WakeSocket().copy(address.sun_path, sizeof address.sun_path - 1);
    sendto(fd, "w", 1, MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    close(fd);
  }

  RunFolder folder_;
  meter::PrintedMarks printed_;
  std::array<meter::Recogniser, 2> streams_;
  std::optional<probe::marks::MarkWriter> writer_;
  bool failed_ = false;
  SystemClock clock_;
};

void Meter(Context& context, const RunOptions& options) {
  auto order = MakeOrder(context, options);
  if (!order) {
    std::cerr << Describe(order.error()) << "\n";
    context.exit_code = kOurFailure;
    return;
  }
  const auto folder = MakeRunFolder(order->data_home, order->run.id);
  const Result<void> saved = folder ? SaveOrder(*folder, *order) : tl::unexpected(folder.error());
  if (!saved) {
    std::cerr << Describe(saved.error()) << "\n";
    context.exit_code = kOurFailure;
    return;
  }
  SupervisorPlan plan;
  plan.child.command = options.command;
  plan.child.environment = {"EPOCHCOST_RUN_ID=" + order->run.id.Value(), "EPOCHCOST_RUN_DIR=" + folder->path};
  const auto cgroup = probe::RunCgroup::Make(order->run.id);
  if (cgroup) plan.child.cgroup_entry_fds = cgroup->EntryFds();
  plan.meter_command = {"epochcost", "meter", "--run-dir", folder->path, "--control-fd", "3"};
  plan.meter_log = folder->Log();
  Listener listener(*folder, order->began);
  if (!options.no_recognition) {
    plan.look = [&listener](int stream, std::string_view bytes) { listener.Hear(stream, bytes); };
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
  CLI::App* const run = app.add_subcommand("run", Say("Meter a training: epochcost run -- python3 train.py"));
  run->footer(Say(
      "examples:\n"
      "  epochcost run -- python3 train.py\n"
      "  epochcost run --project llama-sft --budget 5000 --prices my-cluster.toml -- torchrun train.py\n\n"
      "Nothing is written to stdout; each epoch and the summary go to stderr. The exit code is the\n"
      "program's own; 125 is a failure of ours, 126 not executable, 127 not found."));
  run->add_option("command", options->command, Say("the program and its arguments, after --"))->required();
  run->add_option("--project", options->project, Say("what the cost is added up under"))->envname("EPOCHCOST_PROJECT");
  run->add_option("--name", options->name, Say("the run's name; the program's by default"));
  run->add_option("--prices", options->prices, Say("a price sheet (TOML)"))->envname("EPOCHCOST_PRICES");
  run->add_option("--sheet", options->sheet, Say("which sheet, of --prices or of the ledger"))->envname("EPOCHCOST_SHEET");
  run->add_option("--budget", options->budget, Say("the project's budget, in the sheet's currency"));
  run->add_option("--alert-threshold", options->threshold, Say("the share of the budget at which to alert"))
      ->check(CLI::Range(0.0, 1.0));
  run->add_option("--epochs", options->epochs, Say("how many epochs are planned"))->check(CLI::NonNegativeNumber);
  run->add_option("--hz", options->hz, Say("readings per second, 1 to 100"))->check(CLI::Range(1.0, 100.0));
  run->add_option("--source", options->source, Say("only these sources, comma separated (see doctor)"));
  run->add_option("--db", context.ledger, Say("the ledger, a SQLite file"))->envname("EPOCHCOST_DB");
  run->add_flag("--no-recognition", options->no_recognition, Say("do not look for epochs in the output"));
  run->add_flag("--json", context.json, Say("the summary as one JSON object, on stderr"));
  run->add_flag("--ndjson", options->ndjson, Say("epochs and summary as JSON lines, on stderr"));
  run->add_flag("-q,--quiet", context.quiet, Say("say nothing unless something is wrong"));
  run->prefix_command(false);
  run->callback([options, &context] { Meter(context, *options); });
}

}  // namespace epochcost::app
