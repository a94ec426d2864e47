# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The suites: where each comes from, how its programs are built, and what is run.

A suite draws by one of three ways. image: an unmodified program finds our image as its vDSO, and
beside it the kernel's. shim: the program runs under `vgetrandom run`, and beside it without. linked:
it is linked with our function, and beside it with its own.
"""
import glob
import os
import shutil
import subprocess
from collections import namedtuple

import outcome
from fetch import Package, Unavailable

# read: how the outcome is read. full: not part of the quick form. zeros: arguments for a run on zeros,
# where some tests would never end.
Test = namedtuple("Test", "name command read full cwd env zeros", defaults=(False, None, (), ()))

# tests: of the folder of what was fetched and built, and the kit. control: the name of a test that
# must fail with zeros as random numbers, None if it looks at none. draws: of shim, that it serves.
Suite = namedtuple("Suite", "name way package build tests control draws", defaults=(None, True))


def compile_c(output, *arguments):
    """What others wrote: their warnings are theirs."""
    done = subprocess.run(["gcc", "-w", "-O2", "-D_GNU_SOURCE", *arguments, "-o", output],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if "error" in line or "undef" in line]
        raise Unavailable(f"cannot be compiled: {(errors or ['no message'])[0]}")


# --- Linux ---

LINUX = Package("deb", "linux-source-6.12", "trixie", tar="usr/src/linux-source-*.tar.xz",
                members=["*/tools/testing/selftests/vDSO", "*/tools/testing/selftests/*.h",
                         "*/tools/include", "*/arch/x86/entry/vdso", "*/arch/x86/include",
                         "*/include"])


def linux_test(folder):
    return (os.path.join(folder, "content"),
            os.path.join(folder, "content/tools/testing/selftests/vDSO"))


def build_linux_getrandom(folder, built, _kit):
    top, here = linux_test(folder)
    compile_c(f"{built}/vdso_test_getrandom", f"{here}/vdso_test_getrandom.c",
              f"{here}/parse_vdso.c", "-std=gnu99", "-isystem", f"{top}/tools/include",
              "-isystem", f"{top}/include/uapi")


def build_linux_chacha(folder, built, _kit):
    """With Linux's own function; with ours for each run, which is a moment."""
    compile_c(f"{built}/chacha-theirs", *chacha_sources(folder),
              f"{linux_test(folder)[1]}/vgetrandom-chacha.S", "-Wa,--noexecstack")


def chacha_sources(folder):
    top, here = linux_test(folder)
    return ["-std=gnu99", f"{here}/vdso_test_chacha.c", "-idirafter", f"{top}/tools/include",
            "-idirafter", f"{top}/arch/x86/include", "-idirafter", f"{top}/include"]


def linux_chacha_tests(folder, built, kit):
    ours = os.path.join(kit.work, "chacha-ours")
    compile_c(ours, *chacha_sources(folder), "-Wl,--whole-archive",
              os.path.join(kit.build, "tests/foreign/libforeign-chacha.a"),
              "-Wl,--no-whole-archive")
    return [Test(name, {"ours": [ours], "zeros": [ours], "theirs": [f"{built}/chacha-theirs"]},
                 outcome.tap, env=[("FOREIGN_CHACHA", level)])
            for level, name in kit.chacha_levels()]


# --- glibc ---

# 2.41 is the first whose getrandom() uses the vDSO. Its security updates are not all mirrored as
# source packages; this one is made for those who want the source.
GLIBC = Package("deb", "glibc-source", "trixie", tar="usr/src/glibc/glibc-*.tar.xz",
                members=["*/support", "*/stdlib", "*/malloc", "*/include"])
GLIBC_TESTS = ["tst-getrandom", "tst-getrandom2", "tst-getrandom-errno", "tst-arc4random-fork",
               "tst-arc4random-stats", "tst-arc4random-thread"]
GLIBC_HEADERS = ["array_length.h", "intprops.h", "libc-diag.h", "scratch_buffer.h"]
# What its makefiles say of an installation that is not there.
GLIBC_PATHS = [f"-D{name}_PATH=\"\"" for name in
               ("SRCDIR", "OBJDIR", "INSTDIR", "LIBDIR", "BINDIR", "SBINDIR", "ROOTSBINDIR",
                "COMPLOCALEDIR", "SYSCONFDIR", "ROOTDIR", "SLIBDIR", "OBJDIR_ELF_LDSO")]


