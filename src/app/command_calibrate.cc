// epochcost calibrate: measures this machine and fits the constants of the estimates to it.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "api/escape.h"
#include "api/estimate_text.h"
#include "app/context.h"
#include "app/data_home.h"
#include "app/estimate_case.h"
#include "app/own_machines.h"
#include "app/screen.h"
#include "app/sweep_run.h"
#include "base/text.h"

namespace epochcost::embedded {
extern const std::string_view kSweepProgram;
}

namespace epochcost::app {
namespace {

struct CalibrateOptions {
  std::string name;
  std::string python = "python3";
  std::string library = "torch";
  std::string threads, processes, patience;
  bool quick = false;
};

// A file's name, and what a person types after --gpu.
Result<void> CheckName(const std::string& name) {
  const bool is_plain =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
          std::string::npos &&
      !name.starts_with('.') && !name.empty() && name.size() <= 60;
  if (!is_plain || name == kThisMachine) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be '{}'", "--name", name.substr(0, 60)),
                Say("it is made of letters, digits, '-', '_' and '.', at most 60"));
  }
  const auto device = estimate::FindDevice(name);
  if (!device) return {};
  return Fail(ErrorCode::kConflict, Say("a device of the catalog is called {}", device->name), "",
              Say("give another: --name my-{}", name));
}

std::string HostName() {
  std::string host(65, '\0');
  if (gethostname(host.data(), host.size() - 1) != 0) return "machine";
  host.resize(host.find('\0'));
  return host.empty() ? "machine" : host;
}

void TellProgress(const Context& context, const estimate::SweepProgress& progress) {
  if (context.quiet || isatty(STDERR_FILENO) == 0) return;
  std::cerr << "\r"
            << PadRight(Say("measuring {} of {}: {}", progress.done + 1, progress.of,
                            Translate(progress.what)),
                        60)
            << std::flush;
}

void EndProgress(const Context& context) {
  if (context.quiet || isatty(STDERR_FILENO) == 0) return;
  std::cerr << "\r" << std::string(60, ' ') << "\r" << std::flush;
}

