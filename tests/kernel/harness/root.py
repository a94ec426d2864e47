# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
A small system to build modules in, for kernels whose compiler, or the programs of whose headers,
this system is too old for.

Packages are unpacked, not installed: nothing of them runs before a module is built. A command
sees this root and, in its usual place, the folder it works on. What is mounted for that is
mounted in a namespace of its own and gone with the command, so neither root nor anything of the
system is needed.
"""
import os
import shutil
import subprocess

# What every command may take for granted: the essential packages of Debian that builds need.
ESSENTIAL = ["base-files", "bash", "coreutils", "dash", "diffutils", "findutils", "grep", "gzip",
             "mawk", "perl-base", "sed", "tar"]
# In a system with one file hierarchy these are links, and packages rely on that.
MERGED = ["bin", "lib", "lib64", "sbin"]
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

ENTER = """
root=$1 top=$2
shift 2
mkdir -p "$root$top" &&
mount --bind "$top" "$root$top" &&
mount --rbind /dev "$root/dev" &&
mount --rbind /proc "$root/proc" &&
exec chroot "$root" "$@"
"""


class Unavailable(Exception):
    """Something cannot be had here, and why. Not a failure of what is tested."""


def entering(root, top):
    """What comes before a command that is to run in @root, with the folder @top in its place."""
    as_root = ["--map-root-user"] if os.geteuid() else []
    return ["unshare", "--mount", *as_root, "sh", "-c", ENTER, "sh", root, top,
            "env", f"PATH={PATH}"]


def why_not(root, top):
    """None if commands can run there, or the reason: not every container allows it."""
    done = subprocess.run([*entering(root, top), "true"], text=True, capture_output=True,
                          check=False)
    return None if done.returncode == 0 else (done.stderr.splitlines() or ["no reason"])[0]


def unpack(package, folder, *members):
    """All of a package, or some members of it."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as tar:
        # A package of before the merge has folders where the links are.
        done = subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", folder, *members],
                              stdin=tar.stdout, capture_output=True, text=True, check=False)
        tar.stdout.close()
    if done.returncode != 0:
        raise Unavailable(f"{os.path.basename(package)} cannot be unpacked: {done.stderr.strip()}")


def make(apt, folder, packages):
    """Of these packages and what they depend on."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in MERGED:
        os.makedirs(os.path.join(folder, "usr", name))
        os.symlink(f"usr/{name}", os.path.join(folder, name))
    for path in apt.download_with_depends([*ESSENTIAL, *packages]):
        unpack(path, folder)
        os.remove(path)
    # What installing would choose, among several.
    awk = os.path.join(folder, "usr/bin/awk")
    if not os.path.lexists(awk):
        os.symlink("mawk", awk)
