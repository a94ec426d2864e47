# SPDX-License-Identifier: GPL-2.0-only OR MIT
# VGETRANDOM_ARCH: the folder of each part that has code of its own for this architecture. Cross
# compilers need CMAKE_SYSTEM_NAME=Linux and CMAKE_SYSTEM_PROCESSOR, from a toolchain file or
# the command line; the preset aarch64 has both.
include(CheckCSourceCompiles)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
	set(VGETRANDOM_ARCH x86_64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
	set(VGETRANDOM_ARCH aarch64)
else()
	message(FATAL_ERROR "No port to ${CMAKE_SYSTEM_PROCESSOR} yet; see vdso/arch.h for what one needs.")
endif()

# Else it would be found out by the assembler, line by line. Without the first two a cross compiler
# alone is taken for one of this machine.
check_c_source_compiles("
#if !defined(__${VGETRANDOM_ARCH}__) || !defined(__LP64__)
#error another architecture
#elif __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error big-endian
#endif
int main(void) { return 0; }" VGETRANDOM_COMPILES_FOR_${VGETRANDOM_ARCH})
if(NOT VGETRANDOM_COMPILES_FOR_${VGETRANDOM_ARCH})
	message(FATAL_ERROR "${CMAKE_C_COMPILER} does not compile for ${VGETRANDOM_ARCH}, 64 bits, "
		"little-endian. For another machine than this one set CMAKE_SYSTEM_NAME=Linux and "
		"CMAKE_SYSTEM_PROCESSOR, too.")
endif()

if(NOT VGETRANDOM_ARCH STREQUAL x86_64)
	message(STATUS "vgetrandom-check and the kernel module are for x86-64 only and are left out.")
endif()
