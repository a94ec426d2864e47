/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Kernel interfaces that changed since 5.11, each behind one name. Whether a kernel has
 * the new one is found out by Kbuild, which looks into its headers: distributions
 * take interfaces back to older versions.
 */
#ifndef VGR_COMPAT_H
#define VGR_COMPAT_H

#include <linux/mm.h>
#include <linux/shrinker.h>

/* 6.3 made the flags of a mapping read-only, except for these. */
#ifndef VGR_HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/*
 * Before 5.11 a page that is charged to a memory cgroup cannot be mapped: the mark of the charge is
 * where the kernel counts the mappings of a page. Pages that are charged to nobody would be a way
 * around the limit of every cgroup, so there is no module for such a kernel. (Where a later one is
 * told to charge nobody, owner.c says so.)
 */
#ifndef VGR_HAVE_CHARGE_FLAG
#error vgetrandom needs Linux 5.11: this one cannot map a page that is charged to a cgroup
#endif

/*
 * Whether a page table entry without a page is in use all the same. Markers came with
 * FAULT_FLAG_ORIG_PTE_VALID in 5.19. Of entries that are in use only a marker leads to a fault
 * handler: one with a page leads to none, and whoever moves entries (fork, mremap) excludes faults.
 */
static inline bool vgr_has_pte_marker(const struct vm_fault *vmf)
{
#ifdef VGR_HAVE_ORIG_PTE_VALID
	return vmf->flags & FAULT_FLAG_ORIG_PTE_VALID && !pte_none(vmf->orig_pte);
#else
	return false;
#endif
}

/*
 * Empties the page table of a mapping that a fork has just made. What does that is for drivers that
 * map device memory, so it looks for their flag, PFNMAP. The mappings of the child are locked. The
 * shrinker may look at this one all the same, and finds what it would without the flag: on x86-64
 * an entry itself says whether there is a page behind it.
 *
 * 7.3 has it under another name, and from 6.9 on the kernel copies a page table only after the
 * mapping's open(): where it has another name there is nothing to empty.
 */
static inline void vgr_zap_copy(struct vm_area_struct *vma)
{
#ifdef VGR_HAVE_ZAP_VMA_PTES
	vm_flags_set(vma, VM_PFNMAP);
	zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
	vm_flags_clear(vma, VM_PFNMAP);
#endif
}

/* A mapping type that a kernel without it refuses, since 6.11. */
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

/* There is one shrinker: its object became opaque in 6.7, got a name in 6.0. */
#ifdef VGR_HAVE_SHRINKER_ALLOC
struct vgr_shrinker {
	struct shrinker *shrinker;
};

static inline int vgr_shrinker_register(struct vgr_shrinker *s, const struct shrinker *ops)
{
	s->shrinker = shrinker_alloc(0, "vgetrandom");
	if (!s->shrinker)
		return -ENOMEM;
	s->shrinker->count_objects = ops->count_objects;
	s->shrinker->scan_objects = ops->scan_objects;
	s->shrinker->seeks = ops->seeks;
	s->shrinker->batch = ops->batch;
	shrinker_register(s->shrinker);
	return 0;
}

static inline void vgr_shrinker_unregister(struct vgr_shrinker *s)
{
	shrinker_free(s->shrinker);
}
#else
struct vgr_shrinker {
	struct shrinker shrinker;
};

static inline int vgr_shrinker_register(struct vgr_shrinker *s, const struct shrinker *ops)
{
	s->shrinker = *ops;
#ifdef VGR_HAVE_SHRINKER_NAME
	return register_shrinker(&s->shrinker, "vgetrandom");
#else
	return register_shrinker(&s->shrinker);
#endif
}

static inline void vgr_shrinker_unregister(struct vgr_shrinker *s)
{
	unregister_shrinker(&s->shrinker);
}
#endif

#endif
