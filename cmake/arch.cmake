# SPDX-License-Identifier: GPL-2.0-only OR MIT
# VGETRANDOM_ARCH: the folder of each part that has code of its own for this architecture. What the
# compiler compiles for counts, also if nobody told CMake that it is a cross compiler
# (CMAKE_SYSTEM_NAME=Linux and CMAKE_SYSTEM_PROCESSOR, as a toolchain file or the preset aarch64 do);
# but without that CMake takes tests for programs of this machine.
include(CheckCSourceCompiles)

set(VGETRANDOM_ARCH)
foreach(arch x86_64 aarch64)
	check_c_source_compiles("
#if !defined(__${arch}__) || !defined(__LP64__)
#error another architecture
#elif __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error big-endian
#endif
int main(void) { return 0; }" VGETRANDOM_COMPILES_FOR_${arch})
	if(VGETRANDOM_COMPILES_FOR_${arch})
		set(VGETRANDOM_ARCH ${arch})
		break()
	endif()
endforeach()

if(NOT VGETRANDOM_ARCH)
	message(FATAL_ERROR "No port to what ${CMAKE_C_COMPILER} compiles for, only to x86-64 and "
		"little-endian aarch64, 64 bits; see vdso/arch.h for what one needs.")
endif()
if(NOT VGETRANDOM_ARCH STREQUAL x86_64)
	message(STATUS "vgetrandom-check and the kernel module are for x86-64 only and are left out.")
endif()
