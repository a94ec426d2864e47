// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Draws through the library for ever and writes down what it got, a line each:
 *
 *	DRAW provider number generation output
 *
 * The generation is read before the draw, so an output is never older than it; 0 is one that
 * cannot be seen. harness/clone.py compares such lines of clones of this guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "inprocess.h"
#include "job.h"
#include "memory.h"

#define OUTPUT_LEN 16

static uint64_t generation_of(const struct memory *memory)
{
	return memory->rng_data ? memory->rng_data->generation : 0;
}

static void write_line(const char *provider, unsigned long number, uint64_t generation,
		       const unsigned char *output)
{
	char line[160], hex[2 * OUTPUT_LEN + 1];
	int len;

	for (size_t i = 0; i < OUTPUT_LEN; i++)
		sprintf(hex + 2 * i, "%02x", output[i]);
	len = snprintf(line, sizeof(line), "DRAW %s %lu %llu %s\n", provider, number,
		       (unsigned long long)generation, hex);
	/* At once: lines of several processes must not mix. */
	if (write(STDOUT_FILENO, line, (size_t)len) != len)
		_exit(1);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--provider", NULL }, { NULL, NULL } };
	enum vgetrandom_provider provider;
	unsigned char output[OUTPUT_LEN];
	struct memory memory;

	job_start(argc, argv, options);
	if (vgetrandom_provider_by_name(options[0].value, &provider) != 0)
		job_fail("there is no provider '%s'", options[0].value);
	if (vgetrandom_set_provider(provider) != 0)
		job_fail("provider %s: %s", options[0].value, strerror(errno));
	memory_open(&memory, options[0].value);
	for (unsigned long number = 0;; number++) {
		uint64_t generation = generation_of(&memory);

		if (vgetrandom(output, sizeof(output), 0) != sizeof(output))
			job_fail("vgetrandom: %s", strerror(errno));
		write_line(options[0].value, number, generation, output);
		usleep(10 * 1000);
	}
}
