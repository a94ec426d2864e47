# SPDX-License-Identifier: GPL-2.0-only OR MIT
MACHINE = 183
# The lower halves of v8 to v15 belong to the caller, and nobody saves them.
STACK_USE = r"bl|.*\b(sp|wsp|x29|x30|[vqdsbh]([89]|1[0-5]))\b"
SAVES = RESTORES = r"$."
DYNAMIC_TLS = (1028, 1029, 1031)  # DTPMOD64, DTPREL64, TLSDESC
STATIC_TLS = 1030  # TPREL64
NEVER = None
STORE = None
MARK = ("-mbranch-protection=standard", 0xc0000000, 3,
        (b"\x5f\x24\x03\xd5", b"\x3f\x23\x03\xd5"))  # bti c, paciasp
HAS_LLD = True
