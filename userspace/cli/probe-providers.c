// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Which providers work here, each tried in a child, and which one a program would get. */
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "provider.h"

struct attempt {
	enum vgetrandom_provider provider;
	int err;
	const char *drawback; /* a literal: the same in the parent */
};

static void try_provider(void *arg, void *result)
{
	struct attempt *attempt = result;
	unsigned char bytes[16];

	(void)arg;
	if (vgetrandom_set_provider(attempt->provider) != 0 ||
	    vgetrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		attempt->err = errno;
	else
		attempt->err = 0;
	attempt->drawback = vgr_provider()->drawback;
}

static void explain_choice(struct probe *probe)
{
	const char *wanted = getenv("VGETRANDOM_PROVIDER");
	const char *name = vgetrandom_provider_name(probe->chosen);

	if (wanted && strcmp(wanted, name) == 0)
		snprintf(probe->why_chosen, PROBE_TEXT_LEN, "VGETRANDOM_PROVIDER says so");
	else if (wanted && wanted[0] && strcmp(wanted, "auto") != 0)
		snprintf(
			probe->why_chosen, PROBE_TEXT_LEN,
			"VGETRANDOM_PROVIDER=%.64s does not work here; this is the first that does",
			wanted);
	else
		snprintf(probe->why_chosen, PROBE_TEXT_LEN, "the first that works of %s",
			 cli_provider_names(PROBE_FIRST_PROVIDER, ", "));
}

void probe_providers(struct probe *probe)
{
	for (unsigned int i = PROBE_FIRST_PROVIDER; i < PROBE_NUM_PROVIDERS; i++) {
		struct probe_provider *provider = &probe->providers[i];
		struct attempt attempt = { .provider = i };

		provider->works = probe_in_child(try_provider, NULL, &attempt, sizeof(attempt)) &&
				  attempt.err == 0;
		snprintf(provider->reason, sizeof(provider->reason), "%s",
			 provider->works ? "works"
			 : attempt.err   ? strerror(attempt.err)
					 : "crashes");
		if (provider->works && attempt.drawback)
			snprintf(provider->reason, sizeof(provider->reason), "works, but %s",
				 attempt.drawback);
	}
	probe->chosen = vgetrandom_get_provider();
	explain_choice(probe);
}
