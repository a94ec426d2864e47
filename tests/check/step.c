// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Steps through one call in this process and injects at the boundaries that were asked for.
 *
 * The trap flag raises SIGTRAP before each instruction. getrandom(2) is answered by a handler of
 * SIGSYS, which a filter raises: that makes it countable and lets it fail, and its end is
 * the one boundary that the trap flag does not show (the CPU traps one instruction after a
 * system call). All handlers run with nothing blocked but what the call had blocked.
 */
#define _GNU_SOURCE
#include "run.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check-arch.h"
#include "trace.h"

/* In an argument that getrandom(2) does not have: lets our own calls through the filter. */
#define OUR_OWN         0x76677263

#define KNOWN_STATE_MAX 4096

static struct {
	bool active;
	bool is_injecting; /* nested calls make system calls, too: not the call's */
	bool is_masked;    /* the call has blocked signals: no handler could come */
	long num;
	greg_t saved_set;
	bool has_saved_set;
	bool maps_may_have_changed;
	uintptr_t frame; /* of ChaCha20 while that is stepped through, or 0 */
	uintptr_t over;  /* where a function returns to that runs at full speed, or 0 */
} stepping;

/*
 * Blocking SIGTRAP while stepping kills. A system call that would do that gets a copy of its
 * set without; the register is put back one boundary later. Not the set itself: it may be
 * constant.
 */
static void keep_traps_unblocked(ucontext_t *context)
{
	static uint64_t set;
	greg_t *arg = check_syscall_arg(context, 1);

	if (stepping.has_saved_set) {
		*arg = stepping.saved_set;
		stepping.has_saved_set = false;
	}
	if (!check_is_at_syscall(context, SYS_rt_sigprocmask) || !*arg ||
	    *check_syscall_arg(context, 0) == SIG_UNBLOCK)
		return;
	stepping.saved_set = *arg;
	stepping.has_saved_set = true;
	memcpy(&set, (const void *)*arg, sizeof(set));
	stepping.is_masked = set & 1ul << (SIGALRM - 1);
	set &= ~(1ul << (SIGTRAP - 1) | 1ul << (SIGSYS - 1) | 1ul << (SIGSEGV - 1));
	*arg = (greg_t)(uintptr_t)&set;
}

long check_step_num(void)
{
	return stepping.num;
}

static bool is_at_other_syscall(const ucontext_t *context)
{
	return check_is_at_any_syscall(context) && !check_is_at_syscall(context, SYS_getrandom) &&
	       !check_is_at_syscall(context, SYS_rt_sigprocmask);
}

/* Of the state of a target that is known to be at fault: what the first injection left of it. */
static uint8_t left[KNOWN_STATE_MAX];

static void look_at_state(unsigned int point)
{
	const struct check_target *target = check_process.run->target;

	if (!target->explains || check_function.state_len > sizeof(left))
		return;
	if (point == 0)
		memcpy(left, check_function.state, check_function.state_len);
	else if (check_process.side == &check_process.report->child)
		check_process.report->is_explained = target->explains(left, check_function.state);
}

static void inject_at(unsigned int point, uintptr_t ip)
{
	const struct check_fault *fault = check_process.run->fault;
	unsigned int split = fault->split ? fault->split : fault->num;
	bool only_drops = !check_fault_has(fault, CHECK_SIGNAL) &&
			  !check_fault_has(fault, CHECK_FORK) &&
			  !check_fault_has(fault, CHECK_JUMP);

	if (stepping.is_masked && !only_drops)
		return;
	check_process.report->ip[point] = ip;
	check_trace_open();
	stepping.is_injecting = true;
	if (point == 1)
		look_at_state(point);
	if (check_inject(point ? split : 0, point ? fault->num : split))
		check_process.report->injected[point] = true;
	else
		check_process.report->was_impossible = true;
	if (point == 0)
		look_at_state(point);
	stepping.is_injecting = false;
	stepping.maps_may_have_changed = true;
	if (check_process.side == &check_process.report->child)
		check_trace_end();
	check_trace_close();
}

/* Returns whether there is a reason to step on. */
static bool goes_on(void)
{
	const struct check_process *p = &check_process;
	bool is_parent_of_fork = p->report->forked && p->side == &p->report->parent;

	if (p->snapshots)
		return p->snapshots->has_next || p->run->trace;
	if (p->run->visits || check_is_traced())
		return true;
	return !is_parent_of_fork &&
	       (p->run->at[0] >= stepping.num || p->run->at[1] >= stepping.num);
}

