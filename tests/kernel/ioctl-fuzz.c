// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The argument of the ioctl, as a fuzzer would have it: a good one that was changed in up to four
 * places (number, size, members, tail, where it lies), a fixed number of times from a fixed seed,
 * which the log has. Each answer is compared with what device.h says of it. Where two of its
 * errors apply it does not say which one comes, so either does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <vgetrandom/device.h>

#include "job.h"
#include "maps.h"
#include "memory.h"
#include "random.h"

#define KNOWN_LEN   sizeof(struct vgetrandom_device_alloc)
#define CHANGES_MAX 4
#define FEW_STATES  4096
#define NO_ADDRESSES                                                                \
	((uint64_t)1 << 42) /* states, and more: larger than what a process may map \
			     */

enum { ALLOWED, NOT_A_CALL, INVALID, TOO_BIG, BAD_ADDRESS, OVERFLOWS, NO_MEMORY, NUM_ANSWERS };

static const int errors[NUM_ANSWERS] = { 0, ENOTTY, EINVAL, E2BIG, EFAULT, EOVERFLOW, ENOMEM };

struct input {
	unsigned int dir, type, number, size;
	union {
		struct vgetrandom_device_alloc args;
		unsigned char bytes[2 * PAGE_LEN];
	};
	size_t mapped;     /* of them, up to memory that cannot be touched */
	bool is_read_only; /* all of it */
	void *elsewhere;   /* if not NULL the address, at which there is nothing */
};

static struct {
	struct vgt_random random;
	int fd;
	uint64_t stride;
	unsigned char *pages; /* two, and one that cannot be touched */
	unsigned int answers[NUM_ANSWERS];
	struct vgt_maps before, after;
} fuzz;

static uint64_t below(uint64_t bound)
{
	return vgt_random_below(&fuzz.random, bound);
}

static unsigned int size_at_an_edge(void)
{
	static const unsigned int edges[] = { 0,  1,    8,    32,   39,   40,   41,   48,
					      56, 4088, 4095, 4096, 4097, 8191, 8192, 16383 };

	return below(2) ? edges[below(sizeof(edges) / sizeof(edges[0]))]
			: (unsigned int)below(1u << _IOC_SIZEBITS);
}

static uint64_t member(void)
{
	return below(2) ? (uint64_t)1 << below(64) : vgt_random_next(&fuzz.random);
}

/* Few enough to get, or more than there can be, or around what overflows. */
static uint64_t number_of_states(void)
{
	uint64_t last = ((uint64_t)INT64_MAX - PAGE_LEN) / fuzz.stride;

	switch (below(4)) {
	case 0:
		return below(FEW_STATES);
	case 1:
		return NO_ADDRESSES + below(last - NO_ADDRESSES);
	case 2:
		return last - 2 + below(5);
	default:
		return last + 1 + below(UINT64_MAX - last);
	}
}

static void change_number(struct input *in)
{
	switch (below(4)) {
	case 0:
		in->dir ^= 1u << below(_IOC_DIRBITS);
		break;
	case 1:
		in->type ^= 1u << below(_IOC_TYPEBITS);
		break;
	case 2:
		in->number ^= 1u << below(_IOC_NRBITS);
		break;
	default:
		in->size = size_at_an_edge();
	}
}

static void change_address(struct input *in)
{
	static void *const nowhere[] = { (void *)8, (void *)-8L, (void *)(1L << 47),
					 (void *)INT64_MIN };

	switch (below(4)) {
	case 0:
		in->is_read_only = true;
		break;
	case 1:
		in->elsewhere = nowhere[below(sizeof(nowhere) / sizeof(nowhere[0]))];
		break;
	default:
		in->mapped = below(2) ? below(64) : below(2 * PAGE_LEN);
	}
}

static void change(struct input *in)
{
	switch (below(6)) {
	case 0:
		change_number(in);
		break;
	case 1:
		in->size = size_at_an_edge();
		break;
	case 2:
		change_address(in);
		break;
	case 3:
		in->args.num = number_of_states();
		break;
	case 4:
		((uint64_t *)&in->args)[below(KNOWN_LEN / 8)] = member();
		/* What a machine has room for is not written down in between. */
		if (in->args.num > FEW_STATES && in->args.num < NO_ADDRESSES)
			in->args.num = NO_ADDRESSES;
		break;
	default:
		in->bytes[KNOWN_LEN + below(sizeof(in->bytes) - KNOWN_LEN)] =
			(unsigned char)member();
	}
}

static void make(struct input *in)
{
	memset(in, 0, sizeof(*in));
	in->dir = _IOC_READ | _IOC_WRITE;
	in->type = VGETRANDOM_IOC_TYPE;
	in->number = _IOC_NR(VGETRANDOM_IOC_ALLOC);
	in->size = below(2) ? KNOWN_LEN : KNOWN_LEN + (unsigned int)below(PAGE_LEN - KNOWN_LEN);
	in->args.num = below(64);
	in->mapped = sizeof(in->bytes);
	for (uint64_t num = below(CHANGES_MAX + 1); num; num--)
		change(in);
}

static bool is_zero(const unsigned char *p, size_t len)
{
	while (len && *p == 0) {
		p++;
		len--;
	}
	return len == 0;
}

