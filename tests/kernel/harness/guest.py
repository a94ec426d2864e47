# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
One guest from its plan to its results.
"""
import os
import re
import shutil
import time
from collections import namedtuple

import initramfs
import qemu

BOOT_S = 240
SLOWNESS_MAX = 12
SWAP_LEN = 256 << 20

# status: "ok", "fail" or "skip"; detail: one line; log: what the job said.
Result = namedtuple("Result", "kernel guest name status detail log seconds")

# What a sound kernel never says. Lines of the kernel's own about its memory being full are none.
BAD_LINES = re.compile(
    r"WARNING|\bBUG\b|\bOops\b|general protection|[Kk]ernel panic|unreferenced object|"
    r"kmemleak: \d+ new susp|trying to register non-static key|"
    r"possible circular locking|inconsistent lock state|suspicious RCU|lock held|"
    r"rcu.*(self-detected stall|detected (expedited )?stalls)|soft lockup|"
    r"hard LOCKUP|blocked for more than|"
    r"refcount_t|Bad page|Bad rss-counter|corruption|use-after-free|double free|"
    r"Objects remaining|UBSAN|KASAN|KCSAN|KFENCE|unable to handle|"
    r"vgetrandom:.*fail")
# What is no fault: that the module is not signed by Debian, and what self-test-fails looks for.
GOOD_LINES = re.compile(r"kfence: initialized|module verification failed: signature|"
                        r"vgetrandom: the self-test failed, so there is no device")

# What the module's debug build says when it is loaded.
SELF_TEST = "vgetrandom: self-test: passed"

# Bits of /proc/sys/kernel/tainted that a module from elsewhere sets.
TAINT_OUT_OF_TREE, TAINT_UNSIGNED = 1 << 12, 1 << 13


# What KCSAN says of a race, and where in it each of the two stacks begins.
RACE = re.compile(r"^.*\bBUG: KCSAN:(?:.*\n)*?.*={60}.*$", re.MULTILINE)
STACK = re.compile(r"^.* by (?:task|interrupt).*:$", re.MULTILINE)


def is_ours(race):
    """
    KCSAN in strict mode finds many races of the kernel with itself, in what the module calls, too. Ours
    is one if the module made an access, or called directly what made it.
    """
    title = race.partition("\n")[0]
    stacks = STACK.split(race)[1:] or [race]
    return "[vgetrandom]" in title or \
        any("[vgetrandom]" in line for stack in stacks for line in stack.splitlines()[1:3])


def foreign_races(text):
    return [race for race in RACE.findall(text) if not is_ours(race)]


def say_foreign_races(text):
    """How many there were, and of how many the module is somewhere in a stack."""
    races = foreign_races(text)
    below = sum("[vgetrandom]" in race for race in races)
    return f", {len(races)} races of the kernel with itself, {below} of them below the module" \
        if races else ""


def without_foreign_titles(text):
    """What else the kernel said in the middle of such a report stays."""
    return RACE.sub(lambda found: found.group() if is_ours(found.group())
                    else found.group().partition("\n")[2], text)


def bad_lines(text):
    text = without_foreign_titles(text)
    return [line for line in text.splitlines()
            if BAD_LINES.search(line) and not GOOD_LINES.search(line)]


class Run:
    def __init__(self, kernel, guest, where, files, module, accel):
        self.kernel = kernel
        self.guest = guest
        self.folder = os.path.join(where, kernel.name, guest.name)
        self.files = files
        self.module = module
        self.accel = "parallel" if guest.parallel and accel == "tcg" else accel
        self.gap = 0.0
        # What it said: jobs, kernel in all, and the part that dmesg had at the end.
        self.results_text = self.kernel_text = self.dmesg_text = ""

    def plan_lines(self):
        return [f"job {job.name} {job.seconds} {job.command}" for job in self.guest.jobs]

    def make_initramfs(self, guest_folder):
        lines, files = [], dict(self.files)
        if self.guest.module:
            files["vgetrandom.ko"] = self.module
        if self.guest.module and self.guest.module != "faults":
            lines.append(f"load /vgetrandom.ko {self.guest.parameters}")
        lines += self.plan_lines()
        initramfs.make(os.path.join(self.folder, "initrd"), os.path.join(guest_folder, "init"),
                       "\n".join(lines) + "\n", files, self.kernel.busybox)

    def machine(self):
        disk = os.path.join(self.folder, "swap")
        with open(disk, "wb") as file:
            file.truncate(SWAP_LEN)
        return qemu.Machine(self.folder, self.kernel, self.guest.cpu, self.accel,
                            ["-drive", f"file={disk},format=raw,if=none,id=swap,cache=unsafe",
                             "-device", "nvme,drive=swap,serial=swap"],
                            arguments=self.guest.arguments, memory_mb=self.guest.memory_mb)

    def run(self, guest_folder, progress):
        """Boots; returns the results of all jobs, and one for the kernel's log."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.make_initramfs(guest_folder)
        trouble = None
        with self.machine() as machine:
            try:
                machine.wait_for(lambda text: self.watch(text, progress), self.seconds_for,
                                 "the last job")
                machine.process.wait(timeout=BOOT_S)
            except Exception as error:  # whatever it was, the results so far count
                trouble = str(error)
            self.gap = machine.gap
            self.results_text = machine.text("results")
            self.dmesg_text = machine.text("dmesg")
            self.kernel_text = machine.text("console") + self.dmesg_text
            self.seconds = time.monotonic() - machine.started_at
        results = [self.job_result(job, trouble) for job in self.guest.jobs]
        return results + [self.kernel_log_result(trouble)]

    def seconds_for(self, text):
        """
        The jobs that began may take their time, and as much again as for a boot: init ends a job that
        hangs, so this is for a guest that does.
        """
        said = re.search(r"^SLOWNESS (\d+)$", text, re.MULTILINE)
        if not said:
            return BOOT_S
        begun = set(re.findall(r"^BEGIN (\S+)", text, re.MULTILINE))
        return BOOT_S * 2 + min(int(said.group(1)), SLOWNESS_MAX) * \
            sum(job.seconds for job in self.guest.jobs if job.name in begun)

    def watch(self, text, progress):
        begun = re.findall(r"^BEGIN (\S+)", text, re.MULTILINE)
        progress(f"{self.kernel.name} {self.guest.name}", begun[-1] if begun else "boot")
        return re.search(r"^END$", text, re.MULTILINE)

    def result(self, name, status, detail, log, seconds=0.0):
        return Result(self.kernel.name, self.guest.name, name, status, detail, log, seconds)

    def job_result(self, job, trouble):
        found = re.search(rf"^BEGIN {re.escape(job.name)}\n(.*?)"
                          rf"(?:^TEST {re.escape(job.name)} (ok|fail|skip) ?(.*?)$|\Z)",
                          self.results_text, re.MULTILINE | re.DOTALL)
        if not found:
            return self.result(job.name, "fail", trouble or "the job never began", "")
        log, status, reason = found.groups()
        said = re.findall(r"^= (.*)$", log, re.MULTILINE)
        if status is None:
            return self.result(job.name, "fail", trouble or "the guest ended in the middle of it",
                               log)
        detail = " ".join(filter(None, [said[-1] if said else "", f"({reason})" if reason else ""]))
        if status == "ok" and job.after:
            wrong, more = job.after(self.folder)
            detail = ", ".join(filter(None, [detail, more]))
            if wrong:
                status, detail = "fail", wrong
        return self.result(job.name, status, detail, log)

    def kernel_tail(self):
        lines = self.kernel_text.splitlines()
        return "\n".join(["-- the last lines of the kernel's log --", *lines[-60:], ""])

    def kernel_log_result(self, trouble):
        """Not one line in it may tell of a fault in the kernel."""
        bad = bad_lines(self.kernel_text)
        tainted = re.search(r"^TAINTED (\d+)$", self.results_text, re.MULTILINE)
        log = "\n".join([*bad, "", self.kernel_tail()])
        if self.guest.module == "faults":
            return self.result("kernel-log", "ok", f"{len(bad)} lines of faults, on purpose", "",
                               self.seconds)
        if bad:
            return self.result("kernel-log", "fail", bad[0], log, self.seconds)
        if trouble:
            return self.result("kernel-log", "fail", trouble, log, self.seconds)
        if self.guest.module == "debug" and SELF_TEST not in self.kernel_text:
            return self.result("kernel-log", "fail", f"it does not say '{SELF_TEST}'", log,
                               self.seconds)
        allowed = TAINT_OUT_OF_TREE | TAINT_UNSIGNED if self.guest.module else 0
        if tainted and int(tainted.group(1)) & ~allowed:
            return self.result("kernel-log", "fail", f"the kernel is tainted: {tainted.group(1)}",
                               log, self.seconds)
        return self.result("kernel-log", "ok",
                           f"{len(self.kernel_text.splitlines())} lines, none of a fault"
                           f"{say_foreign_races(self.dmesg_text)}; {self.seconds:.0f} s", "",
                           self.seconds)
