// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* vgetrandom probe: what this machine offers, and what each provider would be worth on it. */
#define _GNU_SOURCE
#include "probe.h"

#include <getopt.h>
#include <stdio.h>

#include "cli.h"
#include "command-line.h"
#include "provider.h"

enum option_value { OPTION_JSON = VGR_OPTION_FIRST, OPTION_LIST, OPTION_HELP };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "list", no_argument, NULL, OPTION_LIST },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

static int help(void)
{
	printf("usage: vgetrandom probe [--json | --list]\n"
	       "Shows what this machine supports, which provider a program would get, and what each\n"
	       "provider guarantees here: tested (just now, on this machine) or only documented.\n"
	       "If run as root, triggers one reseed of the kernel RNG.\n\n"
	       "  --json  print JSON\n"
	       "  --list  print only the names of the providers, and what each is\n"
	       "  --help  show this help\n\n"
	       "Exit status: 0 on success, 1 if something failed, 2 for a usage error.\n");
	return cli_check_stdout() ? CLI_EXIT_GOOD : CLI_EXIT_FAILED;
}

static int list(void)
{
	printf("%-10s the first of the following that works\n",
	       vgetrandom_provider_name(VGETRANDOM_PROVIDER_AUTO));
	for (unsigned int i = PROBE_FIRST_PROVIDER; i < PROBE_NUM_PROVIDERS; i++)
		printf("%-10s %s\n", vgr_providers[i]->name, vgr_providers[i]->summary);
	return cli_check_stdout() ? CLI_EXIT_GOOD : CLI_EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	static struct probe probe;
	bool json = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (option == OPTION_HELP)
			return help();
		if (option == OPTION_LIST)
			return list();
		if (option != OPTION_JSON)
			return cli_refuse_option(option, argv);
		json = true;
	}
	if (optind < argc) {
		cli_error("unexpected argument '%s'; see --help", argv[optind]);
		return CLI_EXIT_USAGE;
	}
	probe_facts(&probe);
	probe_providers(&probe);
	probe_guarantees(&probe);
	probe_advise(&probe);
	if (json)
		probe_print_json(&probe);
	else
		probe_print(&probe);
	return cli_check_stdout() ? CLI_EXIT_GOOD : CLI_EXIT_FAILED;
}

const struct cli_verb cli_probe = { "probe", "tests what this machine supports", run };
