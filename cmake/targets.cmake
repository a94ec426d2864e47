# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How code is compiled: interface targets that every part links what applies of.

# Everywhere.
add_library(vgetrandom_warnings INTERFACE)
target_compile_options(vgetrandom_warnings INTERFACE
	$<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes>
	$<$<BOOL:${VGETRANDOM_WERROR}>:-Werror>)

# The internal headers of the sides, for each other.
set(include_folders ${vgr_includes})
foreach(folder IN LISTS vgr_arch_includes)
	list(APPEND include_folders ${folder}/${VGETRANDOM_ARCH})
endforeach()
list(TRANSFORM include_folders PREPEND ${PROJECT_SOURCE_DIR}/)
add_library(vgetrandom_internal INTERFACE)
target_include_directories(vgetrandom_internal INTERFACE
	${include_folders}
	${PROJECT_SOURCE_DIR}/userspace/glue)

# The image and the core, as cmake/recipe says. A C compiler warns of flags for C that it is given
# for assembly.
add_library(vgetrandom_freestanding INTERFACE)
target_compile_options(vgetrandom_freestanding INTERFACE
	"$<$<COMPILE_LANGUAGE:C>:${vgr_image_cflags};${vgr_image_cflags_${VGETRANDOM_ARCH}};${vgr_cflags_${VGETRANDOM_ARCH}}>")
target_compile_definitions(vgetrandom_freestanding INTERFACE ${vgr_chacha_definitions})
add_library(vgetrandom_core_flags INTERFACE)
target_compile_options(vgetrandom_core_flags INTERFACE
	"$<$<COMPILE_LANGUAGE:C>:${vgr_core_cflags};${vgr_cflags_${VGETRANDOM_ARCH}}>")

# Code that runs in a process with a libc.
add_library(vgetrandom_hosted INTERFACE)
if(VGETRANDOM_SANITIZE)
	target_compile_options(vgetrandom_hosted INTERFACE
		-fsanitize=${VGETRANDOM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(vgetrandom_hosted INTERFACE -fsanitize=${VGETRANDOM_SANITIZE})
endif()
