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

# Puts a folder into a program, each file compressed once:
#
#   epochcost_embed_folder(epochcost_app kPageFiles ${PROJECT_SOURCE_DIR}/web/dist)
#
# defines `const std::span<const epochcost::embedded::File> epochcost::embedded::<variable>`, in the
# order of paths (app/embedded_files.h). The assembler takes the bytes in: a compiler would need
# minutes for them. A folder that is not there gives an empty list.
function(epochcost_embed_folder target variable folder)
  set(place ${CMAKE_CURRENT_BINARY_DIR}/embedded/${variable})
  file(GLOB_RECURSE paths CONFIGURE_DEPENDS LIST_DIRECTORIES false RELATIVE ${folder} ${folder}/*)
  set(declared "")
  set(listed "")
  set(number 0)
  set(packed_files "")
  foreach(path ${paths})
    set(packed ${place}/${path}.gz)
    cmake_path(GET packed PARENT_PATH parent)
    file(MAKE_DIRECTORY ${parent})
    add_custom_command(OUTPUT ${packed} DEPENDS ${folder}/${path}
      COMMAND gzip -9 -n -c ${folder}/${path} > ${packed} VERBATIM)
    list(APPEND packed_files ${packed})
    string(APPEND declared "asm(\".pushsection .rodata\\n\"\n"
      "    \".global ${variable}_${number}, ${variable}_${number}_end\\n\"\n"
      "    \"${variable}_${number}:\\n.incbin \\\"${packed}\\\"\\n\"\n"
      "    \"${variable}_${number}_end:\\n.byte 0\\n.popsection\\n\");\n"
      "extern \"C\" const char ${variable}_${number}[], ${variable}_${number}_end[];\n")
    string(APPEND listed "    {\"${path}\", ${variable}_${number}, ${variable}_${number}_end},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/embedded/${variable}.cc)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT [[
#include "app/embedded_files.h"
@declared@
namespace epochcost::embedded {
namespace {
const std::array<File, @number@> kFiles = {{
@listed@}};
}
const std::span<const File> @variable@{kFiles};
}
]])
  set_source_files_properties(${generated} PROPERTIES OBJECT_DEPENDS "${packed_files}")
  target_sources(${target} PRIVATE ${generated})
endfunction()
