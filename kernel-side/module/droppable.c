// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Droppable memory for kernels without MAP_DROPPABLE.
 *
 * A shared mapping of a file that nobody can open. A fault puts a fresh zeroed page into the page
 * table, which has the only reference to it: neither the file nor the LRU lists know it. All
 * else follows from that. There is no swap. What takes the page out of the page table frees
 * it, and the next fault finds zero. The child of a fork begins with an empty page table.
 * mremap() moves page table entries and with them the content. Under pressure the shrinker
 * zaps whole files.
 *
 * Lifetime: the file belongs to its mappings (a fork adds one), and a shrinker that is
 * at it holds a reference to what is behind the file.
 */
#define pr_fmt(fmt) "vgetrandom: " fmt

#include <linux/anon_inodes.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "module.h"

/*
 * When a memory cgroup is at its limit, so many pages may still be had without charge, because a
 * thread that waits for its state cannot do anything else, also not free memory.
 */
#define UNCHARGED_PER_FILE_MAX 16
#define UNCHARGED_MAX          1024

struct droppable {
	/* Of this file alone: that of the inode is shared by all anonymous inodes. */
	struct address_space mapping;
	struct kref ref;
	unsigned long is_mapped; /* bit 0 */

	/* Under @lock. Pages put into page tables since the last drop: at most so many are mapped.
	 */
	struct list_head with_pages; /* in @all_with_pages while num_pages is not 0 */
	unsigned long num_pages;
	unsigned long num_uncharged;
};

/*
 * Protects the numbers, those above and those below, and the list. A leaf: nothing is
 * allocated, freed or unmapped under it, and faults as well as reclaim take it.
 */
static DEFINE_SPINLOCK(lock);
static LIST_HEAD(all_with_pages);
static unsigned long num_pages_of_all;
static unsigned long num_uncharged_of_all;

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
	num_uncharged_of_all -= d->num_uncharged;
	d->num_pages = 0;
	d->num_uncharged = 0;
	return num;
}

static bool may_be_uncharged(struct droppable *d)
{
	bool may;

	spin_lock(&lock);
	may = d->num_uncharged < UNCHARGED_PER_FILE_MAX && num_uncharged_of_all < UNCHARGED_MAX;
	if (may) {
		d->num_uncharged++;
		num_uncharged_of_all++;
	}
	spin_unlock(&lock);
	return may;
}

/*
 * Without a try too many: reclaim, but no OOM killer, because nobody should be killed for a page
 * that could as well be dropped again.
 */
static struct page *new_page(struct droppable *d)
{
	gfp_t gfp = GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page = alloc_page(gfp | __GFP_ACCOUNT);

	if (!page && may_be_uncharged(d))
		page = alloc_page(gfp);
	return page;
}

/*
 * User mode tries again: the thread takes signals between two faults, so it can be killed, and a
 * handler can run. The kernel, which touches a state for a system call, must not be kept
 * here; that system call answers EFAULT.
 */
static vm_fault_t without_memory(const struct vm_fault *vmf)
{
	return vmf->flags & FAULT_FLAG_USER ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
}

/*
 * The page is put into the page table here, and not left to the kernel, which would go on to use it
 * after it has put it there: it relies on a reference of the page cache. Here a drop may free
 * it at once. Of two threads that fault at one address the second finds a page there, and
 * its own is freed. Counted last, so that never more pages are mapped than counted.
 */
static vm_fault_t droppable_fault(struct vm_fault *vmf)
{
	struct droppable *d = vmf->vma->vm_file->private_data;
	struct page *page = new_page(d);
	vm_fault_t ret;

	if (!page)
		return without_memory(vmf);
	ret = vmf_insert_page(vmf->vma, vmf->address & PAGE_MASK, page);
	put_page(page);
	/* No page table; an error of this kind would wake the OOM killer of older kernels. */
	if (ret & VM_FAULT_OOM)
		return without_memory(vmf);
	count_page(d);
	return ret;
}

/*
 * A fork, a move by mremap(). That the child of a fork gets an empty page table is the work of
 * WIPEONFORK, which madvise(MADV_KEEPONFORK) takes away: then the kernel has copied the table
 * (before 6.9), or is about to. Dropping all pages undoes the one, the flag prevents the other.
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

/* What was given as one is unmapped, protected and advised as one. */
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
 * file anew at another offset.
 *
 * DONTEXPAND keeps mremap() from enlarging the mapping and from making a second one (an old
 * size of 0), mlock() from locking it, and madvise() from undoing DONTDUMP. MIXEDMAP allows
 * the fault handler to put pages in, and would have a fork copy the page table, were it not
 * for WIPEONFORK.
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
		/* It cannot be on its way out: what is released is not on the list. */
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

/* One more than there are: of a single page the half that reclaim asks for would be none. */
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

/* seeks 0: to make a page again costs nothing but a fault, so half of them go at a time. */
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
