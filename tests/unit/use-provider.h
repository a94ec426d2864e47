/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The providers that may work on any machine, for tests that want each of them. */
#ifndef VGT_USE_PROVIDER_H
#define VGT_USE_PROVIDER_H

#include <stdbool.h>
#include <vgetrandom/vgetrandom.h>

#define VGT_NUM_PROVIDERS 3

extern const enum vgetrandom_provider vgt_providers[VGT_NUM_PROVIDERS];

/* False: it does not work here, and the library says so. Native needs Linux 6.11, only. */
bool vgt_use_provider(enum vgetrandom_provider provider);

#endif
