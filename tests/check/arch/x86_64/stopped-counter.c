// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* rdtsc and rdtscp, which trap where the kernel is told to (prctl(2), PR_SET_TSC). */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "check-arch.h"

#define COUNT 0x123456789

/* Bytes of the instruction at @code, or 0: it is another one. */
static int len_of_read(const unsigned char *code)
{
	if (code[0] == 0x0f && code[1] == 0x31)
		return 2;
	return code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xf9 ? 3 : 0;
}

static void on_fault(int signal_number, siginfo_t *info, void *ucontext)
{
	ucontext_t *context = ucontext;
	greg_t *gregs = context->uc_mcontext.gregs;
	int len = info->si_code == SI_KERNEL ? len_of_read((const unsigned char *)check_ip(context))
					     : 0;

	if (!len) {
		signal(signal_number, SIG_DFL);
		return;
	}
	gregs[REG_RIP] += len;
	gregs[REG_RAX] = COUNT & 0xffffffff;
	gregs[REG_RDX] = COUNT >> 32;
	if (len == 3)
		gregs[REG_RCX] = 0;
}

bool check_stop_counter(void)
{
	const struct sigaction action = { .sa_sigaction = on_fault,
					  .sa_flags = SA_SIGINFO | SA_NODEFER };

	return sigaction(SIGSEGV, &action, NULL) == 0 &&
	       prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0;
}
