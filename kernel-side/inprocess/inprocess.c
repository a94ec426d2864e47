// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The data page of the embedded image: where it comes from, and when its generation
 * changes.
 *
 * There is no kernel here that could tell of a reseed, and no helper thread, timer or
 * signal: the generation is simply renewed once it is VGR_RESEED_INTERVAL_S old, by
 * whoever makes the next call. The page is writable only for that moment.
 */
#include "inprocess.h"

#include <linux/auxvec.h>
#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/random.h>
#include <vgetrandom/port.h>

#include "memory.h"

#define DATA_PAGE_LEN 4096

/* From image.S. The page in front is text of this library until it is replaced. */
extern const char vgr_image[] __attribute__((visibility("hidden")));
extern char vgr_image_data_page[DATA_PAGE_LEN] __attribute__((visibility("hidden")));

struct vgr_inprocess vgr_inprocess;

/*
 * Who renews the generation: 1. In memory that is wiped on fork: if another thread held it
 * then, nobody in the child would ever give it back.
 */
static int *renewal_lock;

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

/* vgr_port_seconds() is the same clock by the system call. */
static vgr_clock_fn *find_clock(void)
{
	vgr_clock_fn *clock = vgr_vdso_clock((const void *)vgr_port_getauxval(AT_SYSINFO_EHDR));

	return clock ? clock : vgr_port_seconds;
}

/* 1, 0, or -errno if there is no getrandom(2) at all. */
static int kernel_is_ready(void)
{
	char byte;
	long ret = vgr_port_getrandom(&byte, sizeof(byte), GRND_NONBLOCK);

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
			 __ATOMIC_RELEASE);
}

static int map_data_page(void)
{
	long ret = vgr_port_mmap(vgr_image_data_page, DATA_PAGE_LEN, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return ret < 0 ? (int)ret : 0;
}

static int protect_data_page(int prot)
{
	return vgr_port_mprotect(writable_rng_data(), DATA_PAGE_LEN, prot);
}

static int map_renewal_lock(void)
{
	void *page;
	int err = renewal_lock ? 0 : vgr_map_wipe_on_fork(DATA_PAGE_LEN, &page);

	if (!renewal_lock && !err)
		renewal_lock = page;
	return err;
}

int vgr_inprocess_start(uint32_t chacha_max)
{
	struct vgetrandom_rng_data *data = writable_rng_data();
	uint64_t generation = data->generation;
	int ready = kernel_is_ready();
	int err;

	if (vgr_page_len() != DATA_PAGE_LEN)
		return -EOPNOTSUPP;
	if (ready < 0)
		return ready;
	err = map_renewal_lock();
	if (!err)
		err = map_data_page();
	if (err)
		return err;
	data->chacha = vgr_cpu_chacha_within(chacha_max);
	data->is_ready = (uint32_t)ready;
	/* States that know an earlier start go on; zero is never a generation. */
	__atomic_store_n(&data->generation, generation ? generation : 1, __ATOMIC_RELEASE);
	err = vgr_inprocess.stays_writable ? 0 : protect_data_page(PROT_READ);
	if (err)
		return err;
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
	bool stays_writable = vgr_inprocess.stays_writable;
	int err = stays_writable ? 0 : protect_data_page(PROT_READ | PROT_WRITE);

	if (err)
		return err;
	next_generation(writable_rng_data());
	return stays_writable ? 0 : protect_data_page(PROT_READ);
}

static int forgo_mprotect_locked(void)
{
	int err = protect_data_page(PROT_READ | PROT_WRITE);

	if (!err)
		__atomic_store_n(&vgr_inprocess.stays_writable, true, __ATOMIC_RELEASE);
	return err;
}

/*
 * Signals are blocked while the lock is held: a handler that left by a jump, or a cancellation,
 * would leave it held for ever.
 */
static int with_lock(int (*action)(void))
{
	struct vgr_port_sigmask saved;
	int err = vgr_port_block_signals(&saved);

	if (err)
		return err;
	err = -EBUSY;
	if (__atomic_exchange_n(renewal_lock, 1, __ATOMIC_ACQUIRE) == 0) {
		err = action();
		__atomic_store_n(renewal_lock, 0, __ATOMIC_RELEASE);
	}
	vgr_port_restore_signals(&saved);
	return err;
}

int vgr_inprocess_renew(void)
{
	uint64_t now = (uint64_t)vgr_inprocess.clock(NULL);
	int err = 0;

	if (kernel_is_ready() != 1)
		return -EAGAIN;
	/* Once the page stays writable there is nothing to be done that needs the lock. */
	if (__atomic_load_n(&vgr_inprocess.stays_writable, __ATOMIC_ACQUIRE))
		next_generation(writable_rng_data());
	else
		err = with_lock(renew_locked);
	/* Last: the child of a fork in between finds the renewal due, and closes the page. */
	if (!err)
		set_renewed_at(now, 1);
	return err;
}

bool vgr_inprocess_has_vdso_clock(void)
{
	return vgr_inprocess.clock != vgr_port_seconds;
}

int vgr_inprocess_forgo_mprotect(void)
{
	if (!vgr_inprocess.started || vgr_inprocess.stays_writable)
		return 0;
	return with_lock(forgo_mprotect_locked);
}
