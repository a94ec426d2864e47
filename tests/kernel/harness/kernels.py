# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Kernels to boot, and the headers they were built with.

Debian's are fetched as packages, with apt, into a folder of our own: the system's sources,
lists and packages stay as they are. What was unpacked once is used again.
"""
import os
import re
import shutil
import struct
from collections import namedtuple

import cache
import root
from apt import APT, KEYRING, Apt, mirror
from machines import AARCH64, X86_64
from root import Unavailable

# name -> version, suites that may have it, the first that does is used, architecture and flavour.
# An empty version is the newest of all suites.
Source = namedtuple("Source", "version suites arch flavour")
WITH_6_12 = ["bookworm-backports", "trixie"]
# Some mirrors have the name of a release only, or are late with the other one.
WITH_NEWEST = ["trixie-backports", "stable-backports"]
DEBIAN = {"6.1": Source("6.1", ["bookworm"], X86_64, "cloud-amd64"),
          "6.12": Source("6.12", WITH_6_12, X86_64, "cloud-amd64"),
          "current": Source("", WITH_NEWEST, X86_64, "cloud-amd64"),
          "6.12-arm64": Source("6.12", WITH_6_12, AARCH64, "cloud-arm64"),
          "6.12-arm64-16k": Source("6.12", WITH_6_12, AARCH64, "arm64-16k")}
DEFAULT = ["6.1", "6.12"]

HOST_BUSYBOX = "/bin/busybox"

# What this system compiles modules with, as Debian did its 6.1 and 6.12. A kernel that another
# compiler built may want options that this one has not.
COMPILER = "gcc-12"
BUILDS_MODULES = ["make", "libc6-dev", "dkms", "sparse", "pahole", "kmod"]

# headers: None if the module cannot be built for it. root: the system to build it in, where the
# headers are; None is this one. folder: what else there is of one that was built here (built.py).
Kernel = namedtuple("Kernel", "name release image headers arch busybox compiler root folder",
                    defaults=(X86_64, HOST_BUSYBOX, COMPILER, None, None))


def version_of(release):
    return tuple(int(part) for part in re.match(r"(\d+)\.(\d+)", release).groups())


def version(kernel):
    return version_of(kernel.release)


def has_droppable(kernel):
    """What to expect of MAP_DROPPABLE: this is about the kernel, so its version is the answer."""
    return version(kernel) >= (6, 11)


def has_large_pages(kernel):
    """16 KiB: the name of Debian's flavour says so."""
    return kernel.name.endswith("-16k")


def has_vmgenid(kernel):
    """Whether a clone can be told: Debian's 6.1 was configured without it."""
    return has_droppable(kernel)


# release: what uname -r says; packages: to unpack; compiler: what its modules are compiled with;
# in_root: packages of a system of its own, none if this one will do.
Found = namedtuple("Found", "release packages compiler in_root", defaults=(COMPILER, ()))


def find_release(apt, source):
    for fields in apt.show(f"linux-headers-{source.flavour}"):
        if fields["Version"].startswith(f"{source.version}." if source.version else ""):
            return re.search(r"linux-headers-([^ ,]+)", fields["Depends"]).group(1)
    raise Unavailable(f"no package linux-headers-{source.flavour} of "
                      f"{source.version or 'any version'} is on {mirror()}")


def depends_of(apt, package):
    """A mirror that is being updated may name a package that it has not yet."""
    found = apt.show(package)
    if not found:
        raise Unavailable(f"there is no package {package} on {mirror()}")
    return found[0]["Depends"]


def find(apt, source):
    """
    Packages of the kernel: image, headers of both kinds, and what compiles modules. Where no module
    is built, the image, and a busybox that this system has not.
    """
    release = find_release(apt, source)
    image = f"linux-image-{release}"
    # Since 7.x the image is in a package of its own, apart from what installs it.
    image = next(iter(re.findall(r"linux-binary-[^ ,]+", depends_of(apt, image))), image)
    if not source.arch.has_module:
        return Found(release, [image, "busybox-static"])
    headers = f"linux-headers-{release}"
    depends = depends_of(apt, headers)
    compiler = re.search(r"\bgcc-\d+", depends).group()
    if compiler != COMPILER:
        return Found(release, [image], compiler, [compiler, headers, *BUILDS_MODULES])
    more = re.findall(r"linux-headers-\S+-common|linux-kbuild-[^ ,]+", depends)
    return Found(release, [image, headers, *more])


IMAGES = ("boot/vmlinuz-{release}", "usr/lib/modules/{release}/vmlinuz")


def image_of(folder, release):
    """Where the image is, or would be."""
    paths = [os.path.join(folder, name.format(release=release)) for name in IMAGES]
    return next(filter(os.path.exists, paths), paths[0])


