// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Faults on purpose, each of the kind that one of the kernel's own checks is for: before a kernel
 * with these checks says that the module has no fault, it shows that it would report one. Only in a
 * build with FAULTS=1, and only the one that the parameter asks for when the module is loaded.
 */
#define pr_fmt(fmt) "vgetrandom: fault: " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "../module.h"

static char *fault = "";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "Made at load: kasan, ubsan, lockdep, key, atomic, leak, list, refcount, "
			"vm or kcsan");

/* Hidden from the compiler, which would see the faults, too. */
static volatile unsigned int forty = 40;

static void use_after_free(void)
{
	u8 *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	pr_info("read %u\n", READ_ONCE(p[forty]));
}

static void shift_too_far(void)
{
	pr_info("shifted to %d\n", 1 << forty);
}

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);

/* Two threads that did one half each would wait for each other for ever, if they met. */
static void lock_both_ways(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static void lock_without_init(void)
{
	spinlock_t *lock = kzalloc(sizeof(*lock), GFP_KERNEL);

	spin_lock_init(lock);
	/* The rest of what spin_lock_init() does is kept: only the key is missing. */
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	memset(&lock->rlock.dep_map, 0, sizeof(lock->rlock.dep_map));
#endif
	spin_lock(lock);
	spin_unlock(lock);
	kfree(lock);
}

static DEFINE_SPINLOCK(lock);

static void sleep_under_spinlock(void)
{
	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static void leak(void)
{
	int i;

	/* More than one, should a pointer to it be left in a register or on a stack. */
	for (i = 0; i < 32; i++)
		memset(kmalloc(96, GFP_KERNEL), 1, 96);
}

static void delete_twice(void)
{
	LIST_HEAD(head);
	LIST_HEAD(entry);

	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry);
}

static void drop_below_zero(void)
{
	refcount_t ref = REFCOUNT_INIT(0);

	pr_info("last: %d\n", refcount_dec_and_test(&ref));
}

static void free_page_twice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__free_page(page);
	__free_page(page);
}

static unsigned long counter;

static int count_up(void *unused)
{
	while (!kthread_should_stop()) {
		counter++;
		barrier();
		cond_resched();
	}
	return 0;
}

static void count_without_lock(void)
{
	struct task_struct *threads[2];
	int i;

	for (i = 0; i < 2; i++)
		threads[i] = kthread_run(count_up, NULL, "vgetrandom/%d", i);
	msleep(3000);
	for (i = 0; i < 2; i++)
		if (!IS_ERR(threads[i]))
			kthread_stop(threads[i]);
}

void vgr_make_fault(void)
{
	static const struct {
		const char *name;
		void (*make)(void);
	} faults[] = {
		{ "kasan", use_after_free },        { "ubsan", shift_too_far },
		{ "lockdep", lock_both_ways },      { "key", lock_without_init },
		{ "atomic", sleep_under_spinlock }, { "leak", leak },
		{ "list", delete_twice },           { "refcount", drop_below_zero },
		{ "vm", free_page_twice },          { "kcsan", count_without_lock },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(fault, faults[i].name))
			continue;
		pr_info("%s, on purpose\n", fault);
		faults[i].make();
	}
}
