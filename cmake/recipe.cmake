# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Reads cmake/recipe: a list variable for each of its assignments. Files in it are named from the top
# folder; vgetrandom_files() makes full names of them.
file(READ ${CMAKE_CURRENT_LIST_DIR}/recipe recipe)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/recipe)
string(REPLACE "\\\n" " " recipe "${recipe}")
string(REGEX MATCHALL "\n[a-z0-9_]+=\"[^\"]*\"" assignments "${recipe}")
foreach(assignment IN LISTS assignments)
	string(REGEX MATCH "\n([a-z0-9_]+)=\"([^\"]*)\"" _ "${assignment}")
	set(name ${CMAKE_MATCH_1})
	separate_arguments(${name} UNIX_COMMAND "${CMAKE_MATCH_2}")
endforeach()

# vgetrandom_files(RESULT NAME...): of lists of the recipe
function(vgetrandom_files result)
	set(files)
	foreach(name IN LISTS ARGN)
		list(APPEND files ${${name}})
	endforeach()
	list(TRANSFORM files PREPEND ${PROJECT_SOURCE_DIR}/)
	set(${result} ${files} PARENT_SCOPE)
endfunction()

# Which versions of ChaCha20 the image has. One that is left out is replaced by the next lower one.
string(JOIN " " all_levels ${vgr_levels_${VGETRANDOM_ARCH}})
set(VGETRANDOM_CHACHA_LEVELS "${all_levels}" CACHE STRING
	"Versions of ChaCha20 in the image; sse2 or neon must be among them")
separate_arguments(chacha_levels UNIX_COMMAND "${VGETRANDOM_CHACHA_LEVELS}")
set(vgr_chacha_sources)
set(vgr_chacha_definitions)
foreach(level IN LISTS vgr_levels_${VGETRANDOM_ARCH})
	string(TOUPPER ${level} upper)
	if(NOT level IN_LIST chacha_levels)
		list(APPEND vgr_chacha_definitions VGR_WITHOUT_${upper})
	elseif(level STREQUAL generic)
		list(APPEND vgr_chacha_sources vdso/chacha20-generic.c)
	else()
		list(APPEND vgr_chacha_sources vdso/arch/${VGETRANDOM_ARCH}/chacha20-${level}.S)
	endif()
endforeach()
if(VGETRANDOM_BUILD_TESTS AND vgr_chacha_definitions)
	message(FATAL_ERROR "The tests need every level: no VGETRANDOM_CHACHA_LEVELS with VGETRANDOM_BUILD_TESTS.")
endif()
