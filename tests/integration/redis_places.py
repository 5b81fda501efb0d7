"""Redis behind something that can fail: a network that falls silent, and a master with a replica and sentinels."""

import os
import pathlib
import random
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import redis

from support import until


class Proxy:
    """A TCP port of 127.0.0.1 that leads to the unix socket of a Redis. freeze() forwards nothing more, in both
    directions and without closing; new connections are accepted and as silent."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.frozen = threading.Event()
        self.ended = threading.Event()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.others = {}
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def run(self):
        while not self.ended.is_set():
            if self.frozen.is_set():
                self.ended.wait(0.02)
                continue
            for key, _ in self.selector.select(0.05):
                if key.fileobj is self.listener:
                    self.join(self.listener.accept()[0])
                elif key.fileobj in self.others:
                    self.forward(key.fileobj)

    def join(self, near):
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self.target)
        except OSError:
            far.close()
            near.close()
            return
        self.others.update({near: far, far: near})
        for one in (near, far):
            self.selector.register(one, selectors.EVENT_READ)

    def forward(self, one):
        try:
            data = one.recv(1 << 16)
            self.others[one].sendall(data)
        except OSError:
            data = b""
        if not data:
            self.part(one)

    def part(self, one):
        for end in (one, self.others[one]):
            self.selector.unregister(end)
            del self.others[end]
            end.close()

    def freeze(self):
        self.frozen.set()

    def thaw(self):
        """As after a long loss: what was under way is gone with its connections."""
        for one in list(self.others):
            if one in self.others:
                self.part(one)
        self.frozen.clear()

    def close(self):
        self.ended.set()
        self.thread.join()
        self.thaw()
        self.selector.close()
        self.listener.close()


def free_port():
    """One that stays free until it is used: not of those that the kernel gives to whoever connects or asks for any."""
    for port in random.sample(range(10_000, 32_000), 1000):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            pass
    raise AssertionError("no port is free")


class Watched:
    """A master with one replica and three sentinels, each a process on a port of 127.0.0.1."""

    NAME = "mymaster"

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vn-sentinel-"))
        self.processes = {}
        try:
            first, second = free_port(), free_port()
            self.start_data(first)
            self.start_data(second, "--replicaof", "127.0.0.1", str(first))
            until(lambda: self.client(second).info("replication")["master_link_status"] == "up", "the replica follows")
            self.sentinels = [free_port() for _ in range(3)]
            for port in self.sentinels:
                self.start_sentinel(port, first)
            until(lambda: all(self.knows_all(p) for p in self.sentinels), "the sentinels know each other")
        except BaseException:
            self.close()
            raise

    @property
    def url(self):
        return "redis+sentinel://" + ",".join(f"127.0.0.1:{p}" for p in self.sentinels) + f"/{self.NAME}"

    def launch(self, port, *command):
        self.processes[port] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: self.answers(port), f"Redis answers on {port}")

    def start_data(self, port, *options):
        folder = self.folder / str(port)
        folder.mkdir(exist_ok=True)
        self.launch(port, "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
                    "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction",
                    "--repl-diskless-sync-delay", "0", *options)

    def start_sentinel(self, port, master):
        file = self.folder / f"{port}.conf"
        file.write_text(f"port {port}\nbind 127.0.0.1\ndir {self.folder}\n"
                        f"sentinel monitor {self.NAME} 127.0.0.1 {master} 2\n"
                        f"sentinel down-after-milliseconds {self.NAME} 5000\n"
                        f"sentinel failover-timeout {self.NAME} 10000\n")
        self.launch(port, "redis-server", str(file), "--sentinel")

    @staticmethod
    def client(port):
        return redis.Redis(port=port, decode_responses=True, socket_timeout=5)

    def answers(self, port):
        try:
            with self.client(port) as client:
                return client.ping()
        except redis.RedisError:
            return False

    def knows_all(self, port):
        with self.client(port) as client:
            state = client.sentinel_master(self.NAME)
            return state["num-other-sentinels"] == 2 and state["num-slaves"] == 1

    def master(self):
        """Its port, as the sentinels that live say."""
        with self.client(self.sentinels[0]) as client:
            return client.sentinel_get_master_addr_by_name(self.NAME)[1]

    def fail_over(self):
        """Asks for it; port of the new master."""
        old = self.master()

        def begun():
            try:
                with self.client(self.sentinels[0]) as client:
                    return client.execute_command("SENTINEL", "FAILOVER", self.NAME)
            except redis.ResponseError:
                return self.master() != old  # no good replica yet, or in progress
        until(begun, "the failover begins")
        until(lambda: self.master() != old, "there is another master")
        return self.master()

    def kill_master(self):
        port = self.master()
        self.processes[port].kill()
        self.processes[port].wait()
        return port

    def close(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
