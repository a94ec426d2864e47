/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The other process after a fork.
 */
#ifndef EXPLORE_PARENT_H
#define EXPLORE_PARENT_H

/*
 * The parent goes on undisturbed to the end of its calls. What they hand out, and what its state
 * then holds and makes, must not come out of the child, which explore_now becomes.
 */
void explore_parent_goes_on(void);

#endif
