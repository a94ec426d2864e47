/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The ELF image under test: what of it is mapped, and where its functions are.
 */
#ifndef EXPLORE_IMAGE_H
#define EXPLORE_IMAGE_H

#include "explore.h"

struct explore_image {
	uint8_t bytes[EXPLORE_IMAGE_MAX];
	size_t len;
	uint64_t base;        /* where it lies */
	uint64_t bias;        /* what its symbols' values are counted from */
	unsigned int machine; /* e_machine */

	/* The library: where it can be written, and how long its thread-local memory is. */
	uint64_t data, data_len;
	size_t thread_len;

	/* Address of its data page; 0: the image has no name for it. */
	uint64_t rng_data;
	uint64_t entry, entry_len; /* 0: the library */

	/* The file, for the symbols. */
	uint8_t *file;
	size_t file_len;
};

/*
 * An image to lie at EXPLORE_IMAGE, or the library, which is linked for there. Returns NULL, or
 * what is wrong with the file.
 */
const char *explore_image_load(struct explore_image *image, const char *path);

/* The same of the file's bytes, which stay the caller's, and of an image to lie at @base. */
const char *explore_image_parse(struct explore_image *image, uint64_t base, uint8_t *file,
				size_t file_len);

/* Address of the symbol in the emulated process, or 0; its length. */
uint64_t explore_image_symbol(const struct explore_image *image, const char *name, uint64_t *len);

/* Name of the function around @address, or NULL; how far into it. */
const char *explore_image_name(const struct explore_image *image, uint64_t address,
			       uint64_t *offset);

#endif
