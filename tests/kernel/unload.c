// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The module can be unloaded only when nothing of it is in use: not while the device is open,
 * nor while a page of it or memory it made is mapped, be it in the child of a fork only. Then it
 * can, and be loaded again, also while processes come and go that use it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/device.h>

#include "child.h"
#include "job.h"
#include "memory.h"

#define NUM_RELOADS 10
#define NUM_USERS   3

/*
 * So often the module may be found in use before its users are asked to rest. How soon there is a
 * moment in which none of them has it is up to the scheduler; with all of them at rest there must
 * be one.
 */
#define NUM_REFUSALS_MAX  2000

#define NUM_GRACE_PERIODS 1000

/* What the users of the module and the process that reloads it both see. */
struct users {
	atomic_bool must_rest;
	atomic_int num_resting;
	atomic_uint num_rounds;
};

static int unload(void)
{
	return syscall(SYS_delete_module, "vgetrandom", O_NONBLOCK) ? errno : 0;
}

static void load(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0) != 0)
		job_fail("%s cannot be loaded: %s", path, strerror(errno));
	close(fd);
}

static int open_device(void)
{
	int fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		job_fail(VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	return fd;
}

static void expect_refused(const char *why)
{
	int err = unload();

	if (!job_check(err == EWOULDBLOCK || err == EBUSY, "%s, so it is not unloaded: %s", why,
		       err ? strerror(err) : "but it was"))
		job_finish("the module was unloaded while in use");
}

static void check_page(off_t offset, const char *why)
{
	int fd = open_device();
	void *p = mmap(NULL, PAGE_LEN, PROT_READ, MAP_SHARED, fd, offset);

	close(fd);
	if (p == MAP_FAILED)
		job_fail("mmap: %s", strerror(errno));
	expect_refused(why);
	munmap(p, PAGE_LEN);
}

static void wait_for_end(void *fds)
{
	char byte;

	close(((int *)fds)[1]);
	if (read(((int *)fds)[0], &byte, 1) != 0)
		vgt_child_fail("read: %s", strerror(errno));
}

/* The kernel's own droppable memory needs the module no more; the module's own does. */
static void check_states(bool are_native)
{
	struct vgetrandom_device_alloc args = { .num = 1 };
	int fd = open_device(), fds[2];
	struct vgt_child child;
	char why[VGT_CHILD_WHY_SIZE];

	if (ioctl(fd, VGETRANDOM_IOC_ALLOC, &args) != 0 || pipe(fds) != 0)
		job_fail("no states: %s", strerror(errno));
	close(fd);
	*(volatile char *)(uintptr_t)args.address = 1;
	if (are_native) {
		munmap((void *)(uintptr_t)args.address, args.bytes_allocated);
		return;
	}
	expect_refused("states are mapped");
	if (vgt_fork(&child) == 0) {
		wait_for_end(fds);
		vgt_child_pass();
	}
	munmap((void *)(uintptr_t)args.address, args.bytes_allocated);
	expect_refused("states are mapped in a child");
	close(fds[0]);
	close(fds[1]);
	job_check(vgt_wait_for(&child, why), "the child ends: %s", why);
}

static void rest(struct users *users)
{
	atomic_fetch_add(&users->num_resting, 1);
	while (atomic_load(&users->must_rest))
		usleep(1000);
	atomic_fetch_sub(&users->num_resting, 1);
}

/* Opens, maps, draws, forks and ends; whether the device is there just now or not. */
static void use_for_ever(struct users *users)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;; atomic_fetch_add(&users->num_rounds, 1)) {
		struct vgetrandom_device_alloc args = { .num = 8 };
		int fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
		pid_t pid;

		if (fd < 0) {
			if (atomic_load(&users->must_rest))
				rest(users);
			continue;
		}
		if (ioctl(fd, VGETRANDOM_IOC_ALLOC, &args) != 0)
			_exit(1);
		memset((void *)(uintptr_t)args.address, 1, args.bytes_allocated);
		pid = fork();
		if (pid == 0) {
			memset((void *)(uintptr_t)args.address, 2, args.bytes_allocated);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		munmap((void *)(uintptr_t)args.address, args.bytes_allocated);
		/* At last: the kernel's own memory does not keep the module. */
		close(fd);
		usleep(1000);
		if (atomic_load(&users->must_rest))
			rest(users);
	}
}

/* Whether all of them go on. */
static bool are_alive(const pid_t *pids)
{
	for (int i = 0; i < NUM_USERS; i++) {
		int status = 0;

		if (!job_check(waitpid(pids[i], &status, WNOHANG) == 0,
			       "a process that uses the device goes on: status %#x",
			       (unsigned int)status))
			return false;
	}
	return true;
}

