# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The safety steps of the state machine, and how each is removed. This is the one place that knows the
text of vdso/: after a change there, "tests/check/mutate --fits" says what no longer matches.

A mutant is a name, what is removed, and edits: file, old text (which must be there exactly once), and
new text.
"""
TAKE = "\tif (!is_mine(st, token))\n\t\treturn false;\n"
KEEP_KEY = ("\tuint64_t old[4];\n\n\tfor (int i = 0; i < 4; i++)\n"
            "\t\told[i] = READ_ONCE(((vgr_unaligned64 *)st->key)[i]);\n")
PUT_KEY_BACK = ("\tfor (int i = 0; i < 4; i++)\n"
                "\t\tWRITE_ONCE(((vgr_unaligned64 *)st->key)[i], old[i]);\n")
FINAL = "return is_mine(st, token) && likely(VGR_RNG_DATA->generation == generation);"
ERASE_32 = "".join(f"\tvgr_local_xor64(&src[{i}], v{i});\n" for i in range(4))
ERASE_16 = "\tvgr_local_xor64(&src[0], low);\n\tvgr_local_xor64(&src[1], high);\n"
REFILL = "\tgenerate(st->key, last, nblocks, st);\n"
DIRECT = "\tgenerate(dst, st->tail, nblocks + 1, st);\n"

MUTANTS = [
    ("token-compare", "the token is compared before bytes of the batch are used (I2)",
     [("batch.h", TAKE + "\tvgr_local_xor64(src, v);", "\tvgr_local_xor64(src, v);"),
      ("batch.h", TAKE + "\tvgr_local_xor32(src, v);", "\tvgr_local_xor32(src, v);"),
      ("batch.h", TAKE + ERASE_16, ERASE_16),
      ("batch.h", TAKE + ERASE_32, ERASE_32)]),
    ("erase-by-xor", "bytes are erased by what was loaded, not by a store of zeros (I3)",
     [("batch.h", ERASE_16, "\tWRITE_ONCE(src[0], 0);\n\tWRITE_ONCE(src[1], 0);\n"),
      ("batch.h", ERASE_32, "".join(f"\tWRITE_ONCE(src[{i}], 0);\n" for i in range(4)))]),
    ("position-added", "the position is advanced in one instruction, not stored (I3)",
     [("batch.h", "\tvgr_local_add(&st->position, batch_cost(len));",
       "\tWRITE_ONCE(st->position, position + batch_cost(len));")]),
    ("position-first", "the position is advanced before bytes are erased (I3)",
     [("batch.h", "\t\tvgr_local_add(&st->position, 4);\n"
       "\t\treturn take_4(st, token, position, dst, len);\n",
       "\t\tif (!take_4(st, token, position, dst, len))\n\t\t\treturn false;\n"
       "\t\tvgr_local_add(&st->position, 4);\n\t\treturn true;\n")]),
    ("position-bound", "the position is bounded before it is used (I4)",
     [("batch.h", "return position - VGR_BATCH_OFFSET <= VGR_POSITION_MAX - VGR_BATCH_OFFSET;",
       "return position >= VGR_BATCH_OFFSET;"),
      ("batch.h", "return position - VGR_BATCH_OFFSET <= "
       "sizeof(struct vgr_state) - VGR_BATCH_OFFSET - wanted;",
       "return position >= VGR_BATCH_OFFSET && wanted;")]),
    ("publish-if-mine", "a refill publishes only if nothing was wiped (I4)",
     [("batch.c", "return vgr_local_cmpxchg(&st->position, token, VGR_BATCH_OFFSET);",
       "WRITE_ONCE(st->position, VGR_BATCH_OFFSET);\n\treturn true;")]),
    ("final-check", "token and generation are compared at the end (I5)",
     [("token.h", FINAL, "(void)st, (void)token, (void)generation;\n\treturn true;")]),
    ("final-token", "the token is compared at the end (I5)",
     [("token.h", FINAL, "(void)st, (void)token;\n\tbarrier();\n"
       "\treturn likely(VGR_RNG_DATA->generation == generation);")]),
    ("final-generation", "the generation is compared at the end (I5)",
     [("token.h", FINAL, "(void)generation;\n\treturn is_mine(st, token);")]),
    ("invalidation", "a call that lost its token makes the state invalid (I6)",
     [("token.h", "\tWRITE_ONCE(st->generation, 0);\n\treturn true;", "\treturn true;")]),
    ("token-on-retry", "a second attempt sets the token anew (I2)",
     [("vgetrandom.c", "\tWRITE_ONCE(st->token, token);\n\t/* Once", "\t/* Once")]),
    ("busy-refused", "a state in use is left alone (I2)",
     [("token.h", "\tbarrier();\n\treturn st->token == 0;", "\t(void)st;\n\treturn true;")]),
    ("generation-first", "the generation is stored before the key is asked for (I7)",
     [("seed.c", "\tWRITE_ONCE(st->generation, generation);\n\tbarrier();\n", ""),
      ("seed.c", "\tWRITE_ONCE(st->seed_id, seed_id);\n",
       "\tWRITE_ONCE(st->seed_id, seed_id);\n\tWRITE_ONCE(st->generation, generation);\n")]),
    ("seed-named", "a generation without a seed is no key (I7)",
     [("seed.h", "READ_ONCE(st->generation) == generation && READ_ONCE(st->seed_id) != 0;",
       "READ_ONCE(st->generation) == generation;")]),
    ("seed-failed", "a reseed that fails leaves no generation behind (I7)",
     [("seed.c", "\t\tWRITE_ONCE(st->generation, 0);\n\t\treturn false;", "\t\treturn true;")]),
    ("key-refill", "a refill replaces the key (I8)",
     [("batch.c", REFILL, KEEP_KEY + REFILL + PUT_KEY_BACK)]),
    ("key-direct", "a large read replaces the key (I8)",
     [("direct.c", DIRECT, KEEP_KEY + DIRECT + PUT_KEY_BACK)]),
    ("zero-batch", "bytes of the batch are erased as they are handed out (I8)",
     [("batch.h", ERASE_16, ""), ("batch.h", ERASE_32, "")]),
    ("zero-tail", "the tail is erased as it is handed out (I8)",
     [("direct.c", "\t\tWRITE_ONCE(*word, 0);", "\t\t(void)word;")]),
    ("scrub", "what a failed draw left in the buffer is erased",
     [("vgetrandom.c", "\t\tWRITE_ONCE(*p++, 0);", "\t\tp++;")]),
]

# The same of the core in userspace/src, for tests/explore.
LIBRARY_MUTANTS = [
    ("judge-asked", "what was drawn counts only if the judge agrees",
     [("draw.h", "\t\treturn vgr_judge_agrees(provider, slot);\n",
       "\t\treturn vgr_judge_num_words != 0;\n")]),
    ("second-asked", "the age of a key is looked at again in another second",
     [("draw.h", "== READ_ONCE(slot->looked_at)", "!= 0")]),
    ("wiped-when-old", "a state whose key is too old is wiped before it is drawn from again",
     [("draw.c", "\tif (!err && provider->freshness != VGR_FRESH_BY_IMAGE)\n"
       "\t\tvgr_wipe(state, provider->state_len);\n", "\t(void)state;\n")]),
    ("slot-left-alone", "a handler that finds the slot in use asks the kernel",
     [("draw.h", "\tif (unlikely(vgr_get_in_use() != 0))\n\t\treturn vgr_draw_slow(call);\n"
       "\tvgr_touch(buf, len);\n", "\tvgr_touch(buf, len);\n")]),
]
