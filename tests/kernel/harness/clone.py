# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Clones of a running guest: it is saved while processes draw, goes on, and is restored three times,
once with the same generation ID (the control, which must repeat: else the test could not fail) and
twice with new ones. What the processes wrote down is compared, output by output. How far each guest
gets in a second does not matter: a clone draws until it has what is judged, and a guest that was
saved so shortly before a reseed of its own that the control could not repeat is saved again.
"""
import os
import re
import shutil
import time

import guest
import qemu

GUIDS = {
    "original": "0dd7c6a5-64a1-4b6c-8f8e-5b2b1b5a0001",
    "control": "0dd7c6a5-64a1-4b6c-8f8e-5b2b1b5a0001",
    "clone-1": "0dd7c6a5-64a1-4b6c-8f8e-5b2b1b5a0002",
    "clone-2": "0dd7c6a5-64a1-4b6c-8f8e-5b2b1b5a0003",
}
NUM_BEFORE, NUM_AFTER = 30, 60
# A clone is waited for until its in-process keys are renewed, which is a minute in the guest.
RENEWAL_S = 60
# How many outputs must be the same where the generation is the same.
NUM_REPEATS = 5
# A kernel that has just booted reseeds every second, later once in half of its age, up to a minute.
# So each save has more time before the next reseed, and the last ones a minute.
NUM_SAVES = 10


def draws(text, provider):
    """number -> (key, output); see draws.c for what a key is"""
    found = re.findall(rf"^DRAW {provider} (\d+) (\d+) ([0-9a-f]{{32}})$", text, re.MULTILINE)
    return {int(number): (int(key), output) for number, key, output in found}


def last_key(text, provider):
    """There is one output at least."""
    drawn = draws(text, provider)
    return drawn[max(drawn)][0]


def num_with_other_key(text, provider, key):
    """How many outputs are of a key that came after @key."""
    drawn = draws(text, provider)
    return sum(k > key for k, _ in drawn.values())


class Run(guest.Run):
    """The guest's jobs are its providers: draw.PROVIDER."""

    def providers(self):
        return [job.name.partition(".")[2] for job in self.guest.jobs]

    def plan_lines(self):
        lines = [f"kernel-draws --provider {provider} >&3 &" for provider in self.providers()]
        return [*lines, "wait"]

    def start(self, name, *extra):
        """A machine that shares the initramfs with the others and has files of its own."""
        folder = os.path.join(self.folder, name)
        machine = qemu.Machine(
            folder, self.kernel, self.guest.cpu, self.accel,
            ["-device", f"vmgenid,guid={GUIDS[name]}", *extra],
            # The RNG's own word about a clone is a notice.
            arguments="loglevel=6", initrd=os.path.join(self.folder, "initrd"))
        self.machines.append(machine)
        return machine

    def wait_for_draws(self, machine, more, what):
        def condition(text):
            return all(len(draws(text, provider)) >= more for provider in self.providers())
        machine.wait_for(condition, lambda _: guest.BOOT_S, what)

    def wait_for_reseed(self, machine):
        """
        A reseed of the kernel's own ends what the control repeats. Right after one the next is
        furthest away.
        """
        seeing = [provider for provider in self.providers() if provider != "inprocess"][:1]
        for provider in seeing:
            seen = last_key(machine.text("results"), provider)
            machine.wait_for(lambda text: last_key(text, provider) != seen,
                             lambda _: guest.BOOT_S, "the kernel reseeded")

    def wait_for_keys(self, machine, before, what):
        """Until every provider has drawn enough with another key than the last one of @before."""
        keys = {provider: last_key(before, provider) for provider in self.providers()}
        machine.wait_for(
            lambda text: all(num_with_other_key(text, *item) >= NUM_AFTER
                             for item in keys.items()),
            lambda _: guest.BOOT_S + 2 * RENEWAL_S, what)

    def save(self, machine, path):
        def is_saved(_):
            status = machine.ask("query-migrate").get("status")
            if status == "failed":
                raise qemu.Stuck("the guest was not saved")
            return status == "completed"

        machine.ask("stop")
        machine.ask("migrate", uri=f"exec:cat > {path}")
        machine.wait_for(is_saved, lambda _: guest.BOOT_S, "the guest was saved")

    def restore(self, name, path, before):
        """Returns what the restored guest said; @before is what was said when it was saved."""
        with self.start(name, "-incoming", f"exec:cat {path}") as machine:
            machine.wait_for(lambda _: machine.ask("query-status")["status"] != "inmigrate",
                             lambda _: guest.BOOT_S, f"{name} was restored")
            machine.ask("cont")
            if name == "control":
                self.wait_for_draws(machine, NUM_AFTER, f"{name} drew")
            else:
                self.wait_for_keys(machine, before, f"new keys in {name}")
            self.kernel_text += machine.text("console")
            return machine.text("results")

    def save_and_go_on(self, machine, path):
        """Returns what the guest had said when it was saved, and what it has said by now."""
        self.wait_for_reseed(machine)
        self.save(machine, path)
        before = machine.text("results")
        machine.ask("cont")
        num_before = max(len(draws(before, p)) for p in self.providers())
        self.wait_for_draws(machine, num_before + NUM_AFTER, "the original drew")
        # Else it would take the processor from the control.
        machine.ask("stop")
        return before, machine.text("results")

    def control_repeats(self, before, texts):
        return all(num_repeats(*at_save(before, texts, provider)) >= NUM_REPEATS
                   for provider in self.providers())

    def save_until_control_repeats(self, machine, path, progress):
        """
        On a busy host the kernel may reseed before the control has drawn enough. One undisturbed
        save is enough to show that outputs repeat.
        """
        for number in range(1, NUM_SAVES + 1):
            progress(f"{self.kernel.name} {self.guest.name}", f"save {number}")
            before, original = self.save_and_go_on(machine, path)
            texts = {"original": original, "control": self.restore("control", path, before)}
            if self.control_repeats(before, texts):
                break
            machine.ask("cont")
        return before, texts

    def run_all(self, progress):
        path = os.path.join(self.folder, "saved")
        who = f"{self.kernel.name} {self.guest.name}"
        progress(who, "boot")
        with self.start("original") as machine:
            try:
                self.wait_for_draws(machine, NUM_BEFORE, "the first draws")
                before, texts = self.save_until_control_repeats(machine, path, progress)
            finally:
                self.kernel_text += machine.text("console")
                self.results_text = machine.text("results")
        for name in ("clone-1", "clone-2"):
            progress(who, name)
            texts[name] = self.restore(name, path, before)
        return before, texts

    def run(self, guest_folder, progress):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.make_initramfs(guest_folder)
        started_at = time.monotonic()
        self.machines = []
        trouble = None
        try:
            before, texts = self.run_all(progress)
        except Exception as error:  # whatever it was, it is told
            trouble = str(error)
        self.seconds = time.monotonic() - started_at
        self.gap = max((machine.gap for machine in self.machines), default=0.0)
        if trouble:
            results = [self.result(job.name, "fail", trouble, "") for job in self.guest.jobs]
        else:
            results = [self.judge(job.name, before, texts) for job in self.guest.jobs]
        return results + [self.kernel_log_result(trouble)]

    def judge(self, name, before, texts):
        provider = name.partition(".")[2]
        drawn, first, key = at_save(before, texts, provider)
        try:
            return self.result(name, "ok", JUDGES[provider](drawn, first, key), "")
        except AssertionError as error:
            lines = [f"{machine} {number} {key} {output}"
                     for machine, values in drawn.items()
                     for number, (key, output) in sorted(values.items())
                     if number >= first][:400]
            return self.result(name, "fail", str(error), "\n".join(lines))


