"""Several nodes on one Redis: they share the work, and any of them may die."""

import signal
import unittest

import support
from support import BY_THE_RULE, amounts, request_xml, until

RULE = [["101.00", "102.00", "103.00", "104.00"], ["201.00", "202.00", "203.00", "204.00"]]


class Nodes(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.gate = self.folder() / "open"

    def start(self, **settings):
        wait = f"cat >/dev/null; until [ -e {self.gate} ]; do sleep 0.02; done; "
        script = self.script(wait + BY_THE_RULE.removeprefix("cat >/dev/null; "))
        return self.server(REDIS_URL=self.store.url,
                           **{"VNAS_SCRIPT": script, "VN_LEASE_MS": 1000, "VN_NODE_SWEEP_MS": 200, **settings})

    def completed(self):
        return [(e["requestId"], e["groupIdx"], e["taskId"]) for _, e in
                self.store.client.xrange("stream:task:updates") if e["status"] == "completed"]

    def check_all(self, node, ids, updates=True):
        for request in ids:
            node.wait_status(request, "succeeded")
            self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body), RULE)
            for g in node.status(request)["groups"]:
                self.assertEqual((g["expected"], g["completed"], g["failed"]), (4, 4, 0))
        if updates:
            done = self.completed()
            self.assertEqual(len(done), 8 * len(ids))
            self.assertEqual(len(set(done)), 8 * len(ids))
        for stream in ("stream:request:ingest", "stream:task:dispatch"):
            until(lambda: self.store.client.xlen(stream) == 0, f"{stream} is empty")

    def test_two_nodes_share_requests_and_tasks(self):
        nodes = [self.start(VN_TASKS_MAX_RUNNING=2, VN_REQUESTS_MAX_RUNNING=2) for _ in "ab"]
        ids = [nodes[n % 2].post(request_xml(2, 4), sync=False).json["requestId"] for n in range(8)]
        until(lambda: all(support.scripts(n) for n in nodes), "both run scripts")
        until(lambda: len(self.owners(ids)) == 2, "both have requests")
        self.gate.touch()
        self.check_all(nodes[0], ids)
        workers = {e["node"] for _, e in self.store.client.xrange("stream:task:updates")}
        self.assertEqual((len(workers), len(self.owners(ids))), (2, 2))

    def owners(self, ids):
        return {node for i in ids if (node := self.store.client.hget(f"state:request:{i}", "node"))}

    def test_who_waits_at_one_node_gets_what_another_made(self):
        front = self.start(VN_ROLES="api")
        self.start(VN_ROLES="orchestrator")
        self.start(VN_ROLES="worker")
        self.gate.touch()
        answer = front.post(request_xml(2, 4))
        self.assertEqual((answer.status, amounts(answer.body)), (200, RULE))

    def test_a_killed_node_loses_nothing(self):
        first, second = self.start(), self.start(VN_ROLES="api")
        ids = [first.post(request_xml(2, 4), sync=False).json["requestId"] for _ in range(6)]
        until(lambda: len(support.scripts(first)) >= 4, "the scripts run")
        scripts = support.children(first.process.pid)
        first.stop(signal.SIGKILL)
        until(lambda: not any(support.is_alive(p) for p, _ in scripts), "its scripts are gone")
        self.assertEqual(self.completed(), [])
        third = self.start()
        self.gate.touch()
        self.check_all(third, ids)
        self.assertEqual(second.get("/readyz").status, 200)

    def test_nodes_that_are_killed_again_and_again_lose_nothing(self):
        slow = self.script("cat >/dev/null; sleep 0.1; echo $((100 * (VN_GROUP_INDEX + 1) + VN_TASK_ID)).00\n")
        steady = self.start(VN_ROLES="api")
        ids = [steady.post(request_xml(2, 4), sync=False).json["requestId"] for _ in range(12)]
        for kill in range(4):
            node = self.start(VNAS_SCRIPT=slow, VN_TASKS_MAX_RUNNING=4)
            wanted = 16 * (kill + 1)
            until(lambda: len(self.completed()) >= wanted, f"{wanted} tasks are done")
            node.stop(signal.SIGKILL)
        last = self.start(VNAS_SCRIPT=slow)
        self.check_all(last, ids)

    def test_a_node_that_was_asleep_can_write_nothing_more(self):
        first = self.start()
        ids = [first.post(request_xml(2, 4), sync=False).json["requestId"] for _ in range(3)]
        until(lambda: len(support.scripts(first)) >= 4, "the scripts run")
        first.process.send_signal(signal.SIGSTOP)
        self.addCleanup(first.process.send_signal, signal.SIGCONT)
        self.gate.touch()
        second = self.start()
        self.check_all(second, ids)
        epochs = {i: self.store.client.hget(f"state:request:{i}", "epoch") for i in ids}
        first.process.send_signal(signal.SIGCONT)
        until(lambda: first.get("/readyz").status == 200, "it is awake")
        answer = first.post(request_xml(2, 4))
        self.assertEqual(amounts(answer.body), RULE)
        self.check_all(second, ids, updates=False)
        self.assertEqual({i: self.store.client.hget(f"state:request:{i}", "epoch") for i in ids}, epochs)
        events = [e["requestId"] for _, e in self.store.client.xrange("stream:request:lifecycle")
                  if e["status"] == "succeeded"]
        self.assertEqual(len(events), len(set(events)))

    def test_a_script_that_kills_its_server_is_poison_and_others_go_on(self):
        deadly = self.script("cat >/dev/null; [ $VN_VALUATION_NAME != deadly ] || kill -9 $PPID; echo 7\n")
        front = self.start(VN_ROLES="api,orchestrator")
        bad = front.post(request_xml(1, 1, "deadly"), sync=False).json["requestId"]
        worker = None

        def ended():
            nonlocal worker
            if worker is None or worker.process.poll() is not None:
                worker = support.Server(ready=False, REDIS_URL=self.store.url, VNAS_SCRIPT=deadly, VN_LEASE_MS=300,
                                        VN_ROLES="worker", ENABLE_HTTP="false")
                self.addCleanup(worker.close)
            return front.status(bad)["status"] == "failed"
        until(ended, "it is given up")
        failure = front.get(f"/valuation/{bad}/results").json["detail"]
        self.assertEqual(failure["failures"][0]["code"], "poison")
        dead = self.store.client.xrange("stream:task:dead")
        self.assertEqual([(e["requestId"], e["reason"]) for _, e in dead], [(bad, "poison")])
        good = front.post(request_xml(2, 4), sync=False).json["requestId"]
        front.wait_status(good, "succeeded")


if __name__ == "__main__":
    unittest.main()
