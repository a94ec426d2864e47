# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Packages by CPack: an archive of everything, and a Debian package for each component. These go
# to /usr, which has to be known when the build is configured; the preset "package" does so:
#
#	cmake --preset package && cmake --build --preset package && cpack --preset package

# As a part of another project it makes no packages of its own.
if(NOT PROJECT_IS_TOP_LEVEL)
	return()
endif()
if(NOT GZIP)
	message(STATUS "Without gzip there are no packages.")
	return()
endif()

set(packaging_dir ${PROJECT_SOURCE_DIR}/cmake/packages)
set(generated_dir ${PROJECT_BINARY_DIR}/packages)

set(CPACK_PACKAGE_VENDOR "The vgetrandom authors")
set(CPACK_PACKAGE_CONTACT "The vgetrandom authors <maintainers@vgetrandom.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # it would be the first line of each package's text
set(CPACK_GENERATOR TGZ DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_COMPONENTS_ALL runtime dev tools)
if(VGETRANDOM_ARCH STREQUAL x86_64)
	list(APPEND CPACK_COMPONENTS_ALL dkms)
endif()
# Else it would be this machine's.
if(CMAKE_CROSSCOMPILING)
	set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${PORT_DEBIAN})
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# libvgetrandom0: named after the soname, so that two of them can be installed side by side.
set(runtime_name libvgetrandom${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${runtime_name})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "getrandom(2) without the system call - shared library
libvgetrandom generates random bytes in user space, at a fraction of the cost
of the system call: what the vDSO getrandom of Linux 6.11 does, on every
kernel from 4.14, and safe against a fork, a dropped page or a signal handler
at any instruction.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libvgetrandom-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
	"${runtime_name} (= ${PROJECT_VERSION}), libc6-dev | libc-dev, linux-libc-dev")
set(CPACK_DEBIAN_DEV_DESCRIPTION "getrandom(2) without the system call - development files
libvgetrandom generates random bytes in user space, at a fraction of the cost
of the system call.

This package has the headers for C and C++, the archive, the files for CMake
and pkg-config, the vDSO image and the manual pages of the functions.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME vgetrandom-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_DESCRIPTION "getrandom(2) without the system call - programs
vgetrandom runs a program with getrandom(2) replaced by libvgetrandom, tells
what the system can do, and shows the state pages of a process.
vgetrandom-check injects a fork, a page drop or a signal at every instruction
of any function that makes random bytes, and tells whether it is safe.
vgetrandom-bench measures what such functions cost.")

# It is compiled where it is installed. The image in it is code for user mode: libc's headers.
set(CPACK_DEBIAN_DKMS_PACKAGE_NAME vgetrandom-dkms)
set(CPACK_DEBIAN_DKMS_PACKAGE_SECTION kernel)
set(CPACK_DEBIAN_DKMS_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DKMS_PACKAGE_DEPENDS "dkms (>= 2.8), libc6-dev | libc-dev, linux-libc-dev")
set(CPACK_DEBIAN_DKMS_DESCRIPTION "getrandom(2) without the system call - kernel module
/dev/vgetrandom gives every process the vDSO getrandom of Linux 6.11, and the
droppable memory that it needs, on kernels from 5.11. libvgetrandom uses it
when the module is loaded (modprobe vgetrandom): then reseeds and cloned
virtual machines are noticed when the kernel notices them.")

# What a Debian package has to bring along: which version a program needs, for dpkg-shlibdeps;
# notice for ldconfig; licence, changes, and what lintian need not say. In no installation
# but that of packages.
set(control_dir ${generated_dir}/control)
file(STRINGS userspace/abi/libvgetrandom.symbols symbols REGEX "^[^#]")
list(JOIN symbols "\n" symbols)
file(CONFIGURE OUTPUT ${control_dir}/symbols CONTENT "${symbols}\n" @ONLY)
file(CONFIGURE OUTPUT ${control_dir}/shlibs CONTENT
	"libvgetrandom ${PROJECT_VERSION_MAJOR} ${runtime_name} (>= ${PROJECT_VERSION})\n")
file(CONFIGURE OUTPUT ${control_dir}/triggers CONTENT "activate-noawait ldconfig\n")
foreach(script postinst prerm)
	configure_file(${packaging_dir}/${script}.in ${control_dir}/${script} @ONLY
		FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endforeach()
set(CPACK_DEBIAN_DKMS_PACKAGE_CONTROL_EXTRA ${control_dir}/postinst ${control_dir}/prerm)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
	${control_dir}/symbols ${control_dir}/shlibs ${control_dir}/triggers)

string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT ${generated_dir}/changelog @ONLY CONTENT
"vgetrandom (@PROJECT_VERSION@) unstable; urgency=medium

  * What is new is told in CHANGELOG.md of the sources.

 -- @CPACK_PACKAGE_CONTACT@  @now@
")
execute_process(COMMAND ${GZIP} -9nfk ${generated_dir}/changelog)
foreach(component ${CPACK_COMPONENTS_ALL})
	string(TOUPPER ${component} key)
	set(package ${CPACK_DEBIAN_${key}_PACKAGE_NAME})
	install(FILES ${packaging_dir}/copyright ${generated_dir}/changelog.gz
		DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package}
		COMPONENT ${component} EXCLUDE_FROM_ALL)
	if(EXISTS ${packaging_dir}/lintian-${component})
		install(FILES ${packaging_dir}/lintian-${component}
			DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides RENAME ${package}
			COMPONENT ${component} EXCLUDE_FROM_ALL)
	endif()
endforeach()

include(CPack)
