# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
What was fetched or built and takes long to have again: one folder per thing, version and
configuration, outside the checkout, where cache_dir() of cmake/setup.sh says.
"""
import contextlib
import glob
import os
import shutil
import tempfile


def path(name):
    return os.path.join(os.environ["VGETRANDOM_CACHE"], name)


def newest(pattern):
    """The folder of that name that was made last, or None."""
    return max(glob.glob(path(pattern)), key=os.path.getmtime, default=None)


@contextlib.contextmanager
def making(folder):
    """
    A folder beside @folder that becomes @folder, all at once, if nothing goes wrong. Whoever makes the
    same at the same time and is later throws its own away.
    """
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    work = tempfile.mkdtemp(prefix=f".{os.path.basename(folder)}-", dir=os.path.dirname(folder))
    os.chmod(work, 0o755)
    try:
        yield work
        with contextlib.suppress(OSError):
            os.rename(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
