# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Kernels that are built here from Debian's source package, because nobody ships them: as it is, with
our vDSO function in the place of the kernel's own, and with the kernel's checks of itself.

The package is fetched once and each kernel built once; what is built is found again by a digest of
all that it was built from.
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

import cache
import foreign
import kernels
import root
import selftests
from apt import Apt
from machines import X86_64
from recipes import RECIPES
from root import Unavailable

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
CONFIGS = os.path.join(TOP, "tests/kernel/config")
INSTALL = os.path.join(TOP, "kernel-side/linux/install-into")

# What a kernel is built from besides the package and its configuration, and one with our function.
ALL = ["tests/kernel/harness/built.py", "tests/kernel/harness/machines.py"]
OURS = ["vdso", "kernel-side/include", "kernel-side/linux", "kernel-side/module/chacha-level.h",
        "kernel-side/module/arch", "tests/kernel/chacha-adapter.c",
        "tests/kernel/harness/selftests.py"]

JOBS = str(os.cpu_count() or 1)

# What a kernel is called in the folder of what was built.
IMAGE = "kernel"


class Failed(Exception):
    """It could be fetched and not be built: a fault of what is tested, not of what is missing."""


def digest(recipe):
    """Of everything that the result depends on, but for the package, whose newest version there is."""
    paths = [os.path.join(CONFIGS, f"{name}.config") for name in recipe.configs]
    for path in ALL + (OURS if recipe.has_ours else []):
        path = os.path.join(TOP, path)
        paths += [path] if os.path.isfile(path) else \
            [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names
             if not name.endswith(".md")]
    told = (recipe._replace(arch=recipe.arch.name), compiler(recipe.arch))
    found = hashlib.sha256(repr(told).encode())
    for path in sorted(paths):
        with open(path, "rb") as file:
            found.update(os.path.relpath(path, TOP).encode() + b"\0" + file.read() + b"\0")
    return found.hexdigest()[:16]


def fetch_source(recipe):
    """The archive of the kernel's sources; that of another day will do."""
    kept_as = f"linux-source-{recipe.version or 'current'}"
    there = cache.newest(f"{kept_as}-*")
    if there:
        return os.path.join(there, "source.tar.xz")
    reasons = []
    for suite in recipe.suites:
        with tempfile.TemporaryDirectory() as work:
            packages = Apt(work, sorted({suite, suite.removesuffix("-backports")}), X86_64)
            try:
                packages.update()
                name = source_package(packages, recipe)
                version = (packages.show(name) or [{}])[0].get("Version")
                if not version:
                    raise Unavailable(f"{suite} has no package {name}")
                packages.download([f"{name}={version}"], work)
            except Unavailable as error:
                reasons.append(str(error))
                continue
            return unpack_source(work, name, cache.path(f"{kept_as}-{version}"))
    raise Unavailable("; ".join(reasons))


def source_package(packages, recipe):
    """The newest is what the package without a version in its name depends on."""
    if recipe.version:
        return f"linux-source-{recipe.version}"
    fields = (packages.show("linux-source") or [{}])[0]
    return fields.get("Depends", "linux-source").partition(" ")[0]


def unpack_source(work, name, folder):
    package = glob.glob(f"{work}/*.deb")[0]
    with cache.making(folder) as made:
        root.unpack(package, made, f"./usr/src/{name}.tar.xz")
        os.rename(os.path.join(made, f"usr/src/{name}.tar.xz"), os.path.join(made, "source.tar.xz"))
        shutil.rmtree(os.path.join(made, "usr"))
    return os.path.join(folder, "source.tar.xz")


def compiler(arch):
    """The same as modules are built with, for that architecture."""
    return kernels.COMPILER if arch is X86_64 else f"{arch.triplet}-{kernels.COMPILER}"