/* Bit n: errors[n] is what device.h says. */
static unsigned int expected(const struct input *in)
{
	const struct vgetrandom_device_alloc *args = &in->args;
	uint64_t last = ((uint64_t)INT64_MAX - PAGE_LEN) / fuzz.stride;
	unsigned int answers = 0;

	if (in->dir != (_IOC_READ | _IOC_WRITE) || in->type != VGETRANDOM_IOC_TYPE ||
	    in->number != _IOC_NR(VGETRANDOM_IOC_ALLOC))
		return 1u << NOT_A_CALL;
	if (in->size < KNOWN_LEN)
		return 1u << INVALID;
	if (in->size > PAGE_LEN)
		return 1u << TOO_BIG;
	if (in->elsewhere || in->mapped < in->size)
		answers |= 1u << BAD_ADDRESS;
	if (in->elsewhere)
		return answers;
	if (!is_zero(in->bytes + KNOWN_LEN, in->size - KNOWN_LEN))
		answers |= 1u << TOO_BIG;
	if (args->flags || args->size_per_each || args->bytes_allocated || args->address)
		answers |= 1u << INVALID;
	if (args->num > last)
		answers |= 1u << OVERFLOWS;
	else if (args->num >= NO_ADDRESSES)
		answers |= 1u << NO_MEMORY;
	if (in->is_read_only)
		answers |= 1u << BAD_ADDRESS;
	return answers ? answers : 1u << ALLOWED;
}

static unsigned int answer_of(int err)
{
	unsigned int n = 0;

	while (n < NUM_ANSWERS && errors[n] != err)
		n++;
	return n;
}

/* The structure that came back at @p, and what it says. */
static void check_states(const struct input *in, const unsigned char *p)
{
	struct vgetrandom_device_alloc args;
	unsigned char *states;

	memcpy(&args, p, sizeof(args));
	states = (unsigned char *)(uintptr_t)args.address;
	job_check(args.num >= in->args.num && args.num > 0 && args.flags == 0 &&
			  args.size_per_each == fuzz.stride &&
			  args.bytes_allocated % PAGE_LEN == 0 &&
			  args.num * args.size_per_each <= args.bytes_allocated,
		  "states as wanted: %llu of %llu in %llu bytes", (unsigned long long)args.num,
		  (unsigned long long)in->args.num, (unsigned long long)args.bytes_allocated);
	job_check(is_zero(p + KNOWN_LEN, in->size - KNOWN_LEN), "the tail is as it was");
	states[0] = states[args.bytes_allocated - 1] = 1;
	job_check(munmap(states, args.bytes_allocated) == 0, "they can be unmapped: %s",
		  strerror(errno));
}

static void try(const struct input *in, unsigned int number)
{
	unsigned int cmd = _IOC(in->dir, in->type, in->number, in->size), answer;
	unsigned char *p = fuzz.pages + sizeof(in->bytes) - in->mapped;
	int err;

	memcpy(p, in->bytes, in->mapped);
	if (in->is_read_only && mprotect(fuzz.pages, sizeof(in->bytes), PROT_READ) != 0)
		job_fail("mprotect: %s", strerror(errno));
	vgt_maps_read(&fuzz.before);
	err = ioctl(fuzz.fd, cmd, in->elsewhere ? in->elsewhere : p) ? errno : 0;
	answer = answer_of(err);
	if (!job_check(
		    answer < NUM_ANSWERS && expected(in) >> answer & 1,
		    "input %u (command %#x, %llu states, %zu bytes there): answers %#x are right, "
		    "actual %s",
		    number, cmd, (unsigned long long)in->args.num, in->mapped, expected(in),
		    err ? strerrorname_np(err) : "success"))
		job_fail("the rest would say nothing");
	fuzz.answers[answer]++;
	if (!err)
		check_states(in, p);
	vgt_maps_read(&fuzz.after);
	job_check(vgt_maps_are_equal(&fuzz.before, &fuzz.after), "input %u: nothing stays mapped",
		  number);
	job_check(!err || memcmp(p, in->bytes, in->mapped) == 0, "input %u: it is as it was",
		  number);
	if (in->is_read_only)
		mprotect(fuzz.pages, sizeof(in->bytes), PROT_READ | PROT_WRITE);
}

/* How far states lie apart decides when their size overflows. */
static void find_stride(void)
{
	struct vgetrandom_device_alloc args = { .num = 1 };

	if (ioctl(fuzz.fd, VGETRANDOM_IOC_ALLOC, &args) != 0)
		job_fail("ioctl: %s", strerror(errno));
	fuzz.stride = args.size_per_each;
	munmap((void *)(uintptr_t)args.address, args.bytes_allocated);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--inputs", "20000" },
					{ "--seed", "15" },
					{ NULL, NULL } };
	struct input in;

	job_start(argc, argv, options);
	fuzz.random.state = job_number(&options[1]);
	fuzz.fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	if (fuzz.fd < 0)
		job_skip("%s: %s", VGETRANDOM_DEVICE_PATH, strerror(errno));
	fuzz.pages = mmap(NULL, 3 * PAGE_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	if (fuzz.pages == MAP_FAILED ||
	    mprotect(fuzz.pages + 2 * PAGE_LEN, PAGE_LEN, PROT_NONE) != 0)
		job_fail("mmap: %s", strerror(errno));
	find_stride();
	for (uint64_t n = 0; n < job_number(&options[0]); n++) {
		make(&in);
		try(&in, (unsigned int)n);
	}
	for (unsigned int n = 0; n < NUM_ANSWERS; n++) {
		job_note("%s: %u", errors[n] ? strerrorname_np(errors[n]) : "success",
			 fuzz.answers[n]);
		/* Inputs that never come to it test nothing of it. */
		job_check(fuzz.answers[n] > 0, "answer %u came", n);
	}
	job_finish("%s inputs, seed %s", options[0].value, options[1].value);
}
