# Precompiled headers, for the sanitizer presets: reading headers is more than half of what compiling costs there. Not elsewhere,
# so that a forgotten #include does not go unseen; and with clang only, as GCC is no faster for them (it reads all 160 MB each time).
option(REDISCLUSTER_PRECOMPILE "Precompile the headers that most files include" OFF)

if(REDISCLUSTER_PRECOMPILE)
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  if(CCACHE_PROGRAM AND CMAKE_CXX_COMPILER_LAUNCHER STREQUAL CCACHE_PROGRAM)
    # ccache keeps what was compiled with a precompiled header only when told that macros do not matter to it.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  endif()
endif()
