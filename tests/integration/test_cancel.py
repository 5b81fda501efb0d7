"""DELETE /valuation/{id}: from any node, at any stage, with one end, and nothing of the request goes on."""

import concurrent.futures
import random
import signal
import threading
import unittest

import support
from plugin_files import build, drop, listed
from support import BY_THE_RULE, amounts, request_xml, until
from wire import DISPATCH, INGEST

# Each run leaves its process id, and says when it was told to end.
STAYS = """trap 'echo told > {0}/told.$VN_TASK_ID; exit 1' TERM
echo $$ > {0}/pid.$VN_TASK_ID.$VN_ATTEMPT
while :; do sleep 0.02; done
"""
DEAF = """trap '' TERM
echo $$ > {0}/pid.$VN_TASK_ID.$VN_ATTEMPT
while :; do sleep 0.02; done
"""


class Cancel(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.place = self.folder()

    def start(self, script=BY_THE_RULE, **settings):
        return self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(script.format(self.place)),
                           **{"VN_LEASE_MS": 1000, "VN_NODE_SWEEP_MS": 200, **settings})

    def cancel(self, node, request, status=200):
        answer = node.request("DELETE", f"/valuation/{request}")
        self.assertEqual(answer.status, status, answer.text)
        return answer.json

    def pids(self):
        return [int(f.read_text()) for f in self.place.glob("pid.*") if f.read_text()]

    def check_cancelled(self, node, request):
        """One end, and nothing left in the streams."""
        status = node.status(request)
        self.assertEqual(status["status"], "cancelled")
        self.assertTrue(status["completedAt"])
        self.assertNotIn("running", [g["status"] for g in status["groups"]])
        results = node.get(f"/valuation/{request}/results")
        self.assertEqual((results.status, results.json["code"]), (409, "request-cancelled"))
        ends = [e["status"] for _, e in self.store.client.xrange("stream:request:lifecycle")
                if e["requestId"] == request and e["status"] in ("succeeded", "failed", "cancelled")]
        self.assertEqual(ends, ["cancelled"])
        for stream, group in ((INGEST, "orchestrator-main"), (DISPATCH, "task-workers")):
            self.assertEqual(self.store.client.xlen(stream), 0, stream)
            self.assertEqual(self.store.client.xpending(stream, group)["pending"], 0, stream)
        self.assertEqual(support.without_bound(self.store.client), [])
        self.assertEqual(list(self.store.client.scan_iter(f"cache:task:{request}:*:xml")), [])

    def test_what_is_queued_is_cancelled(self):
        front = self.start(VN_ROLES="api")
        request = front.post(request_xml(1, 2), sync=False).json["requestId"]
        epoch = int(self.store.client.hget(f"state:request:{request}", "epoch"))
        self.assertEqual(self.cancel(front, request), {"requestId": request, "status": "cancelled"})
        self.assertGreater(int(self.store.client.hget(f"state:request:{request}", "epoch")), epoch)
        again = self.cancel(front, request, 409)
        self.assertEqual((again["code"], again["status"]), ("request-ended", "cancelled"))
        self.check_cancelled(front, request)
        for unknown in (support.new_id(), "7"):
            self.assertEqual(self.cancel(front, unknown, 404)["code"], "request-not-found")
        worker = self.start()
        self.assertEqual(worker.post(request_xml(1, 2)).status, 200)
        self.check_cancelled(front, request)

    def test_running_scripts_are_told_and_queued_ones_never_start(self):
        worker = self.start(STAYS, VN_TASKS_MAX_RUNNING=2, VN_SCRIPT_GRACE_MS=20_000)
        front = self.start(VN_ROLES="api")
        request = front.post(request_xml(2, 6), sync=False).json["requestId"]
        until(lambda: len(self.pids()) == 2, "two scripts run")
        self.cancel(front, request)
        until(lambda: not support.children(worker.process.pid), "no script is left")
        self.assertEqual(len(list(self.place.glob("told.*"))), 2)
        self.assertEqual(len(self.pids()), 2)
        self.check_cancelled(front, request)
        until(lambda: len(worker.log("task dropped: its request has ended")) == 2, "both are given up")
        self.assertEqual(self.store.client.xlen("stream:task:updates"), 0)
        again = front.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: len(self.pids()) >= 2 and len(support.children(worker.process.pid)) >= 2, "the places are free")
        self.cancel(front, again)

    def test_a_script_that_does_not_listen_is_killed(self):
        node = self.start(DEAF, VN_SCRIPT_GRACE_MS=300)
        request = node.post(request_xml(1, 3), sync=False).json["requestId"]
        until(lambda: len(self.pids()) == 3, "the scripts run")
        pids = self.pids()
        self.cancel(node, request)
        until(lambda: not any(support.is_alive(p) for p in pids), "they are killed")
        self.check_cancelled(node, request)

    def plugin_is_ended(self, run, wanted, **choices):
        """wanted: what its row says in the end."""
        plugins, gate = self.folder(), self.place / "gate"
        drop(plugins, "p.so", build(NAME="p", TASK="p", GATE=str(gate), **choices))
        config = self.folder() / "c.info"
        config.write_text("plugins\n{\n    p { run %s }\n}\n" % run)
        node = self.server(REDIS_URL=self.store.url, VN_PLUGIN_DIR=plugins, config=config,
                           VN_PLUGIN_GRACE_MS=300 if choices.get("DEAF") else 60_000)
        until(lambda: listed(node).get("p.so", "").startswith("offered"), "it is offered")
        request = node.post(request_xml(1, 1, "p"), sync=False).json["requestId"]

        def counts():
            return next(p for p in node.get("/plugins").json["plugins"] if p["file"] == "p.so")
        until(lambda: counts()["running"] == 1, "it is called")
        self.cancel(node, request)
        until(lambda: node.log("task dropped: its request has ended"), "it is given up")
        until(lambda: counts()["running"] == 0, "it does not run any more")
        self.check_cancelled(node, request)
        until(lambda: wanted.items() <= counts().items(), f"it has {wanted}")
        gate.touch()
        self.assertEqual(node.post(request_xml(1, 2, "p")).status, 200)
        self.assertLessEqual({k: v for k, v in wanted.items() if k != "abandoned"}.items(), counts().items())

    def test_a_call_in_a_host_is_told_then_killed(self):
        self.plugin_is_ended("host", {"restarts": 0})

    def test_a_call_in_a_host_that_does_not_listen_is_killed(self):
        self.plugin_is_ended("host", {"restarts": 1}, DEAF=True)

    def test_an_inline_call_sees_that_it_is_cancelled(self):
        self.plugin_is_ended("inline", {"abandoned": 0})

    def test_an_inline_call_that_does_not_listen_is_left_alone(self):
        self.plugin_is_ended("inline", {"abandoned": 1}, DEAF=True)

    def test_while_it_waits_for_a_retry(self):
        node = self.start("exit 1\n", VN_TASKS_RETRY_BASE_MS=600_000, VN_TASKS_RETRY_CAP_MS=600_000)
        request = node.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: len(node.log("attempt failed")) == 2, "both have failed once")
        self.cancel(node, request)
        until(lambda: node.log("request was cancelled"), "the owner knows")
        self.check_cancelled(node, request)

    def test_while_no_node_has_the_plugin(self):
        config = self.folder() / "c.info"
        config.write_text("tasks\n{\n    default nowhere\n}\n")
        node = self.server(REDIS_URL=self.store.url, config=config)
        request = node.post(request_xml(1, 3), sync=False).json["requestId"]
        until(lambda: self.store.client.xpending(DISPATCH, "task-workers")["pending"] == 3, "the tasks wait")
        self.cancel(node, request)
        until(lambda: len(node.log("task dropped: its request has ended")) == 3, "they are given up")
        self.check_cancelled(node, request)

    def test_when_its_owner_is_dead(self):
        owner, front = self.start(STAYS), self.start(VN_ROLES="api")
        request = front.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: len(self.pids()) == 2, "the scripts run")
        owner.stop(signal.SIGKILL)
        self.cancel(front, request)
        later = self.start()
        self.assertEqual(later.post(request_xml(1, 2)).status, 200)
        self.check_cancelled(front, request)

    def test_a_frozen_owner_wakes_up_and_changes_nothing(self):
        owner, front = self.start(STAYS), self.start(VN_ROLES="api")
        request = front.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: len(self.pids()) == 2, "the scripts run")
        owner.process.send_signal(signal.SIGSTOP)
        self.addCleanup(owner.process.send_signal, signal.SIGCONT)
        self.cancel(front, request)
        owner.process.send_signal(signal.SIGCONT)
        until(lambda: not any(support.is_alive(p) for p in self.pids()), "its scripts are gone")
        self.check_cancelled(front, request)

    def test_an_end_that_nobody_announces_is_seen_by_the_leases(self):
        node = self.start(STAYS, VN_LEASE_MS=300)
        request = node.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: len(self.pids()) == 2, "the scripts run")
        self.store.client.hset(f"state:request:{request}", "status", "cancelled")
        until(lambda: not any(support.is_alive(p) for p in self.pids()), "they are ended")
        until(lambda: self.store.client.xlen(DISPATCH) == 0, "no task is left")

    def test_who_waits_is_told(self):
        node, other = self.start(STAYS), self.start(VN_ROLES="api")
        for front in (node, other):
            with self.subTest(front.port), concurrent.futures.ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(front.post, request_xml(1, 1))
                request = until(lambda: [e["requestId"] for _, e in self.store.client.xrange(INGEST)], "it is there")[0]
                self.cancel(other, request)
                answer = waiting.result(support.BOUND)
                self.assertEqual((answer.status, answer.json["code"]), (409, "request-cancelled"))

    def test_what_others_run_goes_on(self):
        node = self.start(f"if [ $VN_VALUATION_NAME = gone ]; then {STAYS}fi\n" + BY_THE_RULE)
        gone = node.post(request_xml(1, 2, "gone"), sync=False).json["requestId"]
        until(lambda: len(self.pids()) == 2, "the scripts run")
        self.cancel(node, gone)
        answer = node.post(request_xml(2, 2))
        self.assertEqual(amounts(answer.body), [["101.00", "102.00"], ["201.00", "202.00"]])
        self.check_cancelled(node, gone)

    def test_against_success_one_of_them_wins(self):
        nodes = [self.start(), self.start()]
        rounds, seed = 150, random.randrange(2**32)
        print(f"\nseed {seed}", flush=True)
        chance = random.Random(seed)
        spread = [chance.uniform(0, 2) for _ in range(rounds)]
        clock, pause, turn = threading.Event(), 0.03, threading.Lock()

        def once(n):
            nonlocal pause
            request = nodes[n % 2].post(request_xml(1, 1), sync=False).json["requestId"]
            clock.wait(pause * spread[n])  # anywhere between its submission and its end
            answers = [nodes[(n + k) % 2].request("DELETE", f"/valuation/{request}") for k in range(2)]
            # How long a request takes is the machine's affair: who loses too often is given other chances.
            with turn:
                pause *= 1.2 if answers[0].status == 200 else 1 / 1.2
            return request, answers
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ended = list(pool.map(once, range(rounds)))
        final = {}
        for _, e in self.store.client.xrange("stream:request:lifecycle"):
            if e["status"] in ("succeeded", "failed", "cancelled"):
                final.setdefault(e["requestId"], []).append(e["status"])
        won = 0
        for request, (first, second) in ended:
            end = final[request]
            self.assertEqual(len(end), 1)
            self.assertEqual(nodes[0].status(request)["status"], end[0])
            self.assertEqual((second.status, second.json["status"]), (409, end[0]))
            if first.status == 200:
                won += 1
                self.assertEqual(end, ["cancelled"])
            else:
                self.assertEqual((first.status, first.json["status"], end), (409, "succeeded", ["succeeded"]))
                results = nodes[1].get(f"/valuation/{request}/results")
                self.assertEqual(amounts(results.body), [["101.00"]])
        print(f"{won} cancelled, {rounds - won} succeeded", flush=True)
        self.assertTrue(0 < won < rounds, won)
        for stream in (INGEST, DISPATCH):
            until(lambda: self.store.client.xlen(stream) == 0, f"{stream} is empty")

    def test_each_cancel_is_in_the_audit(self):
        node = self.start(VN_ROLES="api", VN_NODE_NAME="front")
        request = node.post(request_xml(1, 1), sync=False).json["requestId"]
        self.assertEqual(node.get("/audit").json, {"entries": [], "cursor": None})
        node.request("DELETE", f"/valuation/{request}", headers={"X-User-ID": "ann", "X-Request-Id": "call-1"})
        self.cancel(node, request, 409)
        told, = node.get("/audit").json["entries"]
        self.assertRegex(told.pop("at"), r"^20.*Z$")
        self.assertEqual(told, {"action": "cancel", "requestId": request, "stream": None, "entry": None, "by": "ann",
                                "call": "call-1", "node": "front"})

    def test_results_go_too_if_they_are_not_kept(self):
        gate = self.place / "open"
        node = self.start(f"[ $VN_GROUP_INDEX = 0 ] || until [ -e {gate} ]; do sleep 0.02; done; " + BY_THE_RULE,
                          VN_TASKS_KEEP_RESULTS="false")
        request = node.post(request_xml(2, 3), sync=False).json["requestId"]
        until(lambda: node.status(request)["currentGroup"] == 1, "the second group runs")
        self.cancel(node, request)
        self.assertEqual(list(self.store.client.scan_iter(f"cache:task:{request}:*")), [])
        self.check_cancelled(node, request)


if __name__ == "__main__":
    unittest.main()
