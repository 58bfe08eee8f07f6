// epochcost doctor: what this machine lets us measure, by what, and how to get better.
//
// Its JSON is made here, because sources are no noun of the model that api could know.
// It tries: a control group is made, programs are loaded, files are read, as a run would.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/child.h"
#include "app/context.h"
#include "app/page_ports.h"
#include "base/ids.h"
#include "base/text.h"
#include "probe/machine.h"
#include "probe/sources.h"

namespace epochcost::app {
namespace {

struct DoctorOptions {
  bool unprivileged = false;
  std::vector<std::string> sources;
};

// Short, so that the columns stand whatever the terms are called.
std::string Title(Term term) {
  switch (term) {
    case Term::kGpu:
      return Say("GPU");
    case Term::kCpu:
      return Say("CPU");
    case Term::kMemory:
      return Say("memory");
    case Term::kNetwork:
      return Say("network");
    case Term::kEnergy:
      return Say("energy");
    case Term::kDisk:
      return Say("disk");
  }
  return {};
}

Result<std::vector<probe::Choice>> TryEverything(const DoctorOptions& options) {
  probe::OpenOptions open;
  open.as_ordinary_user = options.unprivileged;
  for (const auto& [name, library] : {std::pair{"EPOCHCOST_NVML", &open.nvml_library},
                                      std::pair{"EPOCHCOST_AMDSMI", &open.amd_library}}) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread yet
    if (value != nullptr) *library = value;
  }
  for (const std::string& name : options.sources) {
    const auto source = ParseSource(name);
    if (!source) {
      return Fail(ErrorCode::kInvalidInput, Say("no such source: {}", name), "",
                  Say("epochcost doctor lists the sources"));
    }
    open.only.push_back(*source);
  }
  const RunId trial{RandomHex(12)};
  probe::Target target{
      .run = trial, .root_pid = getpid(), .root_start_ticks = StartTicks(getpid())};
  if (!options.unprivileged) {
    auto cgroup = probe::RunCgroup::Make(trial);
    if (cgroup) {
      target.cgroup = std::move(*cgroup);
    } else {
      open.no_cgroup = cgroup.error().what + ": " + cgroup.error().why;
    }
  }
  std::vector<probe::Choice> choices = probe::OpenSources(target, open).choices;
  (void)probe::RemovePins(trial);
  if (target.cgroup) (void)target.cgroup->Remove();
  return choices;
}

std::string Lines(const std::vector<probe::Choice>& choices) {
  std::string text;
  for (const probe::Choice& choice : choices) {
    const bool none = choice.chosen == SourceKind::kNone;
    text += fmt::format("{} {} {}", PadRight(Title(choice.term), 8),
                        none ? "–" : Dot(choice.quality), Info(choice.chosen).name);
    if (!none) text += fmt::format(": {}", Translate(Info(choice.chosen).sentence));
    text += "\n";
    for (const probe::Rejected& better : choice.rejected) {
      text += fmt::format("           {}: {}\n", Info(better.source).name, better.why_not);
      if (!better.how_to_get.empty()) text += fmt::format("             → {}\n", better.how_to_get);
    }
  }
  return text;
}

std::string Lines(const probe::Machine& machine) {
  const auto yes = [](bool is) { return std::string(is ? Say("yes") : Say("no")); };
  std::string capabilities;
  for (const std::string& name : machine.capabilities) capabilities += " " + name;
  if (capabilities.empty()) capabilities = " " + Say("none");
  std::string text;
  const auto line = [&text](const std::string& name, const std::string& value) {
    text += fmt::format("{} {}\n", PadRight(name, 18), value);
  };
  line(Say("kernel"), machine.kernel);
  line(Say("control groups"), machine.cgroups);
  line(Say("root"), yes(machine.is_root));
  line(Say("capabilities"), capabilities.substr(1));
  line(Say("built with eBPF"), yes(machine.is_built_with_bpf));
  line(Say("kernel types (BTF)"), yes(machine.has_btf));
  line(Say("BPF file system"),
       machine.has_bpf_file_system
           ? yes(true)
           : Say("no: counters end with a meter that is killed; mount -t bpf none /sys/fs/bpf"));
  return text;
}

nlohmann::json Json(const std::vector<probe::Choice>& choices, const probe::Machine& machine) {
  nlohmann::json signals = nlohmann::json::array();
  for (const probe::Choice& choice : choices) {
    nlohmann::json rejected = nlohmann::json::array();
    for (const probe::Rejected& better : choice.rejected) {
      rejected.push_back({{"source", Info(better.source).name},
                          {"why_not", better.why_not},
                          {"how_to_get", better.how_to_get}});
    }
    signals.push_back({{"term", Name(choice.term)},
                       {"source", Info(choice.chosen).name},
                       {"quality", Name(choice.quality)},
                       {"sentence", Translate(Info(choice.chosen).sentence)},
                       {"rejected", rejected}});
  }
  return {{"schema_version", 1},
          {"signals", signals},
          {"machine",
           {{"kernel", machine.kernel},
            {"cgroups", machine.cgroups},
            {"is_root", machine.is_root},
            {"capabilities", machine.capabilities},
            {"built_with_bpf", machine.is_built_with_bpf},
            {"has_btf", machine.has_btf},
            {"has_bpf_file_system", machine.has_bpf_file_system}}}};
}

void Run(Context& context, const DoctorOptions& options) {
  const auto choices = TryEverything(options);
  if (!choices) return Complain(context, choices.error());
  const probe::Machine machine = probe::InspectMachine();
  if (context.json) {
    std::cout << Json(*choices, machine).dump(2) << "\n";
    return;
  }
  std::cout << Lines(*choices) << "\n"
            << Say("● measured  ◐ modelled  ○ assumed  – none") << "\n\n"
            << Lines(machine);
}

}  // namespace

Result<std::string> DoctorJson() {
  const auto choices = TryEverything({});
  if (!choices) return tl::unexpected(choices.error());
  return Json(*choices, probe::InspectMachine()).dump();
}

void AddDoctor(CLI::App& app, Context& context) {
  CLI::App* const command =
      app.add_subcommand("doctor", Say("What this machine lets us measure, and how to get better"));
  const auto options = std::make_shared<DoctorOptions>();
  command->add_flag("--json", context.json, Say("as one JSON object"));
  command->add_flag("--unprivileged", options->unprivileged, Say("As if an ordinary user asked"));
  command->add_option("--source", options->sources, Say("Try this source only; may be repeated"));
  command->callback([&context, options] { Run(context, *options); });
}

}  // namespace epochcost::app
