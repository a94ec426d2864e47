# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What tests/kernel/run was asked for. A usage error is one line on stderr and exit status 2."""
import argparse
import os
import re
import sys

import kernels
import recipes

USAGE = """usage: tests/kernel/run [OPTION]...
Boots kernels in QEMU and tests memory for states, the module and clones of a virtual machine.

  --kernel NAME    6.1, 6.12, current (the newest of Debian's backports), 6.12-arm64,
                   6.12-arm64-16k, or a kernel image of your own (x86-64); may be given again
                   (default: 6.1 and 6.12). Built from Debian's sources: 6.12-ours,
                   current-ours, 6.12-arm64-ours and current-arm64-ours, with our
                   function in the vDSO; 6.12-debug, which checks itself; 6.12-kcsan,
                   which looks for data races
  --headers DIR    for an image of your own: the headers to build the module with
  --only REGEX     only jobs whose name, with or without the guest's before it, matches;
                   --list shows them
  --jobs N         how many guests at a time (default: one for each processor)
  --keep           keep the guests' disks and saved states
  --list           the names of the jobs, then nothing
  --help           this text

Exit status: 0; 1 if a test failed; 2 for a usage error. Results: build/kernel/, in JUnit's form
in junit.xml. Environment: VGETRANDOM_KVM=0 or 1 decides about KVM without trying it.
"""


KNOWN = [*kernels.DEBIAN, *recipes.RECIPES]


def wrong(message):
    print(f"tests/kernel/run: {message}; see --help", file=sys.stderr)
    sys.exit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        wrong(message)


def positive(text):
    if not text.isdigit() or int(text) == 0:
        wrong(f"--jobs needs a number above 0, not '{text}'")
    return int(text)


def parse(arguments):
    parser = Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--kernel", action="append", metavar="NAME")
    parser.add_argument("--headers")
    parser.add_argument("--only")
    parser.add_argument("--jobs", type=positive, default=os.cpu_count() or 1)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--help", action="store_true")
    parser.add_argument("--parse-only", action="store_true")
    options = parser.parse_args(arguments)
    options.kernel = options.kernel or list(kernels.DEFAULT)
    own = [name for name in options.kernel if name not in KNOWN]
    for name in own:
        if not os.path.isfile(name):
            wrong(f"there is no kernel '{name}': neither {' nor '.join(KNOWN)} nor a file")
    if options.headers is not None and not own:
        wrong("--headers is for a kernel image of your own")
    if options.headers is not None and not os.path.isfile(f"{options.headers}/Makefile"):
        wrong(f"'{options.headers}' has no Makefile: it is no folder of kernel headers")
    try:
        options.only = re.compile(options.only or "")
    except re.error as error:
        wrong(f"--only '{options.only}' is no regular expression: {error}")
    return options
