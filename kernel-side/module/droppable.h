/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the files of the module's own droppable memory share: droppable.c maps it and serves faults,
 * reclaim.c counts and drops pages, owner.c says whose they are.
 */
#ifndef VGR_DROPPABLE_H
#define VGR_DROPPABLE_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/types.h>

struct vgr_user;

/* The file behind one call for states, and behind what forks made of its mapping. */
struct droppable {
	/* Of this file alone: that of the inode is shared by all anonymous inodes. */
	struct address_space mapping;
	struct kref ref;
	struct vgr_user *user;
	unsigned long is_mapped; /* bit 0 */
	unsigned long next_oom;  /* jiffies; two faults at once may both find that it is time */

	/* reclaim.c, under its lock: pages inserted since the last drop. At most so many are
	 * mapped. */
	struct list_head with_pages; /* in the list of all such while num_pages is not 0 */
	unsigned long num_pages;
};

/*
 * droppable.c: puts a reference; the last one frees.
 */
void vgr_droppable_put(struct droppable *d);

/* reclaim.c */

/* A page was inserted: from now on the shrinker knows of it. */
void vgr_count_page(struct droppable *d);

/* The file is released, so that its pages are gone. */
void vgr_forget_pages(struct droppable *d);

/* owner.c */

/*
 * A page for @mm, charged to its memory cgroup, whoever runs this: another process that writes
 * into @mm, or a thread of the kernel. May sleep. NULL: no memory.
 */
struct page *vgr_alloc_page_for(struct mm_struct *mm, gfp_t gfp);

/*
 * One file more for the current user; stores that user, for vgr_user_put() when the file is gone.
 *
 * Returns 0, -ENOMEM, or -ENFILE if the user has as many as one may have.
 */
int vgr_user_get(struct vgr_user **user);
void vgr_user_put(struct vgr_user *user);

#endif
