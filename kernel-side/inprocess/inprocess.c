// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The data page of the embedded image: where it comes from, and when its generation
 * changes.
 *
 * There is no kernel here that could tell of a reseed, and no helper thread, timer or
 * signal: the generation is simply renewed once it is VGR_RESEED_INTERVAL_S old, by
 * whoever makes the next call. The page is writable only for that moment.
 */
#define _GNU_SOURCE
#include "inprocess.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "arch.h"
#include "elf-symbol.h"
#include "memory.h"
#include "signals.h"

#define DATA_PAGE_LEN 4096

/* From image.S. The page in front is text of this library until it is replaced. */
extern const char vgr_image[] __attribute__((visibility("hidden")));
extern char vgr_image_data_page[DATA_PAGE_LEN] __attribute__((visibility("hidden")));

struct vgr_inprocess vgr_inprocess;

/*
 * Who renews the generation. In memory that is wiped on fork: if another thread held it
 * then, nobody in the child would ever give it back.
 */
static atomic_flag *renewal_lock;

const void *vgr_inprocess_image(void)
{
	return vgr_image;
}

const struct vgetrandom_rng_data *vgr_inprocess_rng_data(void)
{
	return (const struct vgetrandom_rng_data *)vgr_image_data_page;
}

static struct vgetrandom_rng_data *writable_rng_data(void)
{
	return (struct vgetrandom_rng_data *)vgr_image_data_page;
}

/* Where the vDSO has no time(): the same clock through the C library. */
static long coarse_seconds(long *unused)
{
	struct timespec now;

	(void)unused;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec;
}

static vgr_clock_fn *find_clock(void)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	const void *time = vgr_elf_symbol(vdso, "__vdso_time", "LINUX_2.6");

	return time ? (vgr_clock_fn *)time : coarse_seconds;
}

/*
 * 1, 0, or -errno if there is no getrandom(2) at all. Not by the C library, whose function is a
 * cancellation point.
 */
static int kernel_is_ready(void)
{
	char byte;
	long ret = vgr_sys_getrandom(&byte, sizeof(byte), GRND_NONBLOCK);

	if (ret == sizeof(byte))
		return 1;
	return ret == -EAGAIN ? 0 : (int)ret;
}

/*
 * While the RNG is not ready there is no generation to get old: renewal stays due, so that
 * every call looks again.
 */
static void set_renewed_at(uint64_t now, int ready)
{
	__atomic_store_n(&vgr_inprocess.renewed_at, ready ? now : now - VGR_RESEED_INTERVAL_S,
			 __ATOMIC_RELAXED);
}

static int map_data_page(void)
{
	void *p = mmap(vgr_image_data_page, DATA_PAGE_LEN, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return p == MAP_FAILED ? -errno : 0;
}

int vgr_inprocess_start(uint32_t chacha_max)
{
	struct vgetrandom_rng_data *data = writable_rng_data();
	uint32_t level = vgr_cpu_chacha_level();
	uint64_t generation = data->generation;
	int ready = kernel_is_ready();
	int err;

	if (sysconf(_SC_PAGESIZE) != DATA_PAGE_LEN)
		return -ENOTSUP;
	if (ready < 0)
		return ready;
	if (!renewal_lock)
		renewal_lock = vgr_map_wipe_on_fork(DATA_PAGE_LEN);
	if (!renewal_lock)
		return -errno;
	err = map_data_page();
	if (err)
		return err;
	data->chacha = level < chacha_max ? level : chacha_max;
	data->is_ready = (uint32_t)ready;
	/* States that know an earlier start go on; zero is never a generation. */
	__atomic_store_n(&data->generation, generation ? generation : 1, __ATOMIC_RELEASE);
	if (!vgr_inprocess.stays_writable && mprotect(data, DATA_PAGE_LEN, PROT_READ) != 0)
		return -errno;
	vgr_inprocess.clock = find_clock();
	set_renewed_at((uint64_t)vgr_inprocess.clock(NULL), ready);
	vgr_inprocess.started = true;
	return 0;
}

/*
 * The release pairs with the acquire in the image: whoever sees the new number reseeds. Added and
 * not stored: a renewal that interrupts another must not be taken back by it.
 */
static void next_generation(struct vgetrandom_rng_data *data)
{
	__atomic_store_n(&data->is_ready, 1, __ATOMIC_RELAXED);
	while (__atomic_add_fetch(&data->generation, 1, __ATOMIC_RELEASE) == 0)
		;
}

static int renew_locked(void)
{
	struct vgetrandom_rng_data *data = writable_rng_data();

	if (!vgr_inprocess.stays_writable && mprotect(data, DATA_PAGE_LEN, PROT_READ | PROT_WRITE))
		return -errno;
	next_generation(data);
	if (!vgr_inprocess.stays_writable && mprotect(data, DATA_PAGE_LEN, PROT_READ))
		return -errno;
	return 0;
}

static int forgo_mprotect_locked(void)
{
	if (mprotect(writable_rng_data(), DATA_PAGE_LEN, PROT_READ | PROT_WRITE) != 0)
		return -errno;
	__atomic_store_n(&vgr_inprocess.stays_writable, true, __ATOMIC_RELEASE);
	return 0;
}

/*
 * Signals are blocked while the lock is held: a handler that left by a jump, or a cancellation,
 * would leave it held for ever.
 */
static int with_lock(int (*action)(void))
{
	uint64_t saved;
	int err = vgr_signals_block(&saved);

	if (err)
		return err;
	err = -EBUSY;
	if (!atomic_flag_test_and_set_explicit(renewal_lock, memory_order_acquire)) {
		err = action();
		atomic_flag_clear_explicit(renewal_lock, memory_order_release);
	}
	vgr_signals_restore(&saved);
	return err;
}

int vgr_inprocess_renew(void)
{
	int saved_errno = errno;
	uint64_t now = (uint64_t)vgr_inprocess.clock(NULL);
	int err = 0;

	if (kernel_is_ready() != 1) {
		errno = saved_errno;
		return -EAGAIN;
	}
	/* Once the page stays writable there is nothing to be done that needs the lock. */
	if (__atomic_load_n(&vgr_inprocess.stays_writable, __ATOMIC_ACQUIRE))
		next_generation(writable_rng_data());
	else
		err = with_lock(renew_locked);
	/* Last: the child of a fork in between finds the renewal due, and closes the page. */
	if (!err)
		set_renewed_at(now, 1);
	errno = saved_errno;
	return err;
}

int vgr_inprocess_forgo_mprotect(void)
{
	if (!vgr_inprocess.started || vgr_inprocess.stays_writable)
		return 0;
	return with_lock(forgo_mprotect_locked);
}
