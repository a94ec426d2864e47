// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Whose the module's own memory is: the memory cgroup of the process that has it mapped pays for
 * its pages, and a user has no more files of it than a share of what the system may have open.
 *
 * Users are few and looked for only when states are allocated or the last mapping of them goes, so
 * they are a list under a lock that is held for nothing else.
 */
#define pr_fmt(fmt) "vgetrandom: " fmt

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>

#include "droppable.h"

/* Of all files that the system may have open a user without privilege gets one in so many. */
#define FILES_SHARE 8

struct vgr_user {
	struct list_head list;
	kuid_t uid;
	unsigned long num_files;
};

static DEFINE_SPINLOCK(users_lock);
static LIST_HEAD(users);

/* Pages were handed out that nobody pays for although their owner is in a memory cgroup. */
static bool is_uncharged;

static int show_uncharged(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%c\n", READ_ONCE(is_uncharged) ? 'Y' : 'N');
}

/* To be read, not set; `vgetrandom probe` does. */
static const struct kernel_param_ops uncharged_ops = { .get = show_uncharged };
module_param_cb(uncharged, &uncharged_ops, NULL, 0444);
MODULE_PARM_DESC(uncharged, "Whether own memory turned out not to be charged to memory cgroups");

/*
 * cgroup.memory=nokmem, or a kernel without CONFIG_MEMCG_KMEM: the page is charged to nobody, and
 * no call says so. It can be dropped all the same, so it is told and not refused.
 */
static void tell_if_uncharged(struct mem_cgroup *memcg, struct page *page)
{
	if (!memcg || !parent_mem_cgroup(memcg) || PageMemcgKmem(page) || READ_ONCE(is_uncharged))
		return;
	WRITE_ONCE(is_uncharged, true);
	pr_warn("this kernel charges own memory to no memory cgroup: limits do not cover it\n");
}

struct page *vgr_alloc_page_for(struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(mm);
	struct mem_cgroup *old = set_active_memcg(memcg);
	struct page *page = alloc_page(gfp | __GFP_ACCOUNT);

	set_active_memcg(old);
	if (page)
		tell_if_uncharged(memcg, page);
	mem_cgroup_put(memcg);
	return page;
}

static struct vgr_user *user_of(kuid_t uid)
{
	struct vgr_user *user;

	lockdep_assert_held(&users_lock);
	list_for_each_entry(user, &users, list) if (uid_eq(user->uid, uid)) return user;
	return NULL;
}

/* As for the number of files itself, which whoever may administer the system may exceed. */
static unsigned long files_max(void)
{
	return capable(CAP_SYS_ADMIN) ? ULONG_MAX : max(get_max_files() / FILES_SHARE, 1UL);
}

int vgr_user_get(struct vgr_user **found)
{
	struct vgr_user *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT), *user;
	unsigned long max = files_max();
	int err = 0;

	if (!fresh)
		return -ENOMEM;
	fresh->uid = current_uid();
	spin_lock(&users_lock);
	user = user_of(fresh->uid);
	if (!user) {
		user = fresh;
		fresh = NULL;
		list_add(&user->list, &users);
	}
	if (user->num_files >= max)
		err = -ENFILE;
	else
		user->num_files++;
	spin_unlock(&users_lock);
	kfree(fresh);
	*found = user;
	return err;
}

void vgr_user_put(struct vgr_user *user)
{
	bool is_last;

	spin_lock(&users_lock);
	is_last = --user->num_files == 0;
	if (is_last)
		list_del(&user->list);
	spin_unlock(&users_lock);
	if (is_last)
		kfree(user);
}
