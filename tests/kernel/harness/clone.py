# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Clones of a running guest: it is saved while processes draw, goes on, and is restored three times,
once with the same generation ID (the control, which must repeat: else the test could not fail) and
twice with new ones. What the processes wrote down is compared, output by output.
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
# How many outputs must be the same where the generation is the same.
NUM_REPEATS = 5


def draws(text, provider):
    """number -> (generation, output)"""
    found = re.findall(rf"^DRAW {provider} (\d+) (\d+) ([0-9a-f]{{32}})$", text, re.MULTILINE)
    return {int(number): (int(generation), output) for number, generation, output in found}


def last_generation(text):
    """Of the provider that can see it; there is one output at least."""
    drawn = draws(text, "module")
    return drawn[max(drawn)][0]


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
        return qemu.Machine(
            folder, self.kernel, self.guest.cpu, self.accel,
            ["-device", f"vmgenid,guid={GUIDS[name]}", *extra],
            # The RNG's own word about a clone is a notice.
            arguments="loglevel=6", initrd=os.path.join(self.folder, "initrd"))

    def wait_for_draws(self, machine, more, what):
        def condition(text):
            return all(len(draws(text, provider)) >= more for provider in self.providers())
        machine.wait_for(condition, lambda _: guest.BOOT_S, what)

    def wait_for_reseed(self, machine):
        """
        A reseed of the kernel's own ends what the control repeats. Right after one the next is
        furthest away.
        """
        if "module" not in self.providers():
            return
        seen = last_generation(machine.text("results"))
        machine.wait_for(lambda text: last_generation(text) != seen, lambda _: guest.BOOT_S,
                         "the kernel reseeded")

    def save(self, machine, path):
        machine.ask("stop")
        machine.ask("migrate", uri=f"exec:cat > {path}")
        end = time.monotonic() + guest.BOOT_S
        while True:
            status = machine.ask("query-migrate").get("status")
            if status == "completed":
                return
            if status == "failed" or time.monotonic() > end:
                raise qemu.Stuck(f"the guest was not saved: {status}")
            time.sleep(qemu.POLL_S)

    def restore(self, name, path):
        """Returns what the restored guest said."""
        with self.start(name, "-incoming", f"exec:cat {path}") as machine:
            end = time.monotonic() + guest.BOOT_S
            while machine.ask("query-status")["status"] == "inmigrate":
                if time.monotonic() > end:
                    raise qemu.Stuck(f"{name} was not restored")
                time.sleep(qemu.POLL_S)
            machine.ask("cont")
            self.wait_for_draws(machine, NUM_AFTER, f"{name} drew")
            self.kernel_text += machine.text("console")
            return machine.text("results")

    def run_all(self, progress):
        path = os.path.join(self.folder, "saved")
        texts = {}
        who = f"{self.kernel.name} {self.guest.name}"
        progress(who, "boot")
        with self.start("original") as machine:
            try:
                self.wait_for_draws(machine, NUM_BEFORE, "the first draws")
                self.wait_for_reseed(machine)
                progress(who, "saving")
                self.save(machine, path)
                before = machine.text("results")
                machine.ask("cont")
                num_before = max(len(draws(before, p)) for p in self.providers())
                self.wait_for_draws(machine, num_before + NUM_AFTER, "the original drew")
            finally:
                self.kernel_text += machine.text("console")
                self.results_text = machine.text("results")
            texts["original"] = machine.text("results")
        for name in ("control", "clone-1", "clone-2"):
            progress(who, name)
            texts[name] = self.restore(name, path)
        return before, texts

    def run(self, guest_folder, progress):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.make_initramfs(guest_folder)
        self.kernel_text = self.results_text = ""
        started_at = time.monotonic()
        trouble = None
        try:
            before, texts = self.run_all(progress)
        except Exception as error:  # whatever it was, it is told
            trouble = str(error)
        self.seconds = time.monotonic() - started_at
        if trouble:
            results = [self.result(job.name, "fail", trouble, "") for job in self.guest.jobs]
        else:
            results = [self.judge(job.name, before, texts) for job in self.guest.jobs]
        return results + [self.kernel_log_result(trouble)]

    def judge(self, name, before, texts):
        provider = name.partition(".")[2]
        last = draws(before, provider)
        drawn = {key: draws(text, provider) for key, text in texts.items()}
        # What was drawn when the guest was saved may have been written down only later.
        first = max(last) + 1
        try:
            detail = JUDGES[provider](drawn, first, last[first - 1][0])
            return self.result(name, "ok", detail, "")
        except AssertionError as error:
            lines = [f"{key} {number} {generation} {output}"
                     for key, values in drawn.items()
                     for number, (generation, output) in sorted(values.items())
                     if number >= first][:400]
            return self.result(name, "fail", str(error), "\n".join(lines))


def expect(good, message):
    if not good:
        raise AssertionError(message)


def repeats(drawn, name, first):
    """How many outputs from @first on are those of the original, until the first that is not."""
    count = 0
    while first + count in drawn[name] and first + count in drawn["original"] and \
            drawn[name][first + count][1] == drawn["original"][first + count][1]:
        count += 1
    return count


def expect_control(drawn, first):
    count = repeats(drawn, "control", first)
    expect(count >= NUM_REPEATS,
           f"with the same generation ID only {count} outputs were repeated: nothing was shown")
    return count


def outputs_from(drawn, name, first):
    return {output for number, (_, output) in drawn[name].items() if number >= first}


def judge_module(drawn, first, generation):
    """From the first generation after the restore on nothing is shared."""
    control = expect_control(drawn, first)
    late = []
    for name in ("clone-1", "clone-2"):
        new = [n for n, (g, _) in sorted(drawn[name].items()) if n >= first and g != generation]
        expect(new, f"{name}: the generation did not change")
        late.append(new[0] - first)
        others = outputs_from(drawn, "original", 0) | \
            outputs_from(drawn, "clone-2" if name == "clone-1" else "clone-1", first)
        same = [n for n in new if drawn[name][n][1] in others]
        # The other clone's outputs of before its notifier are the original's.
        expect(not same, f"{name}: output {same[:1]} was repeated after the generation changed")
    expect(max(late) <= 20, f"the notifier came after {max(late)} outputs")
    return (f"clones differ from the first output after the notifier (which came before output "
            f"{late[0]} and {late[1]}), the control repeated {control}")


def judge_native(drawn, first, _):
    """The kernel's own generation cannot be seen, but that its outputs part."""
    control = expect_control(drawn, first)
    late = [repeats(drawn, name, first) for name in ("clone-1", "clone-2")]
    expect(max(late) <= 20, f"clones repeated {max(late)} outputs")
    ends = [outputs_from(drawn, name, first + max(late)) for name in
            ("original", "clone-1", "clone-2")]
    expect(not (ends[0] & ends[1] or ends[0] & ends[2] or ends[1] & ends[2]),
           "an output was repeated later")
    return f"clones differ from output {late[0]} and {late[1]} on, the control repeated {control}"


def judge_inprocess(drawn, first, _):
    """Nobody tells it: it repeats until its generation is renewed. That is its documented limit."""
    counts = [repeats(drawn, name, first) for name in ("control", "clone-1", "clone-2")]
    expect(min(counts) >= NUM_REPEATS, f"the limit is not as documented: {counts} were repeated")
    return f"as documented: clones repeat (here {min(counts[1:])} outputs) until the next renewal"


JUDGES = {"module": judge_module, "native": judge_native, "inprocess": judge_inprocess}
