// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "machine.h"

#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include "memory.h"

#define BUFFERS_LEN ((size_t)EXPLORE_DEPTH_MAX * 2 * EXPLORE_PAGE)

/* In the page that calls return to. */
#define FORGET_AT 0x400
#define SETUP_AT  0x800

/* In front of an image without a name for its data page. */
#define DATA_LEN 0x8000u

struct explore_machine explore_machine;

static struct {
	uc_engine *uc;
	const struct explore_events *events;
	uint64_t *regs, pc;
	void *pointers[EXPLORE_REGS_MAX];
	unsigned long steps;
	bool has_returned;
	uint8_t *text;
} emulator;

unsigned long explore_machine_steps(void)
{
	return emulator.steps;
}

static void must(uc_err err, const char *what)
{
	if (err != UC_ERR_OK)
		explore_die("%s: %s", what, uc_strerror(err));
}

static uint8_t *map(uint64_t address, size_t len, uint32_t prot)
{
	uint8_t *memory = aligned_alloc(EXPLORE_PAGE, len);

	if (!memory)
		explore_die("out of memory");
	memset(memory, 0, len);
	must(uc_mem_map_ptr(emulator.uc, address, len, prot, memory), "cannot map memory");
	return memory;
}

/* The program counter is that of the event: the emulator's own may be behind. */
void explore_machine_sync(void)
{
	const struct explore_arch *arch = explore_machine.arch;

	uc_reg_read_batch(emulator.uc, (int *)arch->regs, emulator.pointers, (int)arch->num_regs);
	emulator.regs[arch->pc] = emulator.pc;
}

/* What explore_machine_record() is told. */
static struct {
	bool is_on, is_next; /* no store of this instruction was seen */
	uint64_t address;
	size_t len;
	struct explore_store *stores;
	unsigned int num, max;
} record;

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *unused)
{
	(void)size;
	(void)unused;
	record.is_next = true;
	if (record.is_on)
		return;
	emulator.steps++;
	emulator.pc = address;
	if (!emulator.events->boundary(address)) {
		explore_machine_sync();
		uc_emu_stop(uc);
	}
}

/*
 * The end of a call. Not left to the emulator, which can be told where to stop: it may call
 * that an exception, and does not recover from it.
 */
static void on_return(uc_engine *uc, uint64_t address, uint32_t size, void *unused)
{
	(void)size;
	(void)unused;
	emulator.pc = address;
	emulator.has_returned = true;
	explore_machine_sync();
	uc_emu_stop(uc);
}

/*
 * The end of what the explorer itself runs. Not left to the emulator either: it throws away what
 * it made of the code at such an end, and makes it anew the next time, which costs more than most
 * runs; after some hundred thousand of these it crashes.
 */
static void on_stub_end(uc_engine *uc, uint64_t address, uint32_t size, void *unused)
{
	(void)address;
	(void)size;
	(void)unused;
	uc_emu_stop(uc);
}

static void on_access(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		      void *access)
{
	(void)uc;
	(void)type;
	(void)size;
	(void)value;
	if (!record.is_on)
		emulator.events->access((enum explore_access)(uintptr_t)access, address);
}

static void on_store(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		     void *unused)
{
	uint64_t offset = address - record.address;

	(void)uc;
	(void)type;
	(void)value;
	(void)unused;
	if (offset >= record.len && address - EXPLORE_STACK >= EXPLORE_STACK_LEN)
		explore_die("ChaCha20 stores at %#llx, of which the explorer knows nothing",
			    (unsigned long long)address);
	if (offset >= record.len)
		return;
	/* The emulator stores a vector in parts. */
	if (record.num && !record.is_next &&
	    record.stores[record.num - 1].offset + record.stores[record.num - 1].len == offset) {
		record.stores[record.num - 1].len += (uint32_t)size;
		return;
	}
	record.is_next = false;
	if (record.num == record.max)
		explore_die("ChaCha20 makes more than %u stores", record.max);
	record.stores[record.num++] = (struct explore_store){ (uint32_t)offset, (uint32_t)size };
}

static void hook(int type, void *callback, enum explore_access access, uint64_t begin, uint64_t len)
{
	uc_hook handle;

	must(uc_hook_add(emulator.uc, &handle, type, callback, (void *)(uintptr_t)access, begin,
			 begin + len - 1),
	     "cannot watch memory");
}

void explore_machine_watch_rng(uint64_t address, size_t len)
{
	hook(UC_HOOK_MEM_READ, on_access, EXPLORE_READS_RNG, address, len);
}