def build_glibc(folder, built, _kit):
    """Its support library, as far as that builds outside of glibc, and the tests."""
    content = os.path.join(folder, "content")
    headers = os.path.join(built, "headers")
    os.mkdir(headers)
    for name in GLIBC_HEADERS:
        shutil.copy(f"{content}/include/{name}", headers)
    shutil.copy(f"{content}/malloc/dynarray.h", headers)
    for name in ("support", "malloc"):
        os.symlink(f"{content}/{name}", f"{headers}/{name}")
    flags = ["-std=gnu11", "-DTIMEOUTFACTOR=20", "-Dlibc_hidden_proto(x)=", "-Dlibc_hidden_def(x)=",
             "-D__set_errno(e)=(errno=(e))", "-include", "errno.h", "-I", headers,
             "-I", f"{content}/support", *GLIBC_PATHS]
    objects = []
    for source in (glob.glob(f"{content}/support/*.c") +
                   glob.glob(f"{content}/malloc/dynarray*_*.c") +
                   [f"{content}/malloc/dynarray-skeleton.c"]):
        name = os.path.basename(source)[:-2]
        if name.startswith(("tst-", "test-", "dynarray-")) or name.endswith(("_main", "-container")):
            if name != "support_test_main":
                continue
        try:
            compile_c(f"{built}/{name}.o", *flags, "-c", source)
            objects.append(f"{built}/{name}.o")
        except Unavailable:
            pass
    subprocess.run(["ar", "rcs", f"{built}/libsupport.a", *objects], check=True)
    for test in GLIBC_TESTS:
        compile_c(f"{built}/{test}", *flags, f"{content}/stdlib/{test}.c", f"{built}/libsupport.a",
                  "-lm")


def glibc_tests(_folder, built, _kit):
    return [Test(name, [f"{built}/{name}"], outcome.status) for name in GLIBC_TESTS]


def glibc_2_41_tests(_folder, built, kit):
    return [Test(name, [*kit.other_libc(), f"{built}/{name}"], outcome.status)
            for name in GLIBC_TESTS]


# --- Go ---

GO = Package("deb", "golang-1.24-go", "trixie", others=["golang-1.24-src"])
GO_PACKAGES = ["crypto/rand", "internal/syscall/unix", "hash/maphash", "math/rand/v2", "runtime"]
GO_RUNTIME = "Rand|Thread|Signal|Goroutine|Map|Hash"


def build_go(folder, built, _kit):
    env = dict(os.environ, GOROOT=f"{folder}/usr/lib/go-1.24", GOPROXY="off", GOTOOLCHAIN="local",
               GOFLAGS="-mod=mod", CGO_ENABLED="0", GOCACHE=f"{built}/cache", GOPATH=f"{built}/path")
    for package in GO_PACKAGES:
        done = subprocess.run([f"{env['GOROOT']}/bin/go", "test", "-c", "-o",
                               f"{built}/{package.replace('/', '-')}.test", package],
                              env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"{package} cannot be compiled: {done.stderr.splitlines()[:1]}")
    shutil.rmtree(f"{built}/cache")


def go_tests(folder, built, _kit):
    """Without the command go, which some systems have: tests that build programs are skipped."""
    tests, env = [], [("PATH", "/no/commands")]
    for package in GO_PACKAGES:
        command = [f"{built}/{package.replace('/', '-')}.test", "-test.v", "-test.short"]
        cwd = f"{folder}/usr/share/go-1.24/src/{package}"
        if package == "runtime":
            tests.append(Test(package, [*command, f"-test.run={GO_RUNTIME}"], outcome.go, cwd=cwd,
                              env=env))
            tests.append(Test("all of runtime", command, outcome.go, True, cwd, env))
        else:
            tests.append(Test(package, command, outcome.go, cwd=cwd, env=env,
                              zeros=["-test.run=^TestRead$"]))
    return tests


# --- CPython ---

PYTHON = "/usr/bin/python3"
PYTHON_QUICK = [("test_random test_secrets test_uuid test_tempfile test_hashlib", []),
                ("test_os", ["*andom*"]),
                ("test_multiprocessing_fork", ["*TestProcess.test_*", "*TestPool.test_[a-m]*"])]
PYTHON_FULL = [("test_ssl test_asyncio test_shutil test_multiprocessing_forkserver "
                "test_concurrent_futures test_urllib2_localnet test_smtplib", [])]


def build_nothing(_folder, _built, _kit):
    pass


