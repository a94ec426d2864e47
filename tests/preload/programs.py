# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Real programs and what they do in check_matrix.py: scripts whose output is the same each time,
whatever they draw. A row is what it stands for, the commands that it needs, and the script: for
sh -eu in an empty folder, with a free port of 127.0.0.1 in $port.
"""

PYTHON = r"""
import hashlib, multiprocessing, os, random, secrets, ssl, subprocess, tempfile, threading, uuid
def draw(n):
    return [secrets.token_bytes(16) for _ in range(100)] + [uuid.uuid4().bytes, os.urandom(16)]
values = draw(0)
threads = [threading.Thread(target=lambda: values.extend(draw(0))) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
with multiprocessing.get_context("fork").Pool(4) as pool:
    for part in pool.map(draw, range(8)): values += part
tempfile.mkdtemp(dir=".")
print(len(values), len(set(values)), subprocess.run(["true"]).returncode)
"""

PAGE = """<!doctype html><title>page</title><p>nothing</p><script>
const seen = new Set();
for (let i = 0; i < 1000; i++)
    seen.add(crypto.randomUUID());
document.querySelector("p").textContent = seen.size + " different";
</script>
"""

# Until something listens there; bash can look, where no netcat is.
LISTENING = "until (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; do sleep 0.02; done"
WAIT = f"bash -c 'port='$port'; {LISTENING}'\n"

ROWS = [
    ("a library for TLS", "openssl",
     "openssl genpkey -algorithm ed25519 -out key\n"
     "openssl pkey -in key -check -noout\n"
     "openssl rand 1000 | wc -c\n"),
    ("a server of TLS", "openssl bash",
     "openssl req -x509 -newkey ed25519 -nodes -keyout key -out cert -subj /CN=x 2>/dev/null\n"
     "openssl s_server -accept 127.0.0.1:$port -naccept 2 -www -key key -cert cert >log 2>&1 &\n" +
     WAIT +
     "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect 127.0.0.1:$port "
     "2>/dev/null | grep -c '^HTTP/1.0 200 ok'\nwait $!\n"),
    ("a server that forks for each client, and its client", "dropbear dropbearkey dbclient bash",
     "dropbearkey -t ed25519 -f key >log 2>&1\n"
     "dropbear -r key -F -E -p 127.0.0.1:$port -P pid 2>log & server=$!\n" + WAIT +
     "HOME=$PWD dbclient -y -y -T -p $port nobody@127.0.0.1 true </dev/null >out 2>&1 || "
     # The child that served a client says so after it has gone. There are two: bash's look, dbclient.
     "echo status $?\n"
     "until [ $(grep -c 'Exit before auth' log) -ge 2 ]; do sleep 0.02; done\n"
     "{ kill $server; wait $server; } 2>/dev/null || :\n"
     "grep -c 'Exit before auth' log\n"),
    ("a data base that forks to save", "redis-check-rdb redis-cli",
     "ln -s \"$(command -v redis-check-rdb)\" redis-server\n"
     "./redis-server --port 0 --unixsocket $PWD/s --daemonize yes --pidfile $PWD/p "
     "--dir $PWD --logfile $PWD/log\n"
     "until redis-cli -s s ping 2>/dev/null | grep -q PONG; do sleep 0.02; done\n"
     "redis-cli -s s set a b\nredis-cli -s s bgsave\nredis-cli -s s dbsize\n"
     "until [ -s dump.rdb ]; do sleep 0.02; done\nredis-cli -s s shutdown nosave\n"),
    ("an agent that goes to the background", "gpg",
     "export GNUPGHOME=$PWD\nchmod 700 .\n"
     "gpg --batch --quiet --passphrase '' --quick-gen-key a@b.c ed25519 sign never 2>/dev/null\n"
     "echo text | gpg --batch --quiet -s 2>/dev/null | gpg --verify 2>&1 | grep -c 'Good sig'\n"
     "gpgconf --kill all\n"),
    ("a library that draws in its constructor", "certtool",
     "certtool --generate-privkey --key-type ed25519 2>/dev/null | grep -c BEGIN\n"),
    ("keys", "ssh-keygen",
     "ssh-keygen -q -t ed25519 -N '' -f key\nssh-keygen -y -f key | cut -d ' ' -f 1\n"),
    ("a data base in a file", "sqlite3",
     "sqlite3 x 'with recursive n(i) as (select 1 union all select i+1 from n where i<500) "
     "select count(distinct hex(randomblob(16))) from n'\n"),
    ("a client of HTTP", "curl", "echo content >page\ncurl -s file://$PWD/page\n"
     "curl -s https://127.0.0.1:1/ || echo status $?\n"),
    # It refuses to run as root, whom a name space makes somebody else.
    ("a browser, in its sandbox", "chromium-headless-shell unshare",
     "cat >page.html <<'END'\n" + PAGE + "END\n"
     "HOME=$PWD unshare --map-user=65534 --map-group=65534 chromium-headless-shell --disable-gpu "
     "--dump-dom file://$PWD/page.html 2>/dev/null | grep -o '<p>.*</p>'\n"),
    ("Python: threads, forks, temporary files", "python3", f"python3 -c '{PYTHON}'\n"),
    ("Node.js: threads", "node",
     "node -e 'const c = require(\"crypto\"), w = require(\"worker_threads\");"
     "const s = new Set(); for (let i = 0; i < 1000; i++) s.add(c.randomUUID());"
     "new w.Worker(\"console.log(require(`crypto`).randomBytes(16).length)\", {eval: true})"
     ".on(\"exit\", code => console.log(s.size, code))'\n"),
    ("Ruby: forks", "ruby",
     "ruby -rsecurerandom -e 'r, w = IO.pipe; 4.times { fork { w.puts SecureRandom.hex(8) } };"
     "Process.waitall; w.close; puts r.readlines.uniq.size'\n"),
    ("PHP", "php",
     "php -r '$a = []; for ($i = 0; $i < 1000; $i++) $a[bin2hex(random_bytes(8))] = 1;"
     "echo count($a), \" \", random_int(5, 5), \"\\n\";'\n"),
    ("a server with forked workers", "php curl bash",
     "echo '<?php echo strlen(random_bytes(32)), \"\\n\";' >index.php\n"
     "PHP_CLI_SERVER_WORKERS=4 php -S 127.0.0.1:$port >log 2>&1 & server=$!\n" + WAIT +
     "for i in 1 2 3 4 5 6; do curl -s http://127.0.0.1:$port/; done\n"
     "{ kill $server; wait $server; } 2>/dev/null || :\n"),
    ("Perl: forks", "perl",
     "perl -e 'for (1..3) { if (!fork) { exit(rand() < 2 ? 4 : 5) } } "
     "while (wait > 0) { print $? >> 8, qq(\\n) }'\n"),
    ("Tcl", "tclsh", "echo 'puts [expr {rand() < 1}]' | tclsh\n"),
    ("a shell", "bash", "bash -c 'echo $((SRANDOM * 0)) $((RANDOM * 0)); exec true'\n"),
    ("coreutils, which close stderr", "shuf sort mktemp",
     "shuf -i 1-100 | sort -n | tail -n 1\nseq 9 | sort -R | wc -l\nmktemp -p . | wc -c\n"),
    ("version control", "git",
     "export HOME=$PWD\ngit init -q r && cd r\n"
     "export GIT_AUTHOR_DATE=2001-01-01T00:00:00Z GIT_COMMITTER_DATE=2001-01-01T00:00:00Z\n"
     "git -c user.name=a -c user.email=b commit -q "
     "--allow-empty -m x\ngit log --oneline\ngit gc -q\n"),
    ("a compiler", "gcc",
     "echo 'int main(void) { return 3; }' >a.c\ngcc a.c\n./a.out || echo $?\n"),
    ("a build in parallel", "make",
     "printf 'all: a b c\\na b c:\\n\\t@echo x; sleep 0.1\\n' >Makefile\nmake -s -j3\n"),
    ("a compressor with threads", "xz", "seq 100000 | xz -T2 | xz -d | cksum\n"),
    ("a debugger", "gdb",
     "gdb -q -nx -batch -ex 'set confirm off' -ex run -ex 'print 1+1' true 2>&1 "
     "| grep -c 'exited normally'\n"),
    ("valgrind", "valgrind openssl",
     "valgrind -q --error-exitcode=9 sh -c 'exit 4' || echo $?\n"
     "valgrind -q --error-exitcode=9 ssh-keygen -q -t ed25519 -N '' -f key && echo clean\n"),
    ("a tracer of system calls", "strace openssl",
     "strace -f -o trace openssl rand 10 | wc -c\ngrep -c 'exited with 0' trace\n"),
    ("a sandbox by namespaces", "bwrap",
     "bwrap --ro-bind / / --dev /dev --proc /proc --unshare-all --die-with-parent "
     "sh -c 'echo $$' | wc -l\n"),
    ("fewer rights", "setpriv",
     "setpriv --no-new-privs --reuid $(id -u) --clear-groups true || echo status $?\n"),
    ("a session bus", "dbus-run-session", "dbus-run-session -- echo inside 2>/dev/null\n"),
    ("an emulator", "qemu-aarch64 aarch64-linux-gnu-gcc",
     "echo 'int main(void) { return 7; }' >a.c\naarch64-linux-gnu-gcc -static -o a a.c\n"
     "qemu-aarch64 ./a || echo $?\n"),
    ("plots", "gnuplot", "gnuplot -e 'print rand(0) < 1'\n"),
    ("a relay with children", "socat", "echo text | socat - EXEC:cat\n"),
]

# One of each kind, for every run of the tests: servers that fork, a daemon, a draw in a constructor,
# runtimes with threads and forks, a sandbox, a debugger, valgrind, a program that closes stderr.
QUICK = ["a server of TLS", "a server that forks for each client, and its client",
         "a data base that forks to save", "a library that draws in its constructor",
         "Python: threads, forks, temporary files", "Node.js: threads",
         "coreutils, which close stderr", "a debugger", "valgrind", "a sandbox by namespaces"]
