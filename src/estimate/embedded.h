#pragma once
// The catalog's files, built into the program by cmake/Embed.cmake.

#include <string_view>

namespace epochcost::embedded {

extern const std::string_view kNvidiaToml;
extern const std::string_view kAcceleratorsToml;
extern const std::string_view kCpusToml;
extern const std::string_view kLinksToml;
extern const std::string_view kCalibrationToml;
extern const std::string_view kImageCalibrationToml;
extern const std::string_view kTransformersToml;
extern const std::string_view kOtherModelsToml;
extern const std::string_view kReferenceRunsToml;

}  // namespace epochcost::embedded
