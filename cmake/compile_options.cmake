# Options of every target built here. Users of the installed library get none of them.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(rediscluster_warnings INTERFACE)
target_compile_options(rediscluster_warnings INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion)
# Not where files are compiled together: a local name is also one of some other file then. `./test compile` has it for every file.
if(NOT REDISCLUSTER_UNITE)
  target_compile_options(rediscluster_warnings INTERFACE -Wshadow)
endif()
# GCC 12 warns falsely about std::string: operator+ (GCC bug 105651) and strings in initialiser lists (GCC bug 105562).
target_compile_options(rediscluster_warnings INTERFACE "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized>")
if(REDISCLUSTER_WERROR)
  target_compile_options(rediscluster_warnings INTERFACE -Werror)
endif()

# Our programs as a careful user would link them: without what they do not use.
add_link_options("$<$<CONFIG:Release>:LINKER:--gc-sections>")

if(REDISCLUSTER_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)  # the library has to tell the fuzzer which way it took
endif()
if(REDISCLUSTER_SANITIZE)
  add_compile_options(-fsanitize=${REDISCLUSTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${REDISCLUSTER_SANITIZE})
endif()
