#include "probe/gpu/amd_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "base/text.h"
#include "probe/gpu/library.h"

namespace epochcost::probe {
namespace {

// The calls of amdsmi that are used, as its application binary interface has them.
using Status = std::uint32_t;
using Handle = void*;
constexpr std::uint64_t kAmdGpus = 2;
constexpr std::uint32_t kBusyUnknown = 0xFFFF'FFFF;

struct EngineUsage {
  std::uint32_t graphics, memory, multimedia, reserved[13];  // percent
};
struct MemoryUsage {
  std::uint32_t total_mb, used_mb, reserved[2];
};
struct Asic {
  char name[256];
  char rest[1024];
};
static_assert(sizeof(EngineUsage) == 64 && sizeof(MemoryUsage) == 16);

struct Calls {
  Status (*amdsmi_init)(std::uint64_t) = nullptr;
  Status (*amdsmi_shut_down)() = nullptr;
  Status (*amdsmi_get_socket_handles)(std::uint32_t*, Handle*) = nullptr;
  Status (*amdsmi_get_processor_handles)(Handle, std::uint32_t*, Handle*) = nullptr;
  Status (*amdsmi_get_gpu_device_uuid)(Handle, std::uint32_t*, char*) = nullptr;
  Status (*amdsmi_get_gpu_asic_info)(Handle, Asic*) = nullptr;
  Status (*amdsmi_get_gpu_activity)(Handle, EngineUsage*) = nullptr;
  Status (*amdsmi_get_gpu_vram_usage)(Handle, MemoryUsage*) = nullptr;
  Status (*amdsmi_get_energy_count)(Handle, std::uint64_t*, float*, std::uint64_t*) = nullptr;
};

// The library measures its lists when it is given no room.
template <class Call>
std::vector<Handle> Handles(const Call& call) {
  std::uint32_t count = 0;
  if (call(&count, nullptr) != 0) return {};
  std::vector<Handle> handles(count);
  if (call(&count, handles.data()) != 0) return {};
  handles.resize(std::min<std::size_t>(count, handles.size()));
  return handles;
}

class AmdDriver final : public GpuDriver {
 public:
  AmdDriver(Library library, Calls calls) : library_(std::move(library)), calls_(calls) {}
  AmdDriver(const AmdDriver&) = delete;
  AmdDriver& operator=(const AmdDriver&) = delete;
  ~AmdDriver() override { calls_.amdsmi_shut_down(); }

  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kAmdSmi; }

  [[nodiscard]] Result<std::vector<Gpu>> List() override {
    std::vector<Gpu> gpus;
    const auto sockets = Handles([this](std::uint32_t* count, Handle* handles) {
      return calls_.amdsmi_get_socket_handles(count, handles);
    });
    for (const Handle socket : sockets) {
      const auto processors = Handles([this, socket](std::uint32_t* count, Handle* handles) {
        return calls_.amdsmi_get_processor_handles(socket, count, handles);
      });
      for (const Handle processor : processors) gpus.push_back(Describe(processor, gpus.size()));
    }
    return gpus;
  }

  [[nodiscard]] Result<GpuReading> Read(const Gpu& gpu, BootTime now) override {
    const auto found = handles_.find(gpu.uuid);
    if (found == handles_.end())
      return Fail(ErrorCode::kNotFound, Say("amdsmi no longer lists the GPU {}", gpu.uuid));
    GpuReading reading;
    reading.at = now;
    EngineUsage usage{};
    const Status status = calls_.amdsmi_get_gpu_activity(found->second, &usage);
    if (status == 0 && usage.graphics != kBusyUnknown)
      reading.busy = std::min<std::uint32_t>(100, usage.graphics) * (kAll / 100);
    MemoryUsage memory{};
    if (calls_.amdsmi_get_gpu_vram_usage != nullptr &&
        calls_.amdsmi_get_gpu_vram_usage(found->second, &memory) == 0)
      reading.memory_used_bytes = std::int64_t{memory.used_mb} << 20;
    std::uint64_t counts = 0;
    std::uint64_t time = 0;
    float microjoules = 0;  // per count
    if (calls_.amdsmi_get_energy_count != nullptr &&
        calls_.amdsmi_get_energy_count(found->second, &counts, &microjoules, &time) == 0 &&
        microjoules > 0)
      reading.energy_uj = std::llround(static_cast<long double>(counts) * microjoules);
    if (status != 0 && !reading.energy_uj && !reading.memory_used_bytes)
      return Fail(ErrorCode::kUnavailable, Say("GPU {} does not answer", gpu.index),
                  fmt::format("amdsmi {}", status));
    return reading;
  }

