"""Redis misbehaves, or somebody plays with it, while requests run: they end, and the server goes on."""

import signal
import threading
import unittest

import support
from support import BOUND, amounts, new_id, request_xml, until

DONE = [["7.00"] * 4] * 2


class Trouble(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.gate = self.folder() / "open"

    def start(self, **settings):
        return self.server(REDIS_URL=self.store.url, **{"VNAS_SCRIPT": self.script(support.waits_for(self.gate)),
                                                        "VN_LEASE_MS": 1500, "VN_NODE_SWEEP_MS": 200, **settings})

    def running(self, node, count=3):
        ids = [node.post(request_xml(2, 4), sync=False).json["requestId"] for _ in range(count)]
        for request in ids:
            node.wait_status(request, "running")
        return ids

    def check(self, node, ids):
        self.gate.touch()
        for request in ids:
            node.wait_status(request, "succeeded")
            self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body), DONE)
        self.check_works(node)

    def check_works(self, node):
        self.gate.touch()
        until(lambda: node.get("/readyz").status == 200, "it is ready")
        answer = until(lambda: (a := node.post(request_xml(2, 4))).status != 503 and a, "requests are taken")
        self.assertEqual((answer.status, amounts(answer.body)), (200, DONE))

    def test_connections_are_cut_again_and_again(self):
        node = self.start()
        ids = self.running(node)
        for _ in range(5):
            for kind in ("normal", "pubsub"):
                self.store.client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
            until(lambda: node.get("/readyz").status == 200, "it is ready again")
        self.check(node, ids)

    def test_scripts_are_forgotten(self):
        node = self.start()
        ids = self.running(node)
        self.store.client.script_flush()
        self.check(node, ids)

    def test_redis_sleeps(self):
        node = self.start(VN_REDIS_COMMAND_TIMEOUT_MS=500, VN_LEASE_MS=1000)
        ids = self.running(node)
        self.gate.touch()
        self.store.process.send_signal(signal.SIGSTOP)
        try:
            until(lambda: node.get("/readyz").status == 503, "it notices")
        finally:
            self.store.process.send_signal(signal.SIGCONT)
        self.check(node, ids)

    def test_redis_is_restarted_while_tasks_run(self):
        node = self.start()
        ids = self.running(node)
        for _ in range(3):
            self.store.kill()
            until(lambda: node.get("/readyz").status == 503, "it notices")
            self.store.start()
            until(lambda: node.get("/readyz").status == 200, "it is ready again")
        self.check(node, ids)

    def test_everything_is_deleted(self):
        node = self.start(SYNC_WAIT_TIMEOUT_MS=60_000)
        answers = []
        call = threading.Thread(target=lambda: answers.append(node.post(request_xml(2, 4))))
        call.start()
        ids = self.running(node)
        until(lambda: self.store.client.xlen("stream:request:ingest") == len(ids) + 1, "the call is taken in, too")
        self.store.client.flushall()
        self.gate.touch()
        call.join(BOUND)
        self.assertIn(answers[0].status, (410, 404, 500, 503))
        for request in ids:
            self.assertEqual(node.get(f"/valuation/{request}/status").status, 404)
        self.check_works(node)

    def test_the_groups_of_the_streams_are_deleted(self):
        node = self.start()
        ids = self.running(node)
        for stream, group in (("stream:request:ingest", "orchestrator-main"), ("stream:task:dispatch", "task-workers")):
            self.store.client.xgroup_destroy(stream, group)
        self.check(node, ids)

    def test_the_streams_are_deleted(self):
        node = self.start()
        ids = self.running(node)
        self.store.client.delete("stream:task:dispatch", "stream:task:updates", "stream:request:lifecycle")
        self.check(node, ids)

    def test_task_entries_are_deleted(self):
        node = self.start(VN_TASKS_MAX_RUNNING=1)
        ids = self.running(node)
        self.store.client.xtrim("stream:task:dispatch", maxlen=0, approximate=False)
        self.check(node, ids)

    def test_what_a_request_needs_is_deleted(self):
        node = self.start(VN_TASKS_MAX_RUNNING=1)
        keys = ("cache:request:{}:xml", "cache:request:{}:group:0", "cache:task:{}:0:3:xml", "cache:task:{}:0:1:result",
                "state:request:{}:group:0", "state:request:{}")
        ids = self.running(node, len(keys))
        for request, key in zip(ids, keys):
            self.store.client.delete(key.format(request))
        self.gate.touch()
        for request, key in zip(ids, keys):
            with self.subTest(key):
                ended = until(lambda: (a := node.get(f"/valuation/{request}/status")).status == 404 or
                              a.json["status"] in ("succeeded", "failed") and a, f"it ends without {key}")
                self.assertTrue(ended)
        until(lambda: self.store.client.xlen("stream:task:dispatch") == 0, "no task is left")
        self.check_works(node)

    def test_keys_of_another_kind_are_in_the_way(self):
        client, ids = self.store.client, [new_id() for _ in range(4)]
        for request in ids:
            key = f"cache:request:{request}:xml"
            client.set(key, request_xml(2, 4))
            client.xadd("stream:request:ingest", {"requestId": request, "xmlKey": key})
        client.set(f"state:request:{ids[0]}", "text")
        client.delete(f"cache:request:{ids[1]}:xml")
        client.rpush(f"cache:request:{ids[1]}:xml", "list")
        # All are read at once; without the lease's end they are taken at once, too.
        self.check(self.start(VN_LEASE_MS=3_600_000), ids[2:])
        until(lambda: client.xlen("stream:request:dead") >= 2, "the others are parked")
        dead = {e["requestId"]: e["reason"] for _, e in client.xrange("stream:request:dead")}
        self.assertEqual(dead, {ids[0]: "unusable", ids[1]: "payload-missing"})

    def test_redis_is_full(self):
        node = self.start()
        ids = self.running(node)
        client = self.store.client
        client.config_set("maxmemory", "1mb")
        full = until(lambda: (a := node.post(request_xml(1, 1))).status == 503 and a, "nothing more fits")
        self.assertEqual(full.json["code"], "redis-full")
        self.assertGreaterEqual(int(full.headers["Retry-After"]), 1)
        client.config_set("maxmemory", "0")
        self.check(node, ids)

    def test_large_documents_and_results(self):
        self.gate.touch()
        node = self.start(VNAS_SCRIPT=self.script("cat\n"))
        note = "<note>" + "x" * 1_000_000 + "</note>"
        answer = node.post(request_xml(2, 4, extra=note))
        self.assertEqual((answer.status, amounts(answer.body)), (200, [["1"] * 4] * 2))
        self.assertEqual(answer.text.count("x" * 1_000_000), 8)


if __name__ == "__main__":
    unittest.main()
