# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Seed 004: bit 56 of pagemap says that a page is mapped by one process only. Read through
`vgetrandom inspect --json`, that proves: no page of a state is ever shared, before a fork, after
it, while parent and child draw, after a drop.

usage: check_seed_004.py PROGRAM HOLDER
"""
import json
import subprocess
import sys

from tool import (expect, expect_equal, probe, run, skip, with_env, working_providers)


class Holder:
    """holder.c; while a child of it exists, that is who obeys."""

    def __init__(self, path, provider):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=with_env(VGETRANDOM_PROVIDER=provider))
        self.pid = self.process.pid

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def look(program, pid, when):
    """One look, which must find no page that is shared."""
    result = run([program, "inspect", str(pid), "--json"])
    expect_equal((0, ""), (result.returncode, result.stderr), f"{when}: inspect {pid}")
    out = json.loads(result.stdout)
    expect(out["verdict"] in ("not-shared", "no-states"), f"{when}: {out}")
    for mapping in out["mappings"]:
        for page in mapping["pages"]:
            expect(page["exclusive"] or not page["present"] or page["zero"],
                   f"{when}: a page of process {pid} is not exclusive: {page}")
            expect(not page["swapped"], f"{when}: a page is in swap: {page}")
            expect(not page["file"], f"{when}: a page is a file's: {page}")
    return out


def present_droppable(out):
    return sum(page["pages"] for mapping in out["mappings"] if mapping["kind"] == "droppable"
               for page in mapping["pages"] if page["present"])


def check_forks(program, holder, provider):
    """Parent, child and grandchild; before each of them drew, and after."""
    pids = [holder.pid]
    expect_equal("drawn", holder.tell("draw"), provider)
    expect_equal("drawn", holder.tell("threads"), provider)
    before = present_droppable(look(program, holder.pid, f"{provider}, before a fork"))
    expect(before >= 2, f"{provider}: {before} pages of states are present")
    for generation in ("child", "grandchild"):
        pids.append(int(holder.tell("fork")))
        for pid in pids:
            out = look(program, pid, f"{provider}, after the fork of the {generation}")
            expected = 0 if pid == pids[-1] else 1
            expect(present_droppable(out) >= expected if expected else
                   present_droppable(out) == 0,
                   f"{provider}: a {generation} that did not draw has {present_droppable(out)} "
                   "pages")
        expect_equal("drawn", holder.tell("draw"), provider)
        for pid in pids:
            out = look(program, pid, f"{provider}, after the {generation} drew")
            expect(present_droppable(out) >= 1, f"{provider}: process {pid} has no state page")
    expect_equal(before, present_droppable(look(program, pids[0], "the parent")),
                 f"{provider}: pages of the parent after all forks")


def check_drop(program, holder, provider):
    """A drop takes the pages away; the next draw brings them back, as exclusive as they were."""
    expect_equal("drawn", holder.tell("draw"), provider)
    with subprocess.Popen([program, "inspect", str(holder.pid), "--watch=10", "--json"],
                          stdout=subprocess.PIPE, text=True) as watch:
        first = json.loads(watch.stdout.readline())
        expect(present_droppable(first) >= 1, f"{provider}: {first}")
        expect_equal("dropped", holder.tell("drop"), provider)
        seen = 0
        for _ in range(5000):
            out = json.loads(watch.stdout.readline())
            seen = out["dropped"]
            if seen:
                break
        expect(seen >= 1, f"{provider}: the watch did not see the drop")
        watch.kill()
    expect_equal(0, present_droppable(look(program, holder.pid, f"{provider}, after a drop")),
                 f"{provider}: pages that are present after a drop")
    expect_equal("drawn", holder.tell("draw"), provider)
    out = look(program, holder.pid, f"{provider}, after a drop and a draw")
    expect(present_droppable(out) >= 1, f"{provider}: no state page after a draw: {out}")


def main():
    program, path = sys.argv[1:3]
    facts = probe(program)
    if facts["pagemap"]["answer"] != "yes":
        skip("this kernel's pagemap does not tell who maps a page")
    if facts["map_droppable"]["answer"] != "yes":
        skip("this kernel has no MAP_DROPPABLE")
    for provider in sorted(set(working_providers(program)) & {"native", "inprocess"}):
        for check in (check_forks, check_drop):
            holder = Holder(path, provider)
            check(program, holder, provider)
            holder.end()
        print(f"{provider}: no state page was shared, before and after forks and a drop")


main()
