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
	unsigned int machine; /* e_machine */

	/* Offset of the data page from the image, which is negative; 0: the image has no name for
	 * it. */
	int64_t rng_data;
	uint64_t entry;

	/* The file, for the symbols. */
	uint8_t *file;
	size_t file_len;
};

/* Returns NULL, or what is wrong with the file. */
const char *explore_image_load(struct explore_image *image, const char *path);

/* The same of the file's bytes, which stay the caller's. */
const char *explore_image_parse(struct explore_image *image, uint8_t *file, size_t file_len);

/* Address of the function in the emulated process, or 0; its length. */
uint64_t explore_image_function(const struct explore_image *image, const char *name, uint64_t *len);

/* Name of the function around @address, or NULL; how far into it. */
const char *explore_image_name(const struct explore_image *image, uint64_t address,
			       uint64_t *offset);

#endif
