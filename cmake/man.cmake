# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Manual pages, from NAME.scd, where scdoc is there to make them. Debian wants them compressed.
find_program(SCDOC scdoc)
find_program(GZIP gzip)
if(NOT SCDOC OR NOT GZIP)
	message(STATUS "Without scdoc and gzip manual pages are neither built nor installed.")
endif()

# vgetrandom_add_man(NAME [COMPONENT component] [ALIASES NAME...]): of NAME.scd in the current folder,
# such as vgetrandom.1. An alias is another name of the same page.
function(vgetrandom_add_man name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "COMPONENT" "ALIASES")
	if(NOT SCDOC OR NOT GZIP)
		return()
	endif()
	if(NOT arg_COMPONENT)
		set(arg_COMPONENT tools)
	endif()
	string(REGEX REPLACE ".*\\." "" section ${name})
	set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}.scd)
	# The first line has whoever shows the page call tbl, which not everybody does unasked.
	set(first ${CMAKE_CURRENT_BINARY_DIR}/${name}.first)
	file(WRITE ${first} "'\\\" t\n")
	# scdoc dates a page SOURCE_DATE_EPOCH, or today.
	add_custom_command(OUTPUT ${name}.gz
		COMMAND sh -c "{ cat '${first}' && '${SCDOC}' < '${source}'; } > ${name}"
		COMMAND ${GZIP} -9nfk ${name}
		DEPENDS ${name}.scd VERBATIM)
	add_custom_target(${name}-man ALL DEPENDS ${name}.gz)
	set(pages ${CMAKE_CURRENT_BINARY_DIR}/${name}.gz)
	foreach(alias ${arg_ALIASES})
		set(link ${CMAKE_CURRENT_BINARY_DIR}/${alias}.gz)
		file(CREATE_LINK ${name}.gz ${link} SYMBOLIC)
		list(APPEND pages ${link})
	endforeach()
	install(FILES ${pages}
		DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${arg_COMPONENT})
endfunction()
