// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Instructions a call, counted by valgrind --tool=callgrind: unlike times they repeat exactly,
 * whatever else the machine does. Averages over many calls, refills included; what the kernel
 * does in a system call is not seen.
 *
 * valgrind knows no AVX-512, so our ChaCha20 ends at AVX2 there; and it hides the kernel's vDSO,
 * so what the library asks of that for the time are stand-ins.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/abi.h>

#include "arch.h"
#include "provider.h"

/* Calls of each kind; fewer of what is long. */
#define CALLS      2000
#define CALLS_LONG 20
#define LONG_LEN   4096
#define COUNTED    "bench_counted"

static const size_t default_sizes[] = { 4, 16, 32, 256, 1024, 65536 };

/* Named on the command line of callgrind. */
long long bench_counted(bench_loop_fn *loop, unsigned char *buf, size_t len, long calls);

__attribute__((noinline)) long long bench_counted(bench_loop_fn *loop, unsigned char *buf,
						  size_t len, long calls)
{
	return loop(buf, len, calls);
}

/* valgrind hides the vDSO, and the system call would not be counted at all. */
static int stand_in_clock(int clock, struct vgr_port_timespec *now)
{
	(void)clock;
	*now = (struct vgr_port_timespec){ .s = 1 };
	return 0;
}

/* Of x86's alone. */
static long stand_in_seconds(long *seconds)
{
	(void)seconds;
	return 1;
}

static long calls_of(size_t len)
{
	return len > LONG_LEN ? CALLS_LONG : CALLS;
}

/* count SOURCE CHACHA RAN SIZE...: valgrind dumps a part of its output after each size. */
int bench_count_main(int argc, char **argv)
{
	const struct bench_source *source = NULL;
	char ran[BENCH_RAN_LEN];
	unsigned char *buf;
	uint32_t chacha;

	if (argc >= 6)
		source = bench_source_by_name(argv[2], strlen(argv[2]));
	if (!source) {
		bench_error("the command " BENCH_COUNT_COMMAND " is for vgetrandom-bench itself; "
			    "see --help");
		return BENCH_EXIT_USAGE;
	}
	chacha = (uint32_t)strtoul(argv[3], NULL, 10);
	buf = bench_buffer(BENCH_MAX_BUF_LEN);
	if (!buf || bench_source_init(source) || bench_source_enter(source, chacha))
		return BENCH_EXIT_FAILED;
	vgr_inprocess.clock = stand_in_clock;
	vgr_inprocess.seconds = VGR_ELF_MACHINE == EM_X86_64 ? stand_in_seconds : NULL;
	for (int i = 5; i < argc; i++) {
		size_t len = strtoul(argv[i], NULL, 10);

		/* The first call is another matter. */
		if (source->loop(buf, len, 1) != (long long)len ||
		    bench_counted(source->loop, buf, len, calls_of(len)) !=
			    (long long)len * calls_of(len))
			return BENCH_EXIT_FAILED;
	}
	bench_source_ran(source, ran);
	return strcmp(ran, argv[4]) == 0 ? 0 : BENCH_EXIT_FAILED;
}

/* Runs valgrind on this program; its output goes to files that begin with @out. */
static bool run_valgrind(const struct bench_series *series, const size_t *sizes,
			 unsigned int num_sizes, const char *out)
{
	char out_option[PATH_MAX], chacha[16], size_texts[BENCH_MAX_SIZES][24];
	const char *argv[BENCH_MAX_SIZES + 16] = {
		"valgrind",
		"--tool=callgrind",
		"-q",
		out_option,
		"--toggle-collect=" COUNTED,
		"--zero-before=" COUNTED,
		"--dump-after=" COUNTED,
		"/proc/self/exe",
		BENCH_COUNT_COMMAND,
		series->source->name,
		chacha,
		series->ran,
	};
	static char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int argc = 12, status = 0;
	pid_t pid;

	if (len < 0)
		return false;
	program[len] = '\0';
	argv[7] = program;
	snprintf(out_option, sizeof(out_option), "--callgrind-out-file=%s", out);
	snprintf(chacha, sizeof(chacha), "%u", series->chacha);
	for (unsigned int i = 0; i < num_sizes; i++) {
		snprintf(size_texts[i], sizeof(size_texts[i]), "%zu", sizes[i]);
		argv[argc++] = size_texts[i];
	}
	pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(127);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* The total of one part, or -1. */
static double read_total(const char *out, unsigned int part)
{
	char path[PATH_MAX + 16], line[512];
	double total = -1;
	FILE *file;

	snprintf(path, sizeof(path), "%s.%u", out, part);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "totals: %lf", &total) == 1)
			break;
	if (file)
		fclose(file);
	unlink(path);
	return total;
}

