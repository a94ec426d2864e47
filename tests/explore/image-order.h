/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* ELF files of the byte order that this machine has not. */
#ifndef EXPLORE_IMAGE_ORDER_H
#define EXPLORE_IMAGE_ORDER_H

#include "explore.h"

/*
 * Turns headers and symbols to this machine's order, of a file that is at least an Elf64_Ehdr long
 * and aligned to 8. False: they lie outside the file.
 */
bool explore_image_turn_round(uint8_t *file, size_t file_len);

#endif
