// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Draws through the library for ever and writes down what it got, a line each:
 *
 *	DRAW provider number key output
 *
 * The key is a number that changes when the one that the outputs come from has to: the generation
 * that the module shows, read before the draw, so an output is never older than it. Nobody tells
 * provider inprocess of a generation: for it the key is the count of its reseeds, read after the
 * draw. harness/clone.py compares such lines of clones of this guest.
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

static uint64_t num_reseeds(void)
{
	struct vgetrandom_stats stats;

	vgetrandom_stats(&stats, sizeof(stats));
	return stats.reseeds;
}

static void write_line(const char *provider, unsigned long number, uint64_t key,
		       const unsigned char *output)
{
	char line[160], hex[2 * OUTPUT_LEN + 1];
	int len;

	for (size_t i = 0; i < OUTPUT_LEN; i++)
		sprintf(hex + 2 * i, "%02x", output[i]);
	len = snprintf(line, sizeof(line), "DRAW %s %lu %llu %s\n", provider, number,
		       (unsigned long long)key, hex);
	/* At once: lines of several processes must not mix. */
	if (write(STDOUT_FILENO, line, (size_t)len) != len)
		_exit(1);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--provider", NULL }, { NULL, NULL } };
	enum vgetrandom_provider provider;
	unsigned char output[OUTPUT_LEN];
	struct memory module;

	job_start(argc, argv, options);
	if (vgetrandom_provider_by_name(options[0].value, &provider) != 0)
		job_fail("there is no provider '%s'", options[0].value);
	if (vgetrandom_set_provider(provider) != 0)
		job_fail("provider %s: %s", options[0].value, strerror(errno));
	/* Whatever the provider: this is what shows when the kernel's generation changed. */
	memory_open(&module, "module");
	for (unsigned long number = 0;; number++) {
		uint64_t key = module.rng_data->generation;

		if (vgetrandom(output, sizeof(output), 0) != sizeof(output))
			job_fail("vgetrandom: %s", strerror(errno));
		if (provider == VGETRANDOM_PROVIDER_INPROCESS)
			key = num_reseeds();
		/* Of states that the kernel's function keeps nobody counts them. */
		if (provider == VGETRANDOM_PROVIDER_NATIVE && num_reseeds() == 0)
			job_fail("native is not the image with that function as its judge");
		write_line(options[0].value, number, key, output);
		usleep(10 * 1000);
	}
}
