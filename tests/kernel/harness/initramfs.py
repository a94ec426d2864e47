# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The files of a guest, as the archive that the kernel unpacks at boot: cpio's "newc" form, see
Documentation/driver-api/early-userspace/buffer-format.rst of Linux.
"""
import os
import stat

DIRECTORY = stat.S_IFDIR | 0o755
PROGRAM = stat.S_IFREG | 0o755
CONSOLE = stat.S_IFCHR | 0o600


class Archive:
    def __init__(self):
        self.data = bytearray()
        self.inode = 0

    def add(self, name, mode, content=b"", device=(0, 0)):
        self.inode += 1
        encoded = name.encode() + b"\0"
        fields = [self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0]
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self._pad()
        self.data += content
        self._pad()

    def _pad(self):
        self.data += bytes(-len(self.data) % 4)

    def finish(self):
        self.add("TRAILER!!!", 0)
        return bytes(self.data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def make(path, init, plan, programs, files, busybox):
    """
    @plan:     the text that init runs
    @programs: paths of programs and scripts, for /bin
    @files:    name in the guest -> path
    @busybox:  linked statically, as the package busybox-static has it
    """
    archive = Archive()
    for folder in ("bin", "dev"):
        archive.add(folder, DIRECTORY)
    # The kernel opens it for init before there is a /dev.
    archive.add("dev/console", CONSOLE, device=(5, 1))
    archive.add("bin/busybox", PROGRAM, read(busybox))
    archive.add("bin/sh", stat.S_IFLNK | 0o777, b"busybox")
    archive.add("init", PROGRAM, read(init))
    archive.add("plan", PROGRAM, plan.encode())
    for program in programs:
        archive.add(f"bin/{os.path.basename(program)}", PROGRAM, read(program))
    for name, source in files.items():
        archive.add(name, PROGRAM, read(source))
    with open(path, "wb") as file:
        file.write(archive.finish())
