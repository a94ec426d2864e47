# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
What differs between the architectures of guests.
"""
from collections import namedtuple

# debian: its name there; program: of QEMU; machine: options for it; cpu: what is added to every
# processor's name; console, ports: serial ports as the guest calls them, of the kernel's messages, and
# of results and kernel log; serial: the options that make the port of a file; preset: of CMake;
# has_module: whether vgetrandom.ko can be built for it here. triplet: in the names of its compiler, and
# of its folders of libraries; kernel: what Linux calls it; image: where a kernel that was built is,
# vdso: where the images of its vDSOs are, in that folder or below, and vdsos: those, that of 64-bit
# programs first.
Architecture = namedtuple("Architecture", "name debian program machine cpu console ports serial "
                                          "preset has_module triplet kernel image vdso vdsos")


def plain_ports(paths):
    return [word for path in paths for word in ("-serial", f"file:{path}")]


def one_port_and_cards(paths):
    """The machine has one serial port; more are on the PCI bus."""
    options = ["-serial", f"file:{paths[0]}"]
    for i, path in enumerate(paths[1:]):
        options += ["-chardev", f"file,id=port{i},path={path}", "-device", f"pci-serial,chardev=port{i}"]
    return options


# QEMU 7.2 emulates cmpxchg16b with wrong flags now and then, and the guest's kernel dies of it
# (a double fault in kmem_cache_alloc). Without that feature the kernel does not use it.
NO_CMPXCHG16B = ",-cx16"

X86_64 = Architecture("x86_64", "amd64", "qemu-system-x86_64", ("-M", "q35"), NO_CMPXCHG16B,
                      "ttyS0", ("ttyS1", "ttyS2"), plain_ports, "guest", True, "x86_64-linux-gnu", "x86",
                      "arch/x86/boot/bzImage", "arch/x86/entry/vdso",
                      ("vdso64.so", "vdso32.so", "vdsox32.so"))
AARCH64 = Architecture("aarch64", "arm64", "qemu-system-aarch64", ("-M", "virt"), "",
                       "ttyAMA0", ("ttyS0", "ttyS1"), one_port_and_cards, "guest-aarch64", False,
                       "aarch64-linux-gnu", "arm64", "arch/arm64/boot/Image", "arch/arm64/kernel/vdso",
                       ("vdso.so",))
