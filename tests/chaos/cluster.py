"""What a chaos run works on: one Redis, three servers that reach it through proxies, one external worker."""

import collections
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

import book
from proxy import Proxy
from support import Redis, Server, until

ROLES = ("api,orchestrator,worker", "api,orchestrator,worker", "orchestrator,worker")
APIS = (0, 1)
# Operators may name nodes, and then a node comes back under its old name.
NAMES = ({}, {"VN_NODE_NAME": "named"}, {})
LEASE = 1.5
# Short times, so that a run of minutes sees many leases end. Attempts are not what is tried here: a task that loses
# its process again and again is to succeed in the end.
SETTINGS = {"VN_LEASE_MS": int(1000 * LEASE), "VN_NODE_SWEEP_MS": 500, "LIFECYCLE_BLOCK_MS": 200,
            "VN_NODE_CLEAN_UP_SECONDS": 2, "VN_REDIS_COMMAND_TIMEOUT_MS": 1000, "VN_REDIS_CONNECT_TIMEOUT_MS": 1000,
            "VN_REDIS_RECONNECT_WAIT_MS": 100, "TASK_WAIT_TIMEOUT_MS": 8000, "MAX_TASK_RETRIES": 20,
            "VN_TASKS_RETRY_BASE_MS": 50, "VN_TASKS_RETRY_CAP_MS": 500, "SYNC_WAIT_TIMEOUT_MS": 4000,
            "VN_TASKS_MAX_RUNNING": 4, "VN_REDIS_BULK_BYTES": 1024, "VN_PLUGIN_HOSTS": 1, "VN_REQUESTS_WINDOW_TASKS": 7,
            "LOG_LEVEL": "debug"}


class Cluster:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vn-chaos-"))
        self.script = book.write_script(self.folder)
        (self.folder / "s.info").write_text(
            f'plugins {{ framed {{ command "/usr/bin/python3 -BS {book.write_frame_program(self.folder)}" }} }}\n')
        # With everysec a write may wait in Redis while an earlier one is synced, and go with a kill of Redis.
        self.store = Redis("--enable-debug-command", "yes", "--appendfsync", "always")
        self.proxies = [Proxy(self.store.socket) for _ in ROLES]
        self.messages = collections.Counter()  # of servers that have ended
        self.errors, self.surprises = [], []
        self.lock = threading.Lock()
        self.servers = [None] * len(ROLES)
        self.external = None
        try:
            for i in range(len(ROLES)):
                self.start_server(i)
            for server in self.servers:
                server.wait_ready()
            self.start_external()
        except BaseException:
            self.close()
            raise

    def start_server(self, i):
        self.servers[i] = Server(ready=False, config=self.folder / "s.info", REDIS_URL=self.proxies[i].url,
                                 VNAS_SCRIPT=self.script, VN_ROLES=ROLES[i], **NAMES[i], **SETTINGS)
        self.servers[i].wait_listening()

    def end_server(self, i, how, code):
        """Ends a server by a signal; its exit code has to be this one."""
        server = self.servers[i]
        got = server.stop(how)
        if got != code:
            self.surprises.append(f"server {i} ended with {got}, not {code}: " + "\n".join(server.lines[-5:]))
        self.count(server)
        server.close()

    def count(self, server):
        with self.lock:
            for r in server.records:
                message = r.get("message")
                self.messages[f"{message}: {r['outcome']}" if message == "task finished" else message] += 1
                if r.get("level") in ("error", "critical"):
                    self.errors.append(str(r))

    def start_external(self):
        program = pathlib.Path(__file__).with_name("external_worker.py")
        self.external = subprocess.Popen([sys.executable, "-B", str(program), self.store.socket, "external-1"],
                                         stderr=subprocess.DEVNULL)

    def end_external(self):
        self.external.kill()
        self.external.wait()

    def wait_healthy(self):
        for i, server in enumerate(self.servers):
            if server.process.poll() is not None:
                self.surprises.append(f"server {i} has ended by itself: {server.process.returncode}: "
                                      + "\n".join(server.lines[-30:]))
                continue
            until(lambda: server.get("/readyz").status == 200, f"server {i} is ready again")

    def close(self):
        if self.external:
            self.end_external()
        for i, server in enumerate(self.servers):
            if server:
                server.stop()
                self.count(server)
                server.close()
        for proxy in self.proxies:
            proxy.close()
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)
