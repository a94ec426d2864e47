// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The command line: numbers, and what is said of an option that does not exist. */
#define _GNU_SOURCE
#include "command-line.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

bool vgr_parse_number(const char *text, size_t text_len, unsigned long max, unsigned long *number)
{
	*number = 0;
	for (size_t i = 0; i < text_len; i++) {
		unsigned long digit = (unsigned char)text[i] - '0';

		if (!isdigit((unsigned char)text[i]) || digit > max || *number > (max - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	return text_len > 0;
}

const char *vgr_list_next(const char **rest, size_t *len)
{
	const char *item = *rest;

	if (!item)
		return NULL;
	*len = strcspn(item, ",");
	*rest = item[*len] ? item + *len + 1 : NULL;
	return item;
}

const char *vgr_option_refusal(int answer, char **argv)
{
	static char text[320];
	const char *last = argv[optind - 1];

	if (answer == ':')
		snprintf(text, sizeof(text), "option %.200s needs a value; see --help", last);
	else if (optopt > 0 && optopt < VGR_OPTION_FIRST)
		snprintf(text, sizeof(text), "unknown option -%c; see --help", optopt);
	else if (optopt >= VGR_OPTION_FIRST)
		snprintf(text, sizeof(text), "option %.200s takes no value; see --help", last);
	else
		snprintf(text, sizeof(text), "unknown or ambiguous option %.200s; see --help",
			 last);
	return text;
}
