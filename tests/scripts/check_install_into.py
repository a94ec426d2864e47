# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_install_into.py TOP: what kernel-side/linux/install-into does to a tree, on a small one that is
made here: once or twice is the same, --remove gives back every byte, and a tree that it does not know
stays as it is. That real kernels are built with it shows tests/kernel/run --kernel 6.12-ours and its
like.
"""
import os
import shutil
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
    "lib/Makefile": "obj-y += group_cpus.o\nobj-$(CONFIG_FIRMWARE_TABLE) += fw_table.o\n\n"
                    "subdir-$(CONFIG_FORTIFY_SOURCE) += test_fortify\n",
    "arch/x86/entry/vdso/Makefile": "vobjs-y := note.o vgetrandom.o vgetrandom-chacha.o\n"
                                    "vobjs := $(addprefix $(obj)/, $(vobjs-y))\n",
    "arch/x86/entry/syscalls/syscall_64.tbl":
        "462\tcommon\tmseal\t\tsys_mseal\n547\tx32\tpwritev2\tcompat_sys_pwritev64v2\n"
        "# not special and are not to be used for x32-specific syscalls.\n",
    "arch/arm64/kernel/vdso/Makefile":
        "obj-vdso := note.o sigreturn.o vgetrandom.o vgetrandom-chacha.o\n\n"
        "targets := $(obj-vdso) vdso.so\nobj-vdso := $(addprefix $(obj)/, $(obj-vdso))\n",
    "scripts/syscall.tbl": "461\tcommon\tlsm_list_modules\tsys_lsm_list_modules\n"
                           "462\tcommon\tmseal\t\tsys_mseal\n",
    "arch/arm64/kernel/Makefile.syscalls":
        "syscall_abis_32 +=\nsyscall_abis_64 += renameat rlimit memfd_secret\n\n"
        "syscalltbl = arch/arm64/tools/syscall_%.tbl\n",
    "kernel/sys_ni.c": "COND_SYSCALL(cachestat);\nCOND_SYSCALL(mseal);\n\n"
                       "COND_SYSCALL(accept4);\n",
}
# What differs in 7.3.
MOVED = {
    "lib/vdso/datastore.c": "struct vdso_rng_data *vdso_k_rng_data;\n",
    "arch/x86/entry/vdso/vdso64/Makefile": "vobjs-y\t\t\t:= note.o\n"
                                           "vobjs-y\t\t\t+= vgetrandom.o vgetrandom-chacha.o\n"
                                           "vobjs-$(CONFIG_X86_SGX)\t+= vsgx.o\n",
    "scripts/syscall.tbl": "462\tcommon\tmseal\t\tsys_mseal\n"
                           "472\tcommon\tfchroot\t\tsys_fchroot\n",
}
OTHER = {**FILES, "arch/x86/entry/vdso/Makefile": "obj-$(CONFIG_X86_64) += vdso64/\n", **MOVED}
UNTOUCHED = ("Kbuild", "lib/vdso/datastore.c")
# Version -> its files, and those that are edited.
TREES = {"6.12": (FILES, [name for name in FILES if name not in UNTOUCHED]),
         "7.3": (OTHER, [name for name in OTHER
                         if name not in (*UNTOUCHED, "arch/x86/entry/vdso/Makefile")])}
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


def text_of(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def check_known_tree(report, top, script, version):
    original, edited = TREES[version]
    with tempfile.TemporaryDirectory() as tree:
        make_tree(tree, original)
        status, out, _ = run(script, "--check", tree)
        report.expect(status == 0 and out.count(": known") == len(edited), "--check knows the tree", out)
        report.expect(contents(tree) == original, "--check changes nothing", "")
        report.expect(run(script, tree)[0] == 0, "it installs", "")
        once = contents(tree)
        for name in edited:
            added = set(once[name].splitlines()) - set(original[name].splitlines())
            report.expect(len(added) == 1, f"{name} has one line more", str(added))
        same = {name: text_of(top, "vdso", name) for name in os.listdir(os.path.join(top, "vdso"))
                if name.endswith((".c", ".h"))}
        same["rng-page.h"] = text_of(top, f"kernel-side/linux/rng-page-{version}.h")
        for name, text in same.items():
            report.expect(once.get(f"lib/vdso/vgetrandom/{name}") == text,
                          f"{name} is in the tree as it is", "")
        report.expect(run(script, tree)[0] == 0 and contents(tree) == once,
                      "twice is the same as once", "")
        report.expect(run(script, "--check", tree)[1].count(": edited") == len(edited),
                      "--check sees it", "")
        check_version(report, script, tree)
        run(script, "--remove", tree)
        report.expect(contents(tree) == original, "--remove gives back every byte", "")
        report.expect(run(script, "--remove", tree)[0] == 0 and contents(tree) == original,
                      "--remove of what is not there does nothing", "")


def check_version(report, script, tree):
    """--check of a tree with all edits looks at what is to be built, too; installing mends it."""
    folder = os.path.join(tree, "lib/vdso/vgetrandom")
    for what, expected, spoil in (
            ("as it is", "this version", lambda: None),
            ("with one file of old", "another version",
             lambda: make_tree(folder, {"batch.c": "/* of old */\n"})),
            ("without a file", "another version",
             lambda: os.remove(os.path.join(folder, "arch/x86_64/vgr-arch.h"))),
            ("away", "not there", lambda: shutil.rmtree(folder))):
        spoil()
        status, out, err = run(script, "--check", tree)
        report.expect(status == 0 and f"lib/vdso/vgetrandom: {expected}\n" in out,
                      f"--check of the folder {what} says {expected}", out + err)
        run(script, tree)


def check_removal(report, script, version):
    """From a tree in which a run was interrupted, and that was changed since."""
    original, edited = TREES[version]
    with tempfile.TemporaryDirectory() as tree:
        make_tree(tree, original)
        run(script, tree)
        changed = {name: text.replace("mseal", "mfrozen").replace("is_ready", "ready")
                   for name, text in original.items()}
        make_tree(tree, {name: text.replace("mseal", "mfrozen").replace("is_ready", "ready")
                         for name, text in contents(tree).items() if name in edited})
        make_tree(tree, {"lib/Makefile.vgetrandom": "half\n"})
        status, _, err = run(script, "--remove", tree)
        report.expect(status == 0 and contents(tree) == changed,
                      "--remove takes away what is ours from a tree that was changed", err)


def check_other_awk(report, script, version):
    """One that knows no classes of characters, as old versions of mawk, matches nothing."""
    original, _ = TREES[version]
    with tempfile.TemporaryDirectory() as tree, tempfile.TemporaryDirectory() as programs:
        make_tree(tree, original)
        make_tree(programs, {"awk": "#!/bin/sh\ncat \"$2\"\n"})
        os.chmod(os.path.join(programs, "awk"), 0o755)
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{programs}:{path}"
        status, _, err = run(script, tree)
        os.environ["PATH"] = path
        report.expect(status == 1 and "awk" in err, "an awk that inserts nothing is noticed", err)


def system_call(report, text):
    """Number and ABI in a table of system calls."""
    rows = [line.split() for line in text.splitlines() if line[0].isdigit()]
    numbers = [int(row[0]) for row in rows]
    ours = [row for row in rows if row[2] == "vgetrandom_alloc"]
    report.expect(numbers == sorted(set(numbers)), "the table stays in order", str(numbers))
    report.expect(len(ours) == 1 and 548 <= int(ours[0][0]) < 1024,
                  "the system call has a number that Linux gives to no other", str(ours))
    return ours[0][:2]


def check_system_call(report, script, version):
    """Its number is in no program's headers, and it is one for 64-bit programs of two architectures."""
    with tempfile.TemporaryDirectory() as tree:
        make_tree(tree, TREES[version][0])
        os.makedirs(os.path.join(tree, "arch/arm64/tools"))
        link = os.path.join(tree, "arch/arm64/tools/syscall_64.tbl")
        os.symlink("../../../scripts/syscall.tbl", link)
        run(script, tree)
        files = contents(tree)
        number, abi = system_call(report, files["arch/x86/entry/syscalls/syscall_64.tbl"])
        report.expect(abi == "64", "no x32 program has the call", abi)
        generic_number, generic_abi = system_call(report, files["scripts/syscall.tbl"])
        report.expect(number == generic_number, "the number is the same in both tables",
                      f"{number}, {generic_number}")
        report.expect(os.path.islink(link), "the table of arm64 stays a link", "")
        abis = [line.split() for line in files["arch/arm64/kernel/Makefile.syscalls"].splitlines()]
        naming = {words[0] for words in abis if generic_abi in words}
        report.expect(generic_abi not in ("common", "32", "64") and naming == {"syscall_abis_64"},
                      "of those that share the other table only 64-bit arm64 has the call",
                      f"{generic_abi}: {naming}")


