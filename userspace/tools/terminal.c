// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Widths and colours of terminals, and text that is as wide as they are. */
#define _GNU_SOURCE
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command-line.h"

#define DEFAULT_COLUMNS 80
#define MAX_COLUMNS     10000

/* What is narrower is hard to read. */
#define LEAST_TEXT   30
#define INDENT_BELOW 4

unsigned int vgr_terminal_columns(FILE *file)
{
	const char *wanted = getenv("COLUMNS");
	struct winsize size = { 0 };
	unsigned long columns;

	if (isatty(fileno(file)) != 1)
		return 0;
	if (wanted && vgr_parse_number(wanted, strlen(wanted), MAX_COLUMNS, &columns) && columns)
		return (unsigned int)columns;
	if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return DEFAULT_COLUMNS;
}

bool vgr_terminal_has_colours(FILE *file)
{
	const char *refused = getenv("NO_COLOR");
	const char *kind = getenv("TERM");

	return isatty(fileno(file)) == 1 && !(refused && refused[0]) && kind &&
	       strcmp(kind, "dumb") != 0;
}

void vgr_terminal_print(FILE *file, const char *text, unsigned int indent, unsigned int columns)
{
	unsigned int at = indent;

	if (columns && columns < indent + LEAST_TEXT) {
		indent = INDENT_BELOW;
		at = columns;
	}
	for (bool is_first = true; *text; is_first = false) {
		unsigned int len = (unsigned int)strcspn(text, " ");

		if (columns && at > indent && at + !is_first + len > columns) {
			fprintf(file, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!is_first) {
			fputc(' ', file);
			at++;
		}
		fprintf(file, "%.*s", (int)len, text);
		at += len;
		text += len + (text[len] == ' ');
	}
}
