"""Everything that Redis can say or fail to say, one at a time, under a little load: what was taken in ends right, what
is not taken gets a 503 with Retry-After, readiness tells the reason and afterwards that it is over, and work goes on."""

import os
import pathlib
import shutil
import signal
import threading
import time
import unittest

import redis

import support
from redis_places import Proxy
from steady_load import SteadyLoad
from support import until
from troubled_case import TroubledCase


class RedisErrors(TroubledCase):
    # Redis goes and comes back

    def test_killed_and_started_again(self):
        self.open("--appendfsync", "always")
        for _ in range(2):
            self.store.kill()
            self.unready("redis")
            self.is_at_rest()
            self.store.start()
            self.ready()
            self.load.goes_on()
        self.goes_on()

    def is_at_rest(self):
        """It refuses, and does not spin."""
        begin, used = time.monotonic(), self.processor_time()
        self.load.is_refused(20)
        self.assertLess(self.processor_time() - used, (time.monotonic() - begin) / 2)

    def processor_time(self):
        fields = pathlib.Path("/proc", str(self.node.process.pid), "stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def lost(self):
        """What was taken before may be unknown now, and nothing else; the log says it."""
        self.goes_on(may_lose=True)
        until(lambda: self.held in [r["request"] for r in
                                    self.node.log("request lost: Redis does not know it any more")], "it says so")
        self.assertEqual(self.node.get(f"/valuation/{self.held}/status").status, 404)
        groups = {g["name"] for s in ("stream:request:ingest", "stream:task:dispatch")
                  for g in self.store.client.xinfo_groups(s)}
        self.assertEqual(groups, {"orchestrator-main", "task-workers"})

    def hold(self):
        """A request that is certainly running when the data goes."""
        self.held = self.node.post(support.request_xml(1, 1, "held"), sync=False).json["requestId"]
        self.node.wait_status(self.held, "running")

    def slow(self):
        gate = self.folder() / "open"
        self.addCleanup(gate.touch)
        return gate, self.script(f"cat >/dev/null; if [ $VN_VALUATION_NAME = held ]; then until [ -e {gate} ]; do "
                                 "sleep 0.02; done; fi; echo $((100 * (VN_GROUP_INDEX + 1) + VN_TASK_ID)).00\n")

    def test_started_again_without_its_data(self):
        gate, script = self.slow()
        self.open(VNAS_SCRIPT=script)
        self.hold()
        self.store.kill()
        for file in pathlib.Path(self.store.folder).iterdir():
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        self.unready("redis")
        self.store.start()
        self.ready()
        gate.touch()
        self.lost()

    def test_everything_is_deleted(self):
        gate, script = self.slow()
        self.open(VNAS_SCRIPT=script)
        self.hold()
        self.store.client.flushall()
        self.load.goes_on()
        gate.touch()
        self.lost()

    def test_started_again_with_older_data(self):
        self.open()
        data, copy = pathlib.Path(self.store.folder, "appendonlydir"), self.folder() / "copy"
        self.load.check(self)
        shutil.copytree(data, copy)
        self.load = SteadyLoad(self.node)
        self.addCleanup(self.load.stop)
        until(lambda: len(self.load.accepted) >= 3, "some are taken in")
        self.load.check(self)
        self.store.kill()
        shutil.rmtree(data)
        shutil.copytree(copy, data)
        self.unready("redis")
        self.store.start()
        self.ready()

        # Nobody writes meanwhile: what is newer than all that was read would hide the loss of what is older.
        def told():
            lost = self.node.log("Redis has lost data: what was read of a stream is not there")
            return "stream:request:lifecycle" in [r["stream"] for r in lost]
        until(told, "it has seen that data are lost")
        for request in self.load.accepted:
            self.assertEqual(self.node.get(f"/valuation/{request}/status").status, 404)
        self.load = SteadyLoad(self.node)
        self.addCleanup(self.load.stop)
        self.goes_on()

    def test_loading(self):
        self.open("--appendfsync", "always", "--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024")
        for n in range(50):
            self.store.client.mset({f"filler:{n}:{i}": "x" * 100 for i in range(100)})
        self.store.client.bgrewriteaof()
        until(lambda: not self.store.client.info("persistence")["aof_rewrite_in_progress"], "the file is rewritten")
        self.store.kill()
        starter = threading.Thread(target=self.store.start)
        starter.start()
        self.unready("Redis is still loading its data")
        self.load.is_refused()
        starter.join()
        self.goes_on()

    # Redis does not answer

    def test_stopped_process(self):
        self.open()
        self.store.process.send_signal(signal.SIGSTOP)
        try:
            self.unready("redis")
            self.load.is_refused()
        finally:
            self.store.process.send_signal(signal.SIGCONT)
        self.goes_on()

    def test_debug_sleep(self):
        self.open("--enable-debug-command", "yes")
        sleeper = threading.Thread(target=self.admin, args=("DEBUG", "SLEEP", "12"))
        sleeper.start()
        self.unready("redis")
        self.load.is_refused()
        sleeper.join()
        self.goes_on()

    def test_silent_network(self):
        store = self.redis()
        proxy = Proxy(store.socket)
        self.addCleanup(proxy.close)
        self.store = store
        self.start(proxy.url)
        for _ in range(2):
            proxy.freeze()
            self.unready("redis")
            self.load.is_refused()
            until(lambda: self.node.log("redis connection ended"), "it gives the connections up")
            proxy.thaw()
            self.ready()
            self.load.goes_on()
        self.goes_on()

    # Redis refuses

    def test_readonly(self):
        self.open()
        self.admin("REPLICAOF", "127.0.0.1", "1")
        self.unready("redis")
        self.load.is_refused()
        self.admin("REPLICAOF", "NO", "ONE")
        self.goes_on()

    def test_masterdown(self):
        self.open("--replica-serve-stale-data", "no")
        self.admin("REPLICAOF", "127.0.0.1", "1")
        self.unready("redis")
        self.load.is_refused()
        self.admin("REPLICAOF", "NO", "ONE")
        self.goes_on()

    def test_oom(self):
        self.open()
        self.store.client.config_set("maxmemory", "1mb")
        self.unready("Redis has no memory left")
        until(lambda: "redis-full" in self.load.refused, "new requests are refused")
        self.assertTrue(self.store.client.exists(*self.store.client.keys("vn:node:*")))
        self.store.client.config_set("maxmemory", "0")
        self.goes_on()

    def test_a_full_redis_does_not_forget_the_nodes(self):
        self.open(VN_LEASE_MS=4000)
        self.store.client.config_set("maxmemory", "1mb")
        self.unready("Redis has no memory left")
        [key] = self.store.client.keys("vn:node:*")
        lived = [self.store.client.pttl(key)]

        def renewed():
            lived.append(self.store.client.pttl(key))
            return sum(b > a for a, b in zip(lived, lived[1:])) >= 3
        until(renewed, "its key is renewed")
        self.assertGreater(min(lived), 0)
        self.store.client.config_set("maxmemory", "0")
        self.goes_on()

    def test_misconf(self):
        self.open("--save", "3600 1000000")
        blocked = pathlib.Path(self.store.folder, "dump.rdb")
        blocked.mkdir()
        self.store.client.bgsave()
        self.unready("Redis cannot write its data to disk")
        self.load.is_refused()
        blocked.rmdir()
        until(lambda: not self.store.client.info("persistence")["rdb_bgsave_in_progress"], "the save has ended")
        self.store.client.bgsave()
        self.goes_on()

    def test_noscript(self):
        self.open(VN_REDIS_COMMAND_TIMEOUT_MS=60_000)
        for _ in range(20):
            self.store.client.script_flush()
            self.load.goes_on(1)
        self.assertEqual(self.load.refused, [])
        self.goes_on()

    def test_busy(self):
        self.open("--busy-reply-threshold", "100")
        other = redis.Redis(unix_socket_path=self.store.socket)
        self.addCleanup(other.close)
        told = []

        def spin():
            try:
                other.eval("while true do end", 0)
            except redis.RedisError as e:
                told.append(e)
        spinner = threading.Thread(target=spin)
        spinner.start()
        self.unready("Redis is busy with a script")
        self.load.is_refused()
        self.store.client.script_kill()
        spinner.join()
        self.assertEqual(len(told), 1)
        self.goes_on()

    def test_noauth(self):
        self.open()
        self.store.client.config_set("requirepass", "secret")
        self.cut()
        self.unready("Redis asks for a password")
        self.load.is_refused()
        self.store.client.config_set("requirepass", "")
        self.goes_on()

    def test_password_changed(self):
        file = self.folder() / "password"
        file.write_text("first\n")
        self.store = self.redis()
        self.store.client.config_set("requirepass", "first")
        self.start(self.store.url, VN_REDIS_PASSWORD_FILE=file)
        self.store.client.config_set("requirepass", "second")
        self.cut()
        self.unready("Redis does not accept the user or the password")
        self.load.is_refused()
        file.write_text("second\n")
        self.goes_on()

    def test_noperm(self):
        self.store = self.redis()
        self.admin("ACL", "SETUSER", "worker", "on", ">w", "~*", "&*", "+@all")
        self.start(f"unix://{self.store.socket}?user=worker&password=w")
        for right, words in (("hset", ("lacks a right", "that", "needs")), ("evalsha", ("lacks a right", "that", "needs")),
                             ("xreadgroup", ("lacks a right", "read_lanes", "needs")), ("set", ("lacks a right",))):
            with self.subTest(right):
                self.admin("ACL", "SETUSER", "worker", f"-{right}")
                self.unready(*words)
                if right in ("hset", "evalsha"):
                    self.load.is_refused()
                self.admin("ACL", "SETUSER", "worker", f"+{right}")
                self.ready()
                self.load.goes_on()
        self.assertEqual(self.store.client.xlen("stream:request:dead") + self.store.client.xlen("stream:task:dead"), 0)
        self.goes_on()


if __name__ == "__main__":
    unittest.main()
