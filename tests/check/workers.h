/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_CHECK_WORKERS_H
#define VGR_CHECK_WORKERS_H

#include <stddef.h>

/* Calls @unit(@arg, i) for each i below @num, in @jobs processes; @tick, if not NULL, meanwhile. */
void check_share_work(unsigned int jobs, size_t num, void (*unit)(const void *arg, size_t i),
		      const void *arg, void (*tick)(void));

/* Of those that this process may use, the CPU of that number (modulo), for it and its children. */
void check_stay_on_cpu(unsigned int number);

#endif
