# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Sources and packages of Debian's, each unpacked into a folder of the cache that is named after it and
its version. apt works in a folder of its own there, as for the kernels of tests/kernel. What is
there already is not asked for again.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../kernel/harness"))
from apt import KEYRING, Apt, last_line, mirror, run  # noqa: E402
from machines import X86_64  # noqa: E402
from root import Unavailable  # noqa: E402

# kind: "source", or "deb" for binary packages. suite: None is that of this system. members: what of
# the tar file inside a package is wanted, all if there are none; it is unpacked in place of the rest.
Package = namedtuple("Package", "kind name suite others tar members", defaults=((), None, ()))


class SourceApt(Apt):
    """Knows sources, too."""

    def __init__(self, folder, suite):
        super().__init__(folder, [suite], X86_64)
        with open(os.path.join(folder, "etc/sources.list"), "a", encoding="ascii") as file:
            file.write(f"deb-src [signed-by={KEYRING}] {mirror()} {suite} main\n")

    def download_source(self, name, folder):
        done = run("apt-get", *self.options, "source", "--download-only", "--only-source",
                   name, cwd=folder)
        if done.returncode != 0:
            raise Unavailable(f"apt-get source: {last_line(done.stderr)}")


def codename():
    """Of this system, when it is Debian."""
    with open("/etc/os-release", encoding="utf-8") as file:
        fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', file.read(), re.MULTILINE))
    if fields.get("ID") != "debian" or "VERSION_CODENAME" not in fields:
        raise Unavailable("the source that belongs to the library is only known on Debian")
    return fields["VERSION_CODENAME"]


def run_well(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Unavailable(f"{command[0]}: {last_line(done.stderr)}")


def download(package, apt, folder):
    """Returns the version."""
    if package.kind == "source":
        apt.download_source(package.name, folder)
        found = glob.glob(os.path.join(folder, "*.dsc"))
    else:
        apt.download([package.name, *package.others], folder)
        found = glob.glob(os.path.join(folder, f"{package.name}_*.deb"))
    return os.path.basename(found[0]).split("_")[1].removesuffix(".dsc").replace("%3a", ":")


def unpack(package, folder, into):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".deb"):
            run_well("dpkg-deb", "--extract", path, into)
        elif re.search(r"\.orig\.tar\.\w+$", name):
            run_well("tar", "-C", into, "--strip-components=1", "-xf", path)
    if package.tar:
        archive, = glob.glob(os.path.join(into, package.tar))
        content = os.path.join(into, "content")
        os.mkdir(content)
        run_well("tar", "-C", content, "--strip-components=1", "--wildcards", "-xf", archive,
                 *package.members)
        shutil.rmtree(os.path.join(into, "usr"))


def find(package, cache):
    found = glob.glob(os.path.join(cache, f"{package.name}_{package.suite or codename()}_*"))
    return max(found, key=os.path.getmtime) if found else None


def python_tests():
    """The installed package with the tests of the system's Python, and its version."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\\n",
                           "libpython3.*-testsuite"], capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or ["libpython3-testsuite"])[0]


def fetch(package, cache):
    """
    Returns the folder and the version. Concurrent runs do no harm: a folder gets its name when all
    of it is there.
    """
    folder = find(package, cache)
    if not folder:
        if not os.path.exists(KEYRING):
            raise Unavailable(f"there is no {KEYRING} to check it with")
        suite = package.suite or codename()
        os.makedirs(cache, exist_ok=True)
        apt = SourceApt(os.path.join(cache, f"apt-{suite}"), suite)
        apt.update()
        with tempfile.TemporaryDirectory(dir=cache) as work:
            into = os.path.join(work, "unpacked")
            os.mkdir(into)
            os.chmod(work, 0o755)
            version = download(package, apt, work)
            unpack(package, work, into)
            folder = os.path.join(cache, f"{package.name}_{suite}_{version}")
            if not os.path.exists(folder):
                os.rename(into, folder)
    return folder, folder.rsplit("_", 1)[1]
