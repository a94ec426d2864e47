# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
What the checks know of an architecture: a module each, with the name of its port.

MACHINE      its number in an ELF header
STACK_USE    in a ChaCha20 in assembly: the instructions that use the stack, or what is the caller's
SAVES        of these, those that may come before the key is read; RESTORES, at any time
DYNAMIC_TLS  relocations of thread-local variables that are found by a call
STATIC_TLS   one that shows that none is, where ld does not say so in the flags
NEVER        instructions that no function of the image may have
STORE        an instruction that is no store though it names memory; no such check without it
MARK         flag, property, its bits, and first instructions of a function that can be jumped to
HAS_LLD      whether lld 14 knows it
"""
import importlib
import os
import pkgutil
import re

ALL = {name: importlib.import_module(f"{__name__}.{name}")
       for _, name, _ in pkgutil.iter_modules(__path__)}


def of_machine(machine):
    return next(port for port in ALL.values() if port.MACHINE == machine)


def chacha20(port):
    """The versions of ChaCha20 in assembly, as cmake/recipe lists them."""
    name = port.__name__.rpartition(".")[2]
    path = os.path.join(os.path.dirname(__file__), "../../../cmake/recipe")
    with open(path, encoding="utf-8") as file:
        names = re.search(rf'^vgr_levels_{name}="generic (.*)"$', file.read(), re.MULTILINE).group(1)
    return [f"vgr_chacha20_{version}" for version in names.split()]
