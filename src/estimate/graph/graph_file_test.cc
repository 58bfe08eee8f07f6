#include "estimate/graph/graph_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace epochcost::estimate {
namespace {

using testing::HasSubstr;

std::string File(std::string_view operators) {
  return fmt::format(R"({{"schema_version": 1, "type": "graph", "name": "net", "source": "traced",
      "operators": [{}]}})",
                     operators);
}

std::string Error(std::string_view json) {
  const auto graph = ReadGraphFile(json, "net.json");
  return graph ? "no error" : Describe(graph.error());
}

TEST(GraphFile, OperatorsAreCountedAndGroupedByTheirPath) {
  const auto graph = ReadGraphFile(
      File(R"({"op": "linear", "path": "layers.0.fc", "rows": 10, "in": 4, "out": 8, "bias": true},
              {"op": "activation", "path": "layers.0.act", "elements": 80},
              {"op": "linear", "path": "layers.1.fc", "rows": 10, "in": 8, "out": 8, "parameters": 0},
              {"op": "loss", "path": "loss", "rows": 10, "classes": 8})"),
      "net.json");
  ASSERT_TRUE(graph) << Describe(graph.error());
  ASSERT_EQ(graph->blocks.size(), 3U);
  EXPECT_EQ(graph->blocks[0].path, "layers.0");
  EXPECT_TRUE(graph->blocks[0].is_layer);
  EXPECT_EQ(PathOf(graph->blocks[0], 0, graph->blocks[0].operators[1]), "layers.0.act");
  EXPECT_FALSE(graph->blocks[2].is_layer);
  const Totals sum = Sum(*graph);
  EXPECT_EQ(sum.parameters, 4 * 8 + 8);
  EXPECT_EQ(sum.matrix_forward, 2 * 10 * 4 * 8 + 2 * 10 * 8 * 8);
}

TEST(GraphFile, OperatorsOfOneModuleHaveNamesOfTheirOwn) {
  const auto graph =
      ReadGraphFile(File(R"({"op": "linear", "path": "a", "rows": 1, "in": 1, "out": 1},
              {"op": "linear", "path": "a", "rows": 1, "in": 1, "out": 1},
              {"op": "softmax", "path": "a", "elements": 1},
              {"op": "linear", "path": "a", "rows": 1, "in": 1, "out": 1})"),
                    "net.json");
  ASSERT_TRUE(graph) << Describe(graph.error());
  std::vector<std::string> names;
  for (const Operator& op : graph->blocks.front().operators) names.push_back(op.name);
  EXPECT_THAT(names, testing::ElementsAre("gemm", "gemm.gemm", "softmax", "gemm.gemm.2"));
}

TEST(GraphFile, AnUnknownOpOrFieldIsAnsweredWithTheNearest) {
  EXPECT_THAT(Error(File(R"({"op": "linea", "path": "a"})")), HasSubstr("did you mean: linear"));
  EXPECT_THAT(Error(File(R"({"op": "linear", "path": "a", "row": 1, "in": 1, "out": 1})")),
              HasSubstr("operators[0]: unknown key 'row'"));
}

TEST(GraphFile, SizesBelowOneOrBeyondCountingAreRefused) {
  EXPECT_THAT(Error(File(R"({"op": "linear", "path": "a", "rows": 0, "in": 1, "out": 1})")),
              HasSubstr("rows cannot be 0"));
  EXPECT_THAT(Error(File(R"({"op": "linear", "path": "a", "rows": 1000000000000, "in": 1000000000,
                             "out": 1000000000})")),
              HasSubstr("operations"));
  EXPECT_THAT(Error(File(R"({"op": "convolution", "path": "a", "pixels": 9, "in_pixels": 9,
                             "window": 9, "in": 3, "out": 4, "groups": 2})")),
              HasSubstr("groups 2 divides not both 3 and 4"));
}

TEST(GraphFile, AnotherFileIsSaidToBeNone) {
  EXPECT_THAT(Error(R"({"model_type": "llama"})"), HasSubstr("net.json is no graph"));
  EXPECT_THAT(Error(File("")), HasSubstr("has no operators"));
  EXPECT_THAT(Error(R"({"schema_version": 2, "type": "graph", "name": "n", "source": "s",
                        "operators": []})"),
              HasSubstr("schema_version cannot be 2"));
  EXPECT_THAT(Error("{"), HasSubstr("is not JSON"));
}

}  // namespace
}  // namespace epochcost::estimate
