// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A library with nothing in it: what the shim's start is compared with. */
extern int unused;
