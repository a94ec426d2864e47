/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a terminal can show, found out as git does.
 */
#ifndef VGR_TERMINAL_H
#define VGR_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* COLUMNS, else the terminal's width, else 80; 0 if @file is no terminal: do not break lines. */
unsigned int vgr_terminal_columns(FILE *file);

/* Whether @file is a terminal with colours: not if NO_COLOR is set, or TERM is "dumb" or unset. */
bool vgr_terminal_has_colours(FILE *file);

/*
 * Prints @text, and breaks lines between words so that none is longer than @columns (0: any
 * length). The first line begins in column @indent, where the caller has left off, and so do the
 * others; if too little is left there, all text comes in lines of its own.
 */
void vgr_terminal_print(FILE *file, const char *text, unsigned int indent, unsigned int columns);

#endif
