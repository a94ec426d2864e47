# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""vgetrandom fill --output and --jobs: what is in the file or device, what is refused, what is said
when it does not get all its bytes.

usage: check_fill_output.py file PROGRAM BAD-BLOCK
       check_fill_output.py device PROGRAM
"""
import os
import pty
import re
import resource
import signal
import subprocess
import tempfile
import time

from tool import expect, expect_equal, main, read_terminal, run, run_well, skip, with_env

SIZES = {"0": 0, "1": 1, "1M": 1 << 20, "5000001": 5000001}
JOBS = ["1", "3"]
DEVICE_LEN = 16 << 20


def expect_random(data, text):
    """No 16 bytes come twice: neither zeros of a gap, nor what two jobs both got."""
    blocks = {data[i:i + 16] for i in range(0, len(data) - 15, 16)}
    expect_equal(len(data) // 16, len(blocks), f"{text}: different blocks of 16 bytes")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def check_sizes(program, path):
    for jobs in JOBS:
        for text, size in SIZES.items():
            result = run_well([program, "fill", "--output", path, "--bytes", text, "--jobs", jobs])
            expect_equal(("", ""), (result.stdout, result.stderr), f"--output, {text}: output")
            expect_equal(size, os.path.getsize(path), f"--output, {text}, {jobs} jobs: size")
            expect_random(read(path), f"--output, {text}, {jobs} jobs")


def check_full(program, path):
    """Where the file may grow no longer it ends without a gap, and the error says where."""
    limit, size = 3 << 20, 64 << 20
    for jobs in JOBS:
        result = run([program, "fill", "--output", path, "--bytes", str(size), "--jobs", jobs],
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        match = re.fullmatch(r"vgetrandom fill: cannot write to \S+: File too large, after (\d+) of "
                             rf"{size} bytes; the file ends there\n", result.stderr)
        expect(result.returncode == 1 and match, f"a file too large: {result}")
        data = read(path)
        expect_equal(int(match.group(1)), len(data), "what the error says and the file's length")
        expect(0 < len(data) <= limit, f"a file of {len(data)} bytes, limit {limit}")
        expect_random(data, "a file too large")
    result = run([program, "fill", "--output", "/dev/full", "--bytes", "1M"])
    expect(result.returncode == 1 and "No space left" in result.stderr and
           "after 0 of 1048576 bytes" in result.stderr, f"/dev/full: {result}")


def check_bad_block(program, bad_block, path):
    """A chunk that cannot be written, while another job wrote the next one: no gap is left."""
    result = run([program, "fill", "--output", path, "--bytes", "64M", "--jobs", "3"],
                 env=with_env(LD_PRELOAD=bad_block, ASAN_OPTIONS="verify_asan_link_order=0"))
    expect(result.returncode == 1 and "Input/output error, after 1048576 of 67108864 bytes; "
           "the file ends there" in result.stderr, f"a bad block: {result}")
    expect_equal(1 << 20, os.path.getsize(path), "the file's length before a bad block")
    expect_random(read(path), "a file before a bad block")


def check_signal(program, path):
    """Ended by a signal, it says how far it came, and leaves no gap."""
    with subprocess.Popen([program, "fill", "--output", path, "--bytes", "1T", "--jobs", "3"],
                          stderr=subprocess.PIPE, text=True) as process:
        while not os.path.exists(path) or os.path.getsize(path) < 4 << 20:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
        expect_equal(-signal.SIGTERM, process.wait(), "exit status after SIGTERM")
    match = re.search(r"ended by a signal, after (\d+) of \d+ bytes; the file ends there\n", said)
    expect(match, f"after SIGTERM: {said!r}")
    expect_equal(int(match.group(1)), os.path.getsize(path), "the file's length after SIGTERM")
    with open(path, "rb") as file:
        file.seek(-min(os.path.getsize(path), 32 << 20), os.SEEK_END)
        expect_random(file.read(), "the end of the file after SIGTERM")


def check_jobs(program, folder):
    """They are threads that all write: of a FIFO, whose reader ends, which is no error."""
    path = os.path.join(folder, "fifo")
    os.mkfifo(path)
    with subprocess.Popen([program, "fill", "--output", path, "--jobs", "3"],
                          stderr=subprocess.PIPE) as process:
        with open(path, "rb") as fifo:
            expect_random(fifo.read(8 << 20), "of a FIFO")
            tasks = len(os.listdir(f"/proc/{process.pid}/task"))
        expect_equal((b"", 0), (process.stderr.read(), process.wait()), "a reader that ends")
    expect_equal(3, tasks, "threads of --jobs 3")
    data = run_well([program, "fill", "--bytes", "5000001", "--jobs", "3"], text=False).stdout
    expect_equal(5000001, len(data), "bytes of three jobs into a pipe")
    expect_random(data, "three jobs into a pipe")


def check_refused(program, folder):
    path = os.path.join(folder, "none")
    for args in (["--output", path], ["--output", "/dev/null"], ["--output", folder],
                 ["--bytes", "1", "--force"]):
        result = run([program, "fill", *args])
        expect_equal((2, 1, False), (result.returncode, result.stderr.count("\n"),
                                     os.path.exists(path)), f"fill {args}")
    for args in (["--output", folder], ["--output", folder + "/no/file"]):
        result = run([program, "fill", "--bytes", "1", *args])
        expect_equal((1, 1), (result.returncode, result.stderr.count("\n")), f"fill {args}")


def check_progress(program, path):
    """A bar on a terminal without being asked for, nothing elsewhere."""
    primary, secondary = pty.openpty()
    with subprocess.Popen([program, "fill", "--output", path, "--bytes", "256M"],
                          stderr=secondary) as process:
        os.close(secondary)
        shown = read_terminal(primary)
    expect(process.returncode == 0 and re.search(r"\d+%, \d+ s left", shown), f"a bar: {shown!r}")


def check_file(program, bad_block):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")
        check_sizes(program, path)
        check_full(program, path)
        check_bad_block(program, bad_block, path)
        check_progress(program, path)
        os.remove(path)
        check_signal(program, path)
        check_jobs(program, folder)
        check_refused(program, folder)
    print("files are filled without a gap, or cut and reported")


class LoopDevice:
    """A block device with a file of zeros behind it."""

    def __init__(self, folder):
        self.file = os.path.join(folder, "device")
        with open(self.file, "wb") as file:
            file.truncate(DEVICE_LEN)

    def __enter__(self):
        result = run(["losetup", "--find", "--show", self.file])
        if result.returncode != 0:
            skip(f"no loop device: {result.stderr.strip()}")
        return result.stdout.strip()

    def __exit__(self, *_):
        # An unmount by another process's end may not be over yet.
        run(["losetup", "--detach", self.path()])

    def path(self):
        return run(["losetup", "--noheadings", "--output", "NAME", "--associated",
                    self.file]).stdout.strip()


def check_mounted(program, device, folder):
    """Refused while a filesystem of it is mounted, but with --force, which the kernel may refuse."""
    run_well(["mkfs.ext4", "-q", device])
    # Else ext4 would write inode tables and a journal, some seconds later.
    if run(["mount", "-o", "ro", device, folder]).returncode != 0:
        skip("a filesystem cannot be mounted here")
    try:
        before = read(device)
        result = run([program, "fill", "--output", device, "--jobs", "2"])
        expect(result.returncode == 1 and "mounted" in result.stderr and
               "--force" in result.stderr, f"a mounted device: {result}")
        expect_equal(before, read(device), "content of a mounted device")
        forced = run([program, "fill", "--output", device, "--bytes", "4096", "--force"])
        expect(forced.returncode == 0 or "cannot open" in forced.stderr, f"--force: {forced}")
    finally:
        run_well(["umount", folder])
    run_well([program, "fill", "--output", device])


def check_device(program):
    if os.geteuid() != 0:
        skip("only root has block devices to fill")
    with tempfile.TemporaryDirectory() as folder, LoopDevice(folder) as device:
        for args, size in ((["--jobs", "3"], DEVICE_LEN), (["--bytes", "5000001"], 5000001)):
            run_well(["blkdiscard", "--zeroout", device])
            run_well([program, "fill", "--output", device, *args])
            data = read(device)
            expect_random(data[:size], f"a device, {args}")
            expect_equal(DEVICE_LEN - size, data[size:].count(0), f"a device, {args}: the rest")
        result = run([program, "fill", "--output", device, "--bytes", str(DEVICE_LEN + 1)])
        expect(result.returncode == 2 and str(DEVICE_LEN) in result.stderr,
               f"more than the device has: {result}")
        mounted = os.path.join(folder, "mounted")
        os.mkdir(mounted)
        check_mounted(program, device, mounted)
    print("a device is filled to its end, and refused while it is mounted")


main({"file": check_file, "device": check_device})
