#include "estimate/onnx/onnx_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace epochcost::estimate {
namespace {

std::string BuiltLibrary() { return EPOCHCOST_BUILD_DIR "/bin/libepochcost_onnx.so"; }

std::string Bytes(const std::string& name) {
  std::ifstream file(EPOCHCOST_SOURCE_DIR "/src/estimate/onnx/testdata/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<Graph> Read(const std::string& name, std::int64_t sequence = 0) {
  return ReadOnnx(Bytes(name), name, sequence, BuiltLibrary());
}

const Operator* Find(const Graph& graph, const std::string& path) {
  for (const Block& block : graph.blocks) {
    for (const Operator& op : block.operators) {
      if (PathOf(block, 0, op) == path) return &op;
    }
  }
  return nullptr;
}

class OnnxFile : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(BuiltLibrary())) {
      GTEST_SKIP() << "libonnx is not here, so libepochcost_onnx.so was not built";
    }
  }
};

TEST_F(OnnxFile, HasTheProductsAndParametersOfItsLayers) {
  const auto graph = Read("mlp.onnx");
  ASSERT_TRUE(graph) << graph.error().what;
  const Totals totals = Sum(*graph);
  EXPECT_EQ(totals.parameters, 64 * 32 + 32 + 32 * 10 + 10);
  EXPECT_EQ(totals.matrix_forward, 2 * (64 * 32 + 32 * 10));
  EXPECT_EQ(totals.matrix_backward, 2 * totals.matrix_forward);
  const Operator* const first = Find(*graph, "fc1.Gemm");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->gemm, (GemmShape{.batch = 1, .m = 1, .n = 32, .k = 64}));
  EXPECT_EQ(graph->source, "ONNX file, made by make.py");
}

TEST_F(OnnxFile, OfABatchIsCountedPerSample) {
  const auto graph = Read("cnn.onnx");
  ASSERT_TRUE(graph) << graph.error().what;
  const Operator* const first = Find(*graph, "conv1.convolution");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->forward_ops, 2 * 256 * 9 * 3 * 8);
  const Operator* const depthwise = Find(*graph, "conv2.depthwise_convolution");
  ASSERT_NE(depthwise, nullptr);
  EXPECT_EQ(depthwise->forward_ops, 2 * 64 * 9 * 8);
  // Means and variances are no parameters.
  EXPECT_EQ(Sum(*graph).parameters, 8 * 3 * 9 + 2 * 8 + 8 * 9 + 10 * 8 + 10);
}

TEST_F(OnnxFile, WithAFreeLengthNeedsASequence) {
  const auto free = Read("attention.onnx");
  ASSERT_FALSE(free);
  EXPECT_NE(free.error().what.find("ids[1] = 'time'"), std::string::npos) << free.error().what;
  EXPECT_NE(free.error().hint.find("--sequence"), std::string::npos);
  const auto graph = Read("attention.onnx", 32);
  ASSERT_TRUE(graph) << graph.error().what;
  const Totals totals = Sum(*graph);
  EXPECT_EQ(totals.parameters, 100 * 16 + 2 * 16 * 16);
  EXPECT_EQ(totals.attention_forward, 2 * 2 * 32 * 32 * 16);
  EXPECT_EQ(totals.matrix_forward, totals.attention_forward + 2 * 2 * 32 * 16 * 16);
  EXPECT_EQ(Sum(*Read("attention.onnx", 64)).attention_forward, 4 * totals.attention_forward);
}

TEST_F(OnnxFile, ThatComputesItsOwnShapesIsFollowed) {
  const auto graph = Read("own_shape.onnx");
  ASSERT_TRUE(graph) << graph.error().what;
  const Operator* const product = Find(*graph, "fc.MatMul");
  ASSERT_NE(product, nullptr);
  EXPECT_EQ(product->kind, OpKind::kGemm);  // a transposed weight is a weight
  EXPECT_EQ(product->gemm, (GemmShape{.batch = 1, .m = 6, .n = 4, .k = 8}));
  EXPECT_EQ(Sum(*graph).parameters, 32);
}

TEST_F(OnnxFile, OfARecurrentNetworkMultipliesInputAndState) {
  const auto graph = Read("lstm.onnx");
  ASSERT_TRUE(graph) << graph.error().what;
  EXPECT_EQ(Sum(*graph).parameters, 2 * 24 * 5 + 2 * 24 * 6);
  // Twelve moments of one sample: time comes first, the batch second.
  EXPECT_EQ(Sum(*graph).matrix_forward, 2 * 12 * (5 + 6) * 2 * 24);
}

TEST_F(OnnxFile, SaysWhatItDoesNotCount) {
  const auto graph = Read("own_operator.onnx");
  ASSERT_TRUE(graph) << graph.error().what;
  EXPECT_EQ(graph->uncounted, "example::Twist × 1");
  const auto nothing = Read("only_own_operators.onnx");
  ASSERT_FALSE(nothing);
  EXPECT_NE(nothing.error().why.find("example::Twist"), std::string::npos);
}

TEST_F(OnnxFile, ThatIsNoneIsRefused) {
  for (const char* name : {"truncated.onnx", "contradiction.onnx", "make.py"}) {
    const auto graph = Read(name);
    ASSERT_FALSE(graph) << name;
    EXPECT_EQ(graph.error().code, ErrorCode::kInvalidInput) << name;
    EXPECT_NE(graph.error().what.find(name), std::string::npos) << graph.error().what;
  }
  EXPECT_FALSE(ReadOnnx("", "empty.onnx", 0, BuiltLibrary()));
}

TEST(OnnxLibraryThatIsNotThere, IsToldWithWhatToDo) {
  const auto graph = ReadOnnx("", "net.onnx", 0, "/nowhere/libepochcost_onnx.so");
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(graph.error().hint.find("libonnx1"), std::string::npos);
}

}  // namespace
}  // namespace epochcost::estimate
