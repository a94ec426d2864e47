# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What `vgetrandom-bench compare` says of two results.

usage: check_compare.py PROGRAM
"""
import json
import os
import sys
import tempfile

from program import expect_refused, fail, run


def result_row(source, ratio, half=0.01):
    return {"source": source, "chacha": None, "size": 32, "threads": 1, "ns_per_call": 300 / ratio,
            "ns_low": 297 / ratio, "ns_high": 303 / ratio, "ratio": ratio,
            "ratio_low": ratio * (1 - half), "ratio_high": ratio * (1 + half)}


def counted_row(value):
    return {"measure": "instructions", "source": "vdso", "chacha": "avx2", "size": 32,
            "threads": 1, "name": "call", "unit": "instructions", "value": value}


def check_compare(program):
    old = {"results": [result_row("a", 10), result_row("b", 20)], "figures": [counted_row(100)]}
    cases = [
        ("the same", {"a": 10, "b": 20}, 100, 0, "3 the same within noise, 0 faster, 0 slower"),
        ("within noise", {"a": 9.9, "b": 20}, 101, 0, "3 the same within noise"),
        ("faster", {"a": 12, "b": 20}, 100, 0, "faster: a, 32 bytes: 10.00 -> 12.00"),
        ("slower", {"a": 10, "b": 15}, 100, 1, "SLOWER: b, 32 bytes: 20.00 -> 15.00"),
        ("below the tolerance", {"a": 10, "b": 19.3}, 100, 0, "3 the same"),
        ("slower in noise", {"a": 10, "b": (15, 0.4)}, 100, 0, "3 the same"),
        ("faster in noise", {"a": (12, 0.3), "b": 20}, 100, 0, "3 the same"),
        ("more instructions", {"a": 10, "b": 20}, 103, 1, "SLOWER: vdso avx2, 32 bytes: 100.00"),
        ("one is gone", {"b": 20}, 100, 0, "2 the same"),
        ("says so in a line", {"a": 10, "b": 15}, 100, 1, "\nSomething became slower: 1 of 3."),
        ("says so, too", {"a": 10, "b": 20}, 100, 0, "\nNothing became slower."),
    ]
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("old.json", "new.json")]
        with open(paths[0], "w", encoding="ascii") as file:
            json.dump(old, file)
        for name, ratios, count, status, text in cases:
            with open(paths[1], "w", encoding="ascii") as file:
                # A tuple is a ratio and its bounds.
                json.dump({"results": [result_row(key, *(value if isinstance(value, tuple)
                                                         else (value,)))
                                       for key, value in ratios.items()],
                           "figures": [counted_row(count)]}, file)
            result = run(program, "compare", *paths)
            if result.returncode != status or text not in result.stdout or result.stderr:
                fail(f"{name}: expected exit status {status} and '{text}', got {result}")
        for text in ("", "{", "[1,", '{"results": [1}', '"', '{"a" 1}', "nul", "[" * 500000, "\\",
                     '"\\', '"\\u12', "{}", "[]", '{"results": []}', '{"results": 3}', "1 2"):
            with open(paths[1], "w", encoding="ascii") as file:
                file.write(text)
            expect_refused(program, folder, "compare", *paths)
    print(f"{len(cases)} comparisons")


check_compare(sys.argv[1])
