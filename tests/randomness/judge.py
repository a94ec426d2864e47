#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Statistical tests of what `vgetrandom fill` writes. They show gross errors of a generator and
nothing of forks, drops and signals; for those there is vgetrandom-check.

usage: judge.py rngtest|ent|dieharder|refuses PROGRAM RESULTS [--provider P] [--bytes N]
                [--tests LIST]

What a tool said is kept as a file in the folder RESULTS. What is bad is judged once more, on other
bytes, and counts if it is bad again. Thresholds, such that a perfect generator is bad at most about
once in 10^5 times, and so fails about once in 10^10 runs:

rngtest    FIPS 140-2 over blocks of 20000 bits refuses a perfect one for 8 of 10000 blocks (monobit
           1, poker 1, runs 3, long run 3): the number of refused blocks must be within 6 standard
           deviations of that, above and below, and at most 3 words may repeat (continuous run)
ent        chi-square of 255 degrees, mean, Monte Carlo value for pi, serial correlation: each within
           6 standard deviations of what is expected for so many bytes
dieharder  no p-value FAILED (outside of 1e-6 to 1 - 1e-6); a test with one that is WEAK (outside of
           0.005 to 0.995) is repeated, and the same one must not be so three times in a row
refuses    the first two refuse the same bytes with every 100th replaced by zero: a judge who
           cannot say no is none
