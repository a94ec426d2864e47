// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Sizes and starts have nothing to do with each other: each is one process's for as long as it
 * takes. */
#define _GNU_SOURCE
#include "jobs.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"
#include "target.h"
#include "words.h"

#define POLL_NS 50000000

/* Of the processor: other work on the machine does not count. */
static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void *explore_shared(size_t len)
{
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		explore_die("out of memory");
	return memory;
}

static void explore_one(const struct explore_options *options, struct explore_result *result)
{
	double began = cpu_seconds();

	explore_words_init(0);
	explore_target->make_start(&result->start, options->level);
	explore_schedules(result->size, &result->totals);
	explore_result_collect(result, options->level);
	result->cpu_seconds = cpu_seconds() - began;
}

struct queue {
	atomic_uint next, done;
};

static void work(const struct explore_options *options, struct explore_result *results,
		 unsigned int num, struct queue *queue)
{
	unsigned int i;

	while ((i = atomic_fetch_add(&queue->next, 1)) < num) {
		explore_one(options, &results[i]);
		atomic_fetch_add(&queue->done, 1);
	}
	_exit(0);
}

/* Those that are done, in their order. */
static void print_done(struct explore_result *results, unsigned int num, unsigned int *printed)
{
	for (; *printed < num && results[*printed].cpu_seconds > 0; ++*printed) {
		vgr_progress_clear();
		explore_report_line(&results[*printed]);
	}
	fflush(stdout);
}

bool explore_jobs(const struct explore_options *options, struct explore_result *results,
		  unsigned int num)
{
	struct queue *queue = explore_shared(sizeof(*queue));
	unsigned int jobs = options->jobs < num ? options->jobs : num, printed = 0;
	bool good = true;

	fflush(stdout);
	for (unsigned int i = 0; i < jobs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			explore_die("cannot make a process");
		if (pid == 0) {
			/* Hours of work for nobody, if the first process is killed. */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			work(options, results, num, queue);
		}
	}
	vgr_progress_start(num);
	while (jobs) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0) {
			jobs--;
			good &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
		} else {
			nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
		}
		vgr_progress_set(atomic_load(&queue->done));
		print_done(results, num, &printed);
	}
	vgr_progress_clear();
	return good;
}
