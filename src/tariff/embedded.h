#pragma once
// The files of catalog/ that are in the program (cmake/Embed.cmake).

#include <string_view>

namespace epochcost::embedded {

extern const std::string_view kReferenceToml;  // catalog/prices/reference.toml
extern const std::string_view kPresetsToml;    // catalog/presets.toml

}  // namespace epochcost::embedded
