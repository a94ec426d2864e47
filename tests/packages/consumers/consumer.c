// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program that uses the installed library: each function once. Also holds what is in programs
 * that were compiled before: numbers and sizes that may never change.
 *
 * Exit status 0, or 1 with a line that says what was wrong.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <vgetrandom/vgetrandom.h>

_Static_assert(VGETRANDOM_PROVIDER_AUTO == 0, "ABI");
_Static_assert(VGETRANDOM_PROVIDER_MODULE == 1, "ABI");
_Static_assert(VGETRANDOM_PROVIDER_NATIVE == 2, "ABI");
_Static_assert(VGETRANDOM_PROVIDER_INPROCESS == 3, "ABI");
_Static_assert(VGETRANDOM_PROVIDER_SYSCALL == 4, "ABI");
_Static_assert(sizeof(enum vgetrandom_provider) == 4, "ABI");
_Static_assert(sizeof(struct vgetrandom_alloc_args) == VGETRANDOM_ALLOC_ARGS_SIZE_VER0, "ABI");
_Static_assert(offsetof(struct vgetrandom_stats, calls) == 0, "ABI");
_Static_assert(offsetof(struct vgetrandom_stats, bytes) == 8, "ABI");
_Static_assert(offsetof(struct vgetrandom_stats, fallback_busy) == 16, "ABI");
_Static_assert(offsetof(struct vgetrandom_stats, fallback_no_state) == 24, "ABI");
_Static_assert(offsetof(struct vgetrandom_stats, fallback_refresh) == 32, "ABI");
_Static_assert(offsetof(struct vgetrandom_stats, reseeds) == 40, "ABI");
_Static_assert(offsetof(struct vgetrandom_stats, wipes) == 48, "ABI");
_Static_assert(offsetof(struct vgetrandom_stats, states_abandoned) == 56, "ABI");

#define EXPECT(condition)                                                                     \
	do {                                                                                  \
		if (!(condition)) {                                                           \
			fprintf(stderr, "consumer.c:%d: not so: %s\n", __LINE__, #condition); \
			exit(1);                                                              \
		}                                                                             \
	} while (0)

static void draw(void)
{
	static const unsigned char zero[32];
	unsigned char first[32] = { 0 }, second[32] = { 0 };

	EXPECT(vgetrandom(first, sizeof(first), 0) == sizeof(first));
	EXPECT(vgetrandom_getentropy(second, sizeof(second)) == 0);
	EXPECT(memcmp(first, second, sizeof(first)) != 0);
	EXPECT(memcmp(first, zero, sizeof(first)) != 0);
	vgetrandom_arc4random_buf(second, sizeof(second));
	EXPECT(memcmp(first, second, sizeof(first)) != 0);
	EXPECT(vgetrandom_arc4random() != 0 || vgetrandom_arc4random() != 0);
	EXPECT(vgetrandom_arc4random_uniform(6) < 6);
}

static void choose(void)
{
	enum vgetrandom_provider provider = VGETRANDOM_PROVIDER_AUTO;

	EXPECT(strcmp(vgetrandom_provider_name(VGETRANDOM_PROVIDER_SYSCALL), "syscall") == 0);
	EXPECT(vgetrandom_provider_by_name("inprocess", &provider) == 0);
	EXPECT(provider == VGETRANDOM_PROVIDER_INPROCESS);
	EXPECT(vgetrandom_get_provider() != VGETRANDOM_PROVIDER_AUTO);
	EXPECT(vgetrandom_set_provider(VGETRANDOM_PROVIDER_SYSCALL) == 0);
	EXPECT(vgetrandom_get_provider() == VGETRANDOM_PROVIDER_SYSCALL);
	errno = 0;
	EXPECT(vgetrandom_set_provider((enum vgetrandom_provider)77) == -1 && errno == EINVAL);
}

static void allocate(void)
{
	struct vgetrandom_alloc_args args = { .num = 3 };
	void *states = vgetrandom_alloc(&args, sizeof(args));

	/* Linux before 4.14 has no memory that could be used. */
	if (!states && errno == ENOTSUP)
		return;
	EXPECT(states);
	EXPECT(args.num >= 3 && args.num * args.size_per_each <= args.bytes_allocated);
	EXPECT(munmap(states, args.bytes_allocated) == 0);
}

int main(void)
{
	struct vgetrandom_stats stats;

	EXPECT(vgetrandom_prepare(1) == 0);
	draw();
	vgetrandom_stats(&stats, sizeof(stats));
	EXPECT(stats.calls >= 5 && stats.bytes >= 3 * 32);
	choose();
	draw();
	allocate();
	return 0;
}