"""
import argparse
import math
import os
import re
import shutil
import subprocess
import sys

SKIPPED = 77
SIGMAS = 6
BLOCK_BITS = 20000
REFUSED_RATE = 8e-4
REPEATED_WORDS_MAX = 3
WEAK_TIMES = 3
SPOIL_EVERY = 100
PACKAGES = {"rngtest": "rng-tools5 or rng-tools", "ent": "ent", "dieharder": "dieharder"}


def give_up(text):
    """Of what no chance explains."""
    print("BAD:  " + text)
    sys.exit(1)


class Judge:
    def __init__(self, args):
        self.args = args
        self.faults = []
        self.is_again = False

    def expect(self, good, text):
        print(("good: " if good else "BAD:  ") + text)
        if not good:
            self.faults.append(text)

    def within(self, name, value, expected, deviation):
        self.expect(abs(value - expected) <= SIGMAS * deviation,
                    f"{name}: {value:.10g}, expected {expected:.10g} with a standard deviation of "
                    f"{deviation:.3g}: {(value - expected) / deviation:+.2f} of them")

    def fill(self, size=None):
        command = [self.args.program, "fill", "--provider", self.args.provider]
        return command + (["--bytes", str(size)] if size else [])

    def pipe(self, tool, size=None, data=None):
        """What @tool says of the output of fill, or of @data; kept as a file."""
        if not shutil.which(tool[0]):
            print(f"skipped: there is no {tool[0]} (Debian package {PACKAGES[tool[0]]})")
            sys.exit(SKIPPED)
        if data is not None:
            done = subprocess.run(tool, input=data, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
            return done.stdout.decode()
        with subprocess.Popen(self.fill(size), stdout=subprocess.PIPE) as source:
            done = subprocess.run(tool, stdin=source.stdout, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
            source.stdout.close()
            if source.wait() != 0:
                give_up(f"exit status {source.returncode} of fill")
        return done.stdout.decode()

    def keep(self, name, command, text):
        os.makedirs(self.args.results, exist_ok=True)
        again = "-again" if self.is_again else ""
        path = os.path.join(self.args.results, f"{name}-{self.args.provider}{again}.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"$ {command}\n{text}")
        print(f"kept: {path}")

    def shown(self, size, tool):
        fill = " ".join(["vgetrandom", *self.fill(size)[1:]])
        return f"{fill} | {' '.join(tool)}"

    def rngtest(self, data=None):
        size = self.args.bytes
        text = self.pipe(["rngtest"], size, data)
        if data is None:
            self.keep("rngtest", self.shown(size, ["rngtest"]), text)

        def count(name):
            return int(re.search(rf"{re.escape(name)}: (\d+)", text)[1])

        bits = count("bits received from input")
        if bits != 8 * (len(data) if data else size):
            give_up(f"{bits} bits were tested")
        refused = count("FIPS 140-2 failures")
        blocks = refused + count("FIPS 140-2 successes")
        self.expect(blocks >= bits // BLOCK_BITS - 1, f"{blocks} blocks of {BLOCK_BITS} bits")
        self.within("refused blocks", refused, REFUSED_RATE * blocks,
                    math.sqrt(REFUSED_RATE * blocks))
        repeated = count("Continuous run")
        self.expect(repeated <= REPEATED_WORDS_MAX, f"{repeated} words repeat")

    def ent(self, data=None):
        size = self.args.bytes
        text = self.pipe(["ent", "-t"], size, data)
        if data is None:
            self.keep("ent", self.shown(size, ["ent", "-t"]), text)
        # 0,File-bytes,Entropy,Chi-square,Mean,Monte-Carlo-Pi,Serial-Correlation
        values = [float(value) for value in text.splitlines()[1].split(",")[1:]]
        num, _, chi_square, mean, pi, correlation = values
        if num != (len(data) if data else size):
            give_up(f"{num:.0f} bytes were tested")
        self.within("chi-square", chi_square, 255, math.sqrt(2 * 255))
        self.within("mean", mean, 127.5, math.sqrt((256 ** 2 - 1) / 12 / num))
        # A point is six bytes; it is inside of the circle with a chance of pi / 4.
        chance = math.pi / 4
        self.within("pi", pi, math.pi, 4 * math.sqrt(chance * (1 - chance) / (num / 6)))
        self.within("serial correlation", correlation, 0, 1 / math.sqrt(num))

    def p_values(self, number, kept):
        """Of one run of a test: {(name, parameter, which of those): verdict}"""
        tool = ["dieharder", "-d", number, "-g", "200"]
        lines = [line for line in self.pipe(tool).splitlines()
                 if re.search(r"(PASSED|WEAK|FAILED) *$", line)]
        kept.append(f"$ {self.shown(None, tool)}\n" + "\n".join(lines) + "\n")
        found = {}
        for line in lines:
            fields = [field.strip() for field in line.split("|")]
            key = (fields[0], fields[1], sum(k[:2] == (fields[0], fields[1]) for k in found))
            found[key] = fields[-1]
        return found

    def dieharder(self):
        kept = []
        for number in self.args.tests.split(","):
            always_weak, failed, name, num = None, 0, f"test {number}", 0
            for attempt in range(1, WEAK_TIMES + 1):
                found = self.p_values(number, kept)
                name, num = next(iter(found), (name,))[0], len(found)
                weak = {key for key, verdict in found.items() if verdict == "WEAK"}
                always_weak = weak if always_weak is None else always_weak & weak
                failed += sum(verdict == "FAILED" for verdict in found.values())
                if failed or not always_weak:
                    break
            self.expect(num and not failed and not always_weak,
                        f"{name}: {num} p-values, {failed} failed, {len(always_weak)} weak in each "
                        f"of {attempt} attempt{'' if attempt == 1 else 's'}")
        self.keep("dieharder", "one after another:", "".join(kept))

    def refuses(self):
        size = 16 << 20
        data = bytearray(subprocess.run(self.fill(size), stdout=subprocess.PIPE,
                                        check=True).stdout)
        for judge in (self.rngtest, self.ent):
            judge(bytes(data))
        good = not self.faults
        data[::SPOIL_EVERY] = bytes(len(data[::SPOIL_EVERY]))
        for judge in (self.rngtest, self.ent):
            self.faults = []
            judge(bytes(data))
            if not self.faults:
                print(f"BAD:  {judge.__name__} did not refuse what is spoiled")
                good = False
        self.faults = [] if good else ["the judge"]


def main():
    parser = argparse.ArgumentParser(usage=__doc__, allow_abbrev=False)
    parser.add_argument("what", choices=["rngtest", "ent", "dieharder", "refuses"])
    parser.add_argument("program")
    parser.add_argument("results")
    parser.add_argument("--provider", default="auto")
    parser.add_argument("--bytes", type=int, default=1 << 30)
    parser.add_argument("--tests", default="0,8,15,100")
    judge = Judge(parser.parse_args())
    getattr(judge, judge.args.what)()
    if judge.faults:
        print(f"again: with other bytes; bad were: {'; '.join(judge.faults)}")
        judge.faults, judge.is_again = [], True
        getattr(judge, judge.args.what)()
    sys.exit(1 if judge.faults else 0)


main()
