# Headers, both libraries, the testing component, CMake package and pkg-config files.
include(CMakePackageConfigHelpers)
install(TARGETS rediscluster_static rediscluster_shared rediscluster_default rediscluster_testing
  EXPORT rediscluster-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/rediscluster DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT rediscluster-targets NAMESPACE rediscluster:: FILE rediscluster-targets.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/rediscluster)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/rediscluster-config.cmake.in
  ${PROJECT_BINARY_DIR}/rediscluster-config.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/rediscluster)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rediscluster-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rediscluster-config.cmake ${PROJECT_BINARY_DIR}/rediscluster-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/rediscluster)

# pkg-config: rediscluster is what rediscluster::rediscluster is, rediscluster-shared the shared library. Paths go from where
# the file lies, as `cmake --install --prefix` may put it elsewhere than it was configured for.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE pc_to_prefix)
cmake_path(APPEND pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")  # an absolute one stays what it is
cmake_path(APPEND pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
# What a compiler has to be told that speaks an older C++ by itself.
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -dM -E -x c++ /dev/null OUTPUT_VARIABLE predefined)
string(REGEX MATCH "__cplusplus ([0-9]+)" ignored "${predefined}")
set(pc_language)
if(CMAKE_MATCH_1 LESS 202002)
  set(pc_language " -std=c++20")
endif()
function(install_pkg_config_file name library requires)
  set(template rediscluster.pc.in)
  if(ARGC GREATER 3)
    set(template ${ARGV3})
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${template} ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
install_pkg_config_file(rediscluster-shared rediscluster Requires.private)
if(BUILD_SHARED_LIBS)
  install_pkg_config_file(rediscluster rediscluster Requires.private)
else()
  # By a name of its own: of two with the same name the linker takes the shared library.
  file(CREATE_LINK librediscluster.a ${PROJECT_BINARY_DIR}/librediscluster_static.a SYMBOLIC)
  install(FILES ${PROJECT_BINARY_DIR}/librediscluster_static.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install_pkg_config_file(rediscluster rediscluster_static Requires)
endif()
# The testing component, for the library that `rediscluster` is.
install_pkg_config_file(rediscluster-testing rediscluster_testing Requires rediscluster-testing.pc.in)
