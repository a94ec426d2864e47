# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""vgetrandom probe: what it says of this machine and of others, and that it believes nobody.

usage: check_probe.py here PROGRAM
       check_probe.py elsewhere PROGRAM AS-KERNEL
       check_probe.py terminal PROGRAM
       check_probe.py disturbed PROGRAM
"""
import fcntl
import json
import multiprocessing
import os
import pty
import re
import struct
import subprocess
import termios
import time

from tool import (SKIPPED, expect, expect_equal, main, probe, read_terminal, run, run_well, skip,
                  with_env, without_reseed)

FACTS = ["kernel", "unknown_types_refused", "map_droppable", "wipe_on_fork", "vdso_getrandom",
         "native_states", "dev_vgetrandom", "rng_ready", "chacha20", "memlock_limit", "pagemap",
         "vm_generation_device"]
GUARANTEES = ["zero_on_fork", "droppable", "never_swapped", "never_dumped",
              "reseeds_with_kernel", "sees_vm_clone"]
MEMORY = GUARANTEES[:4]
PROVIDERS = ["module", "native", "inprocess", "syscall"]

RNDRESEEDCRNG = 0x5207  # linux/random.h
PROBES = 300  # of which some seven differed when a disturbed experiment was not made again

# uapi/asm/mman.h of each architecture: MAP_TYPE, MAP_FIXED.
MAP_TYPES = {"alpha": (0x0f, 0x100), "mips": (0x0f, 0x10), "parisc": (0x2b, 0x04),
             "xtensa": (0x0f, 0x10), "others": (0x0f, 0x10)}


def check_shape(out):
    for fact in FACTS:
        expect(len(out[fact]["text"]) > 0, f"{fact}: no text")
        expect(out[fact].get("answer") in ("yes", "no", None), f"{fact}: {out[fact]}")
    expect_equal(PROVIDERS, list(out["providers"]), "providers")
    for name, provider in out["providers"].items():
        if provider["works"]:
            expect_equal(GUARANTEES, list(provider["guarantees"]), f"guarantees of {name}")
        else:
            expect(len(provider["reason"]) > 5, f"{name}: no reason")


def check_map_types(out):
    types = out["map_types"]
    droppable, impossible = types["map_droppable"], types["impossible_type"]
    expect_equal(0x08, droppable, "MAP_DROPPABLE")
    for name, (mask, fixed) in MAP_TYPES.items():
        expect_equal((mask, fixed), (types[name]["map_type"], types[name]["map_fixed"]), name)
        for number in (droppable, impossible):
            expect(number & ~mask == 0 and not number & fixed and number > 3,
                   f"{name}: {number:#x} is no mapping type of its own in {mask:#x}")
        expect(types[name]["droppable_is_a_type"], f"{name}: droppable_is_a_type")


def check_here(program):
    out = probe(program, env=with_env(VGETRANDOM_PROVIDER=None))
    check_shape(out)
    check_map_types(out)
    works = [name for name in PROVIDERS if out["providers"][name]["works"]]
    expect("syscall" in works, "getrandom(2) does not work")
    expect_equal(works[0], out["provider"]["name"], "the provider in use is the first that works")
    expect_equal(out["vdso_getrandom"]["answer"] == "yes", "native" in works, "native")
    expect_equal(os.path.exists("/dev/vgetrandom"), out["dev_vgetrandom"]["answer"] == "yes",
                 "/dev/vgetrandom")
    for name in set(works) - {"syscall", "module"}:
        for guarantee, cell in out["providers"][name]["guarantees"].items():
            if guarantee in MEMORY:
                expect(cell["tested"], f"{name}, {guarantee}: not tested: {cell}")
        if out["map_droppable"]["answer"] == "yes":
            for guarantee in MEMORY:
                cell = out["providers"][name]["guarantees"][guarantee]
                expect_equal("yes", cell["answer"], f"{name}, {guarantee}")
    expect_equal("no", out["providers"]["inprocess"]["guarantees"]["sees_vm_clone"]["answer"],
                 "inprocess cannot see a clone")
    check_choice(program, works)
    check_text(program, out)
    print(f"works: {', '.join(works)}")


def check_choice(program, works):
    for name in works:
        chosen = probe(program, env=with_env(VGETRANDOM_PROVIDER=name))["provider"]
        expect_equal(name, chosen["name"], f"VGETRANDOM_PROVIDER={name}")
        expect("VGETRANDOM_PROVIDER" in chosen["because"], f"{name}: {chosen}")
        advice = probe(program, env=with_env(VGETRANDOM_PROVIDER=name))["advice"]
        expect_equal(name != works[0], "unset VGETRANDOM_PROVIDER" in advice, f"{name}: {advice}")
    chosen = probe(program, env=with_env(VGETRANDOM_PROVIDER="nonsense"))["provider"]
    expect_equal(works[0], chosen["name"], "VGETRANDOM_PROVIDER=nonsense")
    expect("does not work" in chosen["because"], f"nonsense: {chosen}")


def check_text(program, out):
    """What is printed for people is the same as the JSON; the last line is advice."""
    text = run_well([program, "probe"], preexec_fn=without_reseed).stdout
    for advice in (text.splitlines()[-1], out["advice"]):
        expect(re.match(rf"With the library .* get 16 bytes in \d+ ns \({out['provider']['name']}\) "
                        r"instead of \d+ \(the system call\); \w.*\.$", advice), f"advice: {advice}")
    expect(0 < out["ns_per_call"] and 0 < out["ns_per_syscall"], f"times: {out['ns_per_call']}")
    for provider in out["providers"].values():
        for cell in provider["guarantees"].values():
            kind = "tested" if cell["tested"] else "documented"
            expect(re.search(rf"{cell['answer']} +{kind} +{re.escape(cell['text'])}", text),
                   f"not in the table: {cell}")


def probe_as(as_kernel, kind, program):
    result = run([as_kernel, kind, program, "probe", "--json"], preexec_fn=without_reseed)
    if result.returncode == SKIPPED:
        skip(result.stdout.strip())
    expect_equal(0, result.returncode, f"{kind}: exit status, stderr {result.stderr!r}")
    out = json.loads(result.stdout)
    check_shape(out)
    return out


def answers(out, provider):
    cells = out["providers"][provider]["guarantees"]
    return {guarantee: cells[guarantee]["answer"] for guarantee in MEMORY}


def check_elsewhere(program, as_kernel):
    old = probe_as(as_kernel, "old", program)
    expect_equal("no", old["map_droppable"]["answer"], "old: MAP_DROPPABLE")
    expect("Invalid argument" in old["map_droppable"]["text"], f"old: {old['map_droppable']}")
    here = answers(old, "inprocess")
    expect_equal(("yes", "no", "yes"),
                 (here["zero_on_fork"], here["droppable"], here["never_dumped"]),
                 "old: inprocess zero on fork, droppable, never dumped")

    ancient = probe_as(as_kernel, "ancient", program)
    expect_equal(("no", "syscall"), (ancient["wipe_on_fork"]["answer"],
                                     ancient["provider"]["name"]), "ancient")
    expect(not ancient["providers"]["inprocess"]["works"] or
           answers(ancient, "inprocess")["zero_on_fork"] != "yes", "ancient: inprocess")

    emulator = probe_as(as_kernel, "emulator", program)
    for fact in ("unknown_types_refused", "map_droppable", "wipe_on_fork"):
        expect_equal("no", emulator[fact]["answer"], f"emulator: {fact}")

    unready = probe_as(as_kernel, "unready", program)
    expect_equal("no", unready["rng_ready"]["answer"], "unready: rng_ready")
    print("an old kernel, an ancient one, an emulator, one that is not ready: seen through")


def on_terminal(program, columns, **environment):
    """What probe prints on a terminal that is so wide."""
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = {"TERM": "xterm", "NO_COLOR": None, "COLUMNS": None, **environment}
    with subprocess.Popen([program, "probe"], stdout=secondary, env=with_env(**variables),
                          preexec_fn=without_reseed) as process:
        os.close(secondary)
        text = read_terminal(primary)
        expect_equal(0, process.wait(), "exit status on a terminal")
    return text.replace("\r\n", "\n")


def words(text):
    """Without colours, numbers and line breaks."""
    return re.sub(r"\033\[\d*m|\d+", "", text).split()


def check_terminal(program):
    plain = run_well([program, "probe"], preexec_fn=without_reseed).stdout
    expect("\033" not in plain, "colours where there is no terminal")
    for columns in (60, 90, 132):
        text = on_terminal(program, columns)
        expect("\033[32myes" in text, f"no colour on a terminal: {text!r}")
        lengths = [len(re.sub(r"\033\[\d*m", "", line)) for line in text.splitlines()]
        expect(max(lengths) <= columns, f"lines of {max(lengths)} characters in {columns} columns")
        expect_equal(words(plain), words(text), f"words in {columns} columns")
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": None}):
        expect("\033" not in on_terminal(program, 80, **environment), f"colours with {environment}")
    expect("\033" in on_terminal(program, 80, NO_COLOR=""), "an empty NO_COLOR refuses nothing")
    narrow = on_terminal(program, 132, COLUMNS="70")
    expect(max(len(re.sub(r"\033\[\d*m", "", line)) for line in narrow.splitlines()) <= 70, "COLUMNS")
    print("as wide as the terminal, in colour where it is wanted")


def reseed_all_the_time():
    with open("/dev/urandom", "wb") as device:
        while True:
            fcntl.ioctl(device, RNDRESEEDCRNG)
            time.sleep(0.0005)


def check_disturbed(program):
    """Others may have the kernel reseed, and move probe from CPU to CPU: the table stays."""
    if os.geteuid() != 0:
        skip("only root may have the kernel reseed")
    other = multiprocessing.Process(target=reseed_all_the_time, daemon=True)
    other.start()
    native = json.loads(run_well([program, "probe", "--json"]).stdout)["providers"]["native"]
    if native["works"]:
        cell = native["guarantees"]["reseeds_with_kernel"]
        expect_equal(("yes", True), (cell["answer"], cell["tested"]), f"native, a reseed: {cell}")
    first = words(run_well([program, "probe"]).stdout)
    for number in range(PROBES):
        expect_equal(first, words(run_well([program, "probe"]).stdout), f"words of probe {number}")
    expect(other.is_alive(), "nobody reseeded the kernel")
    other.terminate()
    print(f"{PROBES} tables, all the same")


main({"here": check_here, "elsewhere": check_elsewhere, "terminal": check_terminal,
      "disturbed": check_disturbed})
