// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An image for a kernel with larger pages: its data page is one such page in front of it, and a
 * state may lie anywhere but across the end of one. This is the kernel that maps it.
 *
 * usage: page PAGE-LEN IMAGE
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "elf-symbol.h"
#include "guard.h"
#include "plain.h"
#include "rng.h"
#include "state.h"

#define STATE_LEN sizeof(struct vgr_state)

static struct vgetrandom_rng_data *data;
static vgr_getrandom_fn *fn;

static void map_image(const char *path, size_t page_len)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *p;

	expect(fd >= 0 && fstat(fd, &st) == 0, "%s", path);
	p = mmap(NULL, page_len + (size_t)st.st_size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect(p != MAP_FAILED, "memory");
	expect(read(fd, p + page_len, (size_t)st.st_size) == st.st_size, "%s", path);
	expect(mprotect(p + page_len, (size_t)st.st_size, PROT_READ | PROT_EXEC) == 0, "mprotect");
	close(fd);
	data = (struct vgetrandom_rng_data *)p;
	data->generation = 1;
	data->is_ready = 1;
	fn = (vgr_getrandom_fn *)vgr_elf_symbol(p + page_len, "__vdso_getrandom", "LINUX_2.6");
	expect(fn, "no function");
}

/* It is at the right place: what is written there is what the image goes by. */
static void the_data_page_decides(struct vgr_state *st)
{
	uint64_t seed_id, got[2] = { 0, 0 };

	expect(fn(&got[0], 8, 0, st, STATE_LEN) == 8, "a draw");
	expect(st->generation == 1 && st->seed_id, "the state's generation is another one");
	seed_id = st->seed_id;
	data->generation = 77;
	expect(fn(&got[1], 8, 0, st, STATE_LEN) == 8, "a draw after a reseed");
	expect(st->generation == 77 && st->seed_id != seed_id, "no new key");
	expect(got[0] && got[1] && got[0] != got[1], "the same bytes");
	memset(st, 0, STATE_LEN);
	data->is_ready = 0;
	expect(fn(&got[0], 8, 0, st, STATE_LEN) == 8 && st->seed_id == 0,
	       "a key from a generator that is not ready");
	data->is_ready = 1;
}

static void states_straddle_no_page(unsigned char *states, size_t page_len)
{
	uint64_t got;

	for (size_t at = VGT_PAGE_LEN - STATE_LEN / 2; at + STATE_LEN <= page_len;
	     at += VGT_PAGE_LEN) {
		expect(fn(&got, 8, 0, states + at, STATE_LEN) == 8, "a state at %zu", at);
		expect(((struct vgr_state *)(states + at))->generation == data->generation,
		       "a state at %zu is not used", at);
	}
	expect(fn(&got, 8, 0, states + page_len - STATE_LEN + 8, STATE_LEN) == -EFAULT,
	       "a state across the end of a page");
}

int main(int argc, char **argv)
{
	size_t page_len = argc == 3 ? strtoul(argv[1], NULL, 0) : 0;
	unsigned char *states;

	expect(page_len > VGT_PAGE_LEN, "usage: page PAGE-LEN IMAGE");
	map_image(argv[2], page_len);
	states = mmap(NULL, 3 * page_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	expect(states != MAP_FAILED, "memory");
	states += page_len - (uintptr_t)states % page_len;
	the_data_page_decides((struct vgr_state *)states);
	states_straddle_no_page(states, page_len);
	return 0;
}
