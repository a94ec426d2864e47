# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The line of --stats never changes or delays a command's end, and never lies: tests/preload/ends.c,
with a stderr of every kind, and --stats=FILE.

usage: check_report.py stderr|terminal|file PROGRAM ENDS
"""
import fcntl
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios

from stats import lines_of
from tool import expect, expect_equal, main, run, run_well

# Of ends.c; and how long is waited for an end that something delays for ever.
STATUS = 3
SECONDS = 600


def start(program, ends, kind, *arguments, options=("--stats",), **streams):
    streams.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([program, "run", *options, "--", ends, kind, *arguments], **streams)


def status_of(process, text):
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"{text}: hangs"


def fill(fd):
    """As much as it takes, by one byte in the end."""
    os.set_blocking(fd, False)
    for size in (4096, 1):
        try:
            while True:
                os.write(fd, b"x" * size)
        except BlockingIOError:
            pass
    os.set_blocking(fd, True)


def check_pipes(program, ends):
    """No reader, or one that does not read: no SIGPIPE and no write that waits."""
    for text, both in (("pipe", os.pipe), ("socket", lambda: [s.detach() for s in
                                                               socket.socketpair()])):
        reader, writer = both()
        process = start(program, ends, "waits", stdin=subprocess.PIPE, stderr=writer)
        os.close(reader)
        process.stdin.close()
        expect_equal(STATUS, status_of(process, text), f"the {text}'s reader is gone")
        os.close(writer)
        reader, writer = both()
        fill(writer)
        process = start(program, ends, "titled", stderr=writer)
        expect_equal(STATUS, status_of(process, text), f"the {text} is full")
        for fd in (reader, writer):
            os.close(fd)
        reader, writer = both()
        expect_equal(STATUS, status_of(start(program, ends, "titled", stderr=writer), text), text)
        expect_equal(1, len(lines_of(os.read(reader, 4096).decode())), f"lines in a {text}")
        for fd in (reader, writer):
            os.close(fd)


def check_limits(program, ends, folder):
    """No file may grow: no SIGXFSZ, no part of a line. Where there is room, a line."""
    path = os.path.join(folder, "log")
    for limit, lines in ((0, 0), (20, 0), (4096, 1)):
        with open(path, "w", encoding="ascii") as log:
            process = start(program, ends, "limited", str(limit), stderr=log)
            expect_equal(STATUS, status_of(process, "a limit"), f"files of {limit} bytes")
        with open(path, encoding="ascii") as log:
            expect_equal(lines, len(lines_of(log.read())), f"lines in {limit} bytes")


def check_other_files(program, ends, folder):
    """What became number 2 by chance, or is the same file with a use of its own, stays as it is."""
    path = os.path.join(folder, "data")
    result = run([program, "run", "--stats", ends, "replaced", path])
    expect_equal((STATUS, ""), (result.returncode, result.stderr), "stderr replaced by a file")
    with open(path, encoding="ascii") as file:
        expect_equal("DATA\n", file.read(), "a file that became number 2")
    for mode in ("r+", "a"):
        with open(path, "w", encoding="ascii") as file:
            file.write("DATA\n" * 100)
        with open(path, mode, encoding="ascii") as log:
            process = start(program, ends, "reopened", path, stderr=log)
            expect_equal(STATUS, status_of(process, "reopened"), "stderr opened anew")
        with open(path, encoding="ascii") as file:
            expect_equal("DATA\n" * 100, file.read(), f"what was stderr ({mode}), as data")


def check_daemon(program, ends):
    """Who reads the starter's output does not wait for the daemon; the starter writes its line."""
    reader, writer = os.pipe()
    os.dup2(reader, 9, inheritable=True)
    os.close(reader)
    process = start(program, ends, "daemon", stderr=subprocess.PIPE, close_fds=False)
    try:
        _, stderr = process.communicate(timeout=SECONDS)
        waited = False
    except subprocess.TimeoutExpired:
        waited = True
    os.close(writer)
    os.close(9)
    if waited:
        process.kill()
        process.wait()
    expect(not waited, "the output's end waits for the daemon")
    lines = list(lines_of(stderr.decode()).values())
    expect_equal([1], [line[2] for line in lines], "calls that the daemon's starter reports")


def check_names(program, ends, folder):
    """The name is the program's, whatever it does to its arguments, and harmless."""
    secret = "s" * 4000
    result = run([program, "run", "--stats", ends, "titled", secret])
    lines = list(lines_of(result.stderr).values())
    expect_equal((STATUS, [os.path.basename(ends)]),
                 (result.returncode, [line[0] for line in lines]), "the name of a titled program")
    for name, shown in (("a\n\x1b[31m\x7f", "a??[31m?"), ("n" * 200, "n" * 63)):
        path = os.path.join(folder, name)
        os.symlink(ends, path)
        result = run([program, "run", "--stats", path, "titled"])
        expect_equal([shown], [line[0] for line in lines_of(result.stderr).values()], "the name")


def check_cancelled(program, ends):
    """None of the line's system calls is a cancellation point: the process ends, not the thread."""
    result = run([program, "run", "--stats", ends, "cancelled"])
    expect_equal((STATUS, 1), (result.returncode, len(lines_of(result.stderr))), "cancelled")


