# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How code is compiled: interface targets that every part links what applies of.

# Everywhere.
add_library(vgetrandom_warnings INTERFACE)
target_compile_options(vgetrandom_warnings INTERFACE
	$<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes>
	$<$<BOOL:${VGETRANDOM_WERROR}>:-Werror>)

# The internal headers of the sides, for each other.
add_library(vgetrandom_internal INTERFACE)
target_include_directories(vgetrandom_internal INTERFACE
	${PROJECT_SOURCE_DIR}/kernel-side/include
	${PROJECT_SOURCE_DIR}/kernel-side/inprocess
	${PROJECT_SOURCE_DIR}/vdso
	${PROJECT_SOURCE_DIR}/vdso/arch/${VGETRANDOM_ARCH}
	${PROJECT_SOURCE_DIR}/userspace/include
	${PROJECT_SOURCE_DIR}/userspace/src
	${PROJECT_SOURCE_DIR}/userspace/glue
	${PROJECT_SOURCE_DIR}/kernel-side/port/include
	${PROJECT_SOURCE_DIR}/kernel-side/port/arch/${VGETRANDOM_ARCH})

# The image: no libc, no floating point or vector registers in compiled code, nothing that
# needs a relocation or a thread pointer. Never optimised at link time: gcc then takes the weak alias
# for a strong one, and which function is inlined where, and saves what, is not what was tested.
add_library(vgetrandom_freestanding INTERFACE)
target_compile_options(vgetrandom_freestanding INTERFACE
	$<$<COMPILE_LANGUAGE:C>:-O2 -ffreestanding -fno-builtin -fno-stack-protector>
	$<$<COMPILE_LANGUAGE:C>:-fno-jump-tables -falign-functions=64 ${PORT_IMAGE_CFLAGS} -fno-lto>
	-fPIC -fvisibility=hidden -fasynchronous-unwind-tables)

# The core, which has no libc: what a compiler must not call on its own account either. Unwind
# tables: clang leaves them out of freestanding code unless it is told.
add_library(vgetrandom_core_flags INTERFACE)
target_compile_options(vgetrandom_core_flags INTERFACE
	$<$<COMPILE_LANGUAGE:C>:-ffreestanding -fno-builtin -fno-stack-protector>
	$<$<COMPILE_LANGUAGE:C>:-fasynchronous-unwind-tables>)

foreach(target vgetrandom_freestanding vgetrandom_core_flags)
	target_compile_options(${target} INTERFACE $<$<COMPILE_LANGUAGE:C>:${PORT_ARCH_CFLAGS}>)
endforeach()

# Code that runs in a process with a libc.
add_library(vgetrandom_hosted INTERFACE)
if(VGETRANDOM_SANITIZE)
	target_compile_options(vgetrandom_hosted INTERFACE
		-fsanitize=${VGETRANDOM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(vgetrandom_hosted INTERFACE -fsanitize=${VGETRANDOM_SANITIZE})
endif()
