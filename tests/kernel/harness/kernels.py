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
import subprocess
from collections import namedtuple

from machines import AARCH64, X86_64

# name -> version, suites that may have it, the first that does is used, architecture and flavour
Source = namedtuple("Source", "version suites arch flavour")
WITH_6_12 = ["bookworm-backports", "trixie"]
DEBIAN = {"6.1": Source("6.1", ["bookworm"], X86_64, "cloud-amd64"),
          "6.12": Source("6.12", WITH_6_12, X86_64, "cloud-amd64"),
          "6.12-arm64": Source("6.12", WITH_6_12, AARCH64, "cloud-arm64"),
          "6.12-arm64-16k": Source("6.12", WITH_6_12, AARCH64, "arm64-16k")}
DEFAULT = ["6.1", "6.12"]
DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

HOST_BUSYBOX = "/bin/busybox"

# headers: None if the module cannot be built for it.
Kernel = namedtuple("Kernel", "name release image headers arch busybox",
                    defaults=(X86_64, HOST_BUSYBOX))


class Unavailable(Exception):
    """No such kernel can be had here, and why. Not a failure of what is tested."""


def version(kernel):
    return tuple(int(part) for part in re.match(r"(\d+)\.(\d+)", kernel.release).groups())


def has_droppable(kernel):
    """What to expect of MAP_DROPPABLE: this is about the kernel, so its version is the answer."""
    return version(kernel) >= (6, 11)


def has_large_pages(kernel):
    """16 KiB: the name of Debian's flavour says so."""
    return kernel.name.endswith("-16k")


def has_vmgenid(kernel):
    """Whether a clone can be told: Debian's 6.1 was configured without it."""
    return has_droppable(kernel)


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, check=False, **options)


def mirror():
    """Where this system's Debian packages come from."""
    listed = run("apt-get", "indextargets", "--format", "$(SITE) $(ORIGIN) $(RELEASE)",
                 "Created-By: Packages")
    for line in listed.stdout.splitlines():
        site, origin, *_ = line.split(" ") + [""]
        if origin == "Debian" and not site.rstrip("/").endswith("-security"):
            return site.rstrip("/")
    return DEFAULT_MIRROR


class Apt:
    """apt with lists, cache and sources of its own."""

    def __init__(self, folder, suites, arch):
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial", "etc"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        sources = os.path.join(folder, "etc/sources.list")
        with open(sources, "w", encoding="ascii") as file:
            for suite in suites:
                file.write(f"deb [signed-by={KEYRING}] {mirror()} {suite} main\n")
        self.options = ["-o", f"Dir::State={folder}", "-o", f"Dir::State::lists={folder}/lists",
                        "-o", f"Dir::Cache={folder}/cache", "-o", f"Dir::Etc::sourcelist={sources}",
                        "-o", "Dir::Etc::sourceparts=/dev/null", "-o", "APT::Sandbox::User=root",
                        "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20",
                        "-o", f"APT::Architecture={arch.debian}",
                        "-o", f"APT::Architectures={arch.debian}"]

    def update(self):
        done = run("apt-get", *self.options, "--error-on=any", "update")
        if done.returncode != 0:
            raise Unavailable(f"apt-get update: {last_line(done.stderr)}")

    def show(self, package):
        """The control fields of the versions of a package, newest first."""
        text = run("apt-cache", *self.options, "show", package).stdout
        return [dict(re.findall(r"^([\w-]+): (.*)$", block, re.MULTILINE))
                for block in text.split("\n\n") if block.strip()]

    def download(self, packages, folder):
        done = run("apt-get", *self.options, "download", *packages, cwd=folder)
        if done.returncode != 0:
            raise Unavailable(f"apt-get download: {last_line(done.stderr)}")


def last_line(text):
    return (text.strip().splitlines() or ["no message"])[-1]


def find_versions(apt, source):
    """
    Packages of the kernel: image, headers of both kinds, and what compiles modules. Where no module
    is built, the image, and a busybox that this system has not.
    """
    package = f"linux-headers-{source.flavour}"
    for fields in apt.show(package):
        if fields["Version"].startswith(source.version + "."):
            headers = re.match(r"[^ ,]+", fields["Depends"]).group()
            release = headers.removeprefix("linux-headers-")
            break
    else:
        raise Unavailable(f"no package {package} of {source.version} is on {mirror()}")
    if not source.arch.has_module:
        return release, [f"linux-image-{release}", "busybox-static"]
    depends = apt.show(headers)[0]["Depends"]
    more = re.findall(r"linux-headers-\S+-common|linux-kbuild-[^ ,]+", depends)
    return release, [f"linux-image-{release}", headers, *more]


def unpack(folder, release):
    """Image and headers out of the packages; the rest of an image package is drivers."""
    for package in sorted(os.listdir(folder)):
        if not package.endswith(".deb"):
            continue
        tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", os.path.join(folder, package)],
                               stdout=subprocess.PIPE)
        wanted = [f"./boot/vmlinuz-{release}"] if package.startswith("linux-image") else \
            ["./bin"] if package.startswith("busybox") else ["./usr"]
        done = subprocess.run(["tar", "-x", "-C", folder, *wanted], stdin=tar.stdout,
                              capture_output=True, text=True, check=False)
        tar.stdout.close()
        if tar.wait() != 0 and done.returncode != 0:
            raise Unavailable(f"{package} cannot be unpacked: {last_line(done.stderr)}")
        os.remove(os.path.join(folder, package))
    makefile = os.path.join(folder, f"usr/src/linux-headers-{release}/Makefile")
    if not os.path.exists(makefile):
        return
    # Headers name each other by where they are once installed.
    with open(makefile, encoding="utf-8") as file:
        text = file.read()
    with open(makefile, "w", encoding="utf-8") as file:
        file.write(text.replace("include /usr/src/", f"include {folder}/usr/src/"))


def read_stamp(stamp):
    """Release and folder: headers that were moved to another folder are of no use."""
    if not os.path.exists(stamp):
        return []
    with open(stamp, encoding="utf-8") as file:
        return file.read().splitlines()


def debian(name, cache):
    """Fetches Debian's kernel @name, unless it is there."""
    folder = os.path.join(cache, name)
    stamp = os.path.join(folder, "release")
    if read_stamp(stamp)[1:] != [folder]:
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise Unavailable("there is no apt here to fetch it with")
        if not os.path.exists(KEYRING):
            raise Unavailable(f"there is no {KEYRING} to check it with")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        fetch(name, cache, folder, stamp)
    release = read_stamp(stamp)[0]
    image, arch = os.path.join(folder, f"boot/vmlinuz-{release}"), DEBIAN[name].arch
    if not arch.has_module:
        return Kernel(name, release, image, None, arch, os.path.join(folder, "bin/busybox"))
    return Kernel(name, release, image, os.path.join(folder, f"usr/src/linux-headers-{release}"))


def fetch(name, cache, folder, stamp):
    reasons = []
    source = DEBIAN[name]
    for suite in source.suites:
        apt = Apt(os.path.join(cache, f"apt-{suite}-{source.arch.debian}"),
                  sorted({suite, suite.removesuffix("-backports")}), source.arch)
        try:
            apt.update()
            release, packages = find_versions(apt, source)
            apt.download(packages, folder)
        except Unavailable as error:
            reasons.append(str(error))
            continue
        unpack(folder, release)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(f"{release}\n{folder}\n")
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


def get(name, headers, cache):
    return debian(name, cache) if name in DEBIAN else own(name, headers)