 private:
  Gpu Describe(Handle processor, std::size_t index) {
    Gpu gpu;
    gpu.index = static_cast<std::int64_t>(index);
    std::array<char, 64> uuid{};
    std::uint32_t length = uuid.size() - 1;
    if (calls_.amdsmi_get_gpu_device_uuid != nullptr &&
        calls_.amdsmi_get_gpu_device_uuid(processor, &length, uuid.data()) == 0)
      gpu.uuid = uuid.data();
    if (gpu.uuid.empty() || handles_.contains(gpu.uuid)) gpu.uuid += fmt::format("amd-{}", index);
    const auto asic = std::make_unique<Asic>();
    if (calls_.amdsmi_get_gpu_asic_info != nullptr &&
        calls_.amdsmi_get_gpu_asic_info(processor, asic.get()) == 0) {
      asic->name[sizeof(asic->name) - 1] = '\0';
      gpu.name = asic->name;
    }
    MemoryUsage memory{};
    if (calls_.amdsmi_get_gpu_vram_usage != nullptr &&
        calls_.amdsmi_get_gpu_vram_usage(processor, &memory) == 0)
      gpu.memory_bytes = std::int64_t{memory.total_mb} << 20;
    handles_.insert_or_assign(gpu.uuid, processor);
    return gpu;
  }

  Library library_;
  Calls calls_;
  std::map<std::string, Handle> handles_;
};

}  // namespace

Result<std::unique_ptr<GpuDriver>> OpenAmd(const std::string& name) {
  auto library = Library::Open(name);
  if (!library) return tl::unexpected(library.error());
  Calls calls;
#define EPOCHCOST_FIND(call) library->Find(#call, calls.call)
  EPOCHCOST_FIND(amdsmi_init);
  EPOCHCOST_FIND(amdsmi_shut_down);
  EPOCHCOST_FIND(amdsmi_get_socket_handles);
  EPOCHCOST_FIND(amdsmi_get_processor_handles);
  EPOCHCOST_FIND(amdsmi_get_gpu_device_uuid);
  EPOCHCOST_FIND(amdsmi_get_gpu_asic_info);
  EPOCHCOST_FIND(amdsmi_get_gpu_activity);
  EPOCHCOST_FIND(amdsmi_get_gpu_vram_usage);
  EPOCHCOST_FIND(amdsmi_get_energy_count);
#undef EPOCHCOST_FIND
  if (calls.amdsmi_init == nullptr || calls.amdsmi_shut_down == nullptr ||
      calls.amdsmi_get_socket_handles == nullptr || calls.amdsmi_get_processor_handles == nullptr ||
      calls.amdsmi_get_gpu_activity == nullptr) {
    return Fail(ErrorCode::kUnsupported, Say("{} is no amdsmi that can be used", name),
                Say("it lacks amdsmi_init or the list of devices"));
  }
  if (const Status status = calls.amdsmi_init(kAmdGpus); status != 0)
    return Fail(ErrorCode::kUnavailable, Say("amdsmi does not start"), fmt::format("{}", status));
  return std::make_unique<AmdDriver>(std::move(*library), calls);
}

}  // namespace epochcost::probe
