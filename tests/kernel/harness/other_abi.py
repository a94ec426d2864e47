# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Programs of the ABIs that an x86-64 kernel has besides its own: other-abi.c once for each. Where the
compiler lacks the libc of one, its job is skipped.
"""
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SOURCE = os.path.join(TOP, "tests/kernel/other-abi.c")

# Name, and the option of the compiler that means it.
ABIS = {"i386": "-m32", "x32": "-mx32"}


def build(folder):
    """Name in the guest -> path, of those that can be built here."""
    os.makedirs(folder, exist_ok=True)
    files = {}
    for name, option in ABIS.items():
        path = os.path.join(folder, f"other-abi-{name}")
        # The kernel's headers of another ABI are those of this one.
        done = subprocess.run(["gcc-12", option, "-O2", "-static", "-Wall", "-Werror",
                               "-idirafter", "/usr/include/x86_64-linux-gnu", SOURCE, "-o", path],
                              capture_output=True, check=False)
        if done.returncode == 0:
            files[f"bin/other-abi-{name}"] = path
    return files
