#include "estimate/hardware/hardware.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "estimate/embedded.h"

namespace epochcost::estimate {
namespace {

using testing::HasSubstr;

TEST(Hardware, EveryFileOfTheCatalogIsRead) {
  for (const auto text : {embedded::kNvidiaToml, embedded::kAcceleratorsToml, embedded::kCpusToml,
                          embedded::kLinksToml}) {
    const auto parsed = ParseCatalog(text, "catalog.toml");
    ASSERT_TRUE(parsed) << Describe(parsed.error());
  }
  EXPECT_GE(Devices().size(), 25U);
}

TEST(Hardware, EveryRowHasASourceADateAndALinkThatExists) {
  std::set<std::string> names;
  for (const Device& device : Devices()) {
    EXPECT_TRUE(names.insert(device.name).second) << device.name;
    EXPECT_FALSE(device.source.empty()) << device.name;
    EXPECT_EQ(device.date.size(), 10U) << device.name;
    EXPECT_TRUE(FindLink(device.node_link)) << device.name;
    EXPECT_GE(device.node_devices, 1) << device.name;
  }
}

TEST(Hardware, EveryNameAndAliasFindsItsDevice) {
  for (const Device& device : Devices()) {
    EXPECT_EQ(FindDevice(device.name).value().name, device.name);
    for (const std::string& alias : device.aliases) {
      EXPECT_EQ(FindDevice(alias).value().name, device.name) << alias;
    }
  }
}

TEST(Hardware, PeaksAreDense) {
  // Of the matrix units, operations per unit and cycle are a power of two that is known of each
  // architecture; a sparse peak would be twice that.
  struct Known {
    std::string_view device;
    double per_unit_and_cycle;
  };
  for (const Known& known :
       {Known{"V100", 1024}, Known{"T4", 1024}, Known{"A100", 2048}, Known{"A10", 1024},
        Known{"RTX-3090", 512}, Known{"RTX-4090", 512}, Known{"H100", 4096},
        Known{"H100-PCIe", 4096}, Known{"H200", 4096}, Known{"L40S", 1024}, Known{"L4", 1024},
        Known{"B200", 8192}, Known{"GB200", 8192}, Known{"MI250X", 1024}, Known{"MI300X", 2048}}) {
    const Device device = FindDevice(known.device).value();
    const double computed = known.per_unit_and_cycle * static_cast<double>(device.units) *
                            static_cast<double>(device.clock_hz);
    const auto stated = static_cast<double>(device.Peak(Precision::kFp16).value());
    EXPECT_NEAR(stated / computed, 1, 0.06) << known.device;
  }
}

TEST(Hardware, AUsualNameFindsTheUsualVariant) {
  EXPECT_EQ(FindDevice("a100_80gb").value().name, "A100-SXM-80GB");
  EXPECT_EQ(FindDevice("h100").value().name, "H100-SXM-80GB");
  EXPECT_EQ(FindDevice("NVIDIA H100 80GB HBM3").value().name, "H100-SXM-80GB");
}

TEST(Hardware, AnUnknownDeviceIsAnsweredWithTheNearest) {
  const auto device = FindDevice("A10O");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(device.error().hint, HasSubstr("did you mean: A10"));
  EXPECT_THAT(FindLink("nvlink").error().hint, HasSubstr("nvlink2"));
}

TEST(Hardware, AnUnknownKeyAndANegativePeakAreRefusedWithTheirPlace) {
  const auto unknown = ParseCatalog("[[link]]\nnam = \"x\"\n", "mine.toml");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(Describe(unknown.error()), HasSubstr("mine.toml:2:7: unknown key 'nam'"));
  EXPECT_THAT(unknown.error().hint, HasSubstr("name"));
  const auto negative = ParseCatalog(
      "[[link]]\nname = \"x\"\ntitle = \"x\"\nscope = \"node\"\n"
      "gb_per_second = -1\n",
      "mine.toml");
  ASSERT_FALSE(negative);
  EXPECT_THAT(Describe(negative.error()), HasSubstr("gb_per_second is not a number above 0"));
  EXPECT_FALSE(ParseCatalog("[[link]", "mine.toml"));
}

}  // namespace
}  // namespace epochcost::estimate
