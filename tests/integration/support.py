"""Real servers, a real Redis and plain clients for the black-box tests. Nothing here sleeps for a fixed time: until()
looks again until what is waited for has come, and fails when the bound has passed."""

import http.client
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import uuid
from xml.etree import ElementTree

import redis

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("VN_BUILD_DIR", SOURCE / "build" / "dev")).resolve()
SERVER = BUILD / "bin" / "vnserver"
CASES = SOURCE / "tests" / "conformance"

# Sanitizers make everything slower; bounds are there to end a test that hangs, not to measure.
BOUND = float(os.environ.get("VN_TEST_BOUND", "60"))


def until(condition, what, bound=BOUND):
    """The first true value of condition()."""
    end = time.monotonic() + bound
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"not within {bound} s: {what}")
        pause.wait(0.02)


class Redis:
    """A redis-server of our own on a free port of 127.0.0.1 and a unix socket."""

    def __init__(self, *options):
        self.folder = tempfile.mkdtemp(prefix="vn-redis-")
        self.socket = os.path.join(self.folder, "s")
        self.options = options
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.folder, "--appendonly", "yes",
             "--maxmemory-policy", "noeviction", *self.options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = redis.Redis(unix_socket_path=self.socket, decode_responses=True)
        try:
            until(self.answers, "Redis answers")
        except BaseException:
            self.close()
            raise

    def answers(self):
        try:
            return os.path.exists(self.socket) and self.client.ping()
        except redis.RedisError:
            return False

    @property
    def url(self):
        return f"unix://{self.socket}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        pathlib.Path(self.socket).unlink(missing_ok=True)

    def close(self):
        self.client.close()
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()


