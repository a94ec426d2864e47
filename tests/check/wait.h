/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Time, and waiting for processes whose end nobody can promise.
 */
#ifndef VGR_CHECK_WAIT_H
#define VGR_CHECK_WAIT_H

#include <stdbool.h>
#include <sys/types.h>

/* Of a clock that only goes forwards. */
double check_seconds(void);

/*
 * Waits for @pid, a child of the caller, and stores its status. It is killed if it hangs: if it
 * used much time, or none for @idle_seconds, or if for @sleep_seconds it and all below it did
 * nothing but sleep, as in a lock that nobody will ever give back.
 *
 * Returns false if it had to be killed.
 */
bool check_wait_for(pid_t pid, double idle_seconds, double sleep_seconds, int *status);

#endif
