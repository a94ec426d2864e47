# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
What came of a command: a dictionary of its tests, each "passed", "failed" or "skipped", read from
what the command says in its own format.
"""
import os
import re
import xml.etree.ElementTree

SKIPPED = 77


def status(name, code, _out, _folder):
    """A program is a test."""
    return {name: {0: "passed", SKIPPED: "skipped"}.get(code, "failed")}


def tap(name, code, out, _folder):
    """The test anything protocol, as Linux's kselftest writes it."""
    found = {}
    for verdict, title, skip in re.findall(r"^(not ok|ok) \d+ (.*?)( # SKIP.*)?$", out,
                                           re.MULTILINE):
        found[f"{name}: {title}"] = ("skipped" if skip else
                                     "passed" if verdict == "ok" else "failed")
    # It ended before all were done, or had nothing to do.
    if not found:
        found[name] = "skipped" if "# SKIP" in out else "failed"
    elif code not in (0, 4) and "failed" not in found.values():
        found[name] = "failed"
    return found


def go(name, code, out, _folder):
    found = {f"{name}: {title}": {"PASS": "passed", "FAIL": "failed", "SKIP": "skipped"}[verdict]
             for verdict, title in re.findall(r"^--- (PASS|FAIL|SKIP): (\S+)", out, re.MULTILINE)}
    if code != 0 and "failed" not in found.values():
        found[name] = "failed"
    return found


JUNIT = "junit.xml"


def python(name, code, _out, folder):
    """What regrtest wrote into JUNIT in the folder where it ran."""
    found = {}
    path = os.path.join(folder, JUNIT)
    if os.path.exists(path):
        for case in xml.etree.ElementTree.parse(path).iter("testcase"):
            kinds = {child.tag for child in case}
            found[case.get("name")] = ("failed" if kinds & {"failure", "error"} else
                                       "skipped" if "skipped" in kinds or
                                       case.get("result") == "skipped" else "passed")
    if code != 0 and "failed" not in found.values():
        found[name] = "failed"
    return found
