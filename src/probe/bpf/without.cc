// What stands in for eBPF where the program was built without it.

#include "base/text.h"
#include "probe/bpf/cgroup_network.h"
#include "probe/bpf/tree_counter.h"

namespace epochcost::probe {
namespace {

tl::unexpected<Error> Without() {
  return Fail(ErrorCode::kUnsupported, Say("eBPF cannot be used"), Say("built without eBPF"),
              Say("build with -DEPOCHCOST_BPF=ON"));
}

}  // namespace

Result<std::unique_ptr<TreeCounter>> TreeCounter::Open(const RunId&, Options, HandleSet*) {
  return Without();
}
Result<void> RemovePins(const RunId&) { return {}; }
Result<Nanos> BpfRunTime() { return Without(); }
std::unique_ptr<Source> MakeTreeCpu(TreeCounter&) { return nullptr; }
std::unique_ptr<Source> MakeTreeSockets(TreeCounter&) { return nullptr; }
Result<std::unique_ptr<Source>> OpenCgroupNetwork(const RunId&, const std::string&, HandleSet*) {
  return Without();
}

}  // namespace epochcost::probe
