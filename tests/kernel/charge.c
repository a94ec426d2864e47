// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who pays for a page of states: the memory cgroup of the process that has it, also if another
 * process writes it in (process_vm_writev(2)). Otherwise a process under a limit could have
 * somebody else fill its memory beyond that limit, and a debugger would pay for what it looks at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "memory.h"

#define OWNER     "/sys/fs/cgroup/owner"
#define WRITER    "/sys/fs/cgroup/writer"
#define LEN       (16 << 20)
#define LIMIT     (16 << 20)
#define FAR_LEN   (48 << 20)
#define CHUNK_LEN (64 << 10)

struct shared {
	_Atomic(unsigned char *) states;
	atomic_size_t written;
};

static void set(const char *path, const char *text)
{
	if (!job_write(path, text))
		job_skip("%s cannot be set: %s", path, strerror(errno));
}

static long current_kb(const char *path)
{
	char text[32] = "";
	FILE *file = fopen(path, "re");

	if (!file || !fgets(text, sizeof(text), file))
		job_skip("%s: %s", path, strerror(errno));
	fclose(file);
	return atol(text) / 1024;
}

static void make_cgroup(const char *path)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		job_skip("no memory cgroup can be made: %s", strerror(errno));
}

/* Has @len bytes of states and touches none of them. */
static pid_t start_owner(const struct memory *memory, struct shared *shared, size_t len)
{
	size_t mapped_len;
	pid_t pid;

	atomic_store(&shared->states, NULL);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		job_fail("fork: %s", strerror(errno));
	if (pid == 0) {
		set(OWNER "/cgroup.procs", "0");
		atomic_store(&shared->states, memory_map(memory, len, &mapped_len));
		for (;;)
			pause();
	}
	while (!atomic_load(&shared->states))
		usleep(1000);
	return pid;
}

/* Returns how many bytes another process, in a cgroup of its own, could write into @pid's states.
 */
static size_t write_into(pid_t pid, struct shared *shared, size_t len)
{
	static unsigned char chunk[CHUNK_LEN];
	unsigned char *states = atomic_load(&shared->states);
	int status = -1;
	pid_t writer;

	atomic_store(&shared->written, 0);
	fflush(NULL);
	writer = fork();
	if (writer == 0) {
		set(WRITER "/cgroup.procs", "0");
		memset(chunk, 7, sizeof(chunk));
		for (size_t i = 0; i < len; i += CHUNK_LEN) {
			struct iovec local = { chunk, CHUNK_LEN },
				     remote = { states + i, CHUNK_LEN };
			ssize_t n = process_vm_writev(pid, &local, 1, &remote, 1, 0);

			if (n <= 0)
				break;
			atomic_fetch_add(&shared->written, (size_t)n);
		}
		_exit(0);
	}
	if (writer < 0 || waitpid(writer, &status, 0) != writer || status != 0)
		job_fail("the writer ended with status %#x", (unsigned int)status);
	return atomic_load(&shared->written);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void check_who_pays(const struct memory *memory, struct shared *shared)
{
	pid_t owner = start_owner(memory, shared, LEN);
	long owner_kb = current_kb(OWNER "/memory.current");
	long writer_kb = current_kb(WRITER "/memory.current");
	size_t written = write_into(owner, shared, LEN);

	owner_kb = current_kb(OWNER "/memory.current") - owner_kb;
	writer_kb = current_kb(WRITER "/memory.current") - writer_kb;
	job_note("%zu KiB were written: the owner pays %ld KiB, the writer, once gone, %ld",
		 written >> 10, owner_kb, writer_kb);
	job_check(written == LEN, "%zu of %d bytes were written", written, LEN);
	/* What the kernel needs besides only adds, but a drop may take some pages, and each CPU has
	 * up to 64 charged in advance. */
	job_check(owner_kb >= LEN / 1024 * 9 / 10, "the owner pays: %ld KiB of %d", owner_kb,
		  LEN / 1024);
	job_check(writer_kb < LEN / 1024 / 2, "the writer does not pay: %ld KiB", writer_kb);
	end(owner);
}

static void check_limit(const struct memory *memory, struct shared *shared)
{
	char limit[16];
	size_t written;
	long kb;
	pid_t owner;

	snprintf(limit, sizeof(limit), "%d", LIMIT);
	set(OWNER "/memory.max", limit);
	set(OWNER "/memory.swap.max", "0");
	owner = start_owner(memory, shared, FAR_LEN);
	written = write_into(owner, shared, FAR_LEN);
	kb = current_kb(OWNER "/memory.current");
	job_note("at a limit of %d KiB %zu KiB were written, and %ld KiB are charged", LIMIT >> 10,
		 written >> 10, kb);
	/* A kernel that drops pages of the cgroup lets the writer go on; then they are not there.
	 */
	job_check(kb <= LIMIT >> 10, "not more than the limit is charged: %ld KiB", kb);
	job_check(memory->is_native || written <= LIMIT,
		  "a limit of %d KiB holds: %zu were written", LIMIT >> 10, written >> 10);
	end(owner);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	struct shared *shared = vgt_shared(sizeof(*shared));
	struct memory memory;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	make_cgroup(OWNER);
	make_cgroup(WRITER);
	check_who_pays(&memory, shared);
	check_limit(&memory, shared);
	rmdir(OWNER);
	rmdir(WRITER);
	job_finish("the owner pays, whoever writes");
}