/* Makes the runs that begin here; in their processes, gets ready for what they do. */
static void make_runs(long num)
{
	enum check_role role;

	check_trace_open();
	/* A look at the kernel's generation may ask for a key, which is no step of the call. */
	stepping.is_injecting = true;
	role = check_snapshot(num, stepping.maps_may_have_changed);
	stepping.is_injecting = false;
	if (role == CHECK_BE_RUN)
		check_trace_end();
	if (role == CHECK_BE_PASS)
		check_trace_start(check_process.run);
	check_trace_close();
}

/* Returns whether there is a reason to step on. */
static bool meet_boundary(ucontext_t *context)
{
	long num = stepping.num++;
	uintptr_t ip = check_ip(context);
	int saved_errno = errno;

	check_trace_follow();
	check_trace_close();
	if (stepping.frame && check_sp(context) > stepping.frame)
		stepping.frame = 0;
	if (!stepping.frame && check_enters_chacha20(ip))
		stepping.frame = check_sp(context);
	if (check_process.run->visits && num < CHECK_STEPS_MAX)
		check_process.run->visits[num] =
			(struct check_visit){ ip, check_sp(context), false, false };
	if (check_process.snapshots)
		make_runs(num);
	stepping.maps_may_have_changed = is_at_other_syscall(context);
	for (unsigned int point = 0; point < 2; point++)
		if (check_process.run->at[point] == num)
			inject_at(point, ip);
	/* In the child, too: the later actions are its. */
	check_process.report->num_steps = stepping.num;
	errno = saved_errno;
	return goes_on();
}

static void stop(ucontext_t *context)
{
	stepping.active = false;
	check_stop_stepping(context);
	check_trace_end();
}

static void on_trap(int signal, siginfo_t *info, void *ucontext)
{
	ucontext_t *context = ucontext;

	(void)signal;
	(void)info;
	if (stepping.over) {
		if (!check_end_step_over(context, stepping.over))
			return;
		stepping.over = 0;
	}
	/* The target may have put back flags that it had saved while it was stepped. */
	if (!stepping.active || check_ip(context) == (uintptr_t)check_stepped_return ||
	    stepping.num >= CHECK_STEPS_MAX) {
		stop(context);
		return;
	}
	if (!meet_boundary(context) && !stepping.has_saved_set) {
		stop(context);
		return;
	}
	keep_traps_unblocked(context);
	if (check_process.run->steps_over && stepping.num > check_process.run->at[0] &&
	    stepping.frame)
		stepping.over = check_step_over(context, stepping.frame);
}

static long answer_getrandom(ucontext_t *context)
{
	long ret;

	check_process.num_syscalls++;
	if (check_process.fail_with) {
		ret = -check_process.fail_with;
		check_process.fail_with = 0;
		return ret;
	}
	ret = syscall(SYS_getrandom, *check_syscall_arg(context, 0), *check_syscall_arg(context, 1),
		      *check_syscall_arg(context, 2), OUR_OWN);
	return ret < 0 ? -errno : ret;
}

static void on_getrandom(int signal, siginfo_t *info, void *ucontext)
{
	ucontext_t *context = ucontext;
	int saved_errno = errno;
	bool is_stepped = stepping.active && !stepping.is_injecting;

	(void)signal;
	(void)info;
	if (is_stepped)
		check_trace_open();
	check_set_syscall_result(context, answer_getrandom(context));
	errno = saved_errno;
	if (is_stepped && !meet_boundary(context))
		stop(context);
}

static bool handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER };

	return sigaction(signal, &action, NULL) == 0;
}

/* getrandom(2) raises SIGSYS unless it has our mark. */
bool check_intercept(void)
{
	const unsigned int mark = offsetof(struct seccomp_data, args) + 3 * sizeof(uint64_t);
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, mark),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_OWN, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(insns) / sizeof(insns[0]), .filter = insns };

	return handle(SIGSYS, on_getrandom) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

void check_step_abandon(void)
{
	stepping.active = false;
}

uint64_t check_step(void)
{
	const struct check_run *run = check_process.run;
	uint64_t args[6];

	if (!handle(SIGTRAP, on_trap))
		abort();
	memset(&stepping, 0, sizeof(stepping));
	stepping.maps_may_have_changed = true;
	check_trace_start(run);
	stepping.active = true;
	check_target_args(args, check_process.outer, run->call.size);
	return check_stepped_call(check_function.function, args);
}
