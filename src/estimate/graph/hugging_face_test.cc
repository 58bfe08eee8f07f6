#include "estimate/graph/hugging_face.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace epochcost::estimate {
namespace {

using testing::HasSubstr;

// The fields that count, of config.json as published.
constexpr std::string_view kLlama3 = R"({
  "architectures": ["LlamaForCausalLM"], "attention_bias": false, "bos_token_id": 128000,
  "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 14336,
  "max_position_embeddings": 8192, "model_type": "llama", "num_attention_heads": 32,
  "num_hidden_layers": 32, "num_key_value_heads": 8, "rope_scaling": null,
  "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 128256})";

std::string Error(std::string_view json, const ModelOptions& options = {}) {
  const auto graph = ReadHuggingFaceConfig(json, "config.json", options);
  return graph ? "no error" : Describe(graph.error());
}

std::int64_t Parameters(std::string_view json) {
  const auto graph = ReadHuggingFaceConfig(json, "config.json", {.sequence = 512});
  EXPECT_TRUE(graph) << Describe(graph.error());
  return graph ? static_cast<std::int64_t>(Sum(*graph).parameters) : 0;
}

TEST(HuggingFaceConfig, GivesTheParametersThatThePublishedWeightsHave) {
  EXPECT_EQ(Parameters(kLlama3), 8'030'261'248);
  EXPECT_EQ(Parameters(R"({"model_type": "gpt2", "n_embd": 768, "n_head": 12, "n_layer": 12,
      "n_positions": 1024, "vocab_size": 50257})"),
            124'439'808);
  EXPECT_EQ(Parameters(R"({"model_type": "bert", "hidden_size": 768, "intermediate_size": 3072,
      "max_position_embeddings": 512, "num_attention_heads": 12, "num_hidden_layers": 12,
      "type_vocab_size": 2, "vocab_size": 30522})"),
            110'106'428);
  EXPECT_EQ(Parameters(R"({"model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864,
      "max_position_embeddings": 32768, "num_attention_heads": 14, "num_hidden_layers": 24,
      "num_key_value_heads": 2, "tie_word_embeddings": true, "vocab_size": 151936})"),
            494'032'768);
  EXPECT_EQ(Parameters(R"({"model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336,
      "max_position_embeddings": 32768, "num_attention_heads": 32, "num_hidden_layers": 32,
      "num_key_value_heads": 8, "num_local_experts": 8, "num_experts_per_tok": 2,
      "tie_word_embeddings": false, "vocab_size": 32000})"),
            46'702'792'704);
  EXPECT_EQ(Parameters(R"({"model_type": "deepseek_v3", "hidden_size": 7168,
      "intermediate_size": 18432, "kv_lora_rank": 512, "q_lora_rank": 1536,
      "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
      "max_position_embeddings": 163840, "moe_intermediate_size": 2048, "n_routed_experts": 256,
      "n_shared_experts": 1, "num_experts_per_tok": 8, "first_k_dense_replace": 3,
      "num_attention_heads": 128, "num_hidden_layers": 61, "num_key_value_heads": 128,
      "topk_method": "noaux_tc", "vocab_size": 129280})"),
            671'026'419'200);
  EXPECT_EQ(Parameters(R"({"model_type": "t5", "d_ff": 2048, "d_kv": 64, "d_model": 512,
      "num_heads": 8, "num_layers": 6, "vocab_size": 32128, "n_positions": 512})"),
            60'506'624);
}

TEST(HuggingFaceConfig, OfAVisionTransformerIsBuiltFromItsPatches) {
  const auto graph = ReadHuggingFaceConfig(
      R"({"model_type": "vit", "hidden_size": 768, "image_size": 224, "intermediate_size": 3072,
          "num_attention_heads": 12, "num_hidden_layers": 12, "patch_size": 16})",
      "config.json", {});
  ASSERT_TRUE(graph) << Describe(graph.error());
  EXPECT_EQ(static_cast<std::int64_t>(Sum(*graph).parameters), 86'567'656);
}

TEST(HuggingFaceConfig, ThatIsNoModelsIsSaidSo) {
  EXPECT_THAT(Error(R"({"learning_rate": 0.1})"), HasSubstr("config.json is no model's config"));
  EXPECT_THAT(Error("[1, 2]"), HasSubstr("holds no JSON object"));
  EXPECT_THAT(Error("not json"), HasSubstr("is not JSON"));
  EXPECT_THAT(Error(""), HasSubstr("is not JSON"));
  EXPECT_THAT(Error(std::string(100'000, '[')), HasSubstr("nested too deep"));
}

TEST(HuggingFaceConfig, OfAnUnknownTypeNamesTheNearest) {
  EXPECT_THAT(Error(R"({"model_type": "lama"})"), HasSubstr("did you mean: llama"));
  EXPECT_THAT(Error(R"({"model_type": "whisper"})"), HasSubstr("are not counted"));
}

TEST(HuggingFaceConfig, WithoutAFieldOrWithAWrongOneNamesIt) {
  EXPECT_THAT(Error(R"({"model_type": "llama", "hidden_size": 64})"),
              HasSubstr("no num_hidden_layers is given"));
  EXPECT_THAT(Error(R"({"model_type": "llama", "num_hidden_layers": 2.5})"),
              HasSubstr("num_hidden_layers is no whole number"));
  EXPECT_THAT(Error(R"({"model_type": "gpt2", "n_embd": 768, "n_head": 13, "n_layer": 12,
      "n_positions": 1024, "vocab_size": 50257})"),
              HasSubstr("hidden 768 does not divide by heads 13"));
  EXPECT_THAT(Error(R"({"model_type": "gpt2", "n_embd": -4, "n_head": 1, "n_layer": 12,
      "n_positions": 1024, "vocab_size": 50257})"),
              HasSubstr("hidden cannot be -4"));
}

TEST(HuggingFaceConfig, ThatAllowsLongSequencesAsksForTheTrainings) {
  std::string config(kLlama3);
  config.replace(config.find("8192"), 4, "131072");
  EXPECT_THAT(Error(config), HasSubstr("how long are the training's sequences?"));
  EXPECT_EQ(Error(config, {.sequence = 4096}), "no error");
}

}  // namespace
}  // namespace epochcost::estimate
