# Puts files into a program:
#
#   epochcost_embed(epochcost_tariff
#     kReferenceToml ${PROJECT_SOURCE_DIR}/catalog/prices/reference.toml
#     kPresetsToml   ${PROJECT_SOURCE_DIR}/catalog/presets.toml)
#
# defines, for each pair, `const std::string_view epochcost::embedded::<variable>` with the file's
# bytes; whoever reads it declares it `extern`. A changed file configures the build again.
include_guard(GLOBAL)

function(epochcost_embed target)
  list(LENGTH ARGN count)
  math(EXPR odd "${count} % 2")
  if(odd OR count EQUAL 0)
    message(FATAL_ERROR "epochcost_embed(${target}): pairs of VARIABLE file, not ${count} arguments")
  endif()
  set(rest ${ARGN})
  while(rest)
    list(POP_FRONT rest variable file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} bytes HEX)
    string(LENGTH "${bytes}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
    set(generated ${CMAKE_CURRENT_BINARY_DIR}/embedded/${variable}.cc)
    file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT [[
#include <string_view>
namespace epochcost::embedded {
namespace {
constexpr char kBytes[] = {
@bytes@
'\0'};
}
extern const std::string_view @variable@;
const std::string_view @variable@{kBytes, @size@};
}
]])
    target_sources(${target} PRIVATE ${generated})
  endwhile()
endfunction()
