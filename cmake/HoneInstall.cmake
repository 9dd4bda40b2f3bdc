# What `cmake --install` lays down besides the program: the library, its headers, and what
# CMake's find_package and pkg-config need to find it.

include(CMakePackageConfigHelpers)

set(HONE_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/hone)

install(TARGETS hone_static hone_shared EXPORT hone-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/hone
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT hone-targets NAMESPACE hone:: DESTINATION ${HONE_CONFIG_DIR})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/hone-config.cmake.in
    ${PROJECT_BINARY_DIR}/hone-config.cmake INSTALL_DESTINATION ${HONE_CONFIG_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/hone-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/hone-config.cmake
    ${PROJECT_BINARY_DIR}/hone-config-version.cmake DESTINATION ${HONE_CONFIG_DIR})

configure_file(${PROJECT_SOURCE_DIR}/cmake/hone.pc.in ${PROJECT_BINARY_DIR}/hone.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/hone.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR})
