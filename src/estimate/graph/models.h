#pragma once
// The built-in models: published configurations in catalog/models, by name.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "estimate/graph/graph.h"

namespace epochcost::estimate {

struct ModelInfo {
  std::string name;   // "llama3-8b"
  std::string title;  // "Llama 3 8B"
  std::vector<std::string> aliases;
  std::string family;                      // "transformer", "resnet" …: the table's name
  std::optional<std::int64_t> parameters;  // as published, exact; absent where only rounded
  std::string source;
  std::string date;
};

// What a training may change of a published configuration; absent: as published.
struct ModelOptions {
  std::optional<std::int64_t> sequence;
  std::optional<std::int64_t> image;
  std::optional<std::int64_t> classes;
  std::optional<bool> has_fused_attention;
};

// In the catalog's order.
[[nodiscard]] const std::vector<ModelInfo>& Models();

// By name or alias, as FindDevice. Errors: kNotFound with the nearest; kInvalidInput where an
// option is not one of this model's (a sequence of a ResNet) or cannot be.
[[nodiscard]] Result<Graph> BuildModel(std::string_view name, const ModelOptions& options = {});

// A file in the shape of catalog/models/*.toml; every model is built once. Errors as ParseCatalog.
[[nodiscard]] Result<std::vector<ModelInfo>> CheckModels(std::string_view toml,
                                                         std::string_view file_name);

}  // namespace epochcost::estimate
