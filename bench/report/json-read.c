// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reads JSON (RFC 8259) into a tree: results of an earlier run. What is no JSON is refused; the
 * tree is never freed, for the program ends soon after.
 */
#define _GNU_SOURCE
#include "report.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH 32
#define MAX_LEN   (64L << 20)

struct reader {
	const char *next; /* ends with a zero byte */
	int depth;
};

/* Everything that was allocated, for as long as the process lives. */
static struct chunk {
	struct chunk *next;
	max_align_t memory[];
} * chunks;

static struct bench_json *read_value(struct reader *reader);

static void *allocate(size_t len)
{
	struct chunk *chunk = bench_alloc(1, sizeof(*chunk) + len);

	chunk->next = chunks;
	chunks = chunk;
	return chunk->memory;
}

static void skip_space(struct reader *reader)
{
	reader->next += strspn(reader->next, " \t\r\n");
}

static bool skip(struct reader *reader, char c)
{
	skip_space(reader);
	if (*reader->next != c)
		return false;
	reader->next++;
	return true;
}

static bool skip_word(struct reader *reader, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(reader->next, word, len) != 0)
		return false;
	reader->next += len;
	return true;
}

/* One character of a string. What is beyond ASCII is not needed, and becomes a question mark. */
static int read_char(struct reader *reader)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	char c = *reader->next++;

	if (c != '\\')
		return (unsigned char)c < 0x20 ? -1 : c;
	c = *reader->next++;
	if (c == 'u') {
		char hex[5] = { 0 };
		char *end;
		unsigned long code;

		strncpy(hex, reader->next, 4);
		code = strtoul(hex, &end, 16);
		if (end != hex + 4)
			return -1;
		reader->next += 4;
		return code < 0x80 ? (int)code : '?';
	}
	found = c ? strchr(from, c) : NULL;
	return found ? to[found - from] : -1;
}

/* NULL if it is none. */
static char *read_string(struct reader *reader)
{
	const char *end;
	char *string;
	size_t len = 0;

	if (!skip(reader, '"'))
		return NULL;
	end = reader->next;
	while (*end && *end != '"')
		end += end[0] == '\\' && end[1] ? 2 : 1;
	string = allocate((size_t)(end - reader->next) + 1);
	while (*reader->next && *reader->next != '"') {
		int c = read_char(reader);

		if (c < 0)
			return NULL;
		string[len++] = (char)c;
	}
	return skip(reader, '"') ? string : NULL;
}

/* The elements or members up to @close. */
static bool read_list(struct reader *reader, struct bench_json *list, char close)
{
	struct bench_json **last = &list->first;

	if (skip(reader, close))
		return true;
	do {
		char *name = NULL;

		if (close == '}') {
			name = read_string(reader);
			if (!name || !skip(reader, ':'))
				return false;
		}
		*last = read_value(reader);
		if (!*last)
			return false;
		(*last)->name = name;
		last = &(*last)->next;
	} while (skip(reader, ','));
	return skip(reader, close);
}

static bool read_number(struct reader *reader, double *number)
{
	char *end;

	/* strtod() knows more than JSON: hexadecimal, infinity, a plus in front. */
	if (!strchr("-0123456789", *reader->next) || !*reader->next)
		return false;
	*number = strtod(reader->next, &end);
	if (end == reader->next || end != reader->next + strspn(reader->next, "+-.0123456789eE"))
		return false;
	reader->next = end;
	return true;
}

static bool read_into(struct reader *reader, struct bench_json *value)
{
	if (skip(reader, '{')) {
		value->type = BENCH_JSON_OBJECT;
		return read_list(reader, value, '}');
	}
	if (skip(reader, '[')) {
		value->type = BENCH_JSON_ARRAY;
		return read_list(reader, value, ']');
	}
	if (*reader->next == '"') {
		value->type = BENCH_JSON_STRING;
		value->string = read_string(reader);
		return value->string;
	}
	value->type = BENCH_JSON_NULL;
	if (skip_word(reader, "null"))
		return true;
	value->type = BENCH_JSON_TRUE;
	if (skip_word(reader, "true"))
		return true;
	value->type = BENCH_JSON_FALSE;
	if (skip_word(reader, "false"))
		return true;
	value->type = BENCH_JSON_NUMBER;
	return read_number(reader, &value->number);
}

static struct bench_json *read_value(struct reader *reader)
{
	struct bench_json *value = allocate(sizeof(*value));
	bool good;

	if (++reader->depth > MAX_DEPTH)
		return NULL;
	good = read_into(reader, value);
	reader->depth--;
	return good ? value : NULL;
}

/* NULL and errno. */
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	char *text = NULL;
	size_t len;

	if (!file)
		return NULL;
	if (fstat(fileno(file), &st) != 0) {
		fclose(file);
		return NULL;
	}
	errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
	if (S_ISREG(st.st_mode) && st.st_size <= MAX_LEN) {
		text = allocate((size_t)st.st_size + 1);
		len = fread(text, 1, (size_t)st.st_size, file);
		text[len] = '\0';
	}
	fclose(file);
	return text;
}

const struct bench_json *bench_json_read(const char *path, const char **failed)
{
	struct reader reader = { .next = read_file(path) };
	const struct bench_json *value;

	if (!reader.next) {
		*failed = strerror(errno);
		return NULL;
	}
	*failed = "it is no JSON";
	value = read_value(&reader);
	/* Where reading failed, the reader may stand behind the end. */
	if (!value)
		return NULL;
	skip_space(&reader);
	return *reader.next ? NULL : value;
}

const struct bench_json *bench_json_member(const struct bench_json *object, const char *name)
{
	const struct bench_json *member;

	if (!object || object->type != BENCH_JSON_OBJECT)
		return NULL;
	for (member = object->first; member; member = member->next)
		if (strcmp(member->name, name) == 0)
			return member;
	return NULL;
}
