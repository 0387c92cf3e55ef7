# Headers, both libraries, the testing component, CMake package and pkg-config file.
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
configure_file(${PROJECT_SOURCE_DIR}/cmake/rediscluster.pc.in ${PROJECT_BINARY_DIR}/rediscluster.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/rediscluster.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