def members(package, release):
    """Image, headers or busybox; the rest of an image package is drivers."""
    if package.startswith("linux-image"):
        return [f"./{IMAGES[0].format(release=release)}"]
    if package.startswith("linux-binary"):
        return [f"./{IMAGES[1].format(release=release)}"]
    return ["./bin"] if package.startswith("busybox") else ["./usr"]


def unpack(folder, final, release):
    """Into @folder, which will be called @final."""
    for package in sorted(os.listdir(folder)):
        if not package.endswith(".deb"):
            continue
        path = os.path.join(folder, package)
        root.unpack(path, folder, *members(package, release))
        os.remove(path)
    makefile = os.path.join(folder, f"usr/src/linux-headers-{release}/Makefile")
    if not os.path.exists(makefile):
        return
    # Headers name each other by where they are once installed.
    with open(makefile, encoding="utf-8") as file:
        text = file.read()
    with open(makefile, "w", encoding="utf-8") as file:
        file.write(text.replace("include /usr/src/", f"include {final}/usr/src/"))


def read_stamp(stamp):
    """Release, folder and compiler: headers that were moved to another folder are of no use."""
    if not os.path.exists(stamp):
        return []
    with open(stamp, encoding="utf-8") as file:
        return file.read().splitlines()


def debian(name):
    """Fetches Debian's kernel @name, unless it is there."""
    folder = cache.path(f"linux-debian-{name}")
    stamp = os.path.join(folder, "release")
    if read_stamp(stamp)[1:2] != [folder] or len(read_stamp(stamp)) != 3:
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise Unavailable("there is no apt here to fetch it with")
        if not os.path.exists(KEYRING):
            raise Unavailable(f"there is no {KEYRING} to check it with")
        shutil.rmtree(folder, ignore_errors=True)
        with cache.making(folder) as work:
            fetch(name, work, folder)
    release, _, compiler = read_stamp(stamp)
    image, arch = image_of(folder, release), DEBIAN[name].arch
    if not arch.has_module:
        return Kernel(name, release, image, None, arch, os.path.join(folder, "bin/busybox"))
    headers = f"usr/src/linux-headers-{release}"
    kernel = Kernel(name, release, image, os.path.join(folder, headers), compiler=compiler)
    own_root = os.path.join(folder, "root")
    if not os.path.exists(own_root):
        return kernel
    return kernel._replace(headers=f"/{headers}", root=own_root)


def search(source, work):
    """What the suites have of it, best first, each with the apt that knows it; and why not more."""
    found, reasons = [], []
    for suite in source.suites:
        apt = Apt(os.path.join(work, APT, suite),
                  sorted({suite, suite.removesuffix("-backports")}), source.arch)
        try:
            apt.update()
            found.append((find(apt, source), apt))
        except Unavailable as error:
            reasons.append(str(error))
            continue
        if source.version:
            break
    found.sort(key=lambda pair: [int(number) for number in re.findall(r"\d+", pair[0].release)],
               reverse=True)
    return found, reasons


def make_root(apt, folder, found):
    own_root = os.path.join(folder, "root")
    root.make(apt, own_root, found.in_root)
    # The sparse of a stable release may be older than what such headers are written in.
    newest = Apt(os.path.join(folder, APT, "sid"), ["sid"], apt.arch)
    try:
        newest.update()
        newest.download(["sparse"], folder)
    except Unavailable:
        return
    for package in os.listdir(folder):
        if package.startswith("sparse"):
            root.unpack(os.path.join(folder, package), own_root)
            os.remove(os.path.join(folder, package))


def fetch(name, folder, final):
    candidates, reasons = search(DEBIAN[name], folder)
    for found, apt in candidates:
        try:
            apt.download(found.packages, folder)
            unpack(folder, final, found.release)
            if found.in_root:
                make_root(apt, folder, found)
        except Unavailable as error:
            reasons.append(str(error))
            continue
        shutil.rmtree(os.path.join(folder, APT))
        with open(os.path.join(folder, "release"), "w", encoding="utf-8") as file:
            file.write(f"{found.release}\n{final}\n{found.compiler}\n")
        return
    raise Unavailable("; ".join(reasons))


def own(image, headers):
    """A kernel image from elsewhere; its release is in its header (the x86 boot protocol)."""
    with open(image, "rb") as file:
        data = file.read(0x10000)
    if data[0x202:0x206] != b"HdrS":
        raise Unavailable(f"{image} is no x86 Linux kernel image")
    start = struct.unpack_from("<H", data, 0x20e)[0] + 0x200
    release = data[start:data.index(b" ", start)].decode("ascii", "replace")
    return Kernel(os.path.basename(image), release, os.path.abspath(image),
                  os.path.abspath(headers) if headers else None)


def get(name, headers):
    return debian(name) if name in DEBIAN else own(name, headers)
