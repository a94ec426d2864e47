# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""vgetrandom fill: how much it writes, that it differs, how it ends.

usage: check_fill.py fill|speed PROGRAM
"""
import os
import pty
import subprocess
import tempfile

from tool import expect, expect_equal, main, run, run_well, traced, working_providers

SIZES = {"0": 0, "1": 1, "4095": 4095, "64K": 65536, "262145": 262145, "1M": 1 << 20,
         "3000001": 3000001}


def check_sizes(program, provider):
    for text, size in SIZES.items():
        result = run_well([program, "fill", "--provider", provider, "--bytes", text], text=False)
        expect_equal(size, len(result.stdout), f"{provider}, --bytes {text}")
        expect_equal(b"", result.stderr, f"{provider}, --bytes {text}: stderr")


def check_blocks(program, provider):
    """No 16 bytes come twice, within a run and between two."""
    size = 8 << 20
    seen = set()
    for _ in range(2):
        data = run_well([program, "fill", "--provider", provider, "--bytes", str(size)],
                        text=False).stdout
        seen.update(data[i:i + 16] for i in range(0, size, 16))
    expect_equal(2 * size // 16, len(seen), f"{provider}: different blocks of 16 bytes")


def check_reader_that_ends(program):
    """Quietly and with success, whether there is an end or not."""
    for args in ([], ["--bytes", "1G"]):
        with subprocess.Popen([program, "fill", *args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            expect_equal(100, len(process.stdout.read(100)), "bytes read")
            process.stdout.close()
            expect_equal(b"", process.stderr.read(), f"fill {args}: stderr at EPIPE")
            expect_equal(0, process.wait(), f"fill {args}: exit status at EPIPE")


def check_bad_outputs(program):
    with open("/dev/full", "wb") as full:
        result = subprocess.run([program, "fill", "--bytes", "1M"], stdout=full,
                                stderr=subprocess.PIPE, text=True, check=False)
    expect_equal(1, result.returncode, "a full device")
    expect("No space left" in result.stderr and result.stderr.count("\n") == 1,
           f"a full device: stderr {result.stderr!r}")
    with tempfile.TemporaryFile() as file:
        result = subprocess.run([program, "fill"], stdout=file, stderr=subprocess.PIPE, check=False,
                                timeout=1200)
        expect_equal((2, 0), (result.returncode, os.fstat(file.fileno()).st_size),
                     "without an end into a file")
    primary, secondary = pty.openpty()
    result = subprocess.run([program, "fill", "--bytes", "10"], stdout=secondary,
                            stderr=subprocess.PIPE, text=True, check=False)
    os.close(secondary)
    os.close(primary)
    expect_equal(2, result.returncode, "a terminal")
    expect("terminal" in result.stderr, f"a terminal: {result.stderr!r}")
    # A descriptor that is not there.
    result = subprocess.run(["sh", "-c", '"$0" fill --bytes 10 >&-', program],
                            stderr=subprocess.PIPE, check=False)
    expect_equal(1, result.returncode, "a closed stdout")


def check_progress(program):
    result = run([program, "fill", "--bytes", "4M", "--progress"], text=False)
    expect_equal((0, 4 << 20), (result.returncode, len(result.stdout)), "--progress")
    line = result.stderr.decode()
    expect(line.startswith("4194304 bytes in ") and " GB/s from " in line and
           line.count("\n") == 1, f"--progress says {line!r}")


def check_fill(program):
    providers = working_providers(program)
    for provider in providers:
        check_sizes(program, provider)
        check_blocks(program, provider)
    if "module" not in providers:
        result = run([program, "fill", "--provider", "module", "--bytes", "1"])
        expect_equal((1, "", 1), (result.returncode, result.stdout, result.stderr.count("\n")),
                     "a provider that does not work")
    check_reader_that_ends(program)
    check_bad_outputs(program)
    check_progress(program)
    print(f"fill: {', '.join(providers)}")


def seconds_to_cat(command):
    """Of the processor, whoever else has it meanwhile."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        subprocess.run(["cat"], stdin=writer.stdout, stdout=subprocess.DEVNULL, check=True)
        writer.stdout.close()
        _, _, usage = os.wait4(writer.pid, 0)
        writer.returncode = 0
    return usage.ru_utime + usage.ru_stime


def show_speed(program):
    """Against the same bytes through the same pipe from the kernel; for the eye."""
    size = 256 << 20
    kernel = min(seconds_to_cat(["head", "-c", str(size), "/dev/urandom"]) for _ in range(3))
    ours = min(seconds_to_cat([program, "fill", "--bytes", str(size)]) for _ in range(3))
    print(f"{size} bytes into a pipe: /dev/urandom {size / kernel / 1e9:.2f} GB/s, "
          f"fill {size / ours / 1e9:.2f} GB/s")


def check_speed(program):
    """
    What makes it fast: bytes that are not the kernel's, but for a key now and then, and long
    writes. A chunk during which the kernel reseeds twice is the kernel's.
    """
    size = 64 << 20
    for provider in working_providers(program):
        returned = traced([program, "fill", "--provider", provider, "--bytes", str(size)],
                          "getrandom", "write")
        if returned is None:
            break
        kernel, writes = sum(returned["getrandom"]), len(returned["write"])
        print(f"{provider}: {kernel} of {size} bytes from the kernel, {writes} writes")
        expect_equal(size, sum(returned["write"]), f"{provider}: bytes written")
        expect(writes <= size >> 16, f"{provider}: expected writes of 64 KiB and more")
        expect(kernel >= size if provider == "syscall" else kernel < size // 10,
               f"{provider}: {kernel} of {size} bytes are the kernel's")
    show_speed(program)


main({"fill": check_fill, "speed": check_speed})
