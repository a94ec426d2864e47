// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * make-ids N: what a server that hands out ids does. Each id is 16 bytes of getrandom(2), as
 * hexadecimal digits, put into a hash table like a session or a key of a key-value store; one that
 * is there already is an error. For bench/programs, with and without `vgetrandom run`.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define RANDOM_LEN 16
#define ID_LEN     (2 * RANDOM_LEN)
#define MAX_IDS    100000000

struct id {
	char text[ID_LEN];
};

/* Empty places begin with a zero byte. */
static struct id *table;
static size_t mask;

static void write_hex(struct id *id, const unsigned char *bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < RANDOM_LEN; i++) {
		id->text[2 * i] = digits[bytes[i] >> 4];
		id->text[2 * i + 1] = digits[bytes[i] & 15];
	}
}

/* The id is random itself: any part of it is a hash. */
static bool add(const struct id *id, const unsigned char *bytes)
{
	uint64_t hash;

	memcpy(&hash, bytes, sizeof(hash));
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		if (!table[i].text[0]) {
			table[i] = *id;
			return true;
		}
		if (memcmp(&table[i], id, sizeof(*id)) == 0)
			return false;
	}
}

static bool make(long num)
{
	unsigned char bytes[RANDOM_LEN];
	struct id id;

	for (long i = 0; i < num; i++) {
		if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
			perror("make-ids: getrandom");
			return false;
		}
		write_hex(&id, bytes);
		if (!add(&id, bytes)) {
			fprintf(stderr, "make-ids: the same id came twice\n");
			return false;
		}
	}
	printf("%ld ids, the last is %.*s\n", num, ID_LEN, id.text);
	return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long num = argc == 2 ? strtol(argv[1], &end, 10) : 0;
	size_t places = 2;

	if (num < 1 || num > MAX_IDS || *end) {
		fprintf(stderr, "make-ids: how many? write for example make-ids 1000000\n");
		return 2;
	}
	while (places < 2 * (size_t)num)
		places *= 2;
	mask = places - 1;
	table = calloc(places, sizeof(*table));
	if (!table) {
		fprintf(stderr, "make-ids: not enough memory for %ld ids\n", num);
		return 1;
	}
	return make(num) ? 0 : 1;
}
