# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Which kernels are built here (built.py), and of what. Apart from how, so that one more does not have
all others built anew.
"""
from collections import namedtuple

from kernels import WITH_6_12, WITH_NEWEST
from machines import AARCH64, X86_64

# version: of the package linux-source-VERSION, none is the newest, and the suites that may have it;
# configs: files of tests/kernel/config, one after the other; has_ours: built once more with our
# function, and the kernel's selftests with it.
Recipe = namedtuple("Recipe", "version suites arch configs has_ours")
RECIPES = {"6.12-ours": Recipe("6.12", WITH_6_12, X86_64, ["base", "x86", "traced"], True),
           "6.12-arm64-ours": Recipe("6.12", WITH_6_12, AARCH64, ["base", "arm64"], True),
           "current-ours": Recipe("", WITH_NEWEST, X86_64, ["base", "x86", "current"], True),
           "current-arm64-ours": Recipe("", WITH_NEWEST, AARCH64, ["base", "arm64", "current"], True),
           "6.12-debug": Recipe("6.12", WITH_6_12, X86_64, ["base", "x86", "debug"], False),
           "6.12-kcsan": Recipe("6.12", WITH_6_12, X86_64, ["base", "x86", "kcsan"], False)}
