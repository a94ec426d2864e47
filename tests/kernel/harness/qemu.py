# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
A virtual machine: started, watched, talked to by QMP, ended.

Its serial ports are files in its folder: console (the kernel's messages), results (what init
and the jobs say), dmesg (the whole kernel log, at the end).
"""
import contextlib
import json
import os
import re
import socket
import subprocess
import tempfile
import time

import machines

MEMORY_MB = 256
POLL_S = 0.1
TALK_S = 60

# One thread for all processors of an emulated guest: with one for each, now and then one of them
# runs an int3 of the kernel's self-patching after it is gone. Two guests keep two processors busy.
# A kernel that patches itself at most while it boots can have one for each.
ACCEL = {"kvm": "kvm", "tcg": "tcg,thread=single", "parallel": "tcg,thread=multi"}

# On a busy host an emulated timer may be late by seconds, which is no fault of the kernel.
KERNEL_ARGUMENTS = ("loglevel=5 panic=-1 no_timer_check watchdog_thresh=60 "
                    "rcupdate.rcu_cpu_stall_timeout=120")

# A boot ROM that only writes 1 to a port that ends QEMU, with status 2 * 1 + 1.
ROM_LEN = 65536
ROM_CODE = b"\xb0\x01\xe6\xf4\xf4"  # mov al, 1; out 0xf4, al; hlt
ROM_STATUS = 3


def kvm_runs():
    """
    Whether KVM runs a guest. That /dev/kvm can be opened does not mean that: without the
    processor's help it may do for a boot ROM, and hang where a kernel starts.
    """
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        has_help = re.search(r"^flags\s*:.*\b(vmx|svm)\b", cpuinfo.read(), re.MULTILINE)
    if not has_help or not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    with tempfile.NamedTemporaryFile() as rom:
        # A processor starts 16 bytes below the end.
        rom.write(bytes(ROM_LEN - 16) + ROM_CODE.ljust(16, b"\xf4"))
        rom.flush()
        try:
            done = subprocess.run(
                [machines.X86_64.program, "-accel", "kvm", "-M", "pc", "-m", "16", "-display", "none",
                 "-nodefaults", "-bios", rom.name,
                 "-device", "isa-debug-exit,iobase=0xf4,iosize=1"],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == ROM_STATUS


def accelerator(arch):
    if arch is not machines.X86_64:
        return "tcg"
    choice = os.environ.get("VGETRANDOM_KVM", "")
    if choice in ("0", "1"):
        return "kvm" if choice == "1" else "tcg"
    return "kvm" if kvm_runs() else "tcg"


class Stuck(Exception):
    """A machine that does not do what it should in the time it has."""


class Machine:
    def __init__(self, folder, kernel, cpu, accel, extra=(), arguments="",
                 initrd=None, memory_mb=MEMORY_MB):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.started_at = time.monotonic()
        # The longest that this program was not run between two looks, though it only wanted a
        # moment's sleep: so long the guest stood still, too.
        self.gap = 0.0
        # The name of a socket must be short, and that of the folder may be long.
        self.sockets = tempfile.mkdtemp(prefix="vgetrandom-")
        arch = kernel.arch
        results, dmesg = arch.ports
        ports = f"console={arch.console} results={results} dmesg={dmesg}"
        self.command = [
            arch.program, "-accel", ACCEL[accel], *arch.machine, "-cpu", cpu + arch.cpu,
            "-smp", "2", "-m", str(memory_mb),
            "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot",
            "-kernel", kernel.image, "-initrd", initrd or self.path("initrd"),
            # Warnings of the kernel are on the console as they happen; the rest is in dmesg.
            "-append", f"{ports} {KERNEL_ARGUMENTS} {arguments}".strip(),
            "-qmp", f"unix:{self.sockets}/qmp,server=on,wait=off", *extra]
        files = [self.path(name) for name in ("console", "results", "dmesg")]
        for path in files:
            open(path, "wb").close()
        self.command += arch.serial(files)
        with open(self.path("qemu"), "w", encoding="utf-8") as log:
            log.write(" ".join(self.command) + "\n")
            log.flush()
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        self.monitor = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def text(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return file.read().replace("\r", "")

    def wait_for(self, condition, seconds, what):
        """
        Until @condition(results so far) is true. Returns it; the machine may end before.
        @seconds is a function of the results, too.
        """
        started_at = last_look = time.monotonic()
        while True:
            self.gap = max(self.gap, time.monotonic() - last_look)
            last_look = time.monotonic()
            is_running = self.process.poll() is None
            text = self.text("results")
            value = condition(text)
            if value:
                return value
            if not is_running:
                raise Stuck(f"the guest ended before {what}")
            if time.monotonic() - started_at > seconds(text):
                raise Stuck(f"{what} took longer than {seconds(text)} s")
            time.sleep(POLL_S)

    def connect(self):
        """QEMU makes its socket some time after it was started."""
        end = time.monotonic() + TALK_S
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(TALK_S)
            try:
                connection.connect(f"{self.sockets}/qmp")
                return connection.makefile("rw", encoding="utf-8")
            except OSError as error:
                connection.close()
                if self.process.poll() is not None or time.monotonic() > end:
                    raise Stuck(f"QEMU does not talk: {error}") from error
            time.sleep(POLL_S)

    def ask(self, command, **arguments):
        """A command of the QEMU Machine Protocol, and its answer."""
        if self.monitor is None:
            self.monitor = self.connect()
            self.monitor.readline()
            self.ask("qmp_capabilities")
        try:
            self.monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self.monitor.flush()
        except OSError as error:
            raise Stuck(f"QEMU ended before {command}") from error
        while True:
            line = self.monitor.readline()
            if not line:
                raise Stuck(f"QEMU ended during {command}")
            answer = json.loads(line)
            if "error" in answer:
                raise Stuck(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.monitor is not None:
            with contextlib.suppress(OSError):  # what it could not be told any more
                self.monitor.close()
        for name in os.listdir(self.sockets):
            os.remove(os.path.join(self.sockets, name))
        os.rmdir(self.sockets)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()
