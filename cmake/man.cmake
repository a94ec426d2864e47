# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Man pages, from NAME.scd, where scdoc is there to make them.
find_program(SCDOC scdoc)

# vgetrandom_add_man(NAME): of NAME.scd in the current folder, such as vgetrandom.1
function(vgetrandom_add_man name)
	if(NOT SCDOC)
		return()
	endif()
	string(REGEX REPLACE ".*\\." "" section ${name})
	add_custom_command(OUTPUT ${name}
		COMMAND sh -c "'${SCDOC}' < '${CMAKE_CURRENT_SOURCE_DIR}/${name}.scd' > ${name}"
		DEPENDS ${name}.scd VERBATIM)
	add_custom_target(${name}-man ALL DEPENDS ${name})
	install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}
		DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endfunction()
