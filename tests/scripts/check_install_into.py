# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_install_into.py TOP: what kernel-side/linux/install-into does to a tree, on a small one that is
made here: once or twice is the same, --remove gives back every byte, and a tree that it does not know
stays as it is. That a real kernel is built with it shows tests/kernel/run --kernel 6.12-ours.
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../shape"))
from elf import Report  # noqa: E402

# Only what the script looks for, and lines around it that it must leave alone.
FILES = {
    "Kbuild": "# top\n",
    "include/vdso/datapage.h": "struct vdso_rng_data {\n\tu64\tgeneration;\n\tu8\tis_ready;\n};\n",
    "lib/vdso/Kconfig": "config VDSO_GETRANDOM\n\tbool\n\thelp\n"
                        "\t  For architectures that support vDSO getrandom().\n",
    "arch/x86/entry/vdso/Makefile": "vobjs-y := note.o vgetrandom.o vgetrandom-chacha.o\n"
                                    "vobjs := $(addprefix $(obj)/, $(vobjs-y))\n",
    "arch/x86/entry/syscalls/syscall_64.tbl":
        "462\tcommon\tmseal\t\tsys_mseal\n547\tx32\tpwritev2\tcompat_sys_pwritev64v2\n"
        "# not special and are not to be used for x32-specific syscalls.\n",
    "kernel/sys_ni.c": "COND_SYSCALL(cachestat);\nCOND_SYSCALL(mseal);\n\n"
                       "COND_SYSCALL(accept4);\n",
}
EDITED = [name for name in FILES if name != "Kbuild"]
LINES_MAX = 150
GLUE_LINES_MAX = 100
GLUE = ("vgr-kernel.h", "level.c", "state-len.c")


def make_tree(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def contents(folder):
    """Name -> text of all files below."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, encoding="utf-8") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def run(script, *arguments):
    done = subprocess.run([script, *arguments], text=True, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


def check_known_tree(report, top, script):
    with tempfile.TemporaryDirectory() as tree:
        make_tree(tree, FILES)
        status, out, _ = run(script, "--check", tree)
        report.expect(status == 0 and out.count(": known") == len(EDITED), "--check knows the tree", out)
        report.expect(contents(tree) == FILES, "--check changes nothing", "")
        report.expect(run(script, tree)[0] == 0, "it installs", "")
        once = contents(tree)
        for name in EDITED:
            added = set(once[name].splitlines()) - set(FILES[name].splitlines())
            report.expect(len(added) == 1, f"{name} has one line more", str(added))
        for name in os.listdir(os.path.join(top, "vdso")):
            if name.endswith((".c", ".h")):
                with open(os.path.join(top, "vdso", name), encoding="utf-8") as file:
                    report.expect(once.get(f"lib/vdso/vgetrandom/{name}") == file.read(),
                                  f"{name} is in the tree as it is", "")
        report.expect(run(script, tree)[0] == 0 and contents(tree) == once,
                      "twice is the same as once", "")
        report.expect(run(script, "--check", tree)[1].count(": edited") == len(EDITED),
                      "--check sees it", "")
        run(script, "--remove", tree)
        report.expect(contents(tree) == FILES, "--remove gives back every byte", "")
        report.expect(run(script, "--remove", tree)[0] == 0 and contents(tree) == FILES,
                      "--remove of what is not there does nothing", "")


def check_system_call(report, script):
    """Its number is in no program's headers, and it is one for 64-bit programs alone."""
    with tempfile.TemporaryDirectory() as tree:
        make_tree(tree, FILES)
        run(script, tree)
        rows = [line.split() for line in
                contents(tree)["arch/x86/entry/syscalls/syscall_64.tbl"].splitlines()
                if line[0].isdigit()]
        numbers = [int(row[0]) for row in rows]
        ours = [row for row in rows if row[2] == "vgetrandom_alloc"]
        report.expect(numbers == sorted(set(numbers)), "the table stays in order", str(numbers))
        report.expect(len(ours) == 1 and ours[0][1] == "64" and 548 <= int(ours[0][0]) < 1024,
                      "the system call has a number that Linux gives to no other", str(ours))


def check_unknown_trees(report, script):
    for name in EDITED:
        for what, text in (("without the line", "nothing\n"),
                           ("with the line twice", FILES[name] * 2)):
            with tempfile.TemporaryDirectory() as tree:
                files = {**FILES, name: text}
                make_tree(tree, files)
                status, _, err = run(script, tree)
                report.expect(status == 1 and name in err and contents(tree) == files,
                              f"a tree whose {name} is {what} is refused", err)


def check_lengths(report, top):
    folder = os.path.join(top, "kernel-side/linux")
    lengths = {name: text.count("\n") for name, text in contents(folder).items()}
    long = {name: num for name, num in lengths.items() if num > LINES_MAX}
    report.expect(not long, f"no file has more than {LINES_MAX} lines", str(long))
    glue = sum(lengths[name] for name in GLUE)
    report.expect(glue < GLUE_LINES_MAX, f"the glue has fewer than {GLUE_LINES_MAX} lines",
                  str(glue))


def main():
    top = sys.argv[1]
    script = os.path.join(top, "kernel-side/linux/install-into")
    report = Report()
    check_known_tree(report, top, script)
    check_system_call(report, script)
    check_unknown_trees(report, script)
    check_lengths(report, top)
    return report.exit_status()


sys.exit(main())
