# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Marks that a job leaves in memory, and that are looked for on a disk: the same numbers as mark.h,
made from a seed, so that the mark lies nowhere but where it was put.
"""
import mmap
import os
import struct
import zlib

WORDS = 8
MASK = (1 << 64) - 1


def seeds(memory):
    """A seed for the mark in states, and one for that in ordinary memory."""
    return zlib.crc32(b"state " + memory.encode()), zlib.crc32(b"ordinary " + memory.encode())


def word(seed, i):
    """SplitMix64, as in mark.h."""
    z = (seed * 0x9e3779b97f4a7c15 + (i + 1) * 0xbf58476d1ce4e5b9) & MASK
    z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & MASK
    z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & MASK
    return z ^ (z >> 31)


def count_pages(path, seed, page_len=4096):
    """In how many pages of the file some two neighbouring words of the mark lie."""
    words = [struct.pack("<Q", word(seed, i)) for i in range(WORDS)]
    pages = set()
    if os.path.getsize(path) == 0:
        return 0
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for i in range(WORDS):
            pair = words[i] + words[(i + 1) % WORDS]
            at = data.find(pair)
            while at >= 0:
                pages.add(at // page_len)
                at = data.find(pair, (at // page_len + 1) * page_len)
    return len(pages)
