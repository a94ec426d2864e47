// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Droppable memory for kernels without MAP_DROPPABLE.
 *
 * A shared mapping of a file that nobody can open. A fault inserts a fresh zeroed page into the
 * page table, which holds the only reference to it, apart from those of get_user_pages(). Neither
 * the file nor an LRU list has it. Therefore it is never in swap; once it is out of the page
 * table, the next fault gives zero; the child of a fork begins with an empty page table; mremap()
 * moves the content with the page table entries; and the shrinker (reclaim.c) drops a file's
 * pages by emptying the page tables of its mappings.
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
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "droppable.h"
#include "module.h"

#define OOM_INTERVAL HZ

/*
 * Every page is charged to the memory cgroup of the process that has it mapped, whoever touches it,
 * and stays charged while anybody holds it. If neither reclaim nor a drop gives memory, the OOM
 * killer decides, as for an ordinary page: a process that is alone at its limit would wait for
 * itself. But not for the kernel, which can do without the page, and not at every try, because it
 * writes a report when there is nobody to kill.
 */
static struct page *new_page(const struct vm_fault *vmf, struct droppable *d)
{
	gfp_t gfp = GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN;
	struct mm_struct *mm = vmf->vma->vm_mm;
	struct page *page = vgr_alloc_page_for(mm, gfp | __GFP_NORETRY);

	if (page || !(vmf->flags & FAULT_FLAG_USER) || time_before(jiffies, READ_ONCE(d->next_oom)))
		return page;
	WRITE_ONCE(d->next_oom, jiffies + OOM_INTERVAL);
	return vgr_alloc_page_for(mm, gfp);
}

/*
 * User mode sleeps for a tick, takes the signals that came, and faults again. Meanwhile the lock of
 * the mappings is held for reading; whoever wants to write waits no longer than that tick. The
 * kernel never faults again: its access ends with EFAULT.
 *
 * Only a thread that lacks the page or the lowest table for it comes here. Where a table above that
 * is missing the kernel asks no mapping: it faults again at once and keeps the processor busy until
 * there is memory, in any mapping of anybody.
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
		vgr_count_page(d);
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
 * copy that is still to come; one that was made is emptied, the child's alone: it has not run yet,
 * and whoever forks in a loop takes no page from a parent that shares the file.
 */
static void droppable_open(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WIPEONFORK)
		return;
	vm_flags_set(vma, VM_WIPEONFORK);
	if (vma->vm_mm != current->mm)
		vgr_zap_copy(vma);
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
 * insert pages. It also has a fork copy the page table, which WIPEONFORK prevents. Not EXEC, which
 * a personality of READ_IMPLIES_EXEC asks for: what a process can write here it never runs.
 */
static int droppable_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct droppable *d = file->private_data;

	if (test_and_set_bit(0, &d->is_mapped))
		return -EPERM;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_NORESERVE | VM_MIXEDMAP | VM_WIPEONFORK);
	vm_flags_clear(vma, VM_EXEC | VM_MAYEXEC);
	vma->vm_ops = &droppable_vm_ops;
	return 0;
}

static void droppable_free(struct kref *ref)
{
	kfree(container_of(ref, struct droppable, ref));
}

void vgr_droppable_put(struct droppable *d)
{
	kref_put(&d->ref, droppable_free);
}

static int droppable_release(struct inode *inode, struct file *file)
{
	struct droppable *d = file->private_data;

	vgr_forget_pages(d);
	vgr_user_put(d->user);
	file->f_mapping = inode->i_mapping;
	vgr_droppable_put(d);
	return 0;
}

static const struct file_operations droppable_fops = {
	.owner = THIS_MODULE,
	.mmap = droppable_mmap,
	.release = droppable_release,
};

static const struct address_space_operations droppable_aops = {};

static struct droppable *new_droppable(void)
{
	struct droppable *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);
	int err;

	if (!d)
		return ERR_PTR(-ENOMEM);
	err = vgr_user_get(&d->user);
	if (err) {
		kfree(d);
		return ERR_PTR(err);
	}
	kref_init(&d->ref);
	INIT_LIST_HEAD(&d->with_pages);
	d->next_oom = jiffies;
	return d;
}

static struct file *droppable_file(void)
{
	struct droppable *d = new_droppable();
	struct file *file;

	if (IS_ERR(d))
		return ERR_CAST(d);
	file = anon_inode_getfile("[vgetrandom]", &droppable_fops, d, O_RDWR);
	if (IS_ERR(file)) {
		vgr_user_put(d->user);
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
