"""Somebody has changed by hand what Redis keeps of a request: it ends or is parked, once and soon, and others go on."""

import unittest

import support
from support import amounts, new_id, request_xml, until

DONE = [["7.00"] * 4] * 2


class DamagedState(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.client = self.store.client
        self.gate = self.folder() / "open"
        self.addCleanup(self.gate.touch)

    def start(self, **settings):
        return self.server(REDIS_URL=self.store.url, **{
            "VNAS_SCRIPT": self.script(support.waits_for(self.gate)), "VN_LEASE_MS": 3000, "VN_NODE_SWEEP_MS": 200,
            **settings})

    def running(self, node):
        request = node.post(request_xml(2, 4), sync=False).json["requestId"]
        node.wait_status(request, "running")
        return request

    def change(self, request, how):
        """As by hand; {} in the names of keys is the request's id."""
        for command in how:
            self.client.execute_command(*(part.format(request) if isinstance(part, str) else part for part in command))

    def dead(self, which="request"):
        return [e["reason"] for _, e in self.client.xrange(f"stream:{which}:dead")]

    def check_others(self, node, *ids):
        self.gate.touch()
        for request in ids:
            node.wait_status(request, "succeeded")
            self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body), DONE)
        for stream in ("stream:request:ingest", "stream:task:dispatch"):
            until(lambda: self.client.xlen(stream) == 0, f"{stream} is empty")

    def check_failed(self, node, request):
        node.wait_status(request, "failed")
        self.assertEqual(node.get(f"/valuation/{request}/results").json["detail"]["code"], "unusable")
        told = [e["status"] for _, e in self.client.xrange("stream:request:lifecycle") if e["requestId"] == request]
        self.assertEqual([s for s in told if s in ("succeeded", "failed", "cancelled")], ["failed"])
        self.assertIsNone(self.client.zscore("vn:deadlines", request))

    # While it waits to be taken

    def waiting(self, *changes):
        """Requests that are changed before anybody runs them, among others that are not; the node that then comes."""
        api = self.start(VN_ROLES="api")
        ids, others = [], []
        for change in changes:
            others.append(api.post(request_xml(2, 4), sync=False).json["requestId"])
            ids.append(api.post(request_xml(2, 4), sync=False).json["requestId"])
            self.change(ids[-1], change)
        # Nobody claims anything by a lease that is over: all are taken at once, or not at all.
        node = self.start(VN_LEASE_MS=3_600_000)
        self.check_others(node, *others)
        return node, ids

    def test_what_nobody_can_go_on_from_fails_and_is_parked_once(self):
        state = "state:request:{}"
        node, ids = self.waiting([["HSET", state, "status", "??"]],
                                 [["HDEL", state, "status"]],
                                 [["HSET", state, "currentGroup", "many"]],
                                 [["HSET", state, "currentGroup", "99999999999"]],
                                 [["HSET", state, "status", "running"]],
                                 [["HSET", state, "status", "running"], ["HDEL", state, "currentGroup"]])
        for request in ids:
            with self.subTest(self.client.hgetall(f"state:request:{request}")):
                self.check_failed(node, request)
        self.assertEqual(self.dead(), ["unusable"] * len(ids))

    def test_what_can_be_made_good_is(self):
        state = "state:request:{}"
        node, ids = self.waiting([["HSET", state, "epoch", "first"]],
                                 [["HDEL", state, "epoch"]],
                                 [["HDEL", state, "entry"]],
                                 [["HDEL", state, "responseKey", "xmlKey", "submittedAt", "deadline", "groupCount"]],
                                 [["RPUSH", "cache:request:{}:response", "x"]],
                                 [["HSET", state, "deadline", "soon", "submittedAt", "once"]])
        self.check_others(node, *ids)
        self.assertEqual(self.dead(), [])

    def test_a_state_of_another_kind_is_parked_once(self):
        node, ids = self.waiting([["DEL", "state:request:{}"], ["SET", "state:request:{}", "text"]])
        self.assertEqual(self.dead(), ["unusable"])
        self.assertEqual(self.client.type(f"state:request:{ids[0]}"), "string")
        self.assertEqual(node.get("/readyz").status, 200)

    # While it runs

    def while_it_runs(self, *change):
        node = self.start(VN_TASKS_MAX_RUNNING=2)
        others = [self.running(node)]
        request = self.running(node)
        others.append(self.running(node))
        self.change(request, change)
        return node, request, others

    def check_ends_while_it_runs(self, *change):
        node, request, others = self.while_it_runs(*change)
        self.check_failed(node, request)
        self.check_others(node, *others)
        self.assertEqual(self.dead(), ["unusable"])

    def test_the_hash_of_its_group_is_of_another_kind(self):
        self.check_ends_while_it_runs(["DEL", "state:request:{}:group:0"], ["RPUSH", "state:request:{}:group:0", "x"])

    def test_the_hash_of_its_group_holds_nonsense(self):
        self.check_ends_while_it_runs(["HSET", "state:request:{}:group:0", "vn:1:entry", "x", "vn:2:entry", "x",
                                       "vn:3:entry", "x", "vn:4:entry", "x", "expected", "few"])

    def test_a_result_is_of_another_kind(self):
        self.check_ends_while_it_runs(["RPUSH", "cache:task:{}:0:4:result", "x"])

    def test_its_epoch_is_no_number(self):
        node, request, others = self.while_it_runs(["HSET", "state:request:{}", "epoch", "x"])
        self.check_others(node, request, *others)
        self.assertEqual(self.dead(), [])

    def test_the_entry_in_its_state_is_gone(self):
        node, request, others = self.while_it_runs(["HDEL", "state:request:{}", "entry", "responseKey"])
        self.check_others(node, request, *others)
        self.assertEqual(self.dead(), [])

    def test_a_task_document_is_of_another_kind(self):
        node, request, others = self.while_it_runs(["DEL", "cache:task:{}:0:4:xml"],
                                                   ["RPUSH", "cache:task:{}:0:4:xml", "x"])
        self.check_others(node, request, *others)
        self.assertEqual(self.dead("task"), [])

    def test_its_state_is_of_another_kind(self):
        """The other requests of its node keep their leases, and its tasks do not come again and again."""
        node, request, others = self.while_it_runs(["DEL", "state:request:{}"], ["SET", "state:request:{}", "text"])
        until(lambda: self.dead() == ["unusable"], "it is parked")
        self.check_others(node, *others)
        self.assertEqual(self.dead(), ["unusable"])
        self.assertLessEqual(len(self.dead("task")), 4)
        for other in others:
            self.assertEqual(self.client.hget(f"state:request:{other}", "node"), self.node_of(node))
            # Taken once: its entry was delivered to nobody else, nor to the same node again.
        claimed = [r["request"] for r in node.log("request belongs to another node, or was cancelled")]
        self.assertEqual([r for r in claimed if r in others], [])

    def node_of(self, node):
        return next(k for k in self.client.scan_iter("vn:node:*")).removeprefix("vn:node:")

    def test_numbers_beyond_all_bounds_cost_nobody_time(self):
        node = self.start()
        failed = node.post("<vnml><project>", sync=False)
        self.assertEqual(failed.status, 400)
        request = new_id()
        self.client.hset(f"state:request:{request}", mapping={"status": "failed", "currentGroup": "9" * 15,
                                                              "xmlKey": f"cache:request:{request}:xml", "epoch": "1"})
        self.client.expire(f"state:request:{request}", 3600)
        self.assertEqual(node.get(f"/valuation/{request}/status").status, 200)
        self.assertEqual(node.request("POST", f"/valuation/{request}/retry").status, 410)
        self.client.hset(f"state:request:{request}", "status", "running")
        self.assertEqual(node.request("DELETE", f"/valuation/{request}").status, 200)
        self.assertEqual(node.get("/readyz").status, 200)


if __name__ == "__main__":
    unittest.main()
