#pragma once
// The devices that a training can run on, and the links between them: data sheets as data.
//
// Peaks are dense: no figure counts the zeros of structured sparsity, though many pages print only
// those. Links are one direction of one device, where data sheets print the sum of both.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/estimate.h"

namespace epochcost::estimate {

enum class LinkScope : std::uint8_t { kNode, kNetwork };

struct Link {
  std::string name;  // "nvlink3", "infiniband-hdr"
  std::string title;
  LinkScope scope = LinkScope::kNode;
  std::int64_t bytes_per_second = 0;  // one direction: of one device, or of one network port
  std::int64_t latency_ns = 0;        // of one message
  bool is_switched = true;            // every pair at full speed
  std::string source;
  std::string date;  // on which the source was read or published
};

enum class DeviceKind : std::uint8_t { kGpu, kTpu, kNpu, kCpu };
[[nodiscard]] std::string_view Name(DeviceKind kind);

struct Device {
  std::string name;  // "A100-SXM-80GB"
  std::vector<std::string> aliases;
  std::string vendor;
  std::string architecture;
  DeviceKind kind = DeviceKind::kGpu;
  std::int64_t memory_bytes = 0;
  std::int64_t bytes_per_second = 0;  // of its memory
  // Operations per second by Precision, matrix units where there are such. Absent: the data sheet
  // names none.
  std::array<std::optional<std::int64_t>, kPrecisionCount> peak;
  std::int64_t vector_peak = 0;   // fp32 outside of the matrix units
  std::int64_t clock_hz = 0;      // at which the peaks are stated (boost)
  std::int64_t units = 0;         // streaming multiprocessors, compute units, cores
  std::string node_link;          // a Link's name
  std::int64_t node_devices = 8;  // in a usual machine
  std::int64_t rated_milliwatts = 0;
  Quality quality = Quality::kMeasured;  // kAssumed where the vendor publishes no data sheet
  std::string source;
  std::string date;

  [[nodiscard]] std::optional<std::int64_t> Peak(Precision precision) const {
    return peak.at(static_cast<std::size_t>(precision));
  }
};

// Everything in catalog/hardware, in its order.
[[nodiscard]] const std::vector<Device>& Devices();
[[nodiscard]] const std::vector<Link>& Links();

// By name or alias; case, '_' , ' ' and '-' do not matter. Error kNotFound names the nearest.
[[nodiscard]] Result<Device> FindDevice(std::string_view name);
[[nodiscard]] Result<Link> FindLink(std::string_view name);

// A file in the shape of catalog/hardware/nvidia.toml ([[device]], [[link]]). Errors: kInvalidInput
// with the place: malformed, an unknown key (with the nearest), a number that is not above 0.
struct Catalog {
  std::vector<Device> devices;
  std::vector<Link> links;
};
[[nodiscard]] Result<Catalog> ParseCatalog(std::string_view toml, std::string_view file_name);

}  // namespace epochcost::estimate
