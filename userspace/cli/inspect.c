// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom inspect: looks at the state pages of a process, once or again and again.
 */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command-line.h"
#include "look.h"

#define INTERVAL_MS     1000
#define INTERVAL_MS_MAX 86400000ul

enum option_value {
	OPTION_SELF = VGR_OPTION_FIRST,
	OPTION_WATCH,
	OPTION_LOOKS,
	OPTION_MAPPING,
	OPTION_JSON,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "self", no_argument, NULL, OPTION_SELF },
	{ "watch", optional_argument, NULL, OPTION_WATCH },
	{ "looks", required_argument, NULL, OPTION_LOOKS },
	{ "mapping", required_argument, NULL, OPTION_MAPPING },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

struct inspect {
	pid_t pid;
	bool self;
	unsigned long interval_ms; /* 0: one look */
	unsigned long looks;       /* 0: until the process ends */
	uint64_t address;
	bool json;
	bool help;
};

static int help(void)
{
	printf("usage: vgetrandom inspect PID|--self [OPTION]...\n"
	       "Shows the pages in which a process keeps states of a generator: droppable mappings\n"
	       "(VmFlags dp), those of /dev/vgetrandom, those that are named after getrandom; if\n"
	       "there is none, mappings that are wiped on fork and not dumped (wf dd).\n\n"
	       "  --self           inspect this process, after it has used the generator\n"
	       "  --watch[=MS]     sample every MS milliseconds (default: %d) and show\n"
	       "                   changes, until the process ends\n"
	       "  --looks N        stop after N samples\n"
	       "  --mapping ADDR   inspect the mapping at this address, whatever it is\n"
	       "  --json           print each sample as a line of JSON\n"
	       "  --help           show this help\n\n"
	       "Other users' processes need root or CAP_SYS_PTRACE.\n\n"
	       "Exit status: 0 on success, 3 if a state page is shared with another process, or memory\n"
	       "for states of libvgetrandom is no longer wiped on fork, as after a checkpointer's\n"
	       "restart, 1 if the process cannot be inspected, 2 for a usage error.\n",
	       INTERVAL_MS);
	return cli_check_stdout() ? CLI_EXIT_GOOD : CLI_EXIT_FAILED;
}

static int parse_count(const char *option, const char *text, unsigned long max,
		       unsigned long *number)
{
	if (vgr_parse_number(text, strlen(text), max, number) && *number > 0)
		return 0;
	cli_error("%s: '%s' is not a number from 1 to %lu", option, text, max);
	return CLI_EXIT_USAGE;
}

static int parse_address(const char *text, uint64_t *address)
{
	char *end;

	errno = 0;
	*address = strtoull(text, &end, 16);
	if (!errno && end != text && !*end && *address && text[0] != '-')
		return 0;
	cli_error("--mapping: '%s' is not an address, such as 7f0123456000", text);
	return CLI_EXIT_USAGE;
}

static int parse_option(struct inspect *inspect, int option, char **argv)
{
	switch (option) {
	case OPTION_SELF:
		inspect->self = true;
		return 0;
	case OPTION_WATCH:
		inspect->interval_ms = INTERVAL_MS;
		return optarg ? parse_count("--watch", optarg, INTERVAL_MS_MAX,
					    &inspect->interval_ms)
			      : 0;
	case OPTION_LOOKS:
		return parse_count("--looks", optarg, ULONG_MAX, &inspect->looks);
	case OPTION_MAPPING:
		return parse_address(optarg, &inspect->address);
	case OPTION_JSON:
		inspect->json = true;
		return 0;
	case OPTION_HELP:
		inspect->help = true;
		return 0;
	default:
		return cli_refuse_option(option, argv);
	}
}

static int parse_pid(struct inspect *inspect, int argc, char **argv)
{
	unsigned long pid = 0;

	if (inspect->self != (optind == argc) || optind + 1 < argc) {
		cli_error("no process given; name one process ID, or --self");
		return CLI_EXIT_USAGE;
	}
	if (inspect->self) {
		inspect->pid = getpid();
		return 0;
	}
	if (!vgr_parse_number(argv[optind], strlen(argv[optind]), INT_MAX, &pid) || pid == 0) {
		cli_error("'%s' is not a process ID; give a number, or --self", argv[optind]);
		return CLI_EXIT_USAGE;
	}
	inspect->pid = (pid_t)pid;
	return 0;
}

static int parse(struct inspect *inspect, int argc, char **argv)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		int err = parse_option(inspect, option, argv);

		if (err || inspect->help)
			return err;
	}
	if (inspect->looks && !inspect->interval_ms)
		inspect->interval_ms = INTERVAL_MS;
	return parse_pid(inspect, argc, argv);
}

static int fail(const struct inspect *inspect, int err)
{
	switch (err) {
	case ESRCH:
		cli_error("there is no process %d", inspect->pid);
		break;
	case ENXIO:
		cli_error("process %d has no memory: it is a thread of the kernel, or has ended",
			  inspect->pid);
		break;
	case EACCES:
	case EPERM:
		cli_error("not permitted to inspect process %d; needs its user or CAP_SYS_PTRACE",
			  inspect->pid);
		break;
	default:
		cli_error("cannot inspect process %d: %s", inspect->pid, strerror(err));
		break;
	}
	return CLI_EXIT_FAILED;
}

static void print(const struct inspect *inspect, const struct cli_process *process,
		  const struct cli_look *before, const struct cli_look *look)
{
	if (inspect->json)
		cli_look_print_json(stdout, process, look);
	else if (!before || !cli_looks_are_equal(before, look))
		cli_look_print(process, look);
	fflush(stdout);
}

static void wait_ms(unsigned long ms)
{
	struct timespec time = { .tv_sec = (time_t)(ms / 1000),
				 .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

static int look_again_and_again(const struct inspect *inspect, const struct cli_process *process)
{
	struct cli_look looks[2] = { 0 };
	int status = CLI_EXIT_GOOD;

	for (unsigned long n = 0;; n++) {
		struct cli_look *look = &looks[n % 2], *before = n ? &looks[1 - n % 2] : NULL;
		int err;

		cli_look_free(look);
		err = cli_look(process, inspect->address, before, look);
		if ((err == ESRCH || err == ENXIO) && before)
			break;
		if (err) {
			status = fail(inspect, err);
			break;
		}
		print(inspect, process, before, look);
		if (cli_look_verdict(process, look) == CLI_VERDICT_SHARED || look->blocks.lost)
			status = CLI_EXIT_SHARED;
		if (!inspect->interval_ms || n + 1 == inspect->looks || ferror(stdout))
			break;
		wait_ms(inspect->interval_ms);
	}
	cli_look_free(&looks[0]);
	cli_look_free(&looks[1]);
	return status;
}

static int run(int argc, char **argv)
{
	struct inspect inspect = { 0 };
	struct cli_process process;
	int status = parse(&inspect, argc, argv), err;
	unsigned char byte;

	if (status)
		return status;
	if (inspect.help)
		return help();
	if (inspect.self && vgetrandom(&byte, sizeof(byte), 0) != sizeof(byte))
		return fail(&inspect, errno);
	err = cli_process_open(&process, inspect.pid);
	status = err ? fail(&inspect, err) : look_again_and_again(&inspect, &process);
	cli_process_close(&process);
	return cli_check_stdout() ? status : CLI_EXIT_FAILED;
}

const struct cli_verb cli_inspect = { "inspect", "shows the state pages of a process", run };