def check_descriptors(program):
    """No descriptor is held: lvm2 warns of those that it did not open."""
    code = "import os; print(sorted(os.listdir('/proc/self/fd')))"
    without = run_well([sys.executable, "-S", "-c", code]).stdout
    result = run_well([program, "run", "--stats", sys.executable, "-S", "-c", code])
    expect_equal(without, result.stdout, "descriptors of the command")


def check_stderr(program, ends):
    with tempfile.TemporaryDirectory() as folder:
        check_pipes(program, ends)
        check_limits(program, ends, folder)
        check_other_files(program, ends, folder)
        check_daemon(program, ends)
        check_names(program, ends, folder)
        check_cancelled(program, ends)
        check_descriptors(program)


def lead_session(terminal, command):
    """Leads a session on @terminal, with @command in the background. Returns its wait status."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    attributes = termios.tcgetattr(terminal)
    attributes[3] |= termios.TOSTOP
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.dup2(terminal, 2)
        os.execv(command[0], command)
    signal.alarm(SECONDS)
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.kill(pid, signal.SIGKILL)
    return status


def check_terminal(program, ends):
    """In the background of one with tostop no SIGTTOU; a stopped one stops no process."""
    keyboard, terminal = pty.openpty()
    reader, writer = os.pipe()
    leader = os.fork()
    if leader == 0:
        status = lead_session(terminal, [program, "run", "--stats", "--", ends, "titled"])
        os.write(writer, str(status).encode())
        # When the leader exits, the terminal discards what it has not delivered.
        signal.pause()
    os.close(writer)
    status, text = os.read(reader, 16).decode(), ""
    while status and not text.endswith("\n") and select.select([keyboard], [], [], SECONDS)[0]:
        text += os.read(keyboard, 4096).decode()
    os.kill(leader, signal.SIGKILL)
    os.wait()
    expect_equal(str(STATUS << 8), status, "in the background: wait status")
    expect_equal(1, len(lines_of(text.replace("\r\n", "\n"))), "lines on the terminal")

    keyboard, terminal = pty.openpty()
    termios.tcflow(terminal, termios.TCOOFF)
    process = start(program, ends, "titled", stderr=terminal)
    expect_equal(STATUS, status_of(process, "stopped"), "a terminal that was stopped")
    termios.tcflow(terminal, termios.TCOON)
    # Nobody reads it, and it takes so many bytes more.
    for room in (0, 1, 20):
        fill(terminal)
        os.read(keyboard, room or 1)
        if not room:
            fill(terminal)
        process = start(program, ends, "titled", stderr=terminal)
        expect_equal(STATUS, status_of(process, "full"), f"a terminal with room for {room}")


def check_appended(program, ends, folder):
    """Many children at once: each line is whole, and one for each of them."""
    path = os.path.join(folder, "stats")
    with open(path, "w", encoding="ascii") as file:
        file.write("vgetrandom: first (pid 1): native, 1 calls, 1 bytes, 0 fallbacks, 0 drops, "
                   "0 reseeds\n")
    script = f"for i in 1 2 3 4 5 6 7 8 9 10; do '{ends}' titled & '{ends}' titled & done; wait"
    result = run([program, "run", "--stats=stats", "sh", "-c", script], cwd=folder)
    expect_equal((0, ""), (result.returncode, result.stderr), "--stats=FILE")
    with open(path, encoding="ascii") as file:
        names = sorted(line[0] for line in lines_of(file.read()).values())
    expect_equal(["first"] + 20 * [os.path.basename(ends)] + ["sh"], sorted(names), "who reports")


def check_places(program, ends, folder):
    """The file that it was, wherever the process is by then; or none."""
    path = os.path.join(folder, "placed")
    jail = os.path.join(folder, "jail")
    same = jail + path
    os.makedirs(os.path.dirname(same))
    with open(same, "w", encoding="ascii"):
        pass
    for kind, lines in (("moved", 1), ("jailed", 0)):
        if kind == "jailed" and os.getuid() != 0:
            continue
        with open(path, "w", encoding="ascii"):
            pass
        result = run([program, "run", "--stats=placed", ends, kind, jail], cwd=folder)
        expect_equal((STATUS, ""), (result.returncode, result.stderr), kind)
        with open(path, encoding="ascii") as file:
            expect_equal(lines, len(lines_of(file.read())), f"{kind}: lines")
        expect_equal(0, os.path.getsize(same), f"{kind}: bytes in a file of that name")


def check_numbers(program, ends):
    """A descriptor by its number."""
    reader, writer = os.pipe()
    result = run([program, "run", f"--stats=/dev/fd/{writer}", ends, "titled"], pass_fds=[writer])
    expect_equal((STATUS, ""), (result.returncode, result.stderr), "--stats=/dev/fd/N")
    expect_equal(1, len(lines_of(os.read(reader, 4096).decode())), "lines in the descriptor")


def check_refused(program, ends, folder):
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    for path in (folder, fifo, "/no/such/folder/file"):
        result = run([program, "run", f"--stats={path}", ends, "titled"], timeout=SECONDS)
        expect_equal((125, 1), (result.returncode, result.stderr.count("\n")), f"--stats={path}")


def check_file(program, ends):
    with tempfile.TemporaryDirectory() as folder:
        check_appended(program, ends, folder)
        check_places(program, ends, folder)
        check_numbers(program, ends)
        check_refused(program, ends, folder)


main({"stderr": check_stderr, "terminal": check_terminal, "file": check_file})
