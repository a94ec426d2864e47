/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where random bytes come from: a descriptor for each provider, in providers/, and which one is in
 * use. Whatever lists providers reads vgr_providers[].
 */
#ifndef VGR_PROVIDER_H
#define VGR_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/types.h>

#include "access.h"
#include "inprocess.h"
#include "memory.h"
#include "vgetrandom.h"

/* How it is found out that the key of a state must not be used any longer. */
enum vgr_freshness {
	VGR_FRESH_BY_IMAGE, /* by the generation on its data page, which each draw compares */
	VGR_FRESH_BY_CLOCK, /* by the key's age, after each draw */
	VGR_FRESH_BY_JUDGE, /* by the kernel's function, after each draw: judge.h */
};

/* What `vgetrandom probe` says of it where that cannot be found out by trying. */
struct vgr_guarantees {
	bool as_the_kernel;   /* reseeds when the kernel does, and sees what that sees */
	const char *reseeds;  /* when */
	const char *vm_clone; /* what a clone of the machine draws; NULL: what the kernel sees to */
};

struct vgr_provider {
	enum vgetrandom_provider id;
	const char *name;
	const char *summary; /* one line, for --help */
	struct vgr_guarantees guarantees;

	/*
	 * Finds out whether it works here and fills in what depends on that. Several threads may
	 * come at once, and again: each writes the same. Returns the provider that works, or NULL.
	 */
	struct vgr_provider *(*start)(void);

	/* vgr_map_states() or a function like it. */
	int (*map_states)(size_t state_len, size_t num, struct vgr_states *states);

	/* NULL: the system call, which has no state. */
	vgr_getrandom_fn *getrandom;
	size_t state_len;

	/* The data page behind getrandom, if that keeps its states as state.h has it. */
	const struct vgetrandom_rng_data *rng_data;

	enum vgr_freshness freshness;

	/* By clock. @seconds tells when to look at @clock; NULL: after each draw. */
	vgr_gettime_fn *clock;
	vgr_time_fn *seconds;

	/* By judge: the kernel's function, and bytes of its state. */
	vgr_getrandom_fn *judge;
	size_t judge_len;

	/* Used instead if the kernel's function turns out not to be fit for a judge. */
	const struct vgr_provider *without_judge;

	/* Why it does less than it could, or NULL. */
	const char *drawback;
};

/* One for each id but AUTO, which is NULL. AUTO is the first of them that works. */
#define VGR_NUM_PROVIDERS (VGETRANDOM_PROVIDER_SYSCALL + 1)

extern struct vgr_provider *const vgr_providers[VGR_NUM_PROVIDERS]
	__attribute__((visibility("hidden")));

extern struct vgr_provider vgr_module, vgr_native, vgr_inprocess,
	vgr_syscall __attribute__((visibility("hidden")));

/* The provider in use; NULL until the first choice. */
extern const struct vgr_provider *vgr_provider_in_use __attribute__((visibility("hidden")));

static inline const struct vgr_provider *vgr_provider(void)
{
	/*
	 * Pairs with the release in vgr_provider_use(): a provider is complete before it is seen.
	 * What is read is read through this pointer, and that order needs no more than the load.
	 */
	return *(const struct vgr_provider *const volatile *)&vgr_provider_in_use;
}

/* Makes the first choice, unless it is too early for that. Async-signal-safe, no lock. */
const struct vgr_provider *vgr_provider_choose_first(void);

/* The provider in use; chooses one if there is none yet. */
static inline const struct vgr_provider *vgr_provider_choose(void)
{
	const struct vgr_provider *provider = vgr_provider();

	return likely(provider) ? provider : vgr_provider_choose_first();
}

/* What the first choice is to be, and the bound of the ChaCha20 level; see core.h. */
void vgr_provider_prefer(enum vgetrandom_provider provider, uint32_t chacha_max);

/* Whether the first choice looks at @id at all. */
bool vgr_provider_may_be(enum vgetrandom_provider id);

/* Chooses another one. Returns false if it does not work here: then nothing changes. */
bool vgr_provider_switch(enum vgetrandom_provider id);

/* From now on @provider, which was started. */
void vgr_provider_use(const struct vgr_provider *provider);

/* Has the embedded image compute as fast as the machine and vgetrandom_core_configure() allow. */
void vgr_provider_start_image(void);

/*
 * Fills in @provider's function, an image's __vdso_getrandom(), and the length of its states.
 * Returns false if @fn is NULL, or does not say how long they are.
 */
bool vgr_provider_take(struct vgr_provider *provider, vgr_getrandom_fn *fn);

#endif
