# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Programs of the ABIs that a kernel has besides its own: other-abi.c once for each. Where there is no
compiler with a libc for one, its job is skipped.
"""
import os
import shutil
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SOURCE = os.path.join(TOP, "tests/kernel/other-abi.c")

# Of each architecture: name, and the compiler. The kernel's headers of x86's other ABIs are those of
# x86-64.
X86 = ["gcc-12", "-idirafter", "/usr/include/x86_64-linux-gnu"]
ABIS = {"x86_64": {"i386": [*X86, "-m32"], "x32": [*X86, "-mx32"]},
        "aarch64": {"armhf": ["arm-linux-gnueabihf-gcc-12"]}}


def build(arch, folder):
    """Name in the guest -> path, of those that can be built here."""
    os.makedirs(folder, exist_ok=True)
    files = {}
    for name, compiler in ABIS[arch.name].items():
        path = os.path.join(folder, f"other-abi-{name}")
        if not shutil.which(compiler[0]):
            continue
        done = subprocess.run([*compiler, "-O2", "-static", "-Wall", "-Werror", SOURCE, "-o", path],
                              capture_output=True, check=False)
        if done.returncode == 0:
            files[f"bin/other-abi-{name}"] = path
    return files
