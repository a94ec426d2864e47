/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the command lines of all programs share. For one thread.
 */
#ifndef VGR_COMMAND_LINE_H
#define VGR_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What getopt_long() returns for an option begins here: above all characters, so that its report
 * of a short option cannot be mistaken.
 */
#define VGR_OPTION_FIRST 256

/* The whole of @text, which ends after @text_len, as a decimal number of at most @max. */
bool vgr_parse_number(const char *text, size_t text_len, unsigned long max, unsigned long *number);

/*
 * The items of "a,b,c": begins with *@rest at the first, and returns each, which ends after *@len.
 * NULL: that was all. An empty list has one item, which is empty.
 */
const char *vgr_list_next(const char **rest, size_t *len);

/*
 * What is wrong and what to do, after getopt_long() with opterr 0 and a leading ':' returned
 * @answer, ':' or '?'. The text is good until the next call.
 */
const char *vgr_option_refusal(int answer, char **argv);

#endif
