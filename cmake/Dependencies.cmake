# Every foreign library, once, with the Debian 12 package that brings it. A room names what it
# needs in DEPS; tools/layers.txt says which room may include which of these headers.
find_package(fmt REQUIRED)              # libfmt-dev
find_package(spdlog REQUIRED)           # libspdlog-dev
find_package(tl-expected REQUIRED)      # libexpected-dev
find_package(CLI11 REQUIRED)            # libcli11-dev
find_package(SQLite3 REQUIRED)          # libsqlite3-dev
find_package(ZLIB REQUIRED)             # zlib1g-dev
find_package(Eigen3 REQUIRED NO_MODULE)  # libeigen3-dev
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)       # libboost-dev: Asio and Beast, headers only
find_package(OpenSSL REQUIRED)          # libssl-dev
find_package(PkgConfig REQUIRED)        # pkg-config
pkg_check_modules(NCURSESW REQUIRED IMPORTED_TARGET ncursesw)  # libncurses-dev

# nlohmann-json3-dev and libtomlplusplus-dev: headers; the second also as a shared library.
find_path(NLOHMANN_JSON_INCLUDE nlohmann/json.hpp REQUIRED)
find_package(tomlplusplus REQUIRED)     # libtomlplusplus-dev
find_package(SQLiteCpp REQUIRED)        # libsqlitecpp-dev
find_package(NLopt REQUIRED)            # libnlopt-dev

if(EPOCHCOST_BPF)
  pkg_check_modules(LIBBPF REQUIRED IMPORTED_TARGET libbpf)          # libbpf-dev
  find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)        # bpftool
  find_program(BPF_CLANG NAMES clang-14 clang REQUIRED)               # clang-14
endif()
if(EPOCHCOST_TESTS)
  find_package(GTest REQUIRED)          # libgtest-dev, libgmock-dev
  find_package(rapidcheck REQUIRED)     # librapidcheck-dev
endif()
if(EPOCHCOST_BENCH)
  find_package(benchmark REQUIRED)      # libbenchmark-dev
endif()
