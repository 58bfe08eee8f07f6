// epochcost meter: the process that reads, prices and commits. Started by `epochcost run`, or by
// the SDK beside a program that runs already (--attach). Not for people.

#include <fcntl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/context.h"
#include "app/data_home.h"
#include "app/meter_loop.h"
#include "app/order.h"
#include "app/process_words.h"
#include "app/run_file.h"
#include "base/log.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

struct MeterOptions : Wishes {
  std::string run_dir;
  int control_fd = -1;
  pid_t root_pid = 0;
  std::int64_t root_start = 0;
  pid_t supervisor = 0;
  pid_t attach = 0;
  std::int64_t start = 0;
  std::string run_id;
  std::string handles;
  bool daemon = false;
};

// The order of a run whose program was running before us.
Result<RunOrder> OrderToAttach(Context& context, const MeterOptions& options) {
  auto order = MakeOrder(context, options, CommandLineOf(options.attach));
  if (!order) return order;
  if (!options.run_id.empty()) order->run.id = RunId{options.run_id};
  order->attached = true;
  order->quiet = true;
  return order;
}

// Leaves the program that started us: not its child, not in its session, nothing of it held open.
// What the program started waits until the first reading is taken, says where the run lies and
// ends; the daemon goes on with the descriptor to write to when it is ready.
int BecomeDaemon(const RunFolder& folder, const RunOrder& order) {
  std::array<int, 2> ready{};
  if (pipe2(ready.data(), O_CLOEXEC) != 0) return -1;
  if (fork() != 0) {
    close(ready[1]);
    char byte = 0;
    const bool is_ready = read(ready[0], &byte, 1) == 1;
    if (is_ready) {
      std::cout << nlohmann::json{{"run_id", order.run.id.Value()}, {"run_dir", folder.path}}.dump()
                << "\n"
                << std::flush;
    }
    _exit(is_ready ? 0 : 1);
  }
  setsid();
  if (fork() != 0) _exit(0);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  const int log = open(folder.Log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(nothing, STDIN_FILENO);
  dup2(log >= 0 ? log : nothing, STDOUT_FILENO);
  dup2(log >= 0 ? log : nothing, STDERR_FILENO);
  dup2(ready[1], 3);
  closefrom(4);
  return 3;
}

void AttachTo(Context& context, const MeterOptions& options) {
  auto order = OrderToAttach(context, options);
  if (!order) return Complain(context, order.error());
  const auto folder = MakeRunFolder(order->data_home, order->run.id);
  if (!folder) return Complain(context, folder.error());
  if (const auto saved = SaveOrder(*folder, *order); !saved)
    return Complain(context, saved.error());
  MeterJob job{.order = *order,
               .folder = *folder,
               .root_pid = options.attach,
               .root_start_ticks = options.start};
  if (options.daemon) job.ready_fd = BecomeDaemon(*folder, *order);
  ConfigureLog(LogLevel::kInfo, folder->Log());
  context.exit_code = RunMeter(job);
}

void Supervised(Context& context, const MeterOptions& options) {
  const RunFolder folder{options.run_dir};
  const auto order = LoadOrder(folder);
  if (!order) return Complain(context, order.error());
  ConfigureLog(LogLevel::kInfo, folder.Log());
  context.exit_code = RunMeter({.order = *order,
                                .folder = folder,
                                .root_pid = options.root_pid,
                                .root_start_ticks = options.root_start,
                                .supervisor = options.supervisor,
                                .control_fd = options.control_fd,
                                .handles = options.handles});
}

}  // namespace

void AddMeter(CLI::App& app, Context& context) {
  const auto options = std::make_shared<MeterOptions>();
  CLI::App* const meter =
      app.add_subcommand("meter", "The metering process; started by run and by the SDK");
  meter->group("");  // not listed
  meter->add_option("--run-dir", options->run_dir);
  meter->add_option("--control-fd", options->control_fd);
  meter->add_option("--root-pid", options->root_pid);
  meter->add_option("--root-start", options->root_start);
  meter->add_option("--supervisor", options->supervisor);
  meter->add_option("--attach", options->attach);
  meter->add_option("--start", options->start);
  meter->add_option("--project", options->project);
  meter->add_option("--name", options->name);
  meter->add_option("--budget", options->budget);
  meter->add_option("--currency", options->currency);
  meter->add_option("--alert-threshold", options->threshold);
  meter->add_option("--prices", options->prices)->envname("EPOCHCOST_PRICES");
  meter->add_option("--sheet", options->sheet)->envname("EPOCHCOST_SHEET");
  meter->add_option("--run-id", options->run_id);
  meter->add_option("--handles", options->handles);
  meter->add_flag("--daemon", options->daemon);
  meter->callback([options, &context] {
    if (options->attach > 0) return AttachTo(context, *options);
    Supervised(context, *options);
  });
}

}  // namespace epochcost::app
