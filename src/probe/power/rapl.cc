#include "probe/power/rapl.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/text.h"
#include "probe/proc/text.h"

namespace epochcost::probe {
namespace {

constexpr Wide kMicrojoulesPerBusySecond = 4'000'000;  // 4 W

std::string Line(const std::string& path) {
  auto text = ReadWhole(path);
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *text;
}

std::optional<std::int64_t> NumberIn(std::string_view text) { return TakeNumber(text); }

// The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; guests are
// in user.
std::optional<Wide> BusyTicks(std::string_view text) {
  if (!text.starts_with("cpu ")) return std::nullopt;
  text.remove_prefix(4);
  Wide busy = 0;
  for (int column = 0; column < 8; ++column) {
    const auto ticks = TakeNumber(text);
    if (!ticks) return std::nullopt;
    if (column != 3 && column != 4) busy += *ticks;
  }
  return busy;
}

std::map<std::int32_t, Wide> CpuTimeIn(const std::vector<Sample>& samples) {
  std::map<std::int32_t, Wide> time;
  for (const Sample& sample : samples) {
    if (sample.signal == Signal::kCpuNs) time[sample.replica] = sample.value;
  }
  return time;
}

}  // namespace

Result<std::unique_ptr<Source>> Rapl::Open(const std::string& powercap,
                                           const std::string& proc_root) {
  std::vector<Zone> zones;
  std::error_code ignored;
  std::vector<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator(powercap, ignored))
    folders.push_back(entry.path());
  std::ranges::sort(folders);
  for (const std::string& folder : folders) {
    const std::string name = Line(folder + "/name");
    // Packages, and the memory beside them; cores are part of the package, psys is all of it again.
    if (!name.starts_with("package") && name != "dram") continue;
    if (folder.find("intel-rapl-mmio") != std::string::npos) continue;  // the same counters
    auto energy = KeptFile::Open(folder + "/energy_uj");
    if (!energy) return tl::unexpected(energy.error());
    const auto range = NumberIn(Line(folder + "/max_energy_range_uj"));
    zones.push_back({name, std::move(*energy), range.value_or(0), 0});
  }
  if (zones.empty())
    return Fail(ErrorCode::kNotFound, Say("no RAPL"), Say("{} has no package", powercap));
  auto stat = KeptFile::Open(proc_root + "/stat");
  if (!stat) return tl::unexpected(stat.error());
  return std::unique_ptr<Source>(new Rapl(std::move(zones), std::move(*stat)));
}

Result<void> Rapl::Poll(BootTime now, std::vector<Sample>& out) {
  std::vector<std::int64_t> readings;
  for (const Zone& zone : zones_) {
    const auto energy = NumberIn(zone.energy.Read(buffer_));
    if (!energy)
      return Fail(ErrorCode::kUnavailable, Say("cannot read RAPL's {}", zone.name),
                  SystemReason(errno));
    readings.push_back(*energy);
  }
  const auto ticks = BusyTicks(stat_.Read(buffer_));
  const std::map<std::int32_t, Wide> run_ns = CpuTimeIn(out);
  if (!ticks || run_ns.empty())
    return Fail(ErrorCode::kUnavailable, Say("energy cannot be shared out"),
                Say("there is no CPU time to share it by"));
  Wide drawn = 0;
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    Wide step = Wide{readings[i]} - zones_[i].last_uj;
    if (step < 0) step += zones_[i].range_uj;
    if (has_base_ && step > 0) drawn += step;
    zones_[i].last_uj = readings[i];
  }
  const Wide tick_ns = kNanosPerSecond / std::max<Wide>(1, sysconf(_SC_CLK_TCK));
  Wide own = 0;
  for (const auto& [replica, ns] : run_ns) own += ns - std::min(ns, run_ns_[replica]);
  // Ticks are coarse: over a short step the run may seem to use more than the machine.
  const Wide machine = std::max((*ticks - machine_ticks_) * tick_ns, own);
  for (const auto& [replica, ns] : run_ns) {
    const Wide step = ns - std::min(ns, run_ns_[replica]);
    if (has_base_ && machine > 0) energy_uj_[replica] += drawn * step / machine;
    run_ns_[replica] = ns;
    out.push_back(
        {Signal::kCpuEnergyUj, Kind(), replica, now, energy_uj_[replica], Quality::kModelled});
  }
  machine_ticks_ = *ticks;
  has_base_ = true;
  return {};
}

Result<void> PowerModel::Poll(BootTime now, std::vector<Sample>& out) {
  for (const auto& [replica, ns] : CpuTimeIn(out)) {
    out.push_back({Signal::kCpuEnergyUj, Kind(), replica, now,
                   ns * kMicrojoulesPerBusySecond / kNanosPerSecond, Quality::kAssumed});
  }
  return {};
}

}  // namespace epochcost::probe
