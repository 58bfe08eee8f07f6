// epochcost record: what this machine's GPUs show, as a file that tests and demos play.

#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>

#include "app/context.h"
#include "base/text.h"
#include "probe/gpu/amd_driver.h"
#include "probe/gpu/gpu_recording.h"
#include "probe/gpu/nvml_driver.h"

namespace epochcost::app {
namespace {

struct RecordOptions {
  std::string file;
  double seconds = 10;
  double hz = 10;
};

volatile std::sig_atomic_t g_is_enough = 0;

std::string Library(const char* variable, const char* usual) {
  const char* const value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): no thread
  return value != nullptr ? value : usual;
}

// NVIDIA's, or else AMD's. Error: why neither.
Result<std::unique_ptr<probe::GpuDriver>> OpenDriver() {
  auto nvidia = probe::OpenNvml(Library("EPOCHCOST_NVML", probe::kNvmlLibrary));
  if (nvidia) return nvidia;
  auto amd = probe::OpenAmd(Library("EPOCHCOST_AMDSMI", probe::kAmdLibrary));
  if (amd) return amd;
  return Fail(ErrorCode::kNotFound, Say("no GPU to record"),
              nvidia.error().what + ": " + nvidia.error().why + "; " + amd.error().what + ": " +
                  amd.error().why,
              Say("epochcost doctor says what this machine lets us measure"));
}

Result<std::int64_t> Record(const RecordOptions& options) {
  auto driver = OpenDriver();
  if (!driver) return tl::unexpected(driver.error());
  const auto gpus = (*driver)->List();
  if (!gpus) return tl::unexpected(gpus.error());
  std::ofstream file(options.file, std::ios::trunc);
  file << probe::GpuRecordingHeader(*gpus);
  const SystemClock clock;
  const BootTime start = clock.Boot();
  const Nanos length{static_cast<std::int64_t>(options.seconds * 1e9)};
  std::int64_t readings = 0;
  for (std::int64_t round = 0; g_is_enough == 0; ++round) {
    const Nanos due{static_cast<std::int64_t>(static_cast<double>(round) * 1e9 / options.hz)};
    if (due > length) break;
    const Nanos wait = due - (clock.Boot() - start);
    if (wait.Count() > 0) poll(nullptr, 0, static_cast<int>(wait.Count() / kNanosPerMilli));
    for (std::size_t i = 0; i < gpus->size(); ++i) {
      const BootTime now = clock.Boot();
      const auto reading = (*driver)->Read(gpus->at(i), now);
      if (!reading) {
        file << "# " << reading.error().what << ": " << reading.error().why << "\n";
        continue;
      }
      file << probe::GpuRecordingLine(i, now - start, *reading);
      ++readings;
    }
    if (isatty(STDERR_FILENO) != 0 && round % 10 == 0)
      std::cerr << "\r" << Say("{} readings of {} GPUs", readings, gpus->size()) << std::flush;
  }
  file.close();
  if (!file) return Fail(ErrorCode::kIo, Say("cannot write {}", options.file));
  return readings;
}

void Execute(Context& context, const RecordOptions& options) {
  std::signal(SIGINT, [](int) { g_is_enough = 1; });
  const auto readings = Record(options);
  if (isatty(STDERR_FILENO) != 0) std::cerr << "\r";
  if (!readings) return Complain(context, readings.error());
  if (!context.quiet) std::cerr << Say("{}: {} readings", options.file, *readings) << "\n";
}

}  // namespace

void AddRecord(CLI::App& app, Context& context) {
  auto options = std::make_shared<RecordOptions>();
  CLI::App* const command =
      app.add_subcommand("record", Say("Record what this machine's GPUs show, for a replay."));
  command->add_option("FILE", options->file, Say("where to; docs/formats.md has its form"))
      ->required();
  command->add_option("--seconds", options->seconds, Say("for how long; an interrupt ends it too"))
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  command->add_option("--hz", options->hz, Say("readings a second"))
      ->check(CLI::Range(1.0, 100.0))
      ->capture_default_str();
  command->callback([&context, options] { Execute(context, *options); });
}

}  // namespace epochcost::app
