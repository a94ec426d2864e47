# SPDX-License-Identifier: GPL-2.0-only OR MIT
MACHINE = 243
STACK_USE = r"(c\.)?jal|call|.*\b(sp|gp|tp|ra)\b"
SAVES = r"addi?\s+sp,sp,-96$|sd\s+s\d+,\d+\(sp\)$"
RESTORES = r"addi?\s+sp,sp,96$|ld\s+s\d+,\d+\(sp\)$"
DYNAMIC_TLS = (7, 9, 12)  # DTPMOD64, DTPREL64, TLSDESC
STATIC_TLS = None
# Floating point and vectors, of which no option keeps compilers; all but fence.
NEVER = r"f(?!ence)|v"
STORE = None
MARK = None
HAS_LLD = True
