"""What is in Redis changes under the server's hands: entries and updates vanish, tasks are doubled, consumers die,
neighbours share the server. Every request still ends, with every task counted once."""

import pathlib
import re
import threading
import unittest

import support
from steady_load import RIGHT, SteadyLoad
from support import BY_THE_RULE, amounts, request_xml, until

INGEST, DISPATCH, UPDATES = "stream:request:ingest", "stream:task:dispatch", "stream:task:updates"


class RedisContents(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.client = self.store.client
        self.gate = self.folder() / "open"

    def start(self, url=None, **settings):
        rule = BY_THE_RULE.removeprefix("cat >/dev/null; ")
        script = self.script(f"cat >/dev/null; until [ -e {self.gate} ]; do sleep 0.02; done; {rule}")
        return self.server(REDIS_URL=url or self.store.url,
                           **{"VNAS_SCRIPT": script, "VN_LEASE_MS": 1000, "VN_NODE_SWEEP_MS": 200,
                              "VN_NODE_CLEAN_UP_SECONDS": 1, **settings})

    def submit(self, node, count=3):
        return [node.post(request_xml(2, 3), sync=False).json["requestId"] for _ in range(count)]

    def check(self, node, ids):
        self.gate.touch()
        for request in ids:
            node.wait_status(request, "succeeded")
            self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body), RIGHT)
            for group in node.status(request)["groups"]:
                self.assertEqual((group["expected"], group["completed"], group["failed"]), (3, 3, 0))
        for stream in (INGEST, DISPATCH):
            until(lambda: self.client.xlen(stream) == 0, f"{stream} is empty")
        self.assertEqual(self.client.xlen("stream:request:dead"), 0)

    def ends(self, ids):
        """How often the end of each was told."""
        events = [e["requestId"] for _, e in self.client.xrange("stream:request:lifecycle")
                  if e["status"] in ("succeeded", "failed", "cancelled")]
        return [events.count(i) for i in ids]

    def test_updates_are_lost_all_the_time(self):
        self.gate.touch()
        node = self.start()
        load = SteadyLoad(node)
        self.addCleanup(load.stop)
        trimmed = 0
        while load.count() < 20:
            trimmed += self.client.xtrim(UPDATES, maxlen=0, approximate=False)
        self.assertGreater(trimmed, 0)
        load.check(self)

    def test_ingest_entries_vanish_before_they_are_read(self):
        api = self.start(VN_ROLES="api")
        ids = self.submit(api)
        self.client.xtrim(INGEST, maxlen=0, approximate=False)
        node = self.start()
        self.check(node, ids)
        self.assertEqual(self.ends(ids), [1] * len(ids))

    def test_ingest_entries_vanish_while_they_are_run(self):
        node = self.start()
        ids = self.submit(node)
        for request in ids:
            node.wait_status(request, "running")
        self.client.xtrim(INGEST, maxlen=0, approximate=False)
        until(lambda: len(node.log("request put back: its entry had vanished")) >= len(ids), "they are put back")
        self.check(node, ids)
        self.assertEqual(self.ends(ids), [1] * len(ids))

    def test_ingest_entries_are_acknowledged_by_somebody_else(self):
        api = self.start(VN_ROLES="api")
        ids = self.submit(api)
        for _, entries in self.client.xreadgroup("orchestrator-main", "stranger", {INGEST: ">"}):
            self.client.xack(INGEST, "orchestrator-main", *[e for e, _ in entries])
        self.check(self.start(), ids)
        self.assertEqual(self.ends(ids), [1] * len(ids))

    def test_the_node_dies_after_its_ingest_entries_have_vanished(self):
        first = self.start()
        ids = self.submit(first)
        for request in ids:
            first.wait_status(request, "running")
        self.client.xtrim(INGEST, maxlen=0, approximate=False)
        first.process.kill()
        self.check(self.start(), ids)

    def test_tasks_are_delivered_twice(self):
        nodes = [self.start(VN_TASKS_MAX_RUNNING=4) for _ in "ab"]
        ids = self.submit(nodes[0])
        until(lambda: self.client.xlen(DISPATCH) >= 9, "the first groups are sent")
        for entry, fields in self.client.xrange(DISPATCH):
            self.client.xadd(DISPATCH, fields)
        until(lambda: self.client.xpending(DISPATCH, "task-workers")["pending"] >= 8, "tasks run")
        consumers = [c["name"] for c in self.client.xpending(DISPATCH, "task-workers")["consumers"]]
        for p in self.client.xpending_range(DISPATCH, "task-workers", "-", "+", 100):
            other = next(c for c in consumers + ["vn-other"] if c != p["consumer"])
            self.client.xclaim(DISPATCH, "task-workers", other, 0, [p["message_id"]], justid=True)
        self.check(nodes[1], ids)
        done = [(e["requestId"], e["groupIdx"], e["taskId"]) for _, e in self.client.xrange(UPDATES)
                if e["status"] == "completed"]
        self.assertEqual(len(done), len(set(done)))
        self.assertEqual(self.ends(ids), [1] * len(ids))

    def test_the_last_two_tasks_end_at_once_on_two_nodes(self):
        self.gate.touch()
        nodes = [self.start(VN_TASKS_MAX_RUNNING=1) for _ in "ab"]
        ids = [nodes[n % 2].post(request_xml(2, 2), sync=False).json["requestId"] for n in range(50)]
        for n, request in enumerate(ids):
            nodes[n % 2].wait_status(request, "succeeded")
        steps = [(e["requestId"], e["status"], e.get("group")) for _, e in self.client.xrange("stream:request:lifecycle")]
        self.assertEqual(len(steps), len(set(steps)))
        for request in ids:
            self.assertEqual([(s, g) for i, s, g in steps if i == request],
                             [("received", None), ("started", None), ("group_started", "0"), ("group_completed", "0"),
                              ("group_started", "1"), ("group_completed", "1"), ("succeeded", None)])

    def test_two_hundred_dead_consumers(self):
        api = self.start(VN_ROLES="api")
        ids = self.submit(api)
        for n in range(200):
            self.client.xgroup_createconsumer(INGEST, "orchestrator-main", f"vn-gone-{n}")
            self.client.xgroup_createconsumer(DISPATCH, "task-workers", f"vn-gone-{n}")
        self.client.xreadgroup("orchestrator-main", "vn-gone-7", {INGEST: ">"}, count=2)
        self.client.xgroup_createconsumer(DISPATCH, "task-workers", "stranger")
        node = self.start(VN_LEASE_MS=300)

        def left():
            return {c["name"] for s, g in ((INGEST, "orchestrator-main"), (DISPATCH, "task-workers"))
                    for c in self.client.xinfo_consumers(s, g) if c["name"].startswith(("vn-gone", "stranger"))}
        self.check(node, ids)
        until(lambda: left() == {"stranger"}, "those of dead nodes are removed, and no other")

    def test_a_dead_consumer_stays_as_long_as_something_is_pending_for_it(self):
        node = self.start(VN_ROLES="api,orchestrator", VN_LEASE_MS=200, VN_NODE_CLEAN_UP_SECONDS=1)
        for name in ("vn-gone-busy", "vn-gone-idle"):
            self.client.xgroup_createconsumer(DISPATCH, "task-workers", name)
        request = node.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: self.client.xlen(DISPATCH) == 2, "its tasks wait")
        self.client.xreadgroup("task-workers", "vn-gone-busy", {DISPATCH: ">"}, count=2)

        def gone():
            return {c["name"]: c["pending"] for c in self.client.xinfo_consumers(DISPATCH, "task-workers")
                    if c["name"].startswith("vn-gone")}
        until(lambda: "vn-gone-idle" not in gone(), "who has nothing is removed")
        self.assertEqual(gone(), {"vn-gone-busy": 2})
        self.gate.touch()
        self.start(VN_LEASE_MS=200, VN_NODE_CLEAN_UP_SECONDS=1)
        node.wait_status(request, "succeeded")
        until(lambda: gone() == {}, "what it had is done, and it is removed")

    def test_a_task_of_several_leases_runs_once(self):
        runs = self.folder() / "runs"
        script = self.script(f"cat >/dev/null; echo x >> {runs}; sleep 12; echo 7\n")
        # Who stands still for a lease has lost it, and that may take seconds here.
        nodes = [self.start(VN_LEASE_MS=4000, VNAS_SCRIPT=script) for _ in "ab"]
        answer = nodes[0].post(request_xml(1, 2))
        self.assertEqual((answer.status, amounts(answer.body)), (200, [["7.00"] * 2]))
        self.assertEqual(pathlib.Path(runs).read_text(), "x\n" * 2)

    def test_an_idempotency_key_is_forgotten_after_its_time(self):
        self.gate.touch()
        node = self.start(VN_REQUESTS_IDEMPOTENCY_TTL_SECONDS=1)

        def submit():
            answer = node.post(request_xml(1, 1), sync=False, headers={"Idempotency-Key": "k"})
            return answer.json["requestId"], answer.headers.get("Idempotent-Replayed")
        first, _ = submit()
        until(lambda: not self.client.exists("request:idempotency:k"), "it is forgotten")
        second, replayed = submit()
        self.assertNotEqual(second, first)
        self.assertIsNone(replayed)
        for request in (first, second):
            node.wait_status(request, "succeeded")

    def test_a_user_with_few_rights(self):
        """As docs/operators.md has it."""
        documented = (support.SOURCE / "docs" / "operators.md").read_text()
        [rule] = re.findall(r"^ACL SETUSER vnserver (.*)$", documented, re.MULTILINE)
        rule = rule.replace(">PASSWORD", ">secret")
        self.client.execute_command("ACL", "SETUSER", "vnserver", *rule.split())
        self.gate.touch()
        node = self.start(f"{self.store.url}?user=vnserver&password=secret", VN_REDIS_BULK_BYTES=1024,
                          VN_REDIS_COMMAND_TIMEOUT_MS=60_000)
        load = SteadyLoad(node)
        self.addCleanup(load.stop)
        load.goes_on(10)
        large = node.post(request_xml(2, 3, extra=f"<note>{'x' * 100_000}</note>"), headers={"X-User-ID": "ann"})
        self.assertEqual((large.status, amounts(large.body)), (200, RIGHT))
        self.assertEqual(node.get("/valuation").status, 200)
        self.assertIn("workflow_completed", self.client.xrevrange("vn:events:ann", count=1)[0][1]["event"])
        load.check(self)
        self.assertEqual(load.refused, [])
        self.assertEqual(node.get("/readyz").status, 200)
        self.assertEqual(node.stop(), 0)
        self.assertEqual([e for e in self.client.acl_log() if e["username"] == "vnserver"], [])

    def test_two_systems_share_one_redis_by_database(self):
        self.gate.touch()
        seven = self.script("cat >/dev/null; echo 7\n")
        one, two = self.start(), self.start(f"{self.store.url}?db=1", VNAS_SCRIPT=seven)
        answers = {}
        threads = [threading.Thread(target=lambda n=n: answers.update({n: n.post(request_xml(2, 3))})) for n in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([amounts(answers[n].body) for n in (one, two)], [RIGHT, [["7.00"] * 3] * 2])
        request = answers[two].headers["Location"].split("/")[2]
        self.assertEqual([n.get(f"/valuation/{request}/status").status for n in (one, two)], [404, 200])


if __name__ == "__main__":
    unittest.main()
