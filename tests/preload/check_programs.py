# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Real programs through vgetrandom run: that they work as without, and who drew for them.

usage: check_programs.py python|others|forkserver PROGRAM [LAUNCHER...]
"""
import os
import re
import shutil
import sys
import tempfile

from tool import expect, expect_equal, main, run, run_well, skip, traced, working_providers

CALLS = 1000000
WORKERS = 64
DRAWS_PER_WORKER = 500

COUNTED = re.compile(r"vgetrandom: (\S+) \(pid \d+\): \w+, (\d+) calls")

PYTHON_DRAWS = """
import os, time
start = time.process_time()
values = [os.urandom(16) for i in range(%d)]
seconds = time.process_time() - start
import secrets, uuid
values += [secrets.token_bytes(16) for i in range(10000)]
values += [uuid.uuid4().bytes for i in range(10000)]
print(seconds, len(values), len(set(values)))
"""

# The workers are forked, half of them while the parent's state is in use all the time.
FORK_SERVER = """
import multiprocessing, os, secrets, uuid
def work(n):
    return [os.urandom(16) if i %% 3 else secrets.token_bytes(16) if i %% 2 else uuid.uuid4().bytes
            for i in range(%d)]
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    values, processes = [], []
    queue = context.SimpleQueue()
    def put(n): queue.put(work(n))
    for n in range(%d):
        values += work(n)
        process = context.Process(target=put, args=(n,))
        process.start()
        processes.append(process)
    for n in range(%d):
        values += queue.get()
    for process in processes:
        process.join()
    with context.Pool(%d) as pool:
        for part in pool.map(work, range(4 * %d), chunksize=1):
            values += part
    print(len(values), len(set(values)))
""" % (DRAWS_PER_WORKER, WORKERS, WORKERS, WORKERS, WORKERS)


def calls(result, name):
    """How often processes of that name drew, by their line of --stats."""
    return sum(int(count) for found, count in COUNTED.findall(result.stderr) if found == name)


def python_draws(num):
    return [sys.executable, "-c", PYTHON_DRAWS % num]


def python_seconds(prefix):
    seconds, num, different = run_well([*prefix, *python_draws(CALLS)]).stdout.split()
    expect_equal((str(CALLS + 20000), num), (num, different), f"{prefix}: different values")
    return float(seconds)


def bytes_of_kernel(program, provider, num):
    """How many bytes the kernel returned, where a draw takes 16; None: cannot be told here."""
    found = traced([program, "run", "--provider", provider, *python_draws(num)], "getrandom")
    return sum(found["getrandom"]) if found else None


def check_python(program):
    """10^6 os.urandom(16): all different, and but for a key now and then not the kernel's."""
    for provider in set(working_providers(program)) - {"syscall"}:
        prefix = [program, "run", "--provider", provider]
        without, through = [], []
        for _ in range(3):
            without.append(python_seconds([]))
            through.append(python_seconds(prefix))
        kernel = bytes_of_kernel(program, provider, CALLS)
        print(f"{CALLS} os.urandom(16) through {provider}: {kernel} bytes from the kernel; "
              f"best of 3: {min(without):.3f} s without, {min(through):.3f} s with it")
        expect(kernel is None or kernel < 16 * CALLS // 10,
               f"{provider}: {kernel} bytes are the kernel's")
    kernel = bytes_of_kernel(program, "syscall", 1000)
    expect(kernel is None or kernel >= 16 * 1000, f"syscall: only {kernel} bytes are the kernel's")
    result = run_well([program, "run", "--stats", *python_draws(CALLS)])
    name = os.path.basename(os.path.realpath(sys.executable))
    counted = sum(int(n) for n in re.findall(r"(\d+) calls", result.stderr))
    expect(counted >= CALLS, f"{name} did not draw through the shim: {result.stderr!r}")


def through(program, *command, **options):
    return run_well([program, "run", "--stats", *command], **options)


def check_openssl(program, _):
    outs = {through(program, "openssl", "rand", "-hex", "32").stdout for _ in range(20)}
    expect_equal(20, len(outs), "different outputs of openssl rand")
    expect(all(re.fullmatch("[0-9a-f]{64}\n", out) for out in outs), f"openssl rand: {outs}")
    result = through(program, "openssl", "genpkey", "-algorithm", "X25519")
    expect("BEGIN PRIVATE KEY" in result.stdout, result.stdout)
    expect(calls(result, "openssl") > 0, f"openssl did not draw: {result.stderr!r}")


def check_ssh_keygen(program, folder):
    keys = set()
    for n in range(3):
        path = os.path.join(folder, f"key{n}")
        result = through(program, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)
        expect(calls(result, "ssh-keygen") > 0, f"ssh-keygen did not draw: {result.stderr!r}")
        with open(path + ".pub", encoding="ascii") as file:
            keys.add(file.read().split()[1])
        expect(run(["ssh-keygen", "-y", "-f", path]).returncode == 0, "the key is not a key")
    expect_equal(3, len(keys), "different keys")


def check_perl(program, _):
    """Its srand() reads /dev/urandom, so it draws nothing through the shim, and must not suffer."""
    code = "srand; print join ' ', map { int rand 1e9 } 1..4; print qq(\\n)"
    outs = {through(program, "perl", "-e", code).stdout for _ in range(10)}
    expect_equal(10, len(outs), "different outputs of perl")


def check_sqlite3(program, _):
    query = "with recursive n(i) as (select 1 union all select i+1 from n where i<1000) " \
            "select hex(randomblob(16)) from n"
    lines = through(program, "sqlite3", ":memory:", query).stdout.split()
    lines += through(program, "sqlite3", ":memory:", query).stdout.split()
    expect_equal((2000, 2000), (len(lines), len(set(lines))), "different blobs of sqlite3")


def check_curl(program, folder):
    path = os.path.join(folder, "page")
    with open(path, "w", encoding="ascii") as file:
        file.write("content\n")
    result = through(program, "curl", "-s", f"file://{path}")
    expect_equal("content\n", result.stdout, "curl")
    # Nobody listens there; what counts is that TLS starts up.
    result = run([program, "run", "curl", "-s", "https://127.0.0.1:1/"])
    expect_equal(7, result.returncode, "curl's exit status where nobody listens")


def check_others(program):
    checks = {"openssl": check_openssl, "ssh-keygen": check_ssh_keygen, "perl": check_perl,
              "sqlite3": check_sqlite3, "curl": check_curl}
    missing = [name for name in checks if not shutil.which(name)]
    with tempfile.TemporaryDirectory() as folder:
        for name in checks:
            if name not in missing:
                checks[name](program, folder)
    if missing:
        skip(f"there is no {', '.join(missing)}")
    print(f"work: {', '.join(checks)}")


def check_fork_server(program, *launcher):
    for provider in working_providers(program):
        result = run_well([program, "run", "--stats", "--provider", provider,
                           *launcher, sys.executable, "-c", FORK_SERVER], timeout=1200)
        num, different = result.stdout.split()
        expect_equal(num, different, f"{provider}: different outputs of {WORKERS} workers")
        expect_equal(DRAWS_PER_WORKER * WORKERS * 6, int(num), f"{provider}: outputs")
        # Those of a pool are killed in the end, and say nothing.
        counted = sum(int(count) for _, count in COUNTED.findall(result.stderr))
        expect(counted >= DRAWS_PER_WORKER * WORKERS * 2,
               f"{provider}: {counted} draws through the shim")
        print(f"{provider}: {num} outputs of {WORKERS} forked workers, {WORKERS} of a pool and "
              "their parent, all different")


main({"python": check_python, "others": check_others, "forkserver": check_fork_server})
