// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The jobs of vgetrandom fill. Each takes the next chunk, generates it in a buffer that stays in
 * its core's cache, and writes it, until there are no more.
 *
 * vmsplice() would hand the buffer's pages to a pipe instead of copying them; then they must never
 * be written again, because a reader that uses splice() or tee() may keep them for any time, and
 * would find bytes that somebody else also got. Fresh pages for each write were half as fast as
 * the copy.
 */
#define _GNU_SOURCE
#include "fill.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "progress.h"

/* Of a pipe more would not fit; a disk wants more at once. Chunks begin at multiples of it. */
#define CHUNK_LEN_PIPE ((size_t)256 << 10)
#define CHUNK_LEN_DISK ((size_t)1 << 20)
#define ALIGNMENT      4096
#define PROGRESS_STEP  ((unsigned long)1 << 20)

/*
 * @at:   offset of the first byte that it has taken and not written; NOWHERE: it has none
 * @buf:  a chunk
 */
struct job {
	struct work *work;
	pthread_t thread;
	unsigned long at;
	unsigned char *buf;
};

#define NOWHERE (~0ul)

/* lock: for all that follows it. err is the first of all jobs; -1: it has been reported. */
struct work {
	const struct fill_output *output;
	unsigned long bytes;
	size_t chunk_len;
	struct job jobs[FILL_MAX_JOBS];
	unsigned int num_jobs;

	pthread_mutex_t lock;
	unsigned long next;
	unsigned long written;
	int err;
};

static volatile sig_atomic_t ended_by;

static void end(int signal)
{
	ended_by = signal;
}

int fill_jobs_signal(void)
{
	return ended_by;
}

static bool draw(unsigned char *buf, size_t len)
{
	while (len) {
		ssize_t ret = vgetrandom(buf, len, 0);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0) {
			cli_error("no random bytes: %s", strerror(errno));
			return false;
		}
		buf += ret;
		len -= (size_t)ret;
	}
	return true;
}

static ssize_t write_some(const struct fill_output *output, const unsigned char *buf, size_t len,
			  unsigned long offset)
{
	if (output->is_positioned)
		return pwrite(output->fd, buf, len, (off_t)offset);
	return write(output->fd, buf, len);
}

/* 0 or errno; in @done how many bytes were written. */
static int write_all(const struct job *job, size_t len, size_t *done)
{
	for (*done = 0; *done < len;) {
		ssize_t ret = write_some(job->work->output, job->buf + *done, len - *done,
					 job->at + *done);

		if (ret < 0 && errno == EINTR && !ended_by)
			continue;
		if (ret < 0)
			return errno;
		*done += (size_t)ret;
	}
	return 0;
}

/* The length of the chunk at job->at, or 0: there is nothing left to do. */
static size_t take(struct job *job)
{
	struct work *work = job->work;
	unsigned long left = work->bytes - work->next;
	size_t len = left < work->chunk_len ? left : work->chunk_len;

	if (ended_by && !work->err)
		work->err = EINTR;
	if (work->err || len == 0)
		return 0;
	job->at = work->next;
	if (work->bytes != FILL_WITHOUT_END)
		work->next += len;
	return len;
}

/* Generates and writes a chunk. Called and left with the lock, which others have in between. */
static void do_chunk(struct job *job, size_t len)
{
	struct work *work = job->work;
	unsigned long written = work->written;
	size_t done = 0;
	int err = -1;

	pthread_mutex_unlock(&work->lock);
	/* One of them draws for all, without the lock: a terminal may block. */
	if (job == work->jobs && work->bytes != FILL_WITHOUT_END)
		vgr_progress_set(written / PROGRESS_STEP);
	if (draw(job->buf, len))
		err = write_all(job, len, &done);
	pthread_mutex_lock(&work->lock);
	work->written += done;
	job->at = done == len ? NOWHERE : job->at + done;
	if (err && !work->err)
		work->err = err;
}

static void *run_job(void *arg)
{
	struct job *job = arg;
	struct work *work = job->work;
	size_t len;

	pthread_mutex_lock(&work->lock);
	while ((len = take(job)))
		do_chunk(job, len);
	pthread_mutex_unlock(&work->lock);
	/* What was not written is nobody's, and what was is the reader's. */
	explicit_bzero(job->buf, work->chunk_len);
	return NULL;
}

/* Up to where every byte is written; of a pipe, which has no offsets, how many. */
static unsigned long without_gap(const struct work *work)
{
	unsigned long end = work->next;

	if (!work->output->is_positioned)
		return work->written;
	for (unsigned int i = 0; i < work->num_jobs; i++)
		if (work->jobs[i].at < end)
			end = work->jobs[i].at;
	return end;
}

/* A file is left without gaps, and a device with a report, also by Ctrl-C. */
static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = end, .sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* As many as there are threads for: the first is the caller's. */
static void run_jobs(struct work *work, unsigned int num_jobs)
{
	for (unsigned int i = 0; i < num_jobs; i++) {
		struct job *job = &work->jobs[i];

		job->work = work;
		job->at = NOWHERE;
		job->buf = aligned_alloc(ALIGNMENT, work->chunk_len);
		if (!job->buf)
			break;
		if (i > 0 && pthread_create(&job->thread, NULL, run_job, job) != 0)
			break;
		work->num_jobs++;
	}
	if (work->num_jobs) {
		run_job(&work->jobs[0]);
	} else {
		cli_error("no memory for a buffer");
		work->err = -1;
	}
	for (unsigned int i = 1; i < work->num_jobs; i++)
		pthread_join(work->jobs[i].thread, NULL);
	for (unsigned int i = 0; i < num_jobs; i++)
		free(work->jobs[i].buf);
}

int fill_jobs_run(const struct fill_output *output, unsigned long bytes, unsigned int num_jobs,
		  bool progress, unsigned long *written)
{
	static struct work work = { .lock = PTHREAD_MUTEX_INITIALIZER };

	work.output = output;
	work.bytes = bytes;
	work.chunk_len = output->is_positioned ? CHUNK_LEN_DISK : CHUNK_LEN_PIPE;
	if (output->is_positioned)
		catch_signals();
	if (progress && bytes != FILL_WITHOUT_END)
		vgr_progress_start(bytes / PROGRESS_STEP + 1);
	run_jobs(&work, num_jobs);
	vgr_progress_clear();
	*written = without_gap(&work);
	return work.err;
}
