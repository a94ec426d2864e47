// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Makes a BPF program of the rules: for each, jump over its action unless it fits. */
#include "seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define RULES_MAX      32
#define INSNS_PER_RULE 6

/* Of the low half of an argument. */
#define LOW_HALF        (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)
#define ARG_OFFSET(arg) (offsetof(struct seccomp_data, args) + 8 * (size_t)(arg) + LOW_HALF)

static size_t add_rule(struct sock_filter *insns, const struct vgt_rule *rule)
{
	size_t n = 0;
	const uint8_t to_next = rule->arg < 0 ? 1 : 4;

	insns[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  offsetof(struct seccomp_data, nr));
	insns[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rule->nr, 0,
						  to_next);
	if (rule->arg >= 0) {
		insns[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							  (uint32_t)ARG_OFFSET(rule->arg));
		insns[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule->mask);
		insns[n++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->value, 0, 1);
	}
	insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rule->action);
	return n;
}

void vgt_seccomp_install(const struct vgt_rule *rules, size_t num)
{
	struct sock_filter insns[RULES_MAX * INSNS_PER_RULE + 1];
	struct sock_fprog program = { .filter = insns };
	size_t n = 0;

	if (num > RULES_MAX)
		abort();
	for (size_t i = 0; i < num; i++)
		n += add_rule(&insns[n], &rules[i]);
	insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		abort();
}

bool vgt_seccomp_works(void)
{
	/* The mode is known, only the program is missing. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) != 0 && errno == EFAULT;
}
