// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Droppable memory for kernels without MAP_DROPPABLE.
 *
 * A shared mapping of a file that nobody can open. A fault inserts a fresh zeroed page into the
 * page table, which holds the only reference to it, apart from those of get_user_pages(). Neither
 * the file nor an LRU list has it. Therefore it is never in swap; once it is out of the page
 * table, the next fault gives zero; the child of a fork begins with an empty page table; mremap()
 * moves the content with the page table entries; and the shrinker drops a file's pages by
 * emptying the page tables of its mappings.
 *
 * Lifetime: each mapping holds a reference to the file (a fork adds a mapping). The shrinker holds
 * one to struct droppable while it drops the pages.
 */
#define pr_fmt(fmt) "vgetrandom: " fmt

#include <linux/anon_inodes.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "module.h"

#define OOM_INTERVAL HZ

struct droppable {
	/* Of this file alone: that of the inode is shared by all anonymous inodes. */
	struct address_space mapping;
	struct kref ref;
	unsigned long is_mapped; /* bit 0 */
	unsigned long next_oom;  /* jiffies; two faults at once may both find that it is time */

	/* Under @lock: pages inserted since the last drop. At most so many are mapped. */
	struct list_head with_pages; /* in @all_with_pages while num_pages is not 0 */
	unsigned long num_pages;
};

/*
 * Protects the numbers, those above and those below, and the list. A leaf: nothing is
 * allocated, freed or unmapped under it, and faults as well as reclaim take it.
 */
static DEFINE_SPINLOCK(lock);
static LIST_HEAD(all_with_pages);
static unsigned long num_pages_of_all;

static void count_page(struct droppable *d)
{
	spin_lock(&lock);
	if (d->num_pages++ == 0)
		list_add_tail(&d->with_pages, &all_with_pages);
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

/*
 * Every page is charged to the memory cgroup of the process, and stays charged while anybody holds
 * it. If neither reclaim nor a drop gives memory, the OOM killer decides, as for an ordinary
 * page: a process that is alone at its limit would wait for itself. But not for the kernel, which
 * can do without the page, and not at every try, because it writes a report when there is
 * nobody to kill.
 */
static struct page *new_page(const struct vm_fault *vmf, struct droppable *d)
{
	gfp_t gfp = GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN | __GFP_ACCOUNT;
	struct page *page = alloc_page(gfp | __GFP_NORETRY);

	if (page || !(vmf->flags & FAULT_FLAG_USER) || time_before(jiffies, READ_ONCE(d->next_oom)))
		return page;
	WRITE_ONCE(d->next_oom, jiffies + OOM_INTERVAL);
	return alloc_page(gfp);
}

/*
 * User mode sleeps for a tick, takes the signals that came, and faults again. Meanwhile the lock of
 * the mappings is held for reading; whoever wants to write waits no longer than that tick. The
 * kernel never faults again: its access ends with EFAULT.
 */
static vm_fault_t without_memory(const struct vm_fault *vmf)
{
	if (!(vmf->flags & FAULT_FLAG_USER))
		return VM_FAULT_SIGBUS;
	schedule_timeout_interruptible(1);
	return VM_FAULT_NOPAGE;
}

/*
 * The page is inserted here and not returned to the kernel: the kernel goes on to use a
 * returned page after it has mapped it, and here a drop may have freed it by then.
 *
 * Counted after it was inserted. If a drop comes in between, there is one more counted than mapped,
 * and never a page that is mapped and not counted.
 */
static vm_fault_t droppable_fault(struct vm_fault *vmf)
{
	struct droppable *d = vmf->vma->vm_file->private_data;
	struct page *page;
	int err;

	/* Left by userfaultfd for a dropped page that it protects: nothing can be inserted. */
	if (vgr_has_pte_marker(vmf))
		return VM_FAULT_SIGBUS;
	page = new_page(vmf, d);
	if (!page)
		return without_memory(vmf);
	err = vm_insert_page(vmf->vma, vmf->address & PAGE_MASK, page);
	if (!err)
		count_page(d);
	put_page(page);
	switch (err) {
	case 0:
	case -EBUSY: /* another thread was faster */
		return VM_FAULT_NOPAGE;
	case -ENOMEM: /* for the page table */
		return without_memory(vmf);
	default:
		return VM_FAULT_SIGBUS;
	}
}

/*
 * A fork, or a move by mremap(). WIPEONFORK gives the child of a fork an empty page table.
 * madvise(MADV_KEEPONFORK) has taken it away, if it is not set: the kernel copies the page
 * table before it calls this function (before 6.9) or after it. Setting the flag again prevents a
 * copy that is still to come; dropping all pages empties one that was made.
 */
static void droppable_open(struct vm_area_struct *vma)
{
	struct droppable *d = vma->vm_file->private_data;

	if (vma->vm_flags & VM_WIPEONFORK)
		return;
	vm_flags_set(vma, VM_WIPEONFORK);
	if (vma->vm_mm != current->mm)
		unmap_mapping_range(&d->mapping, 0, 0, 1);
}

/* No part of a mapping is unmapped, moved, protected or advised on its own. */
static int droppable_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static const struct vm_operations_struct droppable_vm_ops = {
	.open = droppable_open,
	.fault = droppable_fault,
	.may_split = droppable_may_split,
};

/*
 * Called for the one mmap() in vgr_droppable_map(), and for remap_file_pages(), which would map the
 * file anew at another offset and is refused.
 *
 * DONTEXPAND: mremap() does not enlarge the mapping or make a second one (an old size of 0),
 * mlock() does not lock it, madvise() does not take DONTDUMP away. MIXEDMAP: the fault handler may
 * insert pages. It also has a fork copy the page table, which WIPEONFORK prevents.
 */
static int droppable_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct droppable *d = file->private_data;

	if (test_and_set_bit(0, &d->is_mapped))
		return -EPERM;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_NORESERVE | VM_MIXEDMAP | VM_WIPEONFORK);
	vma->vm_ops = &droppable_vm_ops;
	return 0;
}

