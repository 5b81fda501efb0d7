"""The programs that are measured and those that measure: what is started here ends with the block it was started in."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
from support import BUILD, Redis, Server, children, until  # noqa: E402

BIN = BUILD / "bin"
PEERS = HERE / "peers"
LONGEST = 120  # seconds for any one call of a program
TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="vn-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def real_redis():
    """As the server starts its own: everything is kept, synced once a second."""
    store = Redis("--appendfsync", "everysec", "--auto-aof-rewrite-min-size", "512mb", "--save", "")
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def vnserver(store, database=0, **settings):
    """A node with bench.info."""
    with folder() as path:
        shutil.copy(HERE / "bench.info", path)
        (path / "bin").symlink_to(BIN)
        (path / "plugins").symlink_to(BUILD / "lib" / "vnserver" / "plugins")
        node = Server(config=path / "bench.info", LOG_LEVEL="info", LIFECYCLE_BLOCK_MS=1000,
                      REDIS_URL=f"{store.url}?db={database}", **settings)
        try:
            # What a node without the API has is not told; a first round that does not count finds it there.
            if "VN_ROLES" not in settings:
                until(lambda: {"noop", "noop-host"} <= offered(node), "the plugins are offered")
            yield node
        finally:
            node.close()


def offered(node):
    return {plugin["name"] for plugin in node.get("/plugins").json["plugins"] if plugin["state"] == "offered"}


def call(program, *words, timeout=LONGEST):
    """What a program of ours found, read from its output."""
    ended = subprocess.run([BIN / program, *map(str, words)], capture_output=True, text=True, timeout=timeout)
    if ended.returncode != 0:
        raise RuntimeError(f"{program}: {ended.stderr.strip()}")
    return json.loads(ended.stdout)


def load(port, target, seconds, at_once=1, body=None, expect=200, calls=0):
    words = ["--port", port, "--target", target, "--seconds", seconds, "--at-once", at_once, "--expect", expect,
             "--calls", calls]
    if body:
        words += ["--method", "POST", "--body", body]
    return call("bench-load", *words)


class Talker:
    """A program that answers each line with a line; it says "ready" first."""

    def __init__(self, *command, **environment):
        self.errors = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True, start_new_session=True,
                                        env={**os.environ, **environment})
        self.answer("ready")

    def answer(self, wanted=None):
        line = self.process.stdout.readline()
        if not line or (wanted and line.strip() != wanted):
            self.errors.seek(0)
            raise RuntimeError(f"{self.process.args[0]}: {line.strip()} {self.errors.read()[-2000:]}")
        return line

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.answer())

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # what it leaves behind
        self.process.stdout.close()
        self.errors.close()


@contextlib.contextmanager
def talker(*command, **environment):
    program = Talker(*command, **environment)
    try:
        yield program
    finally:
        program.close()


@contextlib.contextmanager
def bare_http(size, status=200):
    """The port of a bare Beast loop."""
    process = subprocess.Popen([BIN / "bench-http", "--bytes", str(size), "--status", str(status)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def processor_seconds(pid):
    """Of a process and all below it: those that run, and those that have ended and were waited for."""
    spent = 0
    for each in [pid, *(child for child, _ in children(pid))]:
        try:
            words = pathlib.Path("/proc", str(each), "stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        spent += sum(int(word) for word in words[11:15])
    return spent / TICKS


def peak_megabytes(pid):
    for line in pathlib.Path("/proc", str(pid), "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no peak of {pid}")