class Server:
    """A vnserver on a free port. Settings are environment variables; VN_DATA_DIR is a folder of its own."""

    def __init__(self, ready=True, config=None, data=None, program=SERVER, **settings):
        self.own_data = data is None
        self.data = data or tempfile.mkdtemp(prefix="vn-data-")
        env = {k: v for k, v in os.environ.items() if not k.startswith("VN_")}
        env.update({"HTTP_PORT": "0", "VN_DATA_DIR": self.data, "LOG_LEVEL": "debug", "VN_LOG_FORMAT": "json",
                    "LIFECYCLE_BLOCK_MS": "200"})
        env.update({k: str(v) for k, v in settings.items()})
        command = [str(program)] + (["--config", str(config)] if config else [])
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, env=env, cwd=self.data)
        self.lines = []
        self.records = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.port = None
        if ready:
            try:
                self.wait_ready(settings.get("ENABLE_HTTP", "true") != "false")
            except BaseException:
                self.close()
                raise

    def _read(self):
        for line in self.process.stderr:
            text = line.decode(errors="replace").rstrip("\n")
            self.lines.append(text)
            try:
                self.records.append(json.loads(text))
            except ValueError:
                pass

    def log(self, message):
        return [r for r in list(self.records) if r.get("message") == message]

    def wait_listening(self):
        def listening():
            found = self.log("listening")
            if not found and self.process.poll() is not None:
                raise AssertionError("the server ended: " + "\n".join(self.lines[-20:]))
            return found
        self.port = int(until(listening, "the server listens")[0]["address"].rsplit(":", 1)[1])

    def wait_ready(self, http=True):
        if http:
            self.wait_listening()
            until(self.is_ready, "the server is ready")
        else:
            until(lambda: self.log("ready"), "the server is ready")

    def is_ready(self):
        try:
            return self.get("/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False  # cut: with short limits that may be

    def request(self, method, path, body=None, headers=None, timeout=BOUND):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def answers(self, path):
        """Whether that is 200. Where connections are scarce one may be closed instead: those before are not gone yet."""
        try:
            return self.get(path).status == 200
        except ConnectionError:
            return False

    def post(self, body, sync=True, headers=None, query=None, timeout=BOUND):
        path = "/valuation" + (query if query is not None else ("?sync=Y" if sync else "?sync=N"))
        return self.request("POST", path, body=body, headers={"Content-Type": "application/xml", **(headers or {})},
                            timeout=timeout)

    def status(self, request_id):
        return self.get(f"/valuation/{request_id}/status").json

    def wait_status(self, request_id, *wanted):
        return until(lambda: (s := self.status(request_id)).get("status") in wanted and s, f"{request_id} is {wanted}")

    def stop(self, how=signal.SIGTERM, bound=BOUND):
        """Exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(bound)
        self.reader.join(10)  # what it said last is known; longer only if somebody else holds its end of the pipe
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(BOUND)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(BOUND)
        self.process.stderr.close()
        if self.own_data:
            shutil.rmtree(self.data, ignore_errors=True)
        told = [n for n, line in enumerate(self.lines) if "Sanitizer" in line or ": runtime error:" in line]
        if told:
            raise AssertionError("a sanitizer spoke: " + "\n".join(self.lines[told[0]:][:60]))

    def redis(self):
        """A client of the embedded Redis."""
        found = self.log("redis")
        return redis.Redis(unix_socket_path=found[0]["where"].removeprefix("unix://"), decode_responses=True)


class Case(unittest.TestCase):
    maxDiff = None

    # A server that its tests share: SHARED names its settings; SCRIPT is the text of its valuation script.
    SHARED = None
    SCRIPT = None

    @classmethod
    def setUpClass(cls):
        if cls.SHARED is None:
            return
        cls.store = Redis()
        cls.addClassCleanup(cls.store.close)
        settings = dict(cls.SHARED)
        if cls.SCRIPT is not None:
            settings["VNAS_SCRIPT"] = write_script(cls.SCRIPT, cls.addClassCleanup)
        cls.node = Server(REDIS_URL=cls.store.url, **settings)
        cls.addClassCleanup(cls.node.close)

    def setUp(self):
        if self.SHARED is not None:
            self.addCleanup(self.show_log, self.node)

    def server(self, **settings):
        started = Server(**settings)
        self.addCleanup(started.close)
        self.addCleanup(self.show_log, started)
        return started

    def show_log(self, server):
        """The log of a server whose test failed."""
        outcome = getattr(self, "_outcome", None)
        result = getattr(outcome, "result", None)
        if result and any(getattr(test, "test_case", test) is self for test, _ in result.failures + result.errors):
            print("\n".join([line for line in server.lines if '"level":"debug"' not in line][-40:]))

    def redis(self, *options):
        started = Redis(*options)
        self.addCleanup(started.close)
        return started

    def script(self, text):
        """A valuation script with this text; its path."""
        return write_script(text, self.addCleanup)

    def folder(self):
        """An empty folder that goes with the test."""
        return new_folder(self.addCleanup)


def new_folder(add_cleanup):
    path = pathlib.Path(tempfile.mkdtemp(prefix="vn-test-"))
    add_cleanup(shutil.rmtree, path, ignore_errors=True)
    return path


def write_script(text, add_cleanup):
    path = str(new_folder(add_cleanup) / "script.sh")
    with open(path, "w") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)
    return path


def request_xml(groups=2, tasks=10, name="loan", extra=""):
    """A request whose tasks take what they need from the project."""
    text = ["<vnml><project><market name='M'/><model name='m'/>"]
    for g in range(groups):
        text.append(f"<group name='G{g}'>")
        for t in range(tasks):
            text.append(f"<valuation name='{name}' number='{t}'><market select='/vnml/project/market'/>"
                        f"<analytics><price><amount>1</amount></price></analytics>{extra}</valuation>")
        text.append("</group>")
    return "".join(text) + "</project></vnml>"


# Values as the conformance corpus does: 100 for each group and the number of the task.
BY_THE_RULE = "cat >/dev/null; echo $((100 * (VN_GROUP_INDEX + 1) + VN_TASK_ID)).00\n"


def waits_for(path):
    """A script that ends when there is a file at the path."""
    return f"cat >/dev/null; until [ -e {path} ]; do sleep 0.02; done; echo 7\n"


def amounts(response):
    """The amounts in a response, group by group, in its order."""
    root = ElementTree.fromstring(response)
    return [[v.findtext(".//analytics/price/amount") for v in g.findall("valuation")]
            for g in root.findall("project/group")]


def moment(entry):
    """Of an entry of a stream: those of one Redis compare."""
    return tuple(int(n) for n in entry.split("-"))


def tasks_of_others(client, request, other):
    """For each group of the request: how many tasks of the other one ended between its start and its end."""
    begins = {int(e["group"]): moment(i) for i, e in client.xrange("stream:request:lifecycle")
              if e["requestId"] == request and e["status"] == "group_started"}
    ended = [(moment(i), e) for i, e in client.xrange("stream:task:updates")]
    ends = {g: max(at for at, e in ended if e["requestId"] == request and int(e["groupIdx"]) == g) for g in begins}
    return [sum(begins[g] < at < ends[g] for at, e in ended if e["requestId"] == other) for g in sorted(begins)]


def without_bound(client):
    """Keys that are no streams and live for ever."""
    return [key for key in client.scan_iter(count=1000) if client.type(key) != "stream" and client.ttl(key) == -1]


def children(pid, any_depth=True):
    """Process ids and names of what the process has started and not yet waited for, at any depth. A shell that is about
    to run a program is there twice for a moment: who counts scripts asks for what the process itself has started."""
    below = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = pathlib.Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            name, rest = stat[stat.index("(") + 1:].rsplit(") ", 1)
            below.setdefault(int(rest.split()[1]), []).append((int(entry), name))
    found = list(below.get(pid, []))
    if any_depth:
        for child, _ in found:
            found += below.get(child, [])
    return found


def scripts(*servers):
    """Process ids of the script.sh that these servers run."""
    return {p for s in servers for p, name in children(s.process.pid, any_depth=False) if name == "script.sh"}


def is_alive(pid):
    try:
        stat = pathlib.Path("/proc", str(pid), "stat").read_text()
    except OSError:
        return False
    return stat.rsplit(") ", 1)[1][0] not in "ZX"


def new_id():
    return str(uuid.uuid4())