Result<SweepOrder> OrderOf(const CalibrateOptions& options) {
  SweepOrder order{.python = options.python, .library = options.library};
  order.is_quick = options.quick;
  order.program = embedded::kSweepProgram;
  for (const auto& [flag, text, most, into] :
       {std::tuple{"--threads", &options.threads, 4096, &order.threads},
        std::tuple{"--processes", &options.processes, 64, &order.processes}}) {
    if (text->empty()) continue;
    const auto whole = ParseWholeFlag(flag, *text);
    if (!whole) return tl::unexpected(whole.error());
    if (*whole > most) {
      return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", flag, *whole),
                  Say("at most {}", most));
    }
    *into = *whole;
  }
  if (!options.patience.empty()) {
    const auto patience = ParseWholeFlag("--patience", options.patience);
    if (!patience) return tl::unexpected(patience.error());
    order.patience = static_cast<double>(std::min<std::int64_t>(*patience, 86'400));
  }
  const auto home = FindDataHome();
  if (!home) return tl::unexpected(home.error());
  order.folder = home->path + "/calibration";
  std::error_code bad;
  std::filesystem::create_directories(order.folder, bad);
  if (bad) return Fail(ErrorCode::kIo, Say("cannot write {}", order.folder), bad.message());
  return order;
}

struct Calibrated {
  estimate::OwnMachine machine;
  std::string path;
};

Result<Calibrated> Calibrate(const Context& context, const CalibrateOptions& options) {
  const std::string name = options.name.empty() ? HostName() : options.name;
  if (auto ok = CheckName(name); !ok) return tl::unexpected(ok.error());
  const auto order = OrderOf(options);
  if (!order) return tl::unexpected(order.error());
  const auto sweep = RunSweep(*order, [&context](const estimate::SweepProgress& progress) {
    TellProgress(context, progress);
  });
  EndProgress(context);
  if (!sweep) return tl::unexpected(sweep.error());
  const std::string date = FormatUtc(context.clock.Utc()).substr(0, 10);
  auto machine = estimate::FitMachine(*sweep, name, ThisAgent().Value(), date);
  if (!machine) return tl::unexpected(machine.error());
  const auto path =
      SaveOwnMachine(std::filesystem::path(order->folder).parent_path().string(), *machine);
  if (!path) return tl::unexpected(path.error());
  return Calibrated{.machine = *std::move(machine), .path = *path};
}

std::string CalibratedText(const Calibrated& calibrated) {
  const estimate::OwnMachine& own = calibrated.machine;
  const estimate::Device& device = own.device;
  std::string text =
      Say("{}: {} threads of {}", device.name, device.units, device.architecture) + "\n" +
      Say("fastest: {} GFLOP/s in fp32, {} GB/s of memory, {} GB/s between processes",
          api::ThreeDigits(static_cast<double>(device.Peak(Precision::kFp32).value_or(0)) / 1e9),
          api::ThreeDigits(static_cast<double>(device.bytes_per_second) / 1e9),
          api::ThreeDigits(static_cast<double>(own.link.bytes_per_second) / 1e9)) +
      "\n\n" + PadRight(Translate("measured"), 16) + PadLeft(Translate("passes"), 8) +
      PadLeft(Translate("mean error"), 16) + PadLeft(Translate("worst"), 10) + "\n";
  for (const estimate::SweepResidual& one : own.residuals) {
    text += PadRight(Translate(one.kind), 16) + PadLeft(std::to_string(one.count), 8) +
            PadLeft(fmt::format("{:.0f} %", one.mean_percent), 16) +
            PadLeft(fmt::format("{:.0f} %", one.worst_percent), 10) + "\n";
  }
  for (const estimate::SweepSkipped& one : own.skipped) {
    text += PadRight(Translate(one.what), 16) + Say("not measured: {}", one.why) + "\n";
  }
  return text + "\n" + Say("kept in {}", calibrated.path) + "\n" +
         Say("use it: epochcost estimate --gpu {} …", kThisMachine);
}

std::string CalibratedJson(const Calibrated& calibrated) {
  using Json = nlohmann::ordered_json;
  const estimate::OwnMachine& own = calibrated.machine;
  Json out = {{"schema_version", 1},
              {"type", "calibration"},
              {"name", own.device.name},
              {"file", api::ValidUtf8(calibrated.path)},
              {"date", own.device.date},
              {"source", api::ValidUtf8(own.device.source)},
              {"processor", api::ValidUtf8(own.device.architecture)},
              {"threads", own.device.units},
              {"memory_bytes", own.device.memory_bytes},
              {"peak_ops_per_second", own.device.Peak(Precision::kFp32).value_or(0)},
              {"memory_bytes_per_second", own.device.bytes_per_second},
              {"process_bytes_per_second", own.link.bytes_per_second},
              {"passes", own.calibration.runs},
              {"deviation", own.calibration.shift}};
  out["constants"] = Json::array();
  for (std::size_t i = 0; i < estimate::kConstantCount; ++i) {
    const estimate::ConstantInfo& info = estimate::ConstantInfos().at(i);
    out["constants"].push_back({{"name", info.name},
                                {"value", own.calibration.constants.Values().at(i)},
                                {"unit", info.unit},
                                {"meaning", info.meaning}});
  }
  out["residuals"] = Json::array();
  for (const estimate::SweepResidual& one : own.residuals) {
    out["residuals"].push_back({{"kind", one.kind},
                                {"passes", one.count},
                                {"mean_percent", one.mean_percent},
                                {"worst_percent", one.worst_percent}});
  }
  out["skipped"] = Json::array();
  for (const estimate::SweepSkipped& one : own.skipped) {
    out["skipped"].push_back({{"what", one.what}, {"why", api::ValidUtf8(one.why)}});
  }
  return out.dump(2);
}

class CalibrateExamples final : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_usage(const CLI::App* app, std::string name) const override {
    return Say("examples:\n"
               "  epochcost calibrate                                a minute or two, with "
               "PyTorch\n"
               "  epochcost calibrate --python /opt/venv/bin/python3 --threads 8\n"
               "  epochcost calibrate --quick --library numpy        rougher, and without PyTorch\n"
               "  epochcost estimate --gpu this-machine --graph net.json --samples 60000\n") +
           CLI::Formatter::make_usage(app, std::move(name));
  }
};

}  // namespace

void AddCalibrate(CLI::App& app, Context& context) {
  const auto options = std::make_shared<CalibrateOptions>();
  CLI::App* const command = app.add_subcommand(
      "calibrate", Say("Measure this machine, so that estimates for it rest on it"));
  command->formatter(std::make_shared<CalibrateExamples>());
  command->add_option("--name", options->name,
                      Say("what --gpu shall call it (the host's name); this-machine means it too"));
  command->add_option("--python", options->python, Say("the Python that trains (python3)"));
  command->add_option("--library", options->library, Say("what trains: torch or numpy"))
      ->check(CLI::IsMember({"torch", "numpy"}));
  command->add_option("--threads", options->threads,
                      Say("threads of a training (as many as the library takes by itself)"));
  command->add_option("--processes", options->processes,
                      Say("processes that reduce gradients together (2)"));
  command->add_option("--patience", options->patience,
                      Say("seconds to wait for a measurement (300)"));
  command->add_flag("--quick", options->quick, Say("in seconds, and rougher"));
  command->add_flag("--json", context.json, Say("as one JSON object"));
  command->callback([options, &context] {
    const auto calibrated = Calibrate(context, *options);
    if (!calibrated) return Complain(context, calibrated.error());
    std::cout << (context.json ? CalibratedJson(*calibrated) : CalibratedText(*calibrated)) << "\n";
  });
}

}  // namespace epochcost::app
