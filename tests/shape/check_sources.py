# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_sources.py RULE TOP: a rule that the sources below TOP keep.

spdx      every source says its licence in the first three lines
links     the relative links of each .md file lead to a file
includes  dependencies point one way
headers   each header compiles alone; the public ones with gcc and clang, as C and C++
format    the clang-format whose layout is the committed one would change nothing
names     what a Python file takes from another one is there, as pylint sees it
"""
import os
import platform
import re
import shutil
import subprocess
import sys

from elf import Report

SKIPPED = 77
FOLDERS = ["vdso", "kernel-side", "userspace", "bench", "tests", "cmake", ".ci"]

LICENCES = ["SPDX-License-Identifier: GPL-2.0-only OR MIT",
            "SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT"]

# A folder may include of its own layer and of lower ones.
LAYERS = [("kernel-side/include/", 0), ("vdso/", 1), ("kernel-side/port/", 2), ("kernel-side/", 3),
          ("userspace/", 4), ("bench/", 5), ("tests/", 5)]

# The image has no libc: what of it is there without one, and types.
FREESTANDING = re.compile(r"(linux/.*|std(bool|def|int)\.h|sys/types\.h|vgr-arch\.h|"
                          r"vgetrandom/abi\.h)$")

PUBLIC_HEADERS = ["kernel-side/include/vgetrandom/abi.h",
                  "kernel-side/include/vgetrandom/device.h",
                  "userspace/include/vgetrandom/core.h",
                  "userspace/include/vgetrandom/msan.h",
                  "userspace/include/vgetrandom/types.h",
                  "userspace/include/vgetrandom/vgetrandom.h",
                  "kernel-side/port/include/vgetrandom/port.h"]
PUBLIC_CXX_HEADERS = ["userspace/include/vgetrandom/urbg.hpp"]

# 2x and 2b are what the last ones are called by older compilers, too.
C_STANDARDS = [(compiler, f"c{standard}") for compiler in ("gcc", "clang")
               for standard in ("11", "17", "2x")]
CXX_STANDARDS = [(compiler, f"c++{standard}") for compiler in ("g++", "clang++")
                 for standard in ("11", "17", "20", "2b")]

# Each version lays out some lines differently, with the same .clang-format.
FORMAT_VERSION = "14"

# One architecture's part of a header that is included in its place.
NOT_ALONE = re.compile(r"/arch/")


def all_files(top):
    names = [n for n in os.listdir(top) if os.path.isfile(os.path.join(top, n))]
    for folder in FOLDERS:
        for path, _, files in os.walk(os.path.join(top, folder)):
            names += [os.path.relpath(os.path.join(path, f), top) for f in files]
    return sorted(names)


def first_lines(top, name, count):
    with open(os.path.join(top, name), encoding="utf-8", errors="replace") as file:
        return "".join(line for line, _ in zip(file, range(count)))


def include_folders():
    folders = ["kernel-side/include", "kernel-side/inprocess", "vdso", "userspace/include",
               "kernel-side/port/include", "userspace/src", "userspace/glue", "bench", "tests/support", "tests/unit"]
    return folders + [f"{part}/arch/{platform.machine()}" for part in ("vdso", "kernel-side/port")]


def check_spdx(top, report):
    sources = re.compile(r"\.(c|h|cpp|hpp|S|sh|py|cmake|lds|map|in|symbols|awk|scd)$|"
                         r"(^|/)CMakeLists\.txt$|\.clang-format$")
    count = 0
    for name in all_files(top):
        head = first_lines(top, name, 3)
        if not sources.search(name) and not head.startswith("#!"):
            continue
        count += 1
        report.expect(any(licence in head for licence in LICENCES), f"{name} has an SPDX line",
                      head.split("\n")[0])
    report.expect(count > 40, "the sources were found", count)


def check_links(top, report):
    names = [n for n in all_files(top) if n.endswith(".md")]
    count = 0
    for name in names:
        with open(os.path.join(top, name), encoding="utf-8") as file:
            text = re.sub(r"^(```.*?^```|    .*?)$", "", file.read(), flags=re.DOTALL | re.MULTILINE)
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if re.match(r"[a-z]+:", link):
                continue
            count += 1
            path = os.path.join(top, os.path.dirname(name), link)
            report.expect(os.path.exists(path), f"a link of {name} leads somewhere", link)
    report.expect(len(names) > 10 and count > 30, "the links were found", (len(names), count))


def layer(name):
    return next((level for prefix, level in LAYERS if name.startswith(prefix)), None)


def resolve(top, name, included):
    for folder in [os.path.dirname(name)] + include_folders():
        path = os.path.normpath(os.path.join(folder, included))
        if os.path.isfile(os.path.join(top, path)):
            return path
    return None


def check_includes(top, report):
    count = 0
    for name in all_files(top):
        if not re.search(r"\.([chS]|[ch]pp)$", name) or layer(name) is None:
            continue
        with open(os.path.join(top, name), encoding="utf-8") as file:
            includes = re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', file.read(), re.MULTILINE)
        for included in includes:
            target = resolve(top, name, included)
            count += target is not None
            if name.startswith("vdso/"):
                report.expect(target or FREESTANDING.match(included),
                              f"{name} needs no libc", included)
            if target is None:
                continue
            report.expect(layer(target) <= layer(name), f"{name} includes nothing from above",
                          target)
    report.expect(count > 40, "includes were found", count)


def compiles(top, compiler, options, header):
    command = [compiler, *options, "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    command += [f"-I{os.path.join(top, folder)}" for folder in include_folders()]
    language = "c++" if "++" in compiler else "c"
    text = f'#include "{os.path.join(top, header)}"\n' * 2 + "extern int unused;\n"
    done = subprocess.run([*command, "-x", language, "-"], input=text, text=True,
                          capture_output=True, check=False)
    return done.returncode == 0, done.stderr.strip()


def check_public_header(top, report, header, standards):
    for compiler, standard in standards:
        if not shutil.which(compiler):
            report.expect(False, f"{compiler} is installed")
            continue
        good, errors = compiles(top, compiler, [f"-std={standard}", "-pedantic"], header)
        report.expect(good, f"{header} compiles alone: {compiler} -std={standard}", errors)


def check_headers(top, report):
    for header in PUBLIC_HEADERS:
        check_public_header(top, report, header, C_STANDARDS + CXX_STANDARDS)
    for header in PUBLIC_CXX_HEADERS:
        check_public_header(top, report, header, CXX_STANDARDS)
    installed = {n for n in all_files(top) if re.search(r"/include/vgetrandom/[^/]*\.(h|hpp)$", n)}
    report.expect_equal(installed, set(PUBLIC_HEADERS + PUBLIC_CXX_HEADERS),
                        "the public headers are those that are installed")
    for header in all_files(top):
        if header.endswith(".h") and header not in PUBLIC_HEADERS and layer(header) is not None \
                and "/module/" not in header and not NOT_ALONE.search(header):
            good, errors = compiles(top, "gcc", ["-std=gnu11"], header)
            report.expect(good, f"{header} compiles alone", errors)


def find_clang_format():
    """Debian 12 has that version without a number in its name; elsewhere it may have one."""
    versions = []
    for name in (f"clang-format-{FORMAT_VERSION}", "clang-format"):
        if not shutil.which(name):
            continue
        text = subprocess.run([name, "--version"], text=True, capture_output=True,
                              check=True).stdout
        versions += re.findall(r"version (\d+)", text)
        if versions[-1:] == [FORMAT_VERSION]:
            return name
    print(f"skipped: the layout is that of clang-format {FORMAT_VERSION}; here is "
          f"{versions[-1] if versions else 'none'}")
    sys.exit(SKIPPED)


def check_format(top, report):
    clang_format = find_clang_format()
    names = [n for n in all_files(top) if re.search(r"\.([ch]|[ch]pp)$", n)]
    report.expect(len(names) > 30, "the sources were found", len(names))
    done = subprocess.run([clang_format, "--dry-run", "-Werror", *names], cwd=top, text=True,
                          capture_output=True, check=False)
    report.expect_equal(0, done.returncode, "clang-format would change nothing")
    print(done.stderr, end="")


# Python itself notices only when the line runs, which may be on a machine without a cache.
MISSING_NAMES = "import-error,no-member,no-name-in-module,undefined-variable,used-before-assignment"


def is_python(top, name):
    return name.endswith(".py") or re.match(r"#!.*python", first_lines(top, name, 1))


def check_names(top, report):
    if not shutil.which("pylint"):
        print("skipped: there is no pylint")
        sys.exit(SKIPPED)
    names = [name for name in all_files(top) if is_python(top, name)]
    # Of all scripts: which of these folders one of them has in its path is not looked at.
    folders = sorted({os.path.join(top, os.path.dirname(name)) for name in names})
    done = subprocess.run(["pylint", "--rcfile=/dev/null", "--score=n", "--disable=all",
                           f"--enable={MISSING_NAMES}", *names], cwd=top, text=True, check=False,
                          capture_output=True, env={**os.environ, "PYTHONPATH": ":".join(folders)})
    print(done.stdout + done.stderr)
    report.expect_equal(0, done.returncode, "every name is there")


def main():
    rule, top = sys.argv[1:3]
    report = Report()
    {"spdx": check_spdx, "links": check_links, "includes": check_includes, "headers": check_headers,
     "format": check_format, "names": check_names}[rule](top, report)
    return report.exit_status()


if __name__ == "__main__":
    sys.exit(main())
