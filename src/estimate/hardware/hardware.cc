#include "estimate/hardware/hardware.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/text.h"
#include "estimate/embedded.h"
#include "estimate/nearest_name.h"
#include "estimate/toml_table.h"

namespace epochcost::estimate {
namespace {

constexpr double kGibi = 1024.0 * 1024 * 1024;
constexpr std::array<std::string_view, 4> kKinds = {"gpu", "tpu", "npu", "cpu"};

Link ReadLink(TableReader& reader, const toml::table& table) {
  reader.CheckKeys(table, {"name", "title", "scope", "gb_per_second", "latency_us", "switched",
                           "source", "date"});
  Link link;
  link.name = reader.Text(table, "name");
  link.title = reader.Text(table, "title");
  const std::string scope = reader.Text(table, "scope");
  if (scope != "node" && scope != "network") {
    reader.Refuse(table, Say("scope cannot be '{}'", scope.substr(0, 40)),
                  Say("it is node or network"));
  }
  link.scope = scope == "node" ? LinkScope::kNode : LinkScope::kNetwork;
  link.bytes_per_second = reader.Scaled(table, "gb_per_second", 1e9);
  link.latency_ns = reader.Scaled(table, "latency_us", 1e3);
  link.is_switched = reader.FlagOr(table, "switched", true);
  link.source = reader.Text(table, "source");
  link.date = reader.Text(table, "date");
  return link;
}

DeviceKind ReadKind(TableReader& reader, const toml::table& table) {
  const std::string text = reader.Text(table, "kind");
  const auto found = std::ranges::find(kKinds, text);
  if (found == kKinds.end()) {
    reader.Refuse(table, Say("kind cannot be '{}'", text.substr(0, 40)),
                  Say("it is gpu, tpu, npu or cpu"));
    return DeviceKind::kGpu;
  }
  return static_cast<DeviceKind>(found - kKinds.begin());
}

void ReadPeaks(TableReader& reader, const toml::table& table, Device& device) {
  for (std::size_t i = 0; i < kPrecisionCount; ++i) {
    device.peak.at(i) = reader.MaybeScaled(
        table, std::string("tflops_") + std::string(kPrecisionNames.at(i)), 1e12);
  }
  device.vector_peak = reader.Scaled(table, "tflops_vector", 1e12);
}

Device ReadDevice(TableReader& reader, const toml::table& table) {
  reader.CheckKeys(table,
                   {"name",          "aliases",       "vendor",      "architecture", "kind",
                    "memory_gib",    "gb_per_second", "tflops_fp64", "tflops_fp32",  "tflops_tf32",
                    "tflops_fp16",   "tflops_bf16",   "tflops_fp8",  "tflops_int8",  "tflops_fp4",
                    "tflops_vector", "clock_mhz",     "units",       "node_link",    "node_devices",
                    "watts",         "quality",       "source",      "date"});
  Device device;
  device.name = reader.Text(table, "name");
  device.aliases = reader.Texts(table, "aliases");
  device.vendor = reader.Text(table, "vendor");
  device.architecture = reader.Text(table, "architecture");
  device.kind = ReadKind(reader, table);
  device.memory_bytes = reader.Scaled(table, "memory_gib", kGibi);
  device.bytes_per_second = reader.Scaled(table, "gb_per_second", 1e9);
  ReadPeaks(reader, table, device);
  device.clock_hz = reader.Scaled(table, "clock_mhz", 1e6);
  device.units = reader.Scaled(table, "units", 1);
  device.node_link = reader.Text(table, "node_link");
  device.node_devices = reader.WholeOr(table, "node_devices", 8);
  device.rated_milliwatts = reader.Scaled(table, "watts", 1e3);
  const auto quality = ParseQuality(reader.TextOr(table, "quality", "measured"));
  if (!quality) reader.Refuse(table, Say("quality is measured, modelled or assumed"));
  device.quality = quality.value_or(Quality::kAssumed);
  device.source = reader.Text(table, "source");
  device.date = reader.Text(table, "date");
  return device;
}

const Catalog& Embedded() {
  static const Catalog kCatalog = [] {
    Catalog all;
    for (const auto& [text, name] : {std::pair{embedded::kNvidiaToml, "nvidia.toml"},
                                     std::pair{embedded::kAcceleratorsToml, "accelerators.toml"},
                                     std::pair{embedded::kCpusToml, "cpus.toml"},
                                     std::pair{embedded::kLinksToml, "links.toml"}}) {
      auto parsed = ParseCatalog(text, name);
      assert(parsed);  // part of the program, and a test parses it
      all.devices.insert(all.devices.end(), parsed->devices.begin(), parsed->devices.end());
      all.links.insert(all.links.end(), parsed->links.begin(), parsed->links.end());
    }
    return all;
  }();
  return kCatalog;
}

}  // namespace

std::string_view Name(DeviceKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

Result<Catalog> ParseCatalog(std::string_view text, std::string_view file_name) {
  const auto root = ParseToml(text, file_name);
  if (!root) return tl::unexpected(root.error());
  TableReader reader(file_name);
  // The file of a machine of the reader's own holds what was fitted to it as well.
  reader.CheckKeys(*root, {"device", "link", "agent", "stack", "residual", "skipped"});
  Catalog catalog;
  for (const toml::table* const table : reader.Tables(*root, "device")) {
    catalog.devices.push_back(ReadDevice(reader, *table));
  }
  for (const toml::table* const table : reader.Tables(*root, "link")) {
    catalog.links.push_back(ReadLink(reader, *table));
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return catalog;
}

const std::vector<Device>& Devices() { return Embedded().devices; }

const std::vector<Link>& Links() { return Embedded().links; }

Result<Device> FindDevice(std::string_view name) {
  const std::string wanted = FoldedName(name);
  std::vector<KnownName> known;
  for (const Device& device : Devices()) {
    if (FoldedName(device.name) == wanted) return device;
    known.push_back({FoldedName(device.name), device.name});
    for (const std::string& alias : device.aliases) {
      if (FoldedName(alias) == wanted) return device;
      known.push_back({FoldedName(alias), device.name});
    }
  }
  return tl::unexpected(
      NameNotFound(Say("no device is called '{}'", name.substr(0, 60)), name, known));
}

Result<Link> FindLink(std::string_view name) {
  const std::string wanted = FoldedName(name);
  std::vector<KnownName> known;
  for (const Link& link : Links()) {
    if (FoldedName(link.name) == wanted) return link;
    known.push_back({FoldedName(link.name), link.name});
  }
  return tl::unexpected(
      NameNotFound(Say("no link is called '{}'", name.substr(0, 60)), name, known));
}

}  // namespace epochcost::estimate