def check_unknown_trees(report, script, version):
    original, edited = TREES[version]
    for name in edited:
        for what, text in (("without the line", "nothing\n"),
                           ("with the line twice", original[name] * 2)):
            with tempfile.TemporaryDirectory() as tree:
                files = {**original, name: text}
                make_tree(tree, files)
                status, _, err = run(script, tree)
                report.expect(status == 1 and name in err and contents(tree) == files,
                              f"a tree whose {name} is {what} is refused", err)


def check_lengths(report, top):
    folder = os.path.join(top, "kernel-side/linux")
    lengths = {name: text.count("\n") for name, text in contents(folder).items()}
    long = {name: num for name, num in lengths.items() if num > LINES_MAX}
    report.expect(not long, f"no file has more than {LINES_MAX} lines", str(long))
    for version in TREES:
        glue = sum(lengths[name] for name in (*GLUE, f"rng-page-{version}.h"))
        report.expect(glue < GLUE_LINES_MAX,
                      f"the glue of {version} has fewer than {GLUE_LINES_MAX} lines", str(glue))


def main():
    top = sys.argv[1]
    script = os.path.join(top, "kernel-side/linux/install-into")
    report = Report()
    for version in TREES:
        check_known_tree(report, top, script, version)
        check_system_call(report, script, version)
        check_unknown_trees(report, script, version)
        check_removal(report, script, version)
        check_other_awk(report, script, version)
    check_lengths(report, top)
    return report.exit_status()


sys.exit(main())
