#include "estimate/calibration/own_machine.h"

#include <gtest/gtest.h>

#include <variant>

namespace epochcost::estimate {
namespace {

// A machine that follows the model exactly: what a fit should give back.
Machine TrueMachine() {
  Machine machine;
  machine.device = "true";
  machine.peak_ops.at(static_cast<std::size_t>(Precision::kFp32)) = 100e9;
  machine.memory_bandwidth = 20e9;
  machine.units = 2;
  machine.device_bandwidth = 4e9;
  return machine;
}

Constants TrueConstants() {
  Constants constants;
  constants.Set(Constant::kGemm, 0.9);
  constants.Set(Constant::kGemmDepth, 60);
  constants.Set(Constant::kWave, 0.1);
  constants.Set(Constant::kMemory, 0.7);
  constants.Set(Constant::kLaunch, 6e-6);
  constants.Set(Constant::kStep, 4e-4);
  constants.Set(Constant::kMicroBatch, 8e-5);
  constants.Set(Constant::kConvolution, 0.5);
  constants.Set(Constant::kVector, 4);
  constants.Set(Constant::kPooling, 7);
  constants.Set(Constant::kDeviceLatency, 1e-4);
  return constants;
}

Sweep SweepOver(const Machine& machine, const Constants& constants) {
  Sweep sweep;
  sweep.machine = {.library = "torch 2.0",
                   .processor = "a \"quoted\" one",
                   .host = "here",
                   .threads = 2,
                   .cores = 2,
                   .memory_bytes = std::int64_t{8} << 30};
  const std::vector<Measured> shapes = {{SweepKind::kProduct, {2048, 1024, 1024}},
                                        {SweepKind::kProduct, {256, 512, 512}},
                                        {SweepKind::kProduct, {1024, 128, 64}},
                                        {SweepKind::kProduct, {32, 128, 128}},
                                        {SweepKind::kBatched, {8, 512, 64}},
                                        {SweepKind::kConvolution, {8, 64, 64, 28, 3, 1}},
                                        {SweepKind::kConvolution, {4, 64, 64, 56, 3, 1}},
                                        {SweepKind::kMoving, {1 << 20}},
                                        {SweepKind::kMoving, {1 << 24}},
                                        {SweepKind::kNorm, {1 << 17}},
                                        {SweepKind::kPool, {1 << 19}},
                                        {SweepKind::kSoftmax, {1 << 19}},
                                        {SweepKind::kChain, {4, 8}},
                                        {SweepKind::kChain, {64, 8}},
                                        {SweepKind::kUpdate, {32, 16}},
                                        {SweepKind::kUpdate, {4, 1 << 20}},
                                        {SweepKind::kCollective, {2, 1024}},
                                        {SweepKind::kCollective, {2, 1 << 25}}};
  for (Measured one : shapes) {
    const SweepSeconds seconds = PredictMeasured(one, machine, constants);
    one.forward = seconds.forward;
    one.backward = seconds.backward;
    sweep.measured.push_back(one);
  }
  return sweep;
}

TEST(OwnMachine, IsFoundAgainFromASweepThatFollowsTheModel) {
  const Sweep sweep = SweepOver(TrueMachine(), TrueConstants());
  const auto own = FitMachine(sweep, "mine", "agent", "2026-11-24");
  ASSERT_TRUE(own) << own.error().what;
  const Machine fitted = MachineOf(own->device, own->link, 0);
  for (const Measured& one : sweep.measured) {
    const SweepSeconds said = PredictMeasured(one, fitted, own->calibration.constants);
    EXPECT_NEAR(said.forward / one.forward, 1, 0.06) << Name(one.kind);
    if (one.backward <= 0) continue;
    EXPECT_NEAR(said.backward / one.backward, 1, 0.06) << Name(one.kind);
  }
  for (const SweepResidual& residual : own->residuals) {
    EXPECT_LT(residual.worst_percent, 6) << residual.kind;
  }
  EXPECT_LT(own->calibration.shift, 0.32);
}

TEST(OwnMachine, IsWiderInItsIntervalWhereTheSweepDoesNotFollowTheModel) {
  Sweep odd = SweepOver(TrueMachine(), TrueConstants());
  for (std::size_t i = 0; i < odd.measured.size(); i += 2) odd.measured[i].forward *= 2;
  const auto straight =
      FitMachine(SweepOver(TrueMachine(), TrueConstants()), "mine", "a", "2026-11-24");
  const auto bent = FitMachine(odd, "mine", "a", "2026-11-24");
  ASSERT_TRUE(straight && bent);
  EXPECT_GT(bent->calibration.shift, straight->calibration.shift + 0.01);
}

TEST(OwnMachine, IsReadAsItWasWritten) {
  const auto own =
      FitMachine(SweepOver(TrueMachine(), TrueConstants()), "mine", "agent-7", "2026-11-24");
  ASSERT_TRUE(own);
  const auto read = ReadOwnMachine(WriteOwnMachine(*own), "mine.toml");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->agent, "agent-7");
  EXPECT_EQ(read->device.name, "mine");
  EXPECT_EQ(read->device.architecture, "a \"quoted\" one");
  EXPECT_EQ(read->device.kind, DeviceKind::kCpu);
  EXPECT_NEAR(static_cast<double>(read->device.bytes_per_second),
              static_cast<double>(own->device.bytes_per_second), 100);
  EXPECT_EQ(read->link.name, "mine-processes");
  EXPECT_EQ(read->calibration.runs, own->calibration.runs);
  EXPECT_TRUE(read->calibration.is_sweep);
  EXPECT_NEAR(read->calibration.constants[Constant::kConvolution],
              own->calibration.constants[Constant::kConvolution], 1e-5);
  ASSERT_EQ(read->residuals.size(), own->residuals.size());
  EXPECT_EQ(read->residuals[0].kind, "product");
}

TEST(OwnMachine, IsRefusedWhereNothingMoved) {
  Sweep sweep = SweepOver(TrueMachine(), TrueConstants());
  std::erase_if(sweep.measured, [](const Measured& one) { return one.kind == SweepKind::kMoving; });
  EXPECT_EQ(FitMachine(sweep, "mine", "a", "2026-11-24").error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(FitMachine({}, "mine", "a", "2026-11-24").error().code, ErrorCode::kInvalidInput);
}

TEST(OwnMachine, FileWithoutAStackIsRefused) {
  const auto own = FitMachine(SweepOver(TrueMachine(), TrueConstants()), "mine", "a", "2026-11-24");
  ASSERT_TRUE(own);
  std::string text = WriteOwnMachine(*own);
  text.resize(text.find("[[stack]]"));
  EXPECT_EQ(ReadOwnMachine(text, "mine.toml").error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(ReadOwnMachine("", "mine.toml").error().code, ErrorCode::kInvalidInput);
}

TEST(SweepLine, SaysWhatItIs) {
  const auto product =
      ParseSweepLine(R"({"kind":"product","m":8,"n":4,"k":2,"forward":0.5,"backward":1})");
  ASSERT_TRUE(product);
  const Measured& measured = std::get<Measured>(*product);
  EXPECT_EQ(measured.shape, (std::vector<std::int64_t>{8, 4, 2}));
  EXPECT_EQ(measured.backward, 1);
  EXPECT_EQ(MatrixOps(measured), 128);
  const auto fault = ParseSweepLine(
      R"({"kind":"error","reason":"no_library","library":"torch","detail":"No module"})");
  ASSERT_TRUE(fault);
  EXPECT_EQ(std::get<SweepFault>(*fault).detail, "No module");
  EXPECT_EQ(std::get<SweepProgress>(
                *ParseSweepLine(R"({"kind":"progress","done":3,"of":9,"what":"chain"})"))
                .done,
            3);
}

TEST(SweepLine, IsRefusedWhereItCannotBe) {
  for (const char* line :
       {"", "hello", "{}", R"({"kind":"dance"})", R"({"kind":"product","m":8,"n":4,"k":2})",
        R"({"kind":"product","m":0,"n":4,"k":2,"forward":1})",
        R"({"kind":"product","m":8,"n":4,"k":2,"forward":-1})",
        R"({"kind":"product","m":8,"n":4,"k":2,"forward":"soon"})",
        R"({"kind":"product","m":8,"n":4,"k":99999999999,"forward":1})",
        R"({"kind":"product","m":8,"n":4,"k":2,"forward":1e9})"}) {
    EXPECT_FALSE(ParseSweepLine(line)) << line;
  }
}

}  // namespace
}  // namespace epochcost::estimate
