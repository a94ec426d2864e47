# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Real programs (programs.py) with the shim and each provider: their output, exit status and stderr
are those of a run without. Prints the table.

usage: check_matrix.py quick|all PROGRAM
"""
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from programs import QUICK, ROWS
from stats import lines_of
from tool import expect, main, skip, with_env, working_providers

# Of a program that hangs.
SECONDS = 600


def held_port():
    """
    A socket that keeps its port from all who ask for any: closed, it could be another's before a
    script's server is there. Who asks for this one with SO_REUSEADDR, as servers do, gets it.
    """
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock


def outcome(prefix, script):
    """What a user sees. What the script left running is ended."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, held_port() as sock:
        process = subprocess.Popen([*prefix, "sh", "-euc", script], cwd=folder, text=True,
                                   env=with_env(port=str(sock.getsockname()[1]), LD_PRELOAD=None),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        try:
            stdout, stderr = process.communicate(timeout=SECONDS)
            status = process.returncode
        except subprocess.TimeoutExpired:
            stdout, stderr, status = "", "", "hangs"
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        return status, stdout, stderr


def drawn(program, script, expected, subject):
    """The draws of all its processes; the file that they are in changes nothing either."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stats")
        found = outcome([program, "run", f"--stats={path}"], script)
        expect(found == expected, f"{subject}, --stats: expected {expected}, actual {found}")
        with open(path, encoding="utf-8") as file:
            lines = lines_of(file.read()).values()
        return sum(line[2] for line in lines), len(lines)


def check_row(program, providers, subject, script):
    """Returns its line of the table, or why there is none."""
    expected = outcome([], script)
    if expected[0] != 0:
        return None, f"does not work here, without the shim either: {expected}"
    for provider in providers:
        found = outcome([program, "run", "--provider", provider], script)
        expect(found == expected, f"{subject}, {provider}: expected {expected}, actual {found}")
    return "%7d %10d" % drawn(program, script, expected, subject), None


def check_rows(program, rows):
    providers, num = working_providers(program), 0
    print(f"with {', '.join(providers)}: as without\n\n  draws  processes  what")
    for subject, commands, script in rows:
        lacking = [name for name in commands.split() if not shutil.which(name)]
        if lacking:
            line, reason = None, f"there is no {', '.join(lacking)}"
        else:
            line, reason = check_row(program, providers, subject, script)
        print(f"{line}  {subject} ({commands.split()[0]})" if line else
              f"skipped: {subject}: {reason}")
        num += line is not None
    if num == 0:
        skip("none of these programs is here")


def check_all(program):
    check_rows(program, ROWS)


def check_quick(program):
    rows = [row for row in ROWS if row[0] in QUICK]
    expect(len(rows) == len(QUICK), f"expected a row for each of {QUICK}")
    check_rows(program, rows)


main({"all": check_all, "quick": check_quick})
