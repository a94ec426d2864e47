# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What others need to build with the installed library. Everything installed belongs to one of
# these components, which become packages (packages.cmake):
#
# runtime  what a program that is linked with the library needs
# dev      what building such a program needs: headers, archives, manual pages of functions
# tools    programs, and all that does not say where it belongs
# dkms     the module's sources, for DKMS

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vgetrandom)
configure_package_config_file(cmake/vgetrandom-config.cmake.in vgetrandom-config.cmake
	INSTALL_DESTINATION ${package_dir}
	NO_SET_AND_CHECK_MACRO)
# Like the soname: a program built with 0.1 runs with, and builds with, every later 0.x.
write_basic_package_version_file(vgetrandom-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES
	${PROJECT_BINARY_DIR}/vgetrandom-config.cmake
	${PROJECT_BINARY_DIR}/vgetrandom-config-version.cmake
	DESTINATION ${package_dir} COMPONENT dev)
install(EXPORT vgetrandom
	FILE vgetrandom-targets.cmake
	NAMESPACE vgetrandom::
	DESTINATION ${package_dir} COMPONENT dev)

# The prefix is that of configure time: a path relative to the .pc file would bring /usr/include
# into every compiler's search path, in front of its own.
foreach(module vgetrandom vgetrandom-core)
	configure_file(cmake/${module}.pc.in ${module}.pc @ONLY)
	install(FILES ${PROJECT_BINARY_DIR}/${module}.pc
		DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
endforeach()
