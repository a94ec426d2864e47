// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * When the generation changes: after every reseed of the kernel's RNG, after the clone of a
 * virtual machine, after a resume.
 *
 * A reseed is seen by a return probe on the kernel's crng_reseed(): when that returns,
 * the new key is in place. In case there is no such probe, or it missed a return, the
 * generation changes anyway once it is as old as the kernel lets a key become, at most
 * a minute. Each change is one atomic operation, from any context, and needs no lock.
 */
#define pr_fmt(fmt) "vgetrandom: " fmt

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/suspend.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "module.h"

/* CRNG_RESEED_INTERVAL and CRNG_RESEED_START_INTERVAL of drivers/char/random.c. */
#define RESEED_INTERVAL_S       60
#define RESEED_START_INTERVAL_S 1

static bool probe = true;
module_param(probe, bool, 0444);
MODULE_PARM_DESC(probe, "Notice reseeds by a probe; if not, assume one every minute");

static unsigned long changed_at; /* jiffies */

/*
 * cmpxchg is a full barrier, thus the release that abi.h promises: it pairs with the acquire at the
 * start of __vdso_getrandom(). A caller that sees the new number
 * gets bytes of the new key.
 */
static void next_generation(void)
{
	struct vgetrandom_rng_data *data = vgr_rng_data();
	u64 old, new;

	if (rng_is_initialized())
		WRITE_ONCE(data->is_ready, 1);
	WRITE_ONCE(changed_at, jiffies);
	do {
		old = READ_ONCE(data->generation);
		new = old + 1 ?: 1; /* 0 is what a wiped state has */
	} while (cmpxchg64(&data->generation, old, new) != old);
}

#ifdef CONFIG_KRETPROBES
static int crng_reseed_returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	next_generation();
	return 0;
}

static struct kretprobe reseed_probe = {
	.handler = crng_reseed_returned,
};

static bool probe_works;

/* The compiler may have specialised the function. */
static const char *const probe_symbols[] = { "crng_reseed", "crng_reseed.isra.0",
					     "crng_reseed.constprop.0" };

static void start_probe(void)
{
	size_t i;

	for (i = 0; probe && !probe_works && i < ARRAY_SIZE(probe_symbols); i++) {
		reseed_probe.kp.symbol_name = probe_symbols[i];
		reseed_probe.kp.addr = NULL;
		reseed_probe.kp.flags = 0;
		/* How many may be between call and return: a task and an interrupt per CPU, twice.
		 */
		reseed_probe.maxactive = 4 * num_possible_cpus() + 16;
		probe_works = register_kretprobe(&reseed_probe) == 0;
	}
}

static void stop_probe(void)
{
	if (probe_works)
		unregister_kretprobe(&reseed_probe);
}

/* Returns that were not seen, since the last time. Called by the work only. */
static bool missed_a_reseed(void)
{
	static unsigned long seen;
	unsigned long missed = READ_ONCE(reseed_probe.nmissed) + READ_ONCE(reseed_probe.kp.nmissed);
	bool is_new = missed != seen;

	seen = missed;
	return is_new;
}
#else
static const bool probe_works;

static void start_probe(void)
{
}

static void stop_probe(void)
{
}

static bool missed_a_reseed(void)
{
	return false;
}
#endif

/* How old the kernel lets a key become: soon after boot there is better entropy every time. */
static unsigned long interval(void)
{
	s64 uptime_s = ktime_get_boottime_seconds();

	return HZ * clamp_t(s64, uptime_s / 2, RESEED_START_INTERVAL_S, RESEED_INTERVAL_S);
}

static void check_age(struct work_struct *work);
static DECLARE_DELAYED_WORK(age_work, check_age);

static void check_age(struct work_struct *work)
{
	bool is_ready = READ_ONCE(vgr_rng_data()->is_ready);
	unsigned long age = jiffies - READ_ONCE(changed_at);

	if (age >= interval() || missed_a_reseed() || (!is_ready && rng_is_initialized())) {
		next_generation();
		age = 0;
	}
	/* Until the RNG is ready, look every second. */
	queue_delayed_work(system_power_efficient_wq, &age_work,
			   is_ready && age < interval() ? interval() - age : HZ);
}

static int resumed(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (event == PM_POST_SUSPEND || event == PM_POST_HIBERNATION || event == PM_POST_RESTORE)
		next_generation();
	return NOTIFY_DONE;
}

/* After that of the RNG, which reseeds. */
static struct notifier_block resume_notifier = {
	.notifier_call = resumed,
	.priority = INT_MIN,
};

/* The RNG has taken in the new identity when it tells of it. */
#ifdef VGR_HAVE_VMFORK_NOTIFIER
static int cloned(struct notifier_block *nb, unsigned long event, void *unused)
{
	next_generation();
	return NOTIFY_DONE;
}

static struct notifier_block clone_notifier = { .notifier_call = cloned };

static int start_clone_notifier(void)
{
	return register_random_vmfork_notifier(&clone_notifier);
}

static void stop_clone_notifier(void)
{
	unregister_random_vmfork_notifier(&clone_notifier);
}
#else
static int start_clone_notifier(void)
{
	return 0;
}

static void stop_clone_notifier(void)
{
}
#endif

int vgr_generation_init(void)
{
	int err;

	next_generation();
	err = register_pm_notifier(&resume_notifier);
	if (err)
		return err;
	err = start_clone_notifier();
	if (err) {
		unregister_pm_notifier(&resume_notifier);
		return err;
	}
	start_probe();
	/* A reseed between the first generation and the probe went unseen. */
	next_generation();
	queue_delayed_work(system_power_efficient_wq, &age_work, HZ);
	pr_info("reseeds of the kernel are %s\n",
		probe_works ? "noticed by a probe" : "assumed at least every minute");
	return 0;
}

void vgr_generation_exit(void)
{
	cancel_delayed_work_sync(&age_work);
	stop_probe();
	stop_clone_notifier();
	unregister_pm_notifier(&resume_notifier);
}
