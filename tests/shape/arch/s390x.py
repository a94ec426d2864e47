# SPDX-License-Identifier: GPL-2.0-only OR MIT
MACHINE = 22
# The left halves of v8 to v15, which are f8 to f15, belong to the caller, and nobody saves them.
STACK_USE = r"bras|basr|.*%(r1[0-5]|r[6-9]|[vf]([89]|1[0-5]))\b"
SAVES = r"$."
RESTORES = r"br\s+%r14$|lgr\s+%r1,%r6$"  # the fifth argument is there, and stays
DYNAMIC_TLS = (54, 55)  # TLS_DTPMOD, TLS_DTPOFF
STATIC_TLS = None
NEVER = None
STORE = None
MARK = None
HAS_LLD = False
