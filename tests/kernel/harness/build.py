# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Builds the module for a kernel, in every way that is documented, and tells how it went.
"""
import os
import re
import shutil
import subprocess

import root
from guest import Result

HARNESS = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HARNESS)))
SOURCE = os.path.join(TOP, "kernel-side/module")


def run(log, *command, **options):
    """Returns whether it succeeded without a warning; its output goes to @log, too."""
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **options)
    log.append(f"$ {' '.join(command)}\n{done.stdout}")
    return done.returncode == 0 and not warnings(done.stdout)


def warnings(text):
    return [line for line in text.splitlines()
            if re.search(r"\bwarning:|\berror:|\bERROR:|\bWARNING:", line)]


class Builder:
    def __init__(self, kernel, where):
        self.kernel = kernel
        self.where = os.path.join(where, kernel.name, "build")
        self.enter = root.entering(kernel.root, TOP) if kernel.root else []
        shutil.rmtree(self.where, ignore_errors=True)
        os.makedirs(self.where)

    def result(self, name, is_good, log, detail):
        text = "\n".join(log)
        if not is_good:
            found = warnings(text) or [line for line in text.splitlines() if "rror" in line]
            detail = found[0] if found else "the command failed"
        return Result(self.kernel.name, "build", name, "ok" if is_good else "fail", detail,
                      "" if is_good else text, 0.0)

    def make(self, log, folder, *arguments):
        return run(log, *self.enter, "make", "-C", SOURCE, f"KDIR={self.kernel.headers}",
                   f"OUT={os.path.join(self.where, folder)}", f"CC={self.kernel.compiler}",
                   *arguments)

    def module(self, folder, *arguments):
        """Returns the module, or None, and the result."""
        log = []
        is_good = self.make(log, folder, "W=1", *arguments)
        path = os.path.join(self.where, folder, "vgetrandom.ko")
        is_good = is_good and os.path.exists(path)
        result = self.result(folder, is_good, log, "no warning with W=1")
        return path if is_good else None, result

    def sparse(self):
        log = []
        is_good = self.make(log, "sparse", "sparse")
        if not is_good and "got __typeof_unqual__" in log[0]:
            return skipped(self.kernel, "sparse", "this sparse is too old for these headers: it "
                           "does not know __typeof_unqual__")
        # Without a checker the kernel's build goes on, and is content.
        is_good = is_good and re.search(r"^  CHECK ", log[0], re.MULTILINE)
        return self.result("sparse", is_good, log, "no warning")

    def dkms(self):
        """As a user's machine does it, in folders of our own."""
        log = []
        with open(os.path.join(TOP, "CMakeLists.txt"), encoding="utf-8") as file:
            version = re.search(r"^project\(vgetrandom VERSION ([\d.]+)", file.read(),
                                re.MULTILINE).group(1)
        source = os.path.join(self.where, "dkms-source")
        tree = os.path.join(self.where, "dkms-tree")
        os.makedirs(tree)
        is_good = self.make(log, "dkms", "dkms-tree", f"DKMS_TREE={source}/vgetrandom-{version}")
        # It wants to be root, but here it writes to our folders only.
        as_root = self.enter or (["unshare", "--map-root-user"] if os.geteuid() else [])
        is_good = is_good and run(
            log, *as_root, "dkms", "build", "-m", "vgetrandom", "-v", version,
            "-k", self.kernel.release, "--kernelsourcedir", self.kernel.headers,
            "--dkmstree", tree, "--sourcetree", source,
            env={**os.environ, "CC": self.kernel.compiler})
        built = [name for _, _, files in os.walk(tree) for name in files
                 if name.startswith("vgetrandom.ko") and not name.endswith(".cmd")]
        if not built:
            log += self.dkms_log(tree)
        return self.result("dkms", is_good and built, log, "built by dkms")

    @staticmethod
    def dkms_log(tree):
        for folder, _, files in os.walk(tree):
            if "make.log" in files:
                with open(os.path.join(folder, "make.log"), encoding="utf-8") as file:
                    return [file.read()]
        return []


KINDS = {"release": [], "debug": ["DEBUG=1"], "faults": ["FAULTS=1"]}


def skipped(kernel, name, reason):
    return Result(kernel.name, "build", name, "skip", reason, "", 0.0)


def all_of(kernel, where, kinds):
    """
    @kinds: of KINDS, which builds of the module there shall be. Returns kind -> path, None for what
    could not be built, and the results.
    """
    if not kernel.headers:
        return {}, [skipped(kernel, "module", "no --headers were given for it")]
    reason = root.why_not(kernel.root, TOP) if kernel.root else None
    if reason:
        return {}, [skipped(kernel, "module", f"its own system cannot be entered here: {reason}")]
    builder = Builder(kernel, where)
    modules, results = {}, []
    for name in kinds:
        modules[name], result = builder.module(name, *KINDS[name])
        results.append(result)
    return modules, results + [builder.sparse(), builder.dkms()]