def python_tests(_folder, _built, _kit):
    tests = []
    for full, table in ((False, PYTHON_QUICK), (True, PYTHON_FULL)):
        for names, patterns in table:
            chosen = [word for pattern in patterns for word in ("-m", pattern)]
            tests.append(Test(names, [PYTHON, "-m", "test", "--junit-xml", outcome.JUNIT,
                                      *names.split(), *chosen], outcome.python, full))
    return tests


# --- Libraries: the tests are built from source, for the library that is installed ---

GNUTLS_TESTS = ["rng-fork", "rng-op-random", "rng-op-key", "rng-op-nonce", "rng-pthread",
                "rng-no-onload"]
GCRYPT_TESTS = ["random", "prime", "t-lock", "pubkey"]
GCRYPT_CONFIG = """#define _GCRYPT_CONFIG_H_INCLUDED 1
#define HAVE_PTHREAD 1
#define SIZEOF_UNSIGNED_SHORT 2
#define SIZEOF_UNSIGNED_INT 4
#define SIZEOF_UNSIGNED_LONG 8
"""
UV_MAIN = """int run_test_random_async(void);
int run_test_random_sync(void);
int main(void) { return run_test_random_async() || run_test_random_sync(); }
"""


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def build_gnutls(folder, built, _kit):
    write(f"{built}/config.h", "")
    for test in GNUTLS_TESTS:
        compile_c(f"{built}/{test}", "-DGCC_VERSION=0", "-I", built, "-I", f"{folder}/tests",
                  f"{folder}/tests/{test}.c", f"{folder}/tests/utils.c", "-lgnutls")


def build_gcrypt(folder, built, _kit):
    os.mkdir(f"{built}/src")
    os.mkdir(f"{built}/tests")
    os.symlink("/usr/include/gcrypt.h", f"{built}/src/gcrypt.h")
    for name in ("gcrypt-testapi.h", "types.h"):
        shutil.copy(f"{folder}/src/{name}", f"{built}/src")
    for path in glob.glob(f"{folder}/tests/*.[ch]"):
        shutil.copy(path, f"{built}/tests")
    write(f"{built}/tests/config.h", GCRYPT_CONFIG)
    for test in GCRYPT_TESTS:
        compile_c(f"{built}/{test}", "-DHAVE_CONFIG_H", "-I", f"{built}/tests",
                  f"{built}/tests/{test}.c", "-lgcrypt", "-lgpg-error")


def build_sodium(folder, built, _kit):
    compile_c(f"{built}/randombytes", "-DTEST_SRCDIR=\".\"", "-I", f"{folder}/test/quirks",
              f"{folder}/test/default/randombytes.c", "-lsodium")
    shutil.copy(f"{folder}/test/default/randombytes.exp", built)


def build_uv(folder, built, _kit):
    write(f"{built}/main.c", UV_MAIN)
    compile_c(f"{built}/test-random", "-I", f"{folder}/test", f"{built}/main.c",
              f"{folder}/test/test-random.c", "-luv")


def programs(names, full=(), read=outcome.status):
    def tests(_folder, built, _kit):
        return [Test(name, [f"{built}/{name}"], read, name in full, built) for name in names]
    return tests


def source(name):
    return Package("source", name, None)


SUITES = [
    Suite("Linux: selftests/vDSO, getrandom", "image", LINUX, build_linux_getrandom,
          programs(["vdso_test_getrandom"], read=outcome.tap), "vdso_test_getrandom"),
    Suite("Linux: selftests/vDSO, chacha", "linked", LINUX, build_linux_chacha, linux_chacha_tests,
          "generic"),
    Suite("glibc 2.41", "image", GLIBC, build_glibc, glibc_2_41_tests, "tst-arc4random-fork"),
    Suite("glibc's tests on this system's", "shim", GLIBC, build_glibc, glibc_tests,
          "tst-arc4random-fork"),
    Suite("Go 1.24", "image", GO, build_go, go_tests, "crypto/rand"),
    Suite("CPython", "shim", None, build_nothing, python_tests, "test_os"),
    Suite("GnuTLS", "shim", source("gnutls28"), build_gnutls, programs(GNUTLS_TESTS), "rng-fork"),
    Suite("Libgcrypt", "shim", source("libgcrypt20"), build_gcrypt,
          programs(GCRYPT_TESTS, ["pubkey"])),
    Suite("libsodium", "shim", source("libsodium"), build_sodium, programs(["randombytes"])),
    # It draws by syscall(2): what `vgetrandom run` leaves as it is.
    Suite("libuv", "shim", source("libuv1"), build_uv, programs(["test-random"]), draws=False),
]
