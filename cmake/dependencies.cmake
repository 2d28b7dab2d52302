# What the project builds on, and why each is there. Debian's packages, or newer ones with the same CMake names.

find_package(Threads REQUIRED)
find_package(absl CONFIG REQUIRED)          # status, strings, synchronisation
find_package(hwy CONFIG REQUIRED)           # SIMD with run-time dispatch
find_package(CLI11 CONFIG REQUIRED)         # command lines: sub-commands and options that repeat
if(NOT ACTSERVE_KERNELS_ONLY)
  find_package(Protobuf QUIET CONFIG)       # the wire's messages, the configuration's text format
  if(NOT Protobuf_FOUND)
    find_package(Protobuf MODULE REQUIRED)  # Debian 12 has no config file for it
  endif()
  find_package(gRPC CONFIG REQUIRED)        # transport, health, reflection
  find_package(OpenSSL REQUIRED)            # gRPC's TLS: looks at certificates before it does; tokens' digests
  find_package(spdlog CONFIG REQUIRED)      # logs
  find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS pull)  # metrics and their HTTP port
  find_package(CURL REQUIRED)               # actload asks servers for their metrics
  find_package(nlohmann_json CONFIG REQUIRED)  # reports of actload and of the benchmarks
endif()
if(ACTSERVE_TESTS)
  find_package(GTest REQUIRED)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(MPFR REQUIRED IMPORTED_TARGET mpfr)  # the tests' oracle: arithmetic of any precision
endif()
if(ACTSERVE_BENCHMARKS)
  find_package(benchmark CONFIG REQUIRED)      # Google Benchmark: how often to run, and for how long
  # oneDNN, the peer that the kernels are compared with. Debian's dnnl-config.cmake asks for OpenCL's headers, for GPUs.
  find_path(DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
  find_library(DNNL_LIBRARY dnnl REQUIRED)
  find_package(OpenMP REQUIRED)                # oneDNN's threads, to have but one
endif()
