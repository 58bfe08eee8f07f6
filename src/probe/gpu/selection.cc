#include "probe/gpu/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "probe/kept_file.h"

namespace epochcost::probe {
namespace {

constexpr std::array<std::string_view, 6> kVariables = {
    "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
    "SLURM_STEP_GPUS",      "SLURM_JOB_GPUS",      "NVIDIA_VISIBLE_DEVICES"};

std::string_view Trim(std::string_view word) {
  while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
  while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
  return word;
}

std::optional<std::int64_t> Index(std::string_view word) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// The GPUs that a word names: one, or every instance of one that is split.
std::vector<Gpu> Named(std::span<const Gpu> gpus, std::string_view word) {
  std::vector<Gpu> found;
  if (const auto index = Index(word)) {
    std::ranges::copy_if(gpus, std::back_inserter(found),
                         [&](const Gpu& gpu) { return gpu.index == *index; });
    return found;
  }
  if (word.size() < 5) return found;
  std::ranges::copy_if(gpus, std::back_inserter(found),
                       [&](const Gpu& gpu) { return gpu.uuid.starts_with(word); });
  if (found.size() > 1) found.clear();
  return found;
}

// Slurm writes ranges: "0-3,6".
std::vector<std::string> Words(std::string_view text) {
  constexpr std::int64_t kMost = 1024;
  std::vector<std::string> words;
  while (!text.empty() && words.size() < kMost) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view word = Trim(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t dash = word.find('-');
    const auto first = Index(word.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : Index(word.substr(dash + 1));
    if (dash != std::string_view::npos && dash > 0 && first && last && *last >= *first &&
        *last - *first < kMost) {
      for (std::int64_t i = *first; i <= *last; ++i) words.push_back(fmt::format("{}", i));
    } else if (!word.empty()) {
      words.emplace_back(word);
    }
  }
  return words;
}

bool IsNone(std::string_view word) {
  return word == "-1" || word == "none" || word == "void" || word == "NoDevFiles";
}

}  // namespace

GpuSelection SelectGpus(std::span<const Gpu> gpus, const Environment& environment) {
  GpuSelection selection;
  for (const std::string_view variable : kVariables) {
    const auto value = environment(variable);
    if (!value) continue;
    const bool is_all = *value == "all" || (variable == kVariables.back() && value->empty());
    if (is_all) continue;
    selection.by = fmt::format("{}={}", variable, *value);
    for (const std::string& word : Words(*value)) {
      if (IsNone(word)) break;
      const std::vector<Gpu> named = Named(gpus, word);
      if (named.empty()) {
        selection.unknown = word;
        break;
      }
      for (const Gpu& gpu : named) {
        const bool is_there = std::ranges::any_of(
            selection.gpus, [&](const Gpu& other) { return other.uuid == gpu.uuid; });
        if (!is_there) selection.gpus.push_back(gpu);
      }
    }
    return selection;
  }
  selection.gpus.assign(gpus.begin(), gpus.end());
  return selection;
}

Environment EnvironmentOf(const std::string& proc_root, pid_t pid) {
  std::map<std::string, std::string, std::less<>> variables;
  const auto text = ReadWhole(fmt::format("{}/{}/environ", proc_root, pid));
  std::string_view rest = text ? std::string_view(*text) : std::string_view{};
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view entry = rest.substr(0, end);
    if (const std::size_t equals = entry.find('='); equals != std::string_view::npos)
      variables.try_emplace(std::string(entry.substr(0, equals)), entry.substr(equals + 1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace epochcost::probe