class Tree:
    """Sources in one folder, what is built of them in another."""

    def __init__(self, work, log, arch):
        self.arch = arch
        self.compiler = compiler(arch)
        # What each of the makefiles is told.
        self.for_arch = [f"CC={self.compiler}"]
        if arch is not X86_64:
            self.for_arch += [f"ARCH={arch.kernel}", f"CROSS_COMPILE={arch.triplet}-"]
        self.source = os.path.join(work, "source")
        self.out = os.path.join(work, "out")
        self.log = log
        os.makedirs(self.source)
        os.makedirs(self.out)

    def run(self, *command, **options):
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n")
            log.flush()
            done = subprocess.run(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                  check=False, **options)
        if done.returncode != 0:
            raise Failed(f"'{' '.join(command[:6])} ...' failed, see {self.log}")

    def make(self, *arguments):
        self.run("nice", "make", "-C", self.source, f"O={self.out}", *self.for_arch,
                 f"HOSTCC={kernels.COMPILER}", f"-j{JOBS}", *arguments)

    def unpack(self, archive):
        self.run("tar", "-xJf", archive, "-C", self.source, "--strip-components=1")

    def configure(self, configs):
        """
        A symbol that this kernel does not know, or whose needs are not met, is an error. Where two
        configurations differ the later one counts.
        """
        lines = {}
        for name in configs:
            with open(os.path.join(CONFIGS, f"{name}.config"), encoding="utf-8") as file:
                lines.update((symbol, line) for line, symbol in
                             re.findall(r"^((?:# )?(CONFIG_\w+)(?:=.*| is not set))$", file.read(),
                                        re.MULTILINE))
        wanted = os.path.join(self.out, "wanted.config")
        with open(wanted, "w", encoding="utf-8") as file:
            file.write("\n".join(lines.values()) + "\n")
        self.make(f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig")
        with open(os.path.join(self.out, ".config"), encoding="utf-8") as file:
            got = set(file.read().splitlines())
        lost = [line for line in lines.values() if "=" in line and line not in got]
        if lost:
            raise Failed(f"the kernel's configuration has no {' '.join(lost)}")

    def keep(self, folder):
        """The image, and the vDSOs by themselves, the first one with its symbols, too."""
        os.makedirs(folder)
        shutil.copy(os.path.join(self.out, self.arch.image), os.path.join(folder, IMAGE))
        vdsos = self.arch.vdsos
        for name in (*vdsos, f"{vdsos[0]}.dbg"):
            where = os.path.join(self.out, self.arch.vdso, "**", name)
            shutil.copy(glob.glob(where, recursive=True)[0], folder)
        shutil.copy(os.path.join(self.out, ".config"), os.path.join(folder, "config"))

    def keep_headers(self, folder):
        """What modules are built with, as the kernel's own packages have it."""
        script = f"$(srctree)/scripts/package/install-extmod-build {folder}"
        self.make("modules_prepare")
        self.make("run-command", f"KBUILD_RUN_COMMAND={script}")


def check_unchanged(work, name):
    """What is not ours to change, byte for byte."""
    contents = []
    for which in ("stock", "ours"):
        with open(os.path.join(work, which, name), "rb") as file:
            contents.append(file.read())
    if contents[0] != contents[1]:
        raise Failed(f"{name} is another one with our function")


def make_kernel(recipe, work):
    log = os.path.join(TOP, "build/log", f"linux-{'-'.join(recipe.configs)}.log")
    os.makedirs(os.path.dirname(log), exist_ok=True)
    open(log, "wb").close()
    archive = fetch_source(recipe)
    tree = Tree(os.path.join(work, "tree"), log, recipe.arch)
    tree.unpack(archive)
    tree.configure(recipe.configs)
    tree.make(os.path.basename(tree.arch.image), "modules")
    tree.keep(os.path.join(work, "stock"))
    with open(os.path.join(tree.out, "include/config/kernel.release"), encoding="ascii") as file:
        release = file.read().strip()
    if recipe.has_ours:
        selftests.build(tree, kernels.version_of(release), os.path.join(work, "selftests"))
        tree.run(INSTALL, tree.source)
        tree.make("olddefconfig")
        tree.make(os.path.basename(tree.arch.image), "modules")
        tree.keep(os.path.join(work, "ours"))
        if "vdso32.so" in tree.arch.vdsos:
            check_unchanged(work, "vdso32.so")
    if recipe.arch.has_module:
        tree.keep_headers(os.path.join(work, "headers"))
    with open(os.path.join(work, "release"), "w", encoding="ascii") as file:
        file.write(f"{release}\n")
    shutil.rmtree(os.path.join(work, "tree"))


def get(name):
    recipe = RECIPES[name]
    folder = cache.path(f"linux-{name}-{digest(recipe)}")
    for program in (compiler(recipe.arch), kernels.COMPILER, "flex", "bison", "bc"):
        if not shutil.which(program):
            raise Unavailable(f"there is no {program} here to build it with")
    if not os.path.exists(folder):
        with cache.making(folder) as work:
            make_kernel(recipe, work)
    with open(os.path.join(folder, "release"), encoding="ascii") as file:
        release = file.read().strip()
    image = os.path.join(folder, "ours" if recipe.has_ours else "stock", IMAGE)
    return kernels.Kernel(name, release, image, os.path.join(folder, "headers"), recipe.arch,
                          foreign.busybox(recipe.arch), folder=folder)