static void droppable_free(struct kref *ref)
{
	kfree(container_of(ref, struct droppable, ref));
}

static int droppable_release(struct inode *inode, struct file *file)
{
	struct droppable *d = file->private_data;

	spin_lock(&lock);
	forget_pages_locked(d);
	spin_unlock(&lock);
	file->f_mapping = inode->i_mapping;
	kref_put(&d->ref, droppable_free);
	return 0;
}

static const struct file_operations droppable_fops = {
	.owner = THIS_MODULE,
	.mmap = droppable_mmap,
	.release = droppable_release,
};

static const struct address_space_operations droppable_aops = {};

static struct file *droppable_file(void)
{
	struct droppable *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!d)
		return ERR_PTR(-ENOMEM);
	kref_init(&d->ref);
	INIT_LIST_HEAD(&d->with_pages);
	d->next_oom = jiffies;
	file = anon_inode_getfile("[vgetrandom]", &droppable_fops, d, O_RDWR);
	if (IS_ERR(file)) {
		kfree(d);
		return file;
	}
	address_space_init_once(&d->mapping);
	d->mapping.host = file_inode(file);
	d->mapping.a_ops = &droppable_aops;
	mapping_set_gfp_mask(&d->mapping, GFP_HIGHUSER);
	file->f_mapping = &d->mapping;
	return file;
}

unsigned long vgr_droppable_map(unsigned long len)
{
	struct file *file = droppable_file();
	unsigned long addr;

	if (IS_ERR(file))
		return PTR_ERR(file);
	addr = vm_mmap(file, 0, len, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	/* From here on it belongs to the mapping, or to nobody. */
	fput(file);
	return addr;
}

/* Takes the file off the list that has been there longest; the caller puts the reference. */
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
		kref_put(&d->ref, droppable_free);
		dropped += num;
	}
	return dropped;
}

/* One more than there are: reclaim asks for half of them, which of a single page is none. */
static unsigned long count_objects(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long num = READ_ONCE(num_pages_of_all);

	return num ? num + 1 : SHRINK_EMPTY;
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

/* seeks 0: a page is made again by a fault, without I/O. Reclaim then asks for half of them. */
static const struct shrinker shrinker_ops = {
	.count_objects = count_objects,
	.scan_objects = scan_objects,
	.seeks = 0,
	.batch = 1,
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