/* One run of memory, because the library's text and data lie in it side by side. */
static void map_image(void)
{
	const struct explore_image *image = explore_machine.image;
	uint64_t data = image->data & ~(uint64_t)(EXPLORE_PAGE - 1);

	emulator.text = map(EXPLORE_IMAGE, EXPLORE_IMAGE_MAX, UC_PROT_READ | UC_PROT_EXEC);
	memcpy(emulator.text, image->bytes, image->len);
	if (data)
		must(uc_mem_protect(emulator.uc, data, EXPLORE_IMAGE + EXPLORE_IMAGE_MAX - data,
				    UC_PROT_READ | UC_PROT_WRITE),
		     "cannot protect memory");
	hook(UC_HOOK_CODE, on_code, 0, EXPLORE_IMAGE, EXPLORE_IMAGE_MAX);
}

uint8_t *explore_machine_text(uint64_t address)
{
	return emulator.text + (address - EXPLORE_IMAGE);
}

void explore_machine_open(const struct explore_image *image, const struct explore_events *events)
{
	const struct explore_arch *arch = explore_arch_find(image->machine);
	struct explore_machine *m = &explore_machine;
	uint8_t *stub;

	m->arch = arch;
	m->image = image;
	emulator.events = events;
	must(uc_open(arch->uc_arch, arch->uc_mode, &emulator.uc), "Unicorn");
	map_image();
	m->stack = map(EXPLORE_STACK, EXPLORE_STACK_LEN, UC_PROT_READ | UC_PROT_WRITE);
	m->buffers = aligned_alloc(EXPLORE_PAGE, BUFFERS_LEN);
	for (size_t i = 0; m->buffers && i < EXPLORE_DEPTH_MAX; i++)
		must(uc_mem_map_ptr(emulator.uc, EXPLORE_BUFFERS + 2 * i * EXPLORE_PAGE,
				    EXPLORE_PAGE, UC_PROT_READ | UC_PROT_WRITE,
				    m->buffers + 2 * i * EXPLORE_PAGE),
		     "cannot map a buffer");
	stub = map(EXPLORE_RETURN, EXPLORE_PAGE, UC_PROT_READ | UC_PROT_EXEC);
	memcpy(stub, arch->nop, sizeof(arch->nop));
	hook(UC_HOOK_CODE, on_return, 0, EXPLORE_RETURN, 1);
	memcpy(stub + FORGET_AT, arch->forget, arch->forget_len);
	memcpy(stub + FORGET_AT + arch->forget_len, arch->nop, sizeof(arch->nop));
	hook(UC_HOOK_CODE, on_stub_end, 0, EXPLORE_RETURN + FORGET_AT + arch->forget_len, 1);
	memcpy(stub + SETUP_AT, arch->setup, sizeof(arch->setup));
	if (arch->setup_len)
		must(uc_emu_start(emulator.uc, EXPLORE_RETURN + SETUP_AT,
				  EXPLORE_RETURN + SETUP_AT + arch->setup_len, 0, 0),
		     "cannot set the CPU up");
	hook(UC_HOOK_MEM_WRITE, on_access, EXPLORE_WRITES_BUFFER, EXPLORE_BUFFERS, BUFFERS_LEN);
}

uint8_t *explore_machine_add_state(size_t state_len, uint64_t *address)
{
	struct explore_machine *m = &explore_machine;
	size_t len = EXPLORE_PAGE;
	uint8_t *data;

	/* At the end of the page, behind which there is nothing: a position too far is a crash. */
	m->state_len = state_len;
	m->state_address = EXPLORE_STATE_PAGE + EXPLORE_PAGE - state_len;
	m->state = map(EXPLORE_STATE_PAGE, EXPLORE_PAGE, UC_PROT_READ | UC_PROT_WRITE);
	m->state += EXPLORE_PAGE - state_len;
	explore_memory_add(&(struct explore_memory){ m->state_address, state_len, m->state,
						     EXPLORE_DROPPABLE });
	hook(UC_HOOK_MEM_READ, on_access, EXPLORE_READS_STATE, EXPLORE_STATE_PAGE, EXPLORE_PAGE);
	hook(UC_HOOK_MEM_WRITE, on_access, EXPLORE_TOUCHES, EXPLORE_STATE_PAGE, EXPLORE_PAGE);
	*address = m->image->rng_data;
	if (!*address) {
		*address = EXPLORE_IMAGE - DATA_LEN;
		len = DATA_LEN;
	}
	data = map(*address, len, UC_PROT_READ);
	explore_machine_watch_rng(*address, len);
	return data;
}