static void count(struct bench_run *run, const struct bench_series *series, const size_t *sizes,
		  unsigned int num_sizes, const char *out)
{
	bool ran = run_valgrind(series, sizes, num_sizes, out);

	for (unsigned int i = 0; i < num_sizes; i++) {
		struct bench_figure figure = {
			series, "instructions", "call", "instructions", sizes[i], 1, 0
		};
		double total = read_total(out, i + 1);

		figure.value = total / (double)calls_of(sizes[i]);
		if (ran && total >= 0)
			bench_add_figure(run, &figure);
	}
	unlink(out);
	if (!ran)
		bench_add_failure(run, series, "instructions", "it does not run under valgrind");
}

/* Best to count what valgrind can run: without the kernel's vDSO, AUTO is another provider. */
static bool is_by_kernel(enum vgetrandom_provider provider)
{
	return provider == VGETRANDOM_PROVIDER_AUTO || provider == VGETRANDOM_PROVIDER_NATIVE;
}

static bool is_countable(const struct bench_series *series)
{
	return !series->missing && !series->source->other_libc &&
	       strcmp(series->source->name, "kernel-vdso") != 0 &&
	       !(series->source->is_ours && is_by_kernel(series->source->provider)) &&
	       (!series->source->has_chacha || series->chacha <= VGETRANDOM_CHACHA_AVX2);
}

/* Our ChaCha20 at the best level that valgrind knows, if none that it knows was asked for. */
static bool has_lower(const struct bench_run *run, const struct bench_series *series)
{
	for (unsigned int i = 0; i < run->num_series; i++)
		if (run->series[i].source == series->source && is_countable(&run->series[i]))
			return true;
	return false;
}

int bench_measure_instructions(struct bench_run *run)
{
	static const char no_valgrind[] =
		"there is no valgrind; install the Debian package of that name";
	static struct bench_series lowered[BENCH_MAX_SERIES];
	const struct bench_options *options = run->options;
	const size_t *sizes = options->has_sizes ? options->sizes : default_sizes;
	unsigned int num_sizes = options->has_sizes
					 ? options->num_sizes
					 : sizeof(default_sizes) / sizeof(default_sizes[0]);
	char folder[] = "/tmp/vgetrandom-bench.XXXXXX", out[sizeof(folder) + 8];

	if (system("command -v valgrind >/dev/null 2>&1") != 0) {
		for (unsigned int i = 0; i < run->num_series; i++)
			if (is_countable(&run->series[i]))
				bench_add_failure(run, &run->series[i], "instructions",
						  no_valgrind);
		return 0;
	}
	if (!mkdtemp(folder)) {
		bench_error("instructions: cannot make a folder in /tmp: %s", strerror(errno));
		return BENCH_EXIT_FAILED;
	}
	snprintf(out, sizeof(out), "%s/out", folder);
	for (unsigned int i = 0; i < run->num_series; i++) {
		const struct bench_series *series = &run->series[i];

		if (series->source->has_chacha && series->chacha > VGETRANDOM_CHACHA_AVX2 &&
		    !series->missing && !has_lower(run, series)) {
			lowered[i] = *series;
			lowered[i].chacha = VGETRANDOM_CHACHA_AVX2;
			/* What it runs is a word and the level. */
			snprintf(strchr(lowered[i].ran, ' '), sizeof(" avx2"), " avx2");
			series = &lowered[i];
		}
		if (is_countable(series))
			count(run, series, sizes, num_sizes, out);
	}
	rmdir(folder);
	return 0;
}
