# Declares one room of src/: a static library epochcost::<name>, its headers, its tests.
#
#   epochcost_room(ledger
#     SOURCES pricer.cc      HEADERS pricer.h
#     INNER_HEADERS table.h             # for the room alone; may need its private libraries
#     DEPS    epochcost::base epochcost::model
#     TESTS   pricer_test.cc            # run anywhere, labelled unit
#     KERNEL_TESTS tree_kernel_test.cc) # need root and a kernel, labelled kernel
#
# Headers are included as "<room>/<header>.h"; each must compile alone (targets
# all_verify_interface_header_sets and inner_headers).
include(GoogleTest)
add_custom_target(inner_headers)
add_custom_target(unit_tests) # the programs of all tests labelled unit

function(epochcost_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;HEADERS;INNER_HEADERS;DEPS;TESTS;TEST_DEPS;KERNEL_TESTS" ${ARGN})
  set(target epochcost_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  add_library(epochcost::${name} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src
                 FILES ${ROOM_HEADERS})
  target_link_libraries(${target} PUBLIC ${ROOM_DEPS} epochcost_sanitizers
                        PRIVATE epochcost_warnings)
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  epochcost_inner_headers(${target} ${ROOM_INNER_HEADERS})
  if(EPOCHCOST_TESTS)
    epochcost_test(${name}_test LABEL unit SOURCES ${ROOM_TESTS} DEPS epochcost::${name} ${ROOM_TEST_DEPS})
    epochcost_test(${name}_kernel_test LABEL kernel SOURCES ${ROOM_KERNEL_TESTS}
                   DEPS epochcost::${name} ${ROOM_TEST_DEPS})
  endif()
endfunction()

# Compiles each header alone with all that its room links.
function(epochcost_inner_headers target)
  if(NOT ARGN)
    return()
  endif()
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  set(sources)
  foreach(header IN LISTS ARGN)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/inner_headers/${header}.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${folder}/${header}\"\n")
    list(APPEND sources ${source})
  endforeach()
  add_library(${target}_inner_headers OBJECT EXCLUDE_FROM_ALL ${sources})
  target_include_directories(${target}_inner_headers PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target}_inner_headers PRIVATE $<TARGET_PROPERTY:${target},LINK_LIBRARIES>)
  add_dependencies(inner_headers ${target}_inner_headers)
endfunction()

# One GoogleTest program. LABEL: unit, integration, kernel or slow. A kernel test says itself what
# it lacks when it cannot run.
function(epochcost_test name)
  cmake_parse_arguments(TEST "" "LABEL" "SOURCES;DEPS" ${ARGN})
  if(NOT TEST_SOURCES)
    return()
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_DEPS} epochcost_warnings GTest::gtest GTest::gmock
                        GTest::gtest_main rapidcheck)
  target_compile_definitions(${name} PRIVATE
    EPOCHCOST_SOURCE_DIR="${PROJECT_SOURCE_DIR}" EPOCHCOST_BUILD_DIR="${PROJECT_BINARY_DIR}")
  if(TEST_LABEL STREQUAL unit)
    add_dependencies(unit_tests ${name})
  endif()
  gtest_discover_tests(${name} PROPERTIES LABELS ${TEST_LABEL} TIMEOUT 120 DISCOVERY_TIMEOUT 60)
endfunction()
