// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* vgetrandom: finds the verb. */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command-line.h"

static const struct cli_verb *const verbs[] = { &cli_probe, &cli_inspect, &cli_fill, &cli_run,
						&cli_bench };

#define NUM_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct cli_verb *verb;

void cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "vgetrandom%s%s: ", verb ? " " : "", verb ? verb->name : "");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

int cli_refuse_option(int answer, char **argv)
{
	cli_error("%s", vgr_option_refusal(answer, argv));
	return CLI_EXIT_USAGE;
}

const char *cli_provider_names(enum vgetrandom_provider first, const char *before_last)
{
	static char names[128];
	size_t len = 0;
	const char *name;

	for (unsigned int i = first; (name = vgetrandom_provider_name(i)); i++) {
		const char *separator = i == first                        ? ""
					: vgetrandom_provider_name(i + 1) ? ", "
									  : before_last;

		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", separator, name);
	}
	return names;
}

int cli_parse_provider(const char *name, enum vgetrandom_provider *provider)
{
	if (vgetrandom_provider_by_name(name, provider) == 0)
		return 0;
	cli_error("--provider: unknown '%s'; expected %s", name,
		  cli_provider_names(VGETRANDOM_PROVIDER_AUTO, " or "));
	return CLI_EXIT_USAGE;
}

bool cli_use_provider(enum vgetrandom_provider provider)
{
	if (vgetrandom_set_provider(provider) == 0)
		return true;
	cli_error("provider %s does not work on this system: %s; `vgetrandom probe` shows which do",
		  vgetrandom_provider_name(provider), strerror(errno));
	return false;
}

bool cli_check_stdout(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	/* Whoever reads has seen enough. */
	if (errno != EPIPE)
		cli_error("cannot write to the standard output: %s", strerror(errno ? errno : EIO));
	return false;
}

static int help(void)
{
	printf("usage: vgetrandom VERB [OPTION]...\n"
	       "Probe, inspect and use libvgetrandom.\n\n");
	for (unsigned int i = 0; i < NUM_VERBS; i++)
		printf("  %-8s  %s\n", verbs[i]->name, verbs[i]->what);
	printf("\n  --help     show this help; after a verb, the help of that verb\n"
	       "  --version  show the version\n\n"
	       "Exit status: 0 on success, 1 if something failed, 2 for a usage error. See vgetrandom(1).\n");
	return cli_check_stdout() ? CLI_EXIT_GOOD : CLI_EXIT_FAILED;
}

static int version(void)
{
	puts("vgetrandom " CLI_VERSION);
	return cli_check_stdout() ? CLI_EXIT_GOOD : CLI_EXIT_FAILED;
}

static int refuse(const char *name)
{
	const char *is_option = name && name[0] == '-' ? "option" : "verb";

	if (!name)
		cli_error("no verb given; use probe, inspect, fill, run or bench, or see --help");
	else
		cli_error("unknown %s '%s'; use probe, inspect, fill, run or bench, or see --help",
			  is_option, name);
	return CLI_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (name && strcmp(name, "--help") == 0)
		return help();
	if (name && strcmp(name, "--version") == 0)
		return version();
	for (unsigned int i = 0; name && i < NUM_VERBS; i++) {
		if (strcmp(name, verbs[i]->name) != 0)
			continue;
		verb = verbs[i];
		return verb->run(argc - 1, argv + 1);
	}
	return refuse(name);
}
