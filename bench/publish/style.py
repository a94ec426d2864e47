# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Which source is drawn how: a colour for each family, dashes for its members, points for all. The
colours are of middle brightness: none vanishes on white or on black.
"""

TEXT = "#858c94"

# The first part of a name that fits decides.
FAMILIES = [
    ("vgetrandom", "#e0353b"),
    ("vdso", "#ef8a17"),
    ("kernel-vdso", "#8c6d31"),
    ("syscall", "#6f7780"),
    ("urandom", "#6f7780"),
    ("glibc", "#2f7de0"),
    ("libc", "#4f9fe8"),
    ("openssl", "#2e9e4f"),
    ("libsodium", "#9656c8"),
    ("libbsd", "#d457a8"),
    ("libgcrypt", "#12a3a3"),
    ("gnutls", "#a3a316"),
    ("mem", "#a8afb8"),
    ("boringssl", "#5b7f2b"),
    ("nss", "#b5651d"),
    ("mbedtls", "#3a7ca5"),
    ("botan", "#7a9e9f"),
    ("wolfssl", "#a05195"),
    ("nettle", "#c2a83e"),
    ("rust", "#b7410e"),
    ("go", "#00a0b0"),
]

DASHES = {
    "vgetrandom-native": 2, "vgetrandom-syscall": 3, "vgetrandom-module": 4,
    "urandom-read": 3, "libc-getentropy": 2, "libc-arc4random": 3, "openssl-chacha20": 3,
    "libsodium-system": 2, "memcpy": 2, "memset": 3,
}

POINTS = [7, 5, 9, 11, 13, 4, 6, 8, 10, 12]


def colour(source):
    return next((value for prefix, value in FAMILIES if source.startswith(prefix)), "#808080")


def is_ours(source):
    return source in ("vgetrandom", "vdso")


def points(source):
    families = [prefix for prefix, _ in FAMILIES if source.startswith(prefix)]
    index = [prefix for prefix, _ in FAMILIES].index(families[0]) if families else 0
    return POINTS[(index + DASHES.get(source, 1) - 1) % len(POINTS)]
