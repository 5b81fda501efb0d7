"""Requests of high and low priority: what goes first, that nothing starves, and that recovery knows the lanes."""

import signal
import unittest

import support
import wire
from support import request_xml, until

INGEST = ["stream:request:ingest", "vn:ingest:high", "vn:ingest:low"]
DISPATCH = ["stream:task:dispatch", "vn:dispatch:high", "vn:dispatch:low"]


def with_priority(name):
    return {"VN-Priority": name}


class Lanes(support.Case):
    QUICK = {"VN_NODE_SHUTDOWN_GRACE_MS": 100, "VN_LEASE_MS": 400, "VN_NODE_SWEEP_MS": 100, "VN_NODE_CLEAN_UP_SECONDS": 1}

    def start(self, store, **settings):
        return self.server(REDIS_URL=store.url, **{**self.QUICK, **settings})

    def gated(self, gate):
        return self.script(f"cat >/dev/null; until [ -e {gate} ]; do sleep 0.02; done; echo 7\n")

    def submit(self, node, tasks, priority, groups=1):
        return node.post(request_xml(groups, tasks), sync=False, headers=with_priority(priority)).json["requestId"]

    def updates(self, store):
        return [e["requestId"] for _, e in store.client.xrange("stream:task:updates")]

    def check_base_length(self, store):
        for streams, group in ((INGEST, "orchestrator-main"), (DISPATCH, "task-workers")):
            for stream in streams:
                until(lambda: store.client.xlen(stream) == 0, f"{stream} is empty")
                self.assertEqual(store.client.xpending(stream, group)["pending"], 0, stream)

    def test_high_goes_first_and_low_is_not_starved(self):
        store, gate = self.redis(), self.folder() / "gate"
        node = self.start(store, VNAS_SCRIPT=self.gated(gate), VN_TASKS_MAX_RUNNING=1)
        low = self.submit(node, 5, "low")
        normal = self.submit(node, 60, "normal")
        until(lambda: store.client.xlen(DISPATCH[0]) == 60 and store.client.xlen(DISPATCH[2]) == 5, "both are queued")
        high = self.submit(node, 30, "high")
        until(lambda: store.client.xlen(DISPATCH[1]) == 30, "all are queued")
        gate.touch()
        for request in (high, normal, low):
            node.wait_status(request, "succeeded")
        order = self.updates(store)
        ends = {r: max(n for n, u in enumerate(order) if u == r) for r in (high, normal, low)}
        # Six of ten places are for the high one while it has tasks: 30 of them within 50, and one in hand.
        self.assertLessEqual(ends[high], 53)
        self.assertGreater(ends[normal], ends[high])
        # One of ten for the low one, whatever else waits.
        self.assertLessEqual(ends[low], 53)
        self.check_base_length(store)

    def test_a_lane_alone_has_all_places(self):
        store = self.redis()
        node = self.start(store, VNAS_SCRIPT=self.script("cat >/dev/null; echo 7\n"), VN_TASKS_MAX_RUNNING=3)
        for priority in ("low", "high", "normal"):
            answer = node.post(request_xml(2, 20), headers=with_priority(priority))
            self.assertEqual(support.amounts(answer.body), [["7.00"] * 20] * 2)
        self.check_base_length(store)
        page = node.get("/valuation").json["requests"]
        self.assertEqual([r["priority"] for r in page], ["normal", "high", "low"])

    def test_waiting_requests_go_by_their_priority_too(self):
        store = self.redis()
        api = self.start(store, VN_ROLES="api")
        normal = [self.submit(api, 1, "normal") for _ in range(20)]
        high = self.submit(api, 1, "high")
        self.start(store, VN_ROLES="orchestrator", VN_REQUESTS_MAX_RUNNING=1)
        self.start(store, VN_ROLES="worker", VNAS_SCRIPT=self.script("cat >/dev/null; echo 7\n"))
        for request in [*normal, high]:
            api.wait_status(request, "succeeded")
        order = list(dict.fromkeys(self.updates(store)))
        self.assertLess(order.index(high), 3)
        self.assertEqual([r for r in order if r != high], normal)

    def test_all_lanes_are_one_backlog(self):
        store = self.redis()
        api = self.start(store, VN_ROLES="api", VN_REQUESTS_MAX_BACKLOG=3)
        for priority in ("high", "low", "normal"):
            self.submit(api, 1, priority)
        answer = api.post(request_xml(1, 1), sync=False, headers=with_priority("high"))
        self.assertEqual((answer.status, answer.json["code"], answer.headers["Retry-After"]), (503, "backlog-full", "5"))

    def test_workers_of_others_get_them_from_the_normal_lane(self):
        store = self.redis()
        node = self.start(store, VN_ROLES="api,orchestrator")
        wire.wait_for_group(store, wire.DISPATCH, "task-workers")
        worker = wire.Worker(store, wire.values)
        self.addCleanup(worker.close)
        for priority in ("high", "low"):
            answer = node.post(request_xml(1, 3), headers=with_priority(priority))
            self.assertEqual(support.amounts(answer.body), [["42.00"] * 3])
        self.check_base_length(store)

    def test_what_no_worker_of_ours_reads_any_more_goes_to_others(self):
        store, gate = self.redis(), self.folder() / "gate"
        node = self.start(store, VN_ROLES="api,orchestrator", TASK_WAIT_TIMEOUT_MS=1500)
        ours = self.start(store, VN_ROLES="worker", VNAS_SCRIPT=self.gated(gate), VN_TASKS_MAX_RUNNING=1)
        request = self.submit(node, 4, "high")
        until(lambda: store.client.xlen(DISPATCH[1]) == 4 and store.client.xpending(DISPATCH[1], "task-workers")["pending"],
              "one runs, three wait")
        ours.stop(signal.SIGKILL)
        worker = wire.Worker(store, wire.values)
        self.addCleanup(worker.close)
        node.wait_status(request, "succeeded")
        self.assertEqual(support.amounts(node.get(f"/valuation/{request}/results").body), [["42.00"] * 4])
        self.check_base_length(store)

    def test_of_dead_and_of_stopping_nodes_others_take_them(self):
        for how in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(how):
                store, gate = self.redis(), self.folder() / "gate"
                api = self.start(store, VN_ROLES="api")
                first = self.start(store, VN_ROLES="orchestrator,worker", VNAS_SCRIPT=self.gated(gate),
                                   VN_TASKS_MAX_RUNNING=4)
                requests = [self.submit(api, 3, priority) for priority in ("high", "low", "normal")]
                until(lambda: sum(store.client.xlen(s) for s in DISPATCH) == 9 and
                      sum(store.client.xpending(s, "task-workers")["pending"] for s in DISPATCH) == 4, "they run")
                first.stop(how)
                gate.touch()
                self.start(store, VN_ROLES="orchestrator,worker", VNAS_SCRIPT=self.gated(gate))
                for request in requests:
                    api.wait_status(request, "succeeded")
                self.check_base_length(store)

    def test_their_deadline_holds_and_status_tells_of_their_tasks(self):
        store, gate = self.redis(), self.folder() / "gate"
        node = self.start(store, VNAS_SCRIPT=self.gated(gate), VN_TASKS_MAX_RUNNING=1, VN_NODE_NAME="here")
        request = node.post(request_xml(1, 3), sync=False,
                            headers={**with_priority("low"), "VN-Deadline": "8"}).json["requestId"]

        def states():
            groups = node.get(f"/valuation/{request}/status?tasks=open").json["groups"]
            return groups and [t["state"] for t in groups[0]["tasks"]]
        until(lambda: states() == ["running", "queued", "queued"], "one runs")
        node.wait_status(request, "failed")
        gate.touch()
        self.check_base_length(store)

    def test_groups_of_lanes_that_are_deleted_come_back(self):
        store = self.redis()
        node = self.start(store, VNAS_SCRIPT=self.script("cat >/dev/null; echo 7\n"))
        for stream in (*INGEST, *DISPATCH):
            store.client.delete(stream)
        for priority in ("high", "low", "normal"):
            self.assertEqual(node.post(request_xml(1, 3), headers=with_priority(priority)).status, 200)
        self.check_base_length(store)

    def test_an_entry_that_vanished_comes_back_in_its_lane(self):
        store = self.redis()
        api = self.start(store, VN_ROLES="api")
        requests = [self.submit(api, 1, priority) for priority in ("high", "low", "normal")]
        for stream in INGEST:
            store.client.delete(stream)
        self.start(store, VN_ROLES="orchestrator,worker", VNAS_SCRIPT=self.script("cat >/dev/null; echo 7\n"))
        for request in requests:
            api.wait_status(request, "succeeded")
        self.assertEqual([store.client.hget(f"state:request:{r}", "entry").split("/")[0] for r in requests[:2]],
                         ["high", "low"])

    def test_cancel_and_retry_know_the_lanes(self):
        store, gate = self.redis(), self.folder() / "gate"
        script = self.script(f"cat >/dev/null; [ -e {gate} ] || exit 65; echo 7\n")
        node = self.start(store, VNAS_SCRIPT=script)
        request = self.submit(node, 3, "high")
        node.wait_status(request, "failed")
        gate.touch()
        self.assertEqual(node.request("POST", f"/valuation/{request}/retry").status, 202)
        node.wait_status(request, "succeeded")
        self.assertTrue(store.client.hget(f"state:request:{request}", "entry").startswith("high/"))
        node.close()
        idle = self.start(store, VN_ROLES="api,orchestrator")
        cancelled = self.submit(idle, 3, "low")
        until(lambda: idle.status(cancelled)["currentGroup"] == 0, "it runs")
        self.assertEqual(idle.request("DELETE", f"/valuation/{cancelled}").status, 200)
        self.check_base_length(store)

    def test_what_is_no_priority(self):
        node = self.start(self.redis(), VN_ROLES="api")
        for text in ("", "urgent", "1", "high, low"):
            with self.subTest(text):
                answer = node.post(request_xml(1, 1), headers=with_priority(text))
                self.assertEqual((answer.status, answer.json["code"]), (400, "bad-priority"))
        self.assertEqual(node.post(request_xml(1, 1), sync=False, headers=with_priority("High")).status, 202)


if __name__ == "__main__":
    unittest.main()
