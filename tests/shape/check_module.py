# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_module.py image MODULE-FOLDER SCRATCH COMPILER IMAGE
check_module.py dkms-tree MODULE-FOLDER SCRATCH BUILD-FOLDER

image      the module's build makes the same image as the library's, byte by byte
dkms-tree  what is installed for DKMS is what the module's own build lays out, and all it needs
"""
import filecmp
import os
import shutil
import subprocess
import sys

from elf import Report


def run(*command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode:
        print(f"{' '.join(command)} failed:\n{done.stdout}")
        sys.exit(1)


def make(module, target, **variables):
    # What a make around this test was told is not meant for this one.
    for name in ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS"):
        os.environ.pop(name, None)
    run("make", "-C", module, target, *(f"{name}={value}" for name, value in variables.items()))


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(path, name), folder)
                  for path, _, names in os.walk(folder) for name in names)


def check_image(report, module, scratch, compiler, image):
    make(module, "image", OUT=scratch, CC=compiler)
    made = os.path.join(scratch, os.path.basename(image))
    report.expect(filecmp.cmp(made, image, shallow=False), "the module's image is the library's",
                  f"{made} and {image} differ")


def check_dkms_tree(report, module, scratch, build):
    made, prefix = os.path.join(scratch, "made"), os.path.join(scratch, "prefix")
    make(module, "dkms-tree", DKMS_TREE=made)
    run("cmake", "--install", build, "--prefix", prefix)
    installed = os.path.join(prefix, "src", os.listdir(os.path.join(prefix, "src"))[0])
    files = files_below(made)
    report.expect(len(files) > 40, "there are files in the tree", len(files))
    report.expect_equal(files, files_below(installed), "both trees have the same files")
    for name in files:
        report.expect(filecmp.cmp(os.path.join(made, name), os.path.join(installed, name),
                                  shallow=False), f"{name} is the same in both trees")
    with open(os.path.join(made, "dkms.conf"), encoding="utf-8") as conf:
        text = conf.read()
    report.expect("@" not in text, "dkms.conf is complete", text)
    report.expect(f'PACKAGE_VERSION="{os.path.basename(installed).rpartition("-")[2]}"' in text,
                  "dkms.conf has the version of the folder", text)


def main():
    rule, module, scratch = sys.argv[1:4]
    report = Report()
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    {"image": check_image, "dkms-tree": check_dkms_tree}[rule](report, module, scratch,
                                                               *sys.argv[4:])
    return report.exit_status()


sys.exit(main())
