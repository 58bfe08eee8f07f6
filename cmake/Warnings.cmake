# Warnings and sanitizers are targets: a room links them, nothing is set globally.
add_library(epochcost_warnings INTERFACE)
target_compile_options(epochcost_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-pedantic  # __int128 is the reason: money products need 128 bits
  -Wno-missing-field-initializers  # designated initialisers leave the defaults on purpose
  # Another compiler's warnings are read, and stop nobody.
  $<$<AND:$<BOOL:$ENV{CI}>,$<CXX_COMPILER_ID:GNU>>:-Werror>)

add_library(epochcost_sanitizers INTERFACE)
if(EPOCHCOST_SANITIZE)
  target_compile_options(epochcost_sanitizers INTERFACE
    -fsanitize=${EPOCHCOST_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(epochcost_sanitizers INTERFACE -fsanitize=${EPOCHCOST_SANITIZE})
endif()
