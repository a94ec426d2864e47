# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
vgetrandom run with commands of every kind: the shim is in them, or status 125 and the reason; and
--allow-without runs those all the same.

usage: check_any_child.py table|sanitized PROGRAM SHIM COMPILER
"""
import os
import shutil
import struct
import tempfile

from stats import lines_of
from tool import expect, expect_equal, main, run, run_well

DRAW = r"""
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
int main(int argc, char **argv)
{
	unsigned char b[16];
	printf("%zd\n", getrandom(b, sizeof(b), 0));
	fflush(stdout);
	return argc == 3 && argv[1][1] == 'c' ? system(argv[2]) : 0;
}
"""

# Of a machine whose C library is not there: it ends by system calls of its own.
BARE = {
    "32 bits": "void _start(void) { __asm__ volatile(\"int $0x80\" : : \"a\"(1), \"b\"(0)); }\n",
    "another machine": "void _start(void) { for (;;); }\n",
}

NOBODY = 65534
EFFECTIVE, CAP_NET_RAW = 1, 1 << 13


class Kit:
    """A folder of commands, in which others may run them, too."""

    def __init__(self, folder, program, shim, compiler):
        os.chmod(folder, 0o755)
        self.folder, self.compiler = folder, compiler
        self.program = self.place(program, "userspace/cli/vgetrandom")
        self.shim = self.place(shim, "userspace/preload/" + os.path.basename(shim))

    def place(self, source, name):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return shutil.copy(source, path)

    def build(self, name, *options, compiler=None, source=DRAW):
        """The path, or None if that cannot be built here."""
        path = os.path.join(self.folder, name)
        command = [compiler or self.compiler, "-x", "c", "-o", path, "-", *options]
        if not shutil.which(command[0]):
            print(f"skipped: {name}: there is no {command[0]}")
            return None
        built = run(command, stdin=None, input=source)
        if built.returncode != 0:
            print(f"skipped: {name} cannot be built: {built.stderr.splitlines()[:1]}")
            return None
        return path

    def script(self, name, line):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(line + "\necho script\n")
        os.chmod(path, 0o755)
        return path

    def copy(self, source, name, mode=0o755, owner=0, capabilities=None):
        path = shutil.copy(source, os.path.join(self.folder, name))
        os.chown(path, owner, owner)
        os.chmod(path, mode)
        if capabilities is not None:
            flags, permitted = capabilities
            os.setxattr(path, "security.capability",
                        struct.pack("<IIIII", 0x02000000 | flags, permitted, 0, 0, 0))
        return path

    def old_glibc(self):
        """A dynamic linker beside a C library from before every version that the shim needs."""
        place = os.path.join(self.folder, "old")
        os.makedirs(place)
        with open(os.path.join(place, "map"), "w", encoding="ascii") as file:
            file.write("GLIBC_2.2.5 { global: getenv; local: *; };\n")
        libc = self.build("old/libc.so.6", "-shared", "-nostdlib",
                          f"-Wl,--version-script={place}/map",
                          source="char *getenv(const char *name) { return (char *)name; }\n")
        linker = os.path.join(place, "ld.so")
        loaded = run_well(["readelf", "-lW", "/bin/true"]).stdout
        shutil.copy(loaded.split("interpreter: ")[1].split("]")[0], linker)
        return libc and self.build("old/draws", f"-Wl,--dynamic-linker={linker}")


def expect_shim(kit, command, text, **options):
    """The command ends well, and what it drew it drew through the shim."""
    result = run([kit.program, "run", "--stats", *command], **options)
    expect(result.returncode == 0 and "16\n" in result.stdout,
           f"{text}: exit status {result.returncode}, stdout {result.stdout!r}, "
           f"stderr {result.stderr!r}")
    expect(any(line[2] for line in lines_of(result.stderr).values()),
           f"{text}: draws of the shim: {result.stderr!r}")
    return result


def expect_refused(kit, command, reason, text, without=0, **options):
    """Status 125 and a line; with --allow-without status @without, None: it cannot run here."""
    result = run([kit.program, "run", *command], **options)
    expect_equal((125, "", 1), (result.returncode, result.stdout, result.stderr.count("\n")), text)
    expect(reason in result.stderr, f"{text}: expected {reason!r} in {result.stderr!r}")
    if without is not None:
        result = run([kit.program, "run", "--allow-without", *command], **options)
        expect_equal((without, ""), (result.returncode, result.stderr), f"{text}, allowed")


def check_programs(kit, draws, static):
    expect_shim(kit, [draws], "a dynamic program")
    loader = run_well(["readelf", "-lW", draws]).stdout.split("interpreter: ")[1].split("]")[0]
    expect_shim(kit, [loader, draws], "a program by its dynamic linker")
    expect_refused(kit, [static], "it is statically linked", "a static program")
    static_pie = kit.build("static-pie", "-static-pie")
    if static_pie:
        expect_refused(kit, [static_pie], "it is statically linked", "a static PIE")
    bare = kit.build("word-size", "-m32", "-nostdlib", "-Wl,--dynamic-linker=/lib/ld-linux.so.2",
                     source=BARE["32 bits"])
    if bare:
        expect_refused(kit, [bare], "it is of another word size", "a 32-bit program", None)
    other = kit.build("machine", "-nostdlib", compiler="aarch64-linux-gnu-gcc",
                      source=BARE["another machine"])
    if other:
        expect_refused(kit, [other], "it is for another machine", "another machine's", None)


def check_libcs(kit):
    musl = kit.build("musl", compiler="musl-gcc")
    if musl:
        expect_shim(kit, [musl], "a program with musl")
        expect_shim(kit, ["sh", "-c", musl], "a child with musl")
        expect_shim(kit, [musl, "-c", musl], "a program with musl and its child")
    old = kit.old_glibc()
    if old:
        expect_refused(kit, [old], "has no GLIBC_2", "an older glibc")


def check_scripts(kit, draws, static):
    one = kit.script("one", f"#!{static}")
    expect_refused(kit, [one], f"what runs it, {static}: it is statically linked", "a script")
    two = kit.script("two", f"#! \t{one} -x")
    expect_refused(kit, [two], f"what runs it, {static}: ", "a script of a script")
    expect_shim(kit, [kit.script("three", f"#!{draws}")], "a script of a dynamic program")
    for name, line in (("four", "#!/bin/sh -e"), ("five", "true"), ("six", "#!")):
        result = run_well([kit.program, "run", kit.script(name, line)])
        expect_equal("script\n", result.stdout, f"a script that begins with {line!r}")
    lost = kit.script("lost", "#!/no/such/interpreter")
    expect_equal(127, run([kit.program, "run", lost]).returncode, "no interpreter")
    looped = os.path.join(kit.folder, "looped")
    kit.script("looped", f"#!{looped}")
    expect_equal(126, run([kit.program, "run", looped]).returncode, "its own interpreter")


def check_rights(kit, draws):
    """What the kernel calls secure: the dynamic linker takes nothing from the environment."""
    if os.getuid() != 0:
        print("skipped: set-user-ID programs and file capabilities: only root can make them")
        return
    other = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    rights = "it runs with other rights than yours"
    expect_shim(kit, [draws], "an ordinary user's", **other)
    expect_shim(kit, [kit.copy(draws, "own-set-uid", 0o4755)], "set-user-ID root, of root")
    expect_shim(kit, [kit.copy(draws, "lock", 0o2745, NOBODY)], "S_ISGID, not executable for it")
    expect_shim(kit, [kit.copy(draws, "unreadable", 0o711)], "a program that cannot be read",
                **other)
    expect_refused(kit, [kit.copy(draws, "set-uid", 0o4755, NOBODY)], rights, "set-user-ID")
    expect_refused(kit, [kit.copy(draws, "set-gid", 0o2755, NOBODY)], rights, "set-group-ID")
    set_uid = kit.copy(draws, "set-uid-root", 0o4755)
    expect_refused(kit, [set_uid], rights, "set-user-ID root", **other)
    expect_shim(kit, ["setpriv", "--no-new-privs", kit.program, "run", "--stats",
                      set_uid],
                "the same without new privileges", **other)
    try:
        able = kit.copy(draws, "able", capabilities=(EFFECTIVE, CAP_NET_RAW))
        permitted = kit.copy(draws, "permitted", capabilities=(0, CAP_NET_RAW))
        none = kit.copy(draws, "none", capabilities=(0, 0))
    except OSError as error:
        print(f"skipped: file capabilities: {error}")
        return
    for path in (able, permitted):
        expect_refused(kit, [path], rights, "file capabilities", **other)
    expect_refused(kit, [kit.script("run-able", f"#!{able}")], f"what runs it, {able}: {rights}",
                   "a script of such a program", **other)
    expect_shim(kit, [none], "file capabilities that give nothing", **other)
    expect_shim(kit, [able], "file capabilities, for root")


def check_table(program, shim, compiler):
    with tempfile.TemporaryDirectory() as folder:
        kit = Kit(folder, program, shim, compiler)
        draws, static = kit.build("draws"), kit.build("static", "-static")
        expect(draws and static, "expected to build a dynamic and a static program")
        check_programs(kit, draws, static)
        check_libcs(kit)
        check_scripts(kit, draws, static)
        check_rights(kit, draws)


def check_sanitized(program, shim, compiler):
    """The runtime comes before the shim, where there is one to come; and only in that program."""
    with tempfile.TemporaryDirectory() as folder:
        kit = Kit(folder, program, shim, compiler)
        for name, with_compiler, option in (
                ("asan", "gcc", "address"), ("tsan", "gcc", "thread"), ("lsan", "gcc", "leak"),
                ("ubsan", "gcc", "undefined"), ("clang-asan", "clang", "address"),
                ("clang-tsan", "clang", "thread"), ("clang-msan", "clang", "memory")):
            path = kit.build(name, f"-fsanitize={option}", compiler=with_compiler)
            if not path:
                continue
            expect_shim(kit, [path], name)
            expect_shim(kit, ["sh", "-c", path], f"{name}, of a shell")
            result = expect_shim(kit, [path, "-c", "printenv LD_PRELOAD"], f"{name} and a child")
            expect_equal(f"16\n{kit.shim}\n", result.stdout, f"LD_PRELOAD of {name}'s child")
            status = run([path, "-c", "exit 7"]).returncode
            result = run([kit.program, "run", path, "-c", "exit 7"])
            expect_equal((status, "16\n", ""), (result.returncode, result.stdout, result.stderr),
                         f"{name}: as without")


main({"table": check_table, "sanitized": check_sanitized})
