#include "probe/bpf/loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <filesystem>

#include "base/quantity.h"
#include "base/text.h"
#include "probe/bpf/tree_counter.h"
#include "probe/kept_file.h"

namespace epochcost::probe {
namespace {

constexpr const char* kBpfFileSystem = "/sys/fs/bpf";
constexpr long kBpfMagic = 0xcafe4a11;
constexpr std::string_view kOurPrograms = "ec_";

std::string& FirstWarning() {
  static thread_local std::string warning;
  return warning;
}

int KeepFirst(enum libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN || !FirstWarning().empty()) return 0;
  std::array<char, 512> line{};
  // The format is libbpf's.
  const int length = std::vsnprintf(line.data(), line.size(), format, arguments);
  FirstWarning() = line.data();
  while (!FirstWarning().empty() && FirstWarning().back() == '\n') FirstWarning().pop_back();
  return length;
}

std::string PathIn(const std::string& folder, std::string_view name) {
  return folder + "/" + std::string(name);
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

Fd Fd::Duplicate(int fd) { return Fd(fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

void QuietLibbpf() {
  libbpf_set_print(&KeepFirst);
  FirstWarning().clear();
}

Error BpfError(const std::string& what, int result) {
  const int reason = result < 0 ? -result : result;
  std::string why = SystemReason(reason);
  const std::string warning = std::exchange(FirstWarning(), {});
  if (reason == EPERM || reason == EACCES) {
    return {ErrorCode::kPermission, what, why,
            Say("run as root, or give the program CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN")};
  }
  if (!warning.empty()) why += "; " + warning;
  return {ErrorCode::kUnsupported, what, why,
          access("/sys/kernel/btf/vmlinux", F_OK) == 0
              ? std::string{}
              : Say("a kernel with BTF (CONFIG_DEBUG_INFO_BTF), as Debian 12's is")};
}

std::string PinFolder(const RunId& run) {
  struct statfs status{};
  if (statfs(kBpfFileSystem, &status) != 0 || status.f_type != kBpfMagic) return {};
  return std::string(kBpfFileSystem) + "/epochcost/" + run.Value();
}

bool Pin(const std::string& folder, std::string_view name, int fd) {
  if (folder.empty()) return false;
  std::error_code refused;
  std::filesystem::create_directories(folder, refused);
  return !refused && bpf_obj_pin(fd, PathIn(folder, name).c_str()) == 0;
}

Fd Unpinned(const std::string& folder, std::string_view name) {
  if (folder.empty()) return {};
  return Fd(bpf_obj_get(PathIn(folder, name).c_str()));
}

Result<void> RemovePins(const RunId& run) {
  const std::string folder = PinFolder(run);
  if (folder.empty()) return {};
  std::error_code refused;
  std::filesystem::remove_all(folder, refused);
  if (refused && refused.value() != ENOENT) {
    return Fail(ErrorCode::kIo, Say("cannot remove {}", folder), SystemReason(refused.value()));
  }
  return {};
}

Result<Nanos> BpfRunTime() {
  const auto enabled = ReadWhole("/proc/sys/kernel/bpf_stats_enabled");
  if (!enabled || *enabled != "1\n") {
    return Fail(ErrorCode::kUnsupported, Say("the kernel does not time eBPF programs"), "",
                "sysctl kernel.bpf_stats_enabled=1");
  }
  Nanos sum;
  __u32 id = 0;
  while (bpf_prog_get_next_id(id, &id) == 0) {
    const Fd program(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    __u32 size = sizeof info;
    if (!program.IsOpen() || bpf_obj_get_info_by_fd(program.Get(), &info, &size) != 0) continue;
    if (!std::string_view(info.name).starts_with(kOurPrograms)) continue;
    sum += Nanos{static_cast<std::int64_t>(info.run_time_ns)};
  }
  if (errno == EPERM) return tl::unexpected(BpfError(Say("cannot list eBPF programs"), -errno));
  return sum;
}

}  // namespace epochcost::probe
