/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What is tested: a function that fills a buffer, and what is known about it.
 */
#ifndef VGR_CHECK_TARGET_H
#define VGR_CHECK_TARGET_H

#include "check.h"

/* What the function takes and returns. */
enum check_convention {
	CHECK_VDSO,       /* (buf, len, flags, state, state_len): bytes or -errno */
	CHECK_GETRANDOM,  /* (buf, len, flags): bytes or -1 */
	CHECK_GETENTROPY, /* (buf, len): 0 or -1; at most 256 bytes */
	CHECK_BUF,        /* (buf, len): nothing */
	CHECK_RAND_BYTES, /* (buf, int len): 1, else failed */
};

/* In what condition a call finds the generator. */
enum check_start {
	CHECK_FRESH,   /* never used */
	CHECK_PARTIAL, /* with something left of a batch */
	CHECK_EMPTY,   /* with nothing left */
	CHECK_NUM_STARTS,
};

extern const char *const check_start_names[CHECK_NUM_STARTS];

/*
 * name, what:    for the command line and --help
 * init:          NULL, or why it cannot be tested here; called once, before anything is forked.
 *                @argument is what stands behind the colon of "lib:..."
 * takes_argument: there is a colon, and what it cannot be tested for is the user's mistake
 * enter:         sets the level of ChaCha20 (if has_levels). May be NULL
 * state:         the page of the state of this thread, NULL: none yet. The function itself is
 *                NULL if nobody knows; then every droppable mapping counts
 * reseed:        changes the generation; NULL: that is not ours to do
 * generation:    tells it, of a target whose generation the kernel may change in the middle of
 *                everything. May be NULL
 * bytes_before:  what is drawn first to get to each start, for reads of 1 to 32 bytes and for
 *                longer ones; -1: to be found out
 * signal_safe:   may be called from a handler that interrupts it
 * recovers:      from a handler that leaves a call by siglongjmp()
 * known:         a fault of two parts that comes in two processes, whose repeats of the other
 *                one's bytes are explained in the target's documentation. They are counted apart
 *                if they come where they must, see tail.c. May be NULL
 * explains:      of @known: whether the explanation fits the state that the second part finds;
 *                @left is what the first one left. The state is check_function's
 * is_default:    stands for the target of the provider that the library takes by default
 * libc_fork:     its forks are fork(), with all handlers that were registered
 */
struct check_target {
	const char *name;
	const char *what;
	const char *(*init)(const char *argument);
	const char *(*enter)(uint32_t level);
	void *(*state)(void);
	bool (*reseed)(void);
	uint64_t (*generation)(void);
	enum check_convention convention;
	int bytes_before[CHECK_NUM_STARTS][2];
	const char *known;
	bool (*explains)(const void *left, const void *found);
	bool takes_argument;
	bool is_default;
	bool has_levels;
	bool signal_safe;
	bool recovers;
	bool libc_fork;
};

/* Filled in by init(). */
struct check_function {
	const void *function;
	enum check_convention convention;
	void *state; /* CHECK_VDSO */
	size_t state_len;

	/* The code that offsets are told of. */
	const char *image_name;
	uintptr_t image, image_len;
	char path[256]; /* of a file with it; empty: only in memory */
};

extern struct check_function check_function;

extern const struct check_target check_targets[];
extern const unsigned int check_num_targets;

/*
 * @name may be "lib:PATH:SYMBOL[:CONVENTION]"; *@argument is what the target's init() wants. The
 * target is never one that is_default.
 */
const struct check_target *check_target_by_name(const char *name, const char **argument);

/* The six arguments of a call. */
void check_target_args(uint64_t args[6], void *buf, size_t len);

/* Whether @ret, what a call for @len bytes returned, says that all of them are there. */
bool check_target_succeeded(uint64_t ret, size_t len);

/* Whether it says that none are, as an error would. */
bool check_target_refused(uint64_t ret);

/* A call that is not looked into. Async-signal-safe as far as the target is. */
uint64_t check_target_draw(void *buf, size_t len);

/* The longest call that it takes. */
size_t check_target_size_max(void);

/* Takes the ELF image mapped at @image for the code that offsets are told of. */
void check_name_image(const char *name, const void *image);

/* target-raw.c, target-library.c, target-other.c */
const char *check_vdso_init(const char *argument);
const char *check_vdso_enter(uint32_t level);
bool check_vdso_explains(const void *left, const void *found);
const char *check_kernel_vdso_init(const char *argument);
const char *check_vgetrandom_module_init(const char *argument);
const char *check_vgetrandom_native_init(const char *argument);
const char *check_vgetrandom_inprocess_init(const char *argument);
const char *check_vgetrandom_syscall_init(const char *argument);
const char *check_libc_init(const char *argument);
const char *check_libc_getentropy_init(const char *argument);
const char *check_libc_arc4random_init(const char *argument);
const char *check_openssl_init(const char *argument);
const char *check_libsodium_init(const char *argument);
const char *check_libbsd_init(const char *argument);
const char *check_lib_init(const char *argument);
void *check_raw_state(void);
void *check_thread_state(void);
bool check_vdso_reseed(void);
bool check_inprocess_reseed(void);
bool check_kernel_reseed(void);
uint64_t check_module_generation(void);

#endif
