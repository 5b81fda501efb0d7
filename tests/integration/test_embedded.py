"""The Redis that the server keeps for itself."""

import os
import pathlib
import signal
import stat
import subprocess
import unittest

from redis.exceptions import BusyLoadingError, ConnectionError

import support
from support import BY_THE_RULE, amounts, request_xml, until


def redis_of(server):
    """Process id of its redis-server."""
    found = [pid for pid, name in support.children(server.process.pid) if name == "redis-server"]
    return found[0] if found else None


class Embedded(support.Case):
    def setUp(self):
        self.data = self.folder() / "data"
        self.data.mkdir()
        self.gate = self.folder() / "open"
        self.waiting = self.script(support.waits_for(self.gate))

    def start(self, **settings):
        return self.server(data=str(self.data), **{"VNAS_SCRIPT": self.waiting, **settings})

    def test_it_is_private_and_durable(self):
        self.gate.touch()
        node = self.start()
        self.assertEqual(amounts(node.post(request_xml(2, 3)).body), [["7.00"] * 3] * 2)
        redis = node.redis()
        self.addCleanup(redis.close)
        config = redis.config_get("*")
        self.assertEqual({k: config[k] for k in ("port", "appendonly", "appendfsync", "maxmemory-policy")},
                         {"port": "0", "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"})
        self.assertEqual(stat.S_IMODE((self.data / "redis").stat().st_mode), 0o700)
        for path in self.data.rglob("*"):
            if path.is_file():
                self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o022, 0, path)
        server = redis_of(node)
        self.assertEqual(node.stop(), 0)
        self.assertFalse(support.is_alive(server))

    def test_a_killed_redis_is_started_again_and_requests_go_on(self):
        node = self.start(VN_LEASE_MS=2000)
        request = node.post(request_xml(2, 3), sync=False).json["requestId"]
        node.wait_status(request, "running")
        first = redis_of(node)
        os.kill(first, signal.SIGKILL)
        until(lambda: (p := redis_of(node)) and p != first, "it is started again")
        until(lambda: node.get("/readyz").status == 200, "the server is ready again")
        self.gate.touch()
        self.assertEqual(node.post(request_xml(1, 1)).status, 200)
        node.wait_status(request, "succeeded")

    def test_two_servers_do_not_share_a_folder(self):
        first = self.start()
        second = subprocess.run([str(support.SERVER)], env={"PATH": os.environ["PATH"], "VN_DATA_DIR": str(self.data),
                                                            "HTTP_PORT": "0"},
                                capture_output=True, text=True, timeout=support.BOUND)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("data-folder-in-use", second.stderr)
        self.assertIn(str(self.data), second.stderr)
        self.assertEqual(first.get("/readyz").status, 200)

    def test_what_a_killed_server_had_in_hand_is_continued_by_the_next(self):
        first = self.start(VN_LEASE_MS=1000)
        request = first.post(request_xml(2, 3), sync=False).json["requestId"]
        until(lambda: len(support.scripts(first)) >= 2, "the scripts run")
        left = support.children(first.process.pid)
        first.stop(signal.SIGKILL)
        self.gate.touch()
        second = self.start(VN_LEASE_MS=1000)
        second.wait_status(request, "succeeded")
        until(lambda: not any(support.is_alive(p) for p, _ in left), "nothing of the first is left")

    def test_what_a_stopped_server_had_in_hand_is_continued_by_the_next(self):
        first = self.start(VN_NODE_SHUTDOWN_GRACE_MS=200, VN_SCRIPT_GRACE_MS=100)
        request = first.post(request_xml(2, 3), sync=False).json["requestId"]
        first.wait_status(request, "running")
        self.assertEqual(first.stop(), 0)
        self.gate.touch()
        self.start().wait_status(request, "succeeded")

    def test_a_folder_with_a_very_long_name_works(self):
        self.gate.touch()
        self.data = self.data / ("long" * 40) / "data"
        self.data.mkdir(parents=True)
        node = self.start(VNAS_SCRIPT=self.script(BY_THE_RULE))
        self.assertEqual(node.post(request_xml(1, 1)).status, 200)
        socket = pathlib.Path(node.log("redis")[0]["where"].removeprefix("unix://"))
        self.assertEqual(node.stop(), 0)
        self.assertFalse(socket.exists())

    def test_a_stop_does_not_wait_for_a_redis_that_loads(self):
        first = self.start()
        redis = first.redis()
        self.addCleanup(redis.close)
        for n in range(30):
            redis.mset({f"filler:{n}:{i}": "x" for i in range(1000)})
        redis.bgrewriteaof()
        until(lambda: not redis.info("persistence")["aof_rewrite_in_progress"], "the file is rewritten")
        self.assertEqual(first.stop(), 0)

        slow = self.folder() / "redis-server"
        slow.write_text('#!/bin/sh\nexec redis-server "$@" --key-load-delay 10000 '
                        "--loading-process-events-interval-bytes 1024\n")
        slow.chmod(0o755)
        second = support.Server(ready=False, data=str(self.data), VN_REDIS_PROGRAM=slow)
        self.addCleanup(second.close)
        until(lambda: self.is_loading(redis), "it loads, and would for longer than the bound of stop()")
        server = redis_of(second)
        self.assertEqual(second.stop(), 0)
        self.assertTrue(second.log("stopped"))
        self.assertFalse(support.is_alive(server))

    def is_loading(self, redis):
        try:
            redis.ping()
        except BusyLoadingError:
            return True
        except ConnectionError:
            return False

    def test_no_redis_program_is_a_clear_end(self):
        node = support.Server(ready=False, data=str(self.data), VN_REDIS_PROGRAM="/nowhere/redis-server")
        self.addCleanup(node.close)
        self.assertNotEqual(node.process.wait(support.BOUND), 0)
        until(lambda: any("redis-not-startable" in line for line in node.lines), "the reason is told")


if __name__ == "__main__":
    unittest.main()