void explore_machine_add_library(void)
{
	const struct explore_arch *arch = explore_machine.arch;
	struct explore_machine *m = &explore_machine;
	size_t heap_len = EXPLORE_HEAP_PAGES * EXPLORE_PAGE;
	uint8_t *page = map(EXPLORE_THREAD, EXPLORE_PAGE, UC_PROT_READ | UC_PROT_WRITE);

	/* Variables lie before the pointer or after it. */
	m->thread_pointer = EXPLORE_THREAD + EXPLORE_THREAD_LEN / 2;
	m->thread = page;
	must(uc_reg_write(emulator.uc, arch->thread_pointer, &m->thread_pointer), "thread pointer");
	explore_memory_add(&(struct explore_memory){ EXPLORE_THREAD, EXPLORE_THREAD_LEN, page,
						     EXPLORE_STAYS });
	m->data = explore_machine_text(m->image->data);
	explore_memory_add(&(struct explore_memory){ m->image->data, m->image->data_len, m->data,
						     EXPLORE_STAYS });
	explore_memory_set_heap(map(EXPLORE_HEAP, heap_len, UC_PROT_READ | UC_PROT_WRITE));
	hook(UC_HOOK_MEM_READ, on_access, EXPLORE_READS_STATE, EXPLORE_HEAP, heap_len);
	hook(UC_HOOK_MEM_WRITE, on_access, EXPLORE_TOUCHES, EXPLORE_HEAP, heap_len);
	hook(UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, on_access, EXPLORE_TOUCHES, EXPLORE_THREAD,
	     EXPLORE_THREAD_LEN);
	hook(UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, on_access, EXPLORE_TOUCHES, m->image->data,
	     m->image->data_len);
}

enum explore_stop explore_machine_run(uint64_t *regs)
{
	const struct explore_arch *arch = explore_machine.arch;
	uc_err err;

	if (emulator.regs != regs) {
		emulator.regs = regs;
		for (unsigned int i = 0; i < arch->num_regs; i++)
			emulator.pointers[i] = &regs[i];
	}
	/* Whoever comes back to a call comes from the kernel. */
	if (arch->forget_len)
		must(uc_emu_start(emulator.uc, EXPLORE_RETURN + FORGET_AT, 0, 0, 0),
		     "cannot forget a reservation");
	uc_reg_write_batch(emulator.uc, (int *)arch->regs, emulator.pointers, (int)arch->num_regs);
	emulator.has_returned = false;
	err = uc_emu_start(emulator.uc, regs[arch->pc], 0, 0, 0);
	if (emulator.has_returned)
		return EXPLORE_RETURNED;
	if (err != UC_ERR_OK) {
		explore_machine.crash = uc_strerror(err);
		regs[arch->pc] = emulator.pc;
		return EXPLORE_CRASHED;
	}
	return EXPLORE_STOPPED;
}

unsigned int explore_machine_record(uint64_t *regs, uint64_t address, size_t len,
				    struct explore_store *stores, unsigned int max)
{
	uc_hook handle;
	enum explore_stop stop;

	record.is_on = true;
	record.address = address;
	record.len = len;
	record.stores = stores;
	record.num = 0;
	record.max = max;
	must(uc_hook_add(emulator.uc, &handle, UC_HOOK_MEM_WRITE, on_store, NULL, 1, 0),
	     "cannot watch memory");
	stop = explore_machine_run(regs);
	uc_hook_del(emulator.uc, handle);
	record.is_on = false;
	if (stop != EXPLORE_RETURNED)
		explore_die("the emulator cannot run this version of ChaCha20 (%s)",
			    explore_machine.crash ? explore_machine.crash : "it did not return");
	return record.num;
}

uint8_t *explore_machine_at(uint64_t address, size_t len)
{
	const struct explore_machine *m = &explore_machine;
	uint64_t in_buffers = address - EXPLORE_BUFFERS, page = in_buffers % (2 * EXPLORE_PAGE);

	if (len > EXPLORE_PAGE)
		return NULL;
	if (in_buffers < BUFFERS_LEN && page <= EXPLORE_PAGE - len)
		return m->buffers + in_buffers;
	if (address - EXPLORE_STACK <= EXPLORE_STACK_LEN - len)
		return m->stack + (address - EXPLORE_STACK);
	return explore_memory_at(address, len);
}

uint64_t explore_buffer_address(unsigned int n, size_t len)
{
	return EXPLORE_BUFFERS + (2 * n + 1) * EXPLORE_PAGE - len;
}
