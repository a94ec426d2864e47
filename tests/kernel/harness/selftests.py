# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The kernel's own selftests of what is replaced, built from its tree by its makefiles.

Two things are not as they come: tests repeat less often, because the processor is emulated; and the
test of ChaCha20 is linked once more for each version of ours.
"""
import glob
import os

from machines import X86_64

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

VDSO = ["vdso_test_getrandom", "vdso_test_chacha", "vdso_test_abi", "vdso_test_gettimeofday"]
# Of a function that other vDSOs have not.
VDSO_X86 = ["vdso_test_getcpu"]
# vdso_test_abi has what it tested.
VDSO_IN_6 = ["vdso_test_clock_getres"]
# Looks for the vDSO with dlopen(), so it cannot be linked statically.
VDSO_SHARED = ["vdso_test_correctness"]
MM = ["droppable"]

# Of each architecture those that its emulated processors have.
LEVELS = {"x86_64": ["generic", "sse2", "avx2"], "aarch64": ["generic", "neon"]}

# File, as it is, as it is built.
FEWER = [("vDSO/vdso_test_getrandom.c", "TRIALS = 25000000, THREADS = 256",
          "TRIALS = 25000, THREADS = 16"),
         ("vDSO/vdso_test_chacha.c", "TRIALS = 1000,", "TRIALS = 10,")]


def vdso_tests(arch, version):
    """Of a kernel of that version."""
    return [*VDSO, *(VDSO_X86 if arch is X86_64 else []), *(VDSO_IN_6 if version < (7, 0) else [])]


def chacha_tests(tree, tests, folder):
    """vdso_test_chacha-LEVEL: the tree's test of a function that calls one version of ours."""
    vdso, arch = os.path.join(TOP, "vdso"), tree.arch.name
    for level in LEVELS[arch]:
        tree.run(tree.compiler, "-O2", "-static", "-Wa,--noexecstack", f"-DLEVEL=vgr_chacha20_{level}",
                 "-idirafter", f"{tree.source}/tools/include",
                 "-idirafter", f"{tree.source}/tools/include/generated",
                 "-idirafter", tests,
                 f"-I{vdso}", f"-I{vdso}/arch/{arch}", f"-I{TOP}/kernel-side/include",
                 f"{tests}/vDSO/vdso_test_chacha.c",
                 os.path.join(TOP, "tests/kernel/chacha-adapter.c"),
                 f"{vdso}/chacha20-generic.c",
                 *sorted(glob.glob(f"{vdso}/arch/{arch}/chacha20-*.S")),
                 "-o", os.path.join(folder, f"vdso_test_chacha-{level}"))


def build(tree, version, folder):
    os.makedirs(folder)
    tests = os.path.join(tree.source, "tools/testing/selftests")
    tree.make("headers")
    for name, many, few in FEWER:
        path = os.path.join(tests, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert many in text, f"{name} has no '{many}'"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(many, few))
    vdso = vdso_tests(tree.arch, version)
    # In 7.3 it takes a type for granted that the headers of a later libc have.
    types = ["USERCFLAGS=-include linux/types.h"] if version >= (7, 0) else []
    for where, names, flags, more in (("vDSO", vdso, "-static", []),
                                      ("vDSO", VDSO_SHARED, "", types), ("mm", MM, "-static", [])):
        tree.run("make", "-C", os.path.join(tests, where), f"OUTPUT={folder}", *tree.for_arch,
                 f"KHDR_INCLUDES=-isystem {tree.out}/usr/include", f"LDFLAGS={flags}", *more,
                 *(os.path.join(folder, name) for name in names))
    chacha_tests(tree, tests, folder)
