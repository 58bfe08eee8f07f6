#pragma once
// An ONNX file as a graph. Its shapes are inferred by the ONNX library, which is loaded on demand.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "estimate/graph/graph.h"

namespace epochcost::estimate {

// The first size of an input is the batch. A file made for a batch of several samples is divided by
// it; `sequence` stands for every other size that the file leaves free, 0: none is given.
// `library`: the path of libepochcost_onnx.so, or its name for the loader to find. Kinds of
// operators that are not counted are said in `uncounted` of the graph.
//
// Errors: kUnsupported (the library is not there: what to install), kInvalidInput (no ONNX model, a
// free size, shapes that contradict each other, nothing that is counted).
[[nodiscard]] Result<Graph> ReadOnnx(std::string_view bytes, std::string_view file,
                                     std::int64_t sequence, const std::string& library);

// libepochcost_onnx.so beside this program, or in its ../lib/epochcost, or as the loader finds it.
[[nodiscard]] std::string OnnxLibrary();

}  // namespace epochcost::estimate
