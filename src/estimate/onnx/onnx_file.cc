#include "estimate/onnx/onnx_file.h"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <system_error>

#include "base/text.h"
#include "estimate/graph/graph_file.h"
#include "estimate/onnx/onnx_interface.h"

namespace epochcost::estimate {
namespace {

constexpr std::string_view kName = "libepochcost_onnx.so";

// Mapped until the program ends: protobuf registers what cannot be taken back.
template <class Function>
Function* Find(void* handle, const char* name) {
  return reinterpret_cast<Function*>(dlsym(handle, name));
}

Error Explained(epochcost_onnx_outcome outcome, std::string_view file, std::string text) {
  switch (outcome) {
    case EPOCHCOST_ONNX_FREE_SIZE:
      return {ErrorCode::kInvalidInput, Say("{} leaves a size free: {}", file, text),
              Say("what a sample computes depends on it"), Say("say it: --sequence 512")};
    case EPOCHCOST_ONNX_NO_SHAPES:
      return {ErrorCode::kInvalidInput, Say("the shapes of {} cannot be inferred", file),
              std::move(text), Say("export it anew, with fixed sizes")};
    case EPOCHCOST_ONNX_NO_SHAPE:
      return {ErrorCode::kInvalidInput, Say("{}: a shape stays unknown: {}", file, text), "",
              Say("export it anew, with fixed sizes")};
    case EPOCHCOST_ONNX_NOTHING:
      return {ErrorCode::kInvalidInput, Say("{} has no operator that can be counted", file),
              std::move(text)};
    case EPOCHCOST_ONNX_FAULT:
      return {ErrorCode::kInvalidInput, Say("{} cannot be read", file), std::move(text)};
    default:
      return {ErrorCode::kInvalidInput, Say("{} is no ONNX model", file), std::move(text),
              Say("torch.onnx.export writes one; --config reads a Hugging Face config.json")};
  }
}

}  // namespace

std::string OnnxLibrary() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (length <= 0) return std::string(kName);
  const auto folder =
      std::filesystem::path(std::string(path.data(), static_cast<std::size_t>(length)))
          .parent_path();
  std::error_code none;
  for (const auto& candidate : {folder / kName, folder.parent_path() / "lib/epochcost" / kName}) {
    if (std::filesystem::exists(candidate, none)) return candidate.string();
  }
  return std::string(kName);
}

Result<Graph> ReadOnnx(std::string_view bytes, std::string_view file, std::int64_t sequence,
                       const std::string& library) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  auto* const abi = handle != nullptr ? Find<int()>(handle, "epochcost_onnx_abi") : nullptr;
  auto* const read = handle != nullptr
                         ? Find<decltype(epochcost_onnx_read)>(handle, "epochcost_onnx_read")
                         : nullptr;
  auto* const release = handle != nullptr
                            ? Find<decltype(epochcost_onnx_free)>(handle, "epochcost_onnx_free")
                            : nullptr;
  if (abi == nullptr || read == nullptr || release == nullptr || abi() != EPOCHCOST_ONNX_ABI) {
    const char* const why = handle == nullptr ? dlerror() : nullptr;
    return Fail(ErrorCode::kUnsupported, Say("ONNX files cannot be read here"),
                why != nullptr ? std::string(why) : Say("{} is of another version", library),
                Say("install libonnx1 and {}, or describe the module: ciuic_sdk.describe", kName));
  }
  char* answer = nullptr;
  const epochcost_onnx_outcome outcome =
      read(bytes.data(), static_cast<std::int64_t>(bytes.size()), sequence, &answer);
  const std::unique_ptr<char, void (*)(char*)> owned(answer, release);
  std::string text = owned ? owned.get() : "";
  if (outcome != EPOCHCOST_ONNX_READ) {
    return tl::unexpected(Explained(outcome, file, std::move(text)));
  }
  return ReadGraphFile(text, file);
}

}  // namespace epochcost::estimate
