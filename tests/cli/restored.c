// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * restored WORD: draws, waits for a line on stdin, and then does to the memory that is wiped on
 * fork what checkpointers do to it: keep (it is what it was, but no longer wiped: MADV_KEEPONFORK,
 * which droppable memory refuses) or replace (ordinary memory with the same content). It says
 * "drawn" and "done", draws again and waits for its end. For check_inspect.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#ifdef DRAW_BY_LIBRARY
#include <vgetrandom/vgetrandom.h>
#define getrandom vgetrandom
#endif

#include "../support/restored.h"

static void draw_and_say(const char *word)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		exit(1);
	printf("%s\n", word);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	draw_and_say("drawn");
	if (getchar() == EOF)
		return 1;
	if (strcmp(argv[1], "keep") == 0)
		vgt_restore_kept_on_fork();
	else
		vgt_restore_as_ordinary_memory();
	draw_and_say("done");
	return getchar() == EOF ? 0 : 1;
}
