# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Packages of Debian, of other suites than this system's: apt in a folder of its own, so that the
system's sources, lists and packages stay as they are.
"""
import os
import re
import subprocess

from root import Unavailable

DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, check=False, **options)


def mirror():
    """Where this system's Debian packages come from."""
    listed = run("apt-get", "indextargets", "--format", "$(SITE) $(ORIGIN) $(RELEASE)",
                 "Created-By: Packages")
    for line in listed.stdout.splitlines():
        site, origin, *_ = line.split(" ") + [""]
        if origin == "Debian" and not site.rstrip("/").endswith("-security"):
            return site.rstrip("/")
    return DEFAULT_MIRROR


# Where it keeps them while a kernel is fetched.
APT = "apt"


class Apt:
    """apt with lists, cache and sources of its own."""

    def __init__(self, folder, suites, arch):
        self.folder = folder
        self.arch = arch
        for name in ("lists/partial", "cache/archives/partial", "etc"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        sources = os.path.join(folder, "etc/sources.list")
        with open(sources, "w", encoding="ascii") as file:
            for suite in suites:
                file.write(f"deb [signed-by={KEYRING}] {mirror()} {suite} main\n")
        self.options = ["-o", f"Dir::State={folder}", "-o", f"Dir::State::lists={folder}/lists",
                        "-o", f"Dir::Cache={folder}/cache", "-o", f"Dir::Etc::sourcelist={sources}",
                        "-o", "Dir::Etc::sourceparts=/dev/null", "-o", "APT::Sandbox::User=root",
                        "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20",
                        "-o", f"APT::Architecture={arch.debian}",
                        "-o", f"APT::Architectures={arch.debian}",
                        # A suite by the name of stable is another one some day.
                        "-o", "Acquire::AllowReleaseInfoChange=true"]

    def update(self):
        done = run("apt-get", *self.options, "--error-on=any", "update")
        if done.returncode != 0:
            raise Unavailable(f"apt-get update: {last_line(done.stderr)}")

    def show(self, package):
        """The control fields of the versions of a package, newest first."""
        text = run("apt-cache", *self.options, "show", package).stdout
        return [dict(re.findall(r"^([\w-]+): (.*)$", block, re.MULTILINE))
                for block in text.split("\n\n") if block.strip()]

    def download(self, packages, folder):
        done = run("apt-get", *self.options, "download", *packages, cwd=folder)
        if done.returncode != 0:
            raise Unavailable(f"apt-get download: {last_line(done.stderr)}")

    def download_with_depends(self, packages):
        """As for a system in which there is nothing yet. Returns the files."""
        archives = os.path.join(self.folder, "cache/archives")
        done = run("apt-get", *self.options, "-o", "Dir::State::status=/dev/null", "--yes",
                   "--no-install-recommends", "--download-only", "install", *packages)
        if done.returncode != 0:
            raise Unavailable(f"apt-get install: {last_line(done.stderr)}")
        return [os.path.join(archives, name) for name in sorted(os.listdir(archives))
                if name.endswith(".deb")]


def last_line(text):
    return (text.strip().splitlines() or ["no message"])[-1]
