# SPDX-License-Identifier: GPL-2.0-only OR MIT
# VGETRANDOM_PORTS: all there are. VGETRANDOM_ARCH: the folder of each part that has code of its own
# for this architecture. What the compiler compiles for counts, also if nobody told CMake that it is a cross compiler
# (CMAKE_SYSTEM_NAME=Linux and CMAKE_SYSTEM_PROCESSOR, as a toolchain file or the presets do);
# but without that CMake takes tests for programs of this machine.
include(CheckCSourceCompiles)

# PORT_*: the lines of vdso/arch/ARCH/port, which vdso/arch.h explains.
function(vgetrandom_read_port arch)
	set(file ${PROJECT_SOURCE_DIR}/vdso/arch/${arch}/port)
	file(STRINGS ${file} lines REGEX "^[a-z0-9_]+=")
	foreach(line ${lines})
		string(REGEX MATCH "^([a-z0-9_]+)=\"(.*)\"$" matched "${line}")
		string(TOUPPER ${CMAKE_MATCH_1} name)
		set(PORT_${name} ${CMAKE_MATCH_2})
		if(NOT name STREQUAL CONDITION)
			separate_arguments(PORT_${name} UNIX_COMMAND "${CMAKE_MATCH_2}")
		endif()
		set(PORT_${name} "${PORT_${name}}" PARENT_SCOPE)
	endforeach()
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endfunction()

set(VGETRANDOM_ARCH)
file(GLOB VGETRANDOM_PORTS RELATIVE ${PROJECT_SOURCE_DIR}/vdso/arch CONFIGURE_DEPENDS
	${PROJECT_SOURCE_DIR}/vdso/arch/*/port)
list(TRANSFORM VGETRANDOM_PORTS REPLACE "/port$" "")
foreach(arch ${VGETRANDOM_PORTS})
	vgetrandom_read_port(${arch})
	check_c_source_compiles("
#if !(${PORT_CONDITION})
#error another architecture
#endif
int main(void) { return 0; }" VGETRANDOM_COMPILES_FOR_${arch})
	if(VGETRANDOM_COMPILES_FOR_${arch})
		set(VGETRANDOM_ARCH ${arch})
		break()
	endif()
endforeach()

if(NOT VGETRANDOM_ARCH)
	list(JOIN VGETRANDOM_PORTS ", " ports)
	message(FATAL_ERROR "No port to what ${CMAKE_C_COMPILER} compiles for, only to ${ports}; "
		"see vdso/arch.h for what one needs.")
endif()
if(NOT VGETRANDOM_ARCH STREQUAL x86_64)
	message(STATUS "vgetrandom-check and the kernel module are for x86-64 only and are left out.")
endif()
