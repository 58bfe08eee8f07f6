#pragma once
// A model from the config.json with which Hugging Face publishes it.

#include <string_view>

#include "base/result.h"
#include "estimate/graph/graph.h"
#include "estimate/graph/models.h"

namespace epochcost::estimate {

// `file` is said in errors and becomes the model's name where the config has none. Errors:
// kInvalidInput (no JSON, no model's config, a field that is missing or cannot be), kUnsupported (a
// model_type that this does not count, with the nearest that it does). A config that allows
// sequences beyond 8,192 says nothing about those of the training: `options.sequence` must.
[[nodiscard]] Result<Graph> ReadHuggingFaceConfig(std::string_view json, std::string_view file,
                                                  const ModelOptions& options = {});

}  // namespace epochcost::estimate
