# SPDX-License-Identifier: GPL-2.0-only OR MIT
MACHINE = 62
STACK_USE = r"(push|pop|call|enter|leave)|.*%[re]?[sb]pl?\b"
SAVES = RESTORES = r"$."
DYNAMIC_TLS = (16, 17, 36)  # DTPMOD64, DTPOFF64, TLSDESC
STATIC_TLS = None
NEVER = None
STORE = r"(cmp|test|.*\bnop)"
MARK = ("-fcf-protection=full", 0xc0000002, 3, (b"\xf3\x0f\x1e\xfa",))  # endbr64
HAS_LLD = True
