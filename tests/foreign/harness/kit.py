# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
How a test is run on ours, on the system's ("theirs") and on zeros.
"""
import glob
import os
import re
import signal
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

# Of a test that hangs; no verdict depends on how fast one is.
SECONDS = 1200
HANGS = -1000

# What a level needs of the CPU, by its name in /proc/cpuinfo.
CHACHA_LEVELS = [("generic", set()), ("sse2", {"sse2"}), ("avx2", {"avx2"}),
                 ("avx512", {"avx512f", "avx512vl"}), ("avx512vl", {"avx512f", "avx512vl"})]


def run_all_of(command, **options):
    """Exit status and output. What it left running is ended."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace",
                               start_new_session=True, **options)
    try:
        out = process.communicate(timeout=SECONDS)[0]
        code = process.returncode
    except subprocess.TimeoutExpired:
        code, out = HANGS, f"did not end within {SECONDS} s"
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    return code, out


class Kit:
    def __init__(self, cache, work, provider):
        self.cache, self.work, self.provider = cache, work, provider
        self.build = os.path.join(TOP, "build/dev")
        self.stats = os.path.join(work, "stats")

    def other_libc(self):
        """The start of a command that runs a program on glibc 2.41, which cmake/other-libc got."""
        top = os.path.join(TOP, "build/glibc-2.41")
        libraries = os.path.join(top, "usr/lib/x86_64-linux-gnu")
        loader = os.path.join(libraries, "ld-linux-x86-64.so.2")
        if not os.path.exists(loader):
            raise FileNotFoundError(f"no glibc 2.41: {missing_reason(top)}")
        return [loader, "--library-path", libraries]

    def chacha_levels(self):
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            flags = set(re.search(r"^flags\s*: (.*)$", file.read(), re.MULTILINE)[1].split())
        return [(str(level), name) for level, (name, needs) in enumerate(CHACHA_LEVELS)
                if needs <= flags]

    def prefix(self, way, on):
        """What comes before a command, and what is added to its environment."""
        part = os.path.join(self.build, "tests/foreign")
        launch = os.path.join(part, "foreign-launch")
        if on == "theirs" or way == "linked":
            return [], {}
        if way == "image":
            image = os.path.join(self.build, "vdso/vgetrandom-vdso.so" if on == "ours" else
                                 "tests/foreign/libforeign-zeros-image.so")
            return [launch, image], {}
        if on == "zeros":
            return [], {"LD_PRELOAD": os.path.join(part, "libforeign-zeros-preload.so")}
        return [os.path.join(self.build, "userspace/cli/vgetrandom"), "run", "--provider",
                self.provider, f"--stats={self.stats}", "--"], {}

    def run(self, suite, test, on):
        """The outcome, by the names of the tests in it, and the whole output."""
        prefix, added = self.prefix(suite.way, on)
        command = test.command[on] if isinstance(test.command, dict) else test.command
        env = {name: value for name, value in os.environ.items()
               if not name.startswith(("VGETRANDOM_", "LD_", "PYTHON", "GO"))}
        env.update(added)
        if on == "zeros":
            command = [*command, *test.zeros]
        else:
            env.update(test.env)
        with tempfile.TemporaryDirectory(dir=self.work, ignore_cleanup_errors=True) as folder:
            code, out = run_all_of([*prefix, *command], cwd=test.cwd or folder, env=env)
            return test.read(test.name, code, out, folder), out

    def take_draws(self):
        """What the shim's processes say that they drew since this was asked last."""
        if not os.path.exists(self.stats):
            return 0
        with open(self.stats, encoding="utf-8", errors="replace") as file:
            draws = sum(int(n) for n in re.findall(r", (\d+) calls,", file.read()))
        os.remove(self.stats)
        return draws


def missing_reason(folder):
    found = glob.glob(os.path.join(folder, "missing"))
    if not found:
        return "cmake/other-libc fetches it"
    with open(found[0], encoding="utf-8") as file:
        return file.readline().strip()
