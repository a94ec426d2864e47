# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The files of a guest, as the archive that the kernel unpacks at boot: cpio's "newc" form, see
Documentation/driver-api/early-userspace/buffer-format.rst of Linux.
"""
import os
import re
import stat
import subprocess

DIRECTORY = stat.S_IFDIR | 0o755
PROGRAM = stat.S_IFREG | 0o755
CONSOLE = stat.S_IFCHR | 0o600


class Archive:
    def __init__(self):
        self.data = bytearray()
        self.inode = 0
        self.folders = {""}

    def add(self, name, mode, content=b"", device=(0, 0)):
        self.inode += 1
        encoded = name.encode() + b"\0"
        fields = [self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0]
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self._pad()
        self.data += content
        self._pad()

    def add_file(self, name, content):
        """A program, with the folders that it is in."""
        self.add_folder(os.path.dirname(name))
        self.add(name, PROGRAM, content)

    def add_folder(self, name):
        if name not in self.folders:
            self.add_folder(os.path.dirname(name))
            self.folders.add(name)
            self.add(name, DIRECTORY)

    def _pad(self):
        self.data += bytes(-len(self.data) % 4)

    def finish(self):
        self.add("TRAILER!!!", 0)
        return bytes(self.data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def libraries(program):
    """Name in the guest -> path, of what a program of this system is linked with."""
    listed = subprocess.run(["ldd", program], text=True, capture_output=True, check=False).stdout
    return {path[1:]: path for path in re.findall(r"(/\S+) \(0x", listed)}


def make(path, init, plan, files, busybox):
    """
    @plan:    the text that init runs
    @files:   name in the guest -> path
    @busybox: linked statically, as the package busybox-static has it
    """
    archive = Archive()
    for folder in ("bin", "dev"):
        archive.add_folder(folder)
    # The kernel opens it for init before there is a /dev.
    archive.add("dev/console", CONSOLE, device=(5, 1))
    archive.add_file("bin/busybox", read(busybox))
    archive.add("bin/sh", stat.S_IFLNK | 0o777, b"busybox")
    archive.add_file("init", read(init))
    archive.add_file("plan", plan.encode())
    for name, source in files.items():
        archive.add_file(name, read(source))
    with open(path, "wb") as file:
        file.write(archive.finish())
