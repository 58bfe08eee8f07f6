#include "probe/bpf/cgroup_network.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <malloc.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.h"
#include "probe/bpf/loader.h"
#include "probe/bpf/shared.h"
#include "probe/bpf/skb.skel.h"

namespace epochcost::probe {
namespace {

constexpr const char* kMapName = "network";

struct SkeletonDeleter {
  void operator()(skb_bpf* skeleton) const { skb_bpf__destroy(skeleton); }
};

struct Handles {
  Fd map;
  Fd ingress;
  Fd egress;
};

class CgroupNetwork final : public Source {
 public:
  CgroupNetwork(Handles handles, int cpus)
      : handles_(std::move(handles)), uses_(static_cast<std::size_t>(cpus)) {}
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kBpfCgroupSkb; }

  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override {
    const __u32 zero = 0;
    if (bpf_map_lookup_elem(handles_.map.Get(), &zero, uses_.data()) != 0) {
      return tl::unexpected(BpfError(Say("cannot read the bytes of the control group"), -errno));
    }
    Wide in = 0;
    Wide away = 0;
    Wide loopback = 0;
    for (const network_use& use : uses_) {
      in += use.in_bytes;
      away += use.out_bytes;
      loopback += use.loopback_bytes;
    }
    out.push_back({Signal::kNetworkInBytes, Kind(), 0, now, in, Quality::kMeasured});
    out.push_back({Signal::kNetworkOutBytes, Kind(), 0, now, away, Quality::kMeasured});
    out.push_back({Signal::kLoopbackBytes, Kind(), 0, now, loopback, Quality::kMeasured});
    return {};
  }

 private:
  Handles handles_;
  std::vector<network_use> uses_;
};

Result<Fd> Attach(bpf_program* program, int cgroup) {
  bpf_link* const link = bpf_program__attach_cgroup(program, cgroup);
  if (link == nullptr) {
    return tl::unexpected(BpfError(Say("cannot count packets by eBPF"), -errno));
  }
  Fd kept = Fd::Duplicate(bpf_link__fd(link));
  bpf_link__destroy(link);
  return kept;
}

Result<Handles> Load(const std::string& cgroup_folder) {
  const std::string what = Say("cannot count packets by eBPF");
  const Fd cgroup(open(cgroup_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!cgroup.IsOpen()) return tl::unexpected(BpfError(what, -errno));
  const std::unique_ptr<skb_bpf, SkeletonDeleter> skeleton(skb_bpf__open());
  if (!skeleton) return tl::unexpected(BpfError(what, -errno));
  if (const int refused = skb_bpf__load(skeleton.get()); refused != 0) {
    return tl::unexpected(BpfError(what, refused));
  }
  Result<Fd> ingress = Attach(skeleton->progs.ec_ingress, cgroup.Get());
  if (!ingress) return tl::unexpected(ingress.error());
  Result<Fd> egress = Attach(skeleton->progs.ec_egress, cgroup.Get());
  if (!egress) return tl::unexpected(egress.error());
  return Handles{Fd::Duplicate(bpf_map__fd(skeleton->maps.network)), std::move(*ingress),
                 std::move(*egress)};
}

}  // namespace

Result<std::unique_ptr<Source>> OpenCgroupNetwork(const RunId& run,
                                                  const std::string& cgroup_folder,
                                                  HandleSet* handles_of_run) {
  QuietLibbpf();
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) return tl::unexpected(BpfError(Say("cannot count packets by eBPF"), cpus));
  if (handles_of_run != nullptr) {
    if (Fd map(handles_of_run->Duplicate(kMapName)); map.IsOpen())
      return std::make_unique<CgroupNetwork>(Handles{std::move(map), Fd(), Fd()}, cpus);
  }
  const std::string folder = PinFolder(run);
  if (Fd pinned = Unpinned(folder, kMapName); pinned.IsOpen()) {
    return std::make_unique<CgroupNetwork>(Handles{std::move(pinned), Fd(), Fd()}, cpus);
  }
  Result<Handles> handles = Load(cgroup_folder);
  malloc_trim(0);  // loading takes tens of times what staying loaded does
  if (!handles) return tl::unexpected(handles.error());
  const std::array<std::pair<const char*, const Fd*>, 3> all = {
      {{"network_ingress", &handles->ingress},
       {"network_egress", &handles->egress},
       {kMapName, &handles->map}}};
  for (const auto& [name, fd] : all) {
    Pin(folder, name, fd->Get());
    if (handles_of_run != nullptr) handles_of_run->PutDuplicate(name, fd->Get());
  }
  return std::make_unique<CgroupNetwork>(std::move(*handles), cpus);
}

}  // namespace epochcost::probe
