// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * When the kernel is short of memory: which of the module's own pages are dropped, and how.
 *
 * The shrinker holds a reference to a file while it drops the file's pages. A file is dropped as a
 * whole: nothing says which of its pages were used lately, only when one was last put in.
 */
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "droppable.h"
#include "module.h"

/*
 * Protects the numbers, those of each file and those below, and the list. A leaf: nothing is
 * allocated, freed or unmapped under it, and faults as well as reclaim take it.
 */
static DEFINE_SPINLOCK(lock);
static LIST_HEAD(all_with_pages); /* the one that took a page last is the last */
static unsigned long num_pages_of_all;

void vgr_count_page(struct droppable *d)
{
	spin_lock(&lock);
	d->num_pages++;
	list_move_tail(&d->with_pages, &all_with_pages);
	WRITE_ONCE(num_pages_of_all, num_pages_of_all + 1);
	spin_unlock(&lock);
}

/* From now on the pages of @d are nobody's; returns how many they were. */
static unsigned long forget_pages_locked(struct droppable *d)
{
	unsigned long num = d->num_pages;

	lockdep_assert_held(&lock);
	list_del_init(&d->with_pages);
	WRITE_ONCE(num_pages_of_all, num_pages_of_all - num);
	d->num_pages = 0;
	return num;
}

void vgr_forget_pages(struct droppable *d)
{
	spin_lock(&lock);
	forget_pages_locked(d);
	spin_unlock(&lock);
}

/* Takes the first file off the list; the caller puts the reference. */
static struct droppable *next_to_drop(unsigned long *num)
{
	struct droppable *d;

	spin_lock(&lock);
	d = list_first_entry_or_null(&all_with_pages, struct droppable, with_pages);
	if (d) {
		/* The file still has its reference: a release takes it off the list first. */
		kref_get(&d->ref);
		*num = forget_pages_locked(d);
	}
	spin_unlock(&lock);
	return d;
}

unsigned long vgr_droppable_drop(unsigned long wanted)
{
	unsigned long dropped = 0, num;

	while (dropped < wanted) {
		struct droppable *d = next_to_drop(&num);

		if (!d)
			break;
		unmap_mapping_range(&d->mapping, 0, 0, 1);
		vgr_droppable_put(d);
		dropped += num;
	}
	return dropped;
}

static unsigned long count_objects(struct shrinker *s, struct shrink_control *sc)
{
	return READ_ONCE(num_pages_of_all) ?: SHRINK_EMPTY;
}

/*
 * Zapping takes i_mmap_rwsem, as reclaim does for file pages; nobody allocates memory with
 * __GFP_FS under it.
 */
static unsigned long scan_objects(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long dropped;

	if (!(sc->gfp_mask & __GFP_FS))
		return SHRINK_STOP;
	dropped = vgr_droppable_drop(sc->nr_to_scan);
	sc->nr_scanned = max(dropped, sc->nr_to_scan);
	return dropped ?: SHRINK_STOP;
}

/*
 * As for other caches. A page costs a reseed to make again, no I/O, but with fewer seeks reclaim
 * would ask for a half of them each time: even while a large file is read, where there is page
 * cache enough to take. So it asks in proportion to how hard it is to find anything else. And it
 * asks for nothing until that is as much as the usual batch, or as there is: a request for a page
 * or two would cost a file all of its pages.
 */
static const struct shrinker shrinker_ops = {
	.count_objects = count_objects,
	.scan_objects = scan_objects,
	.seeks = DEFAULT_SEEKS,
};

static struct vgr_shrinker shrinker;

int vgr_droppable_init(void)
{
	return vgr_shrinker_register(&shrinker, &shrinker_ops);
}

void vgr_droppable_exit(void)
{
	vgr_shrinker_unregister(&shrinker);
}
