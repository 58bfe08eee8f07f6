#pragma once
// Files that are part of the program, compressed (cmake/Embed.cmake).

#include <array>
#include <span>
#include <string_view>

namespace epochcost::embedded {

struct File {
  const char* path;
  const char* begin;
  const char* end;
  [[nodiscard]] std::string_view Gzip() const {
    return {begin, static_cast<std::size_t>(end - begin)};
  }
};

extern const std::span<const File> kPageFiles;

}  // namespace epochcost::embedded
