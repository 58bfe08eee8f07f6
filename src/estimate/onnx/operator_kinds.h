#pragma once
// Kinds of ONNX operators that are counted alike, by their names in the ONNX operator set.

#include <set>
#include <string_view>

namespace epochcost::estimate {

using Kinds = std::set<std::string_view>;

[[nodiscard]] const Kinds& Norms();
[[nodiscard]] const Kinds& Activations();
[[nodiscard]] const Kinds& Pools();
[[nodiscard]] const Kinds& Elementwises();
// Names, shapes and constants: nothing is computed.
[[nodiscard]] const Kinds& Free();

}  // namespace epochcost::estimate
