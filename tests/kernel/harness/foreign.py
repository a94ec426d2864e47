# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Programs and libraries of the architecture of a guest, where this machine has none of it: from Debian's
packages, and from the cross compiler's libc.
"""
import glob
import os
import re
import subprocess
import tempfile

import cache
import initramfs
import kernels
import root
from apt import Apt
from machines import X86_64
from root import Unavailable


def fetch(arch, suite, package, *members):
    """The folder with these files of a package; that of another day will do."""
    name = f"{package}-{suite}-{arch.debian}"
    there = cache.newest(f"{name}-*")
    if there:
        return there
    with tempfile.TemporaryDirectory() as work:
        packages = Apt(work, [suite], arch)
        packages.update()
        version = (packages.show(package) or [{}])[0].get("Version")
        if not version:
            raise Unavailable(f"{suite} has no package {package} for {arch.debian}")
        packages.download([f"{package}={version}"], work)
        file = next(name for name in os.listdir(work) if name.endswith(".deb"))
        folder = cache.path(f"{name}-{version}")
        with cache.making(folder) as made:
            root.unpack(os.path.join(work, file), made, *members)
    return folder


def busybox(arch):
    if arch is X86_64:
        return kernels.HOST_BUSYBOX
    return os.path.join(fetch(arch, "bookworm", "busybox-static", "./bin/busybox"), "bin/busybox")


def glibc(arch, build):
    """The loader and the libc of glibc 2.41, or nothing: cmake/other-libc has it for this machine."""
    folder = f"usr/lib/{arch.triplet}"
    if arch is X86_64:
        top = os.path.join(build, "glibc-2.41")
    else:
        try:
            top = fetch(arch, "trixie", "libc6", f"./{folder}")
        except Unavailable:
            return []
    return [path for name in ("ld-linux-*.so.*", "libc.so.6")
            for path in glob.glob(os.path.join(top, folder, name))]


def libraries(arch, program):
    """
    Name in the guest -> path, of what a program is linked with: ldd cannot run it, so what it names is
    looked for among the cross compiler's libraries, and what those name, too.
    """
    if arch is X86_64:
        return initramfs.libraries(program)
    folder = f"/usr/{arch.triplet}/lib"
    found, left = {}, [program]
    while left:
        said = subprocess.run(["readelf", "-ld", left.pop()], text=True, capture_output=True,
                              check=False).stdout
        for name in re.findall(r"\(NEEDED\).*\[(.*)\]|program interpreter: /lib/(.*)\]", said):
            name = "".join(name)
            if f"lib/{name}" not in found:
                found[f"lib/{name}"] = os.path.join(folder, name)
                left.append(found[f"lib/{name}"])
    return found