/* As soon as nobody has it. Returns how often it was refused, or -1 if it was to the last. */
static int unload_while_used(struct users *users, const pid_t *pids)
{
	int num_refused = 0, err;

	for (; num_refused < NUM_REFUSALS_MAX; num_refused++) {
		if (unload() == 0)
			return num_refused;
		usleep(200);
	}
	job_note("refused %d times in a row: its users rest", num_refused);
	atomic_store(&users->must_rest, true);
	while (atomic_load(&users->num_resting) < NUM_USERS)
		if (!are_alive(pids))
			return -1;
	/* The kernel may hold what they had until nobody can look at it any more. */
	for (int i = 0; (err = unload()) != 0 && i < NUM_GRACE_PERIODS; i++)
		job_wait_for_kernel();
	atomic_store(&users->must_rest, false);
	job_check(err == 0, "nobody has it, so it is unloaded: %s", strerror(err));
	return err ? -1 : num_refused;
}

/* Loaded again, it was used again before the next time. */
static void wait_for_use(struct users *users, const pid_t *pids)
{
	unsigned int rounds = atomic_load(&users->num_rounds) + NUM_USERS;

	while ((int)(atomic_load(&users->num_rounds) - rounds) < 0 && are_alive(pids))
		usleep(1000);
}

static int reload_while_used(const char *path, const char *parameters)
{
	struct users *users = vgt_shared(sizeof(*users));
	int num_reloads = 0, num_refused = 0, num;
	pid_t pids[NUM_USERS];

	fflush(NULL);
	for (int i = 0; i < NUM_USERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			use_for_ever(users);
	}
	/* Until it was refused once: that it was in use at times is what this is about. */
	while ((num_reloads < NUM_RELOADS || num_refused == 0) && are_alive(pids)) {
		num = unload_while_used(users, pids);
		if (num < 0)
			break;
		num_refused += num;
		load(path, parameters);
		num_reloads++;
		wait_for_use(users, pids);
	}
	are_alive(pids);
	for (int i = 0; i < NUM_USERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	job_note("refused %d times while in use", num_refused);
	return num_reloads;
}

static bool is_another_job(const struct dirent *entry)
{
	char path[300], name[16], state;
	int pid = atoi(entry->d_name);
	FILE *file;
	bool found;

	if (pid <= 0 || pid == getpid())
		return false;
	snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
	file = fopen(path, "re");
	if (!file)
		return false;
	found = fscanf(file, "%*d (%15[^)]) %c", name, &state) == 2 &&
		strncmp(name, "kernel-", 7) == 0 && state != 'Z' && state != 'X';
	fclose(file);
	return found;
}

/*
 * A process of the job before that was killed has the module until its memory is freed, which may
 * be all of the machine's: however long that takes.
 */
static void wait_for_end_of_others(void)
{
	bool found = true, is_told = false;

	while (found) {
		DIR *dir = opendir("/proc");
		struct dirent *entry;

		if (!dir)
			job_fail("/proc: %s", strerror(errno));
		found = false;
		while (!found && (entry = readdir(dir)))
			found = is_another_job(entry);
		if (found && !is_told)
			job_note("process %s of a job before still ends", entry->d_name);
		is_told |= found;
		closedir(dir);
		usleep(1000);
	}
}

int main(int argc, char **argv)
{
	struct job_option options[] = {
		{ "--module", NULL },
		{ "--parameters", "" },
		{ NULL, NULL },
	};
	bool are_native;
	int fd, err, num_reloads;

	job_start(argc, argv, options);
	fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		job_skip("no " VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	expect_refused("the device is open");
	close(fd);
	check_page(0, "the data page is mapped");
	check_page(PAGE_LEN, "the image is mapped");
	are_native = !strstr(options[1].value, "own_memory=1") && kernel_has_droppable();
	check_states(are_native);

	wait_for_end_of_others();
	for (int i = 0; (err = unload()) != 0 && i < NUM_GRACE_PERIODS; i++)
		job_wait_for_kernel();
	job_check(err == 0, "nothing is in use, so it is unloaded: %s", strerror(err));
	job_check(access(VGETRANDOM_DEVICE_PATH, F_OK) != 0, "the device is gone");
	load(options[0].value, options[1].value);
	close(open_device());
	num_reloads = reload_while_used(options[0].value, options[1].value);
	job_check(num_reloads >= NUM_RELOADS, "%d times unloaded and loaded: %d", NUM_RELOADS,
		  num_reloads);
	job_finish("refused while in use, %d times unloaded and loaded in between", num_reloads);
}
