/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef EXPLORE_S390X_FLAGS_H
#define EXPLORE_S390X_FLAGS_H

#include "../../explore.h"

/* flags_decide of arch.h. */
bool explore_s390x_flags_decide(uint64_t pc);

#endif
