/// Says in one line what a compiler set to an older language would say in thousands.
#pragma once

#if defined(__cplusplus) && __cplusplus <= 201703L
#error "rediscluster needs C++20: compile with -std=c++20, in CMake target_compile_features(your_target PRIVATE cxx_std_20)"
#include <rediscluster/needs_cpp20>  // There is no such file: compilers stop here.
#endif