def at_save(before, texts, provider):
    """
    What each guest of @texts drew (see draws()), the number of the first output that can differ,
    and the key that the guest was saved with.
    """
    last = draws(before, provider)
    # What was drawn when the guest was saved may have been written down only later.
    first = max(last) + 1
    return {name: draws(text, provider) for name, text in texts.items()}, first, last[first - 1][0]


def expect(good, message):
    if not good:
        raise AssertionError(message)


def num_repeats(drawn, first, key, name="control"):
    """How many outputs from @first on, all drawn with @key, are those of the original."""
    count = 0
    while first + count in drawn[name] and drawn[name][first + count][0] == key and \
            drawn[name][first + count] == drawn["original"].get(first + count):
        count += 1
    return count


def expect_control(drawn, first, key):
    count = num_repeats(drawn, first, key)
    expect(count >= NUM_REPEATS, f"with the same generation ID only {count} outputs were repeated, "
           f"of the last of {NUM_SAVES} saves: nothing was shown")
    return count


def outputs_from(drawn, name, first):
    return {output for number, (_, output) in drawn[name].items() if number >= first}


def expect_parted(drawn, first, key):
    """
    What clones draw with another key than @key, the one they were saved with, is what nobody else
    drew. Returns after how many outputs each had that key.
    """
    late = []
    for name, other in (("clone-1", "clone-2"), ("clone-2", "clone-1")):
        new = [n for n, (k, _) in sorted(drawn[name].items()) if n >= first and k != key]
        expect(new, f"{name}: the key did not change")
        late.append(new[0] - first)
        # The other clone's outputs with the old key are the original's.
        others = outputs_from(drawn, "original", 0) | outputs_from(drawn, other, first)
        same = [n for n in new if drawn[name][n][1] in others]
        expect(not same, f"{name}: output {same[:1]} was repeated after its key changed")
    return late


def judge_as_kernel(drawn, first, generation):
    """From the first output after the notifier on nothing is shared."""
    control = expect_control(drawn, first, generation)
    late = expect_parted(drawn, first, generation)
    return (f"clones differ from the first output after the notifier (which came before output "
            f"{late[0]} and {late[1]}), the control repeated {control}")


def judge_inprocess(drawn, first, key):
    """Nobody tells it: it repeats until its key is renewed. That is its documented limit."""
    expect_control(drawn, first, key)
    original = {number: output for number, (k, output) in drawn["original"].items() if k == key}
    for name in ("clone-1", "clone-2"):
        other = [number for number, (k, output) in drawn[name].items()
                 if k == key and original.get(number, output) != output]
        expect(not other, f"the limit is not as documented: output {other[:1]} of {name} differs")
    late = expect_parted(drawn, first, key)
    count = min(num_repeats(drawn, first, key, name) for name in ("clone-1", "clone-2"))
    return (f"as documented: clones repeat, here {count} outputs, as far as the key of the original "
            f"goes, and differ from their renewal on, output {late[0]} and {late[1]}")


JUDGES = {"module": judge_as_kernel, "native": judge_as_kernel, "inprocess": judge_inprocess}
