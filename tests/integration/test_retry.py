"""POST /valuation/{id}/retry: a failed request goes on at its first task without a result, and keeps what it has."""

import concurrent.futures
import signal
import unittest

import support
from support import BY_THE_RULE, amounts, request_xml, until
from wire import DISPATCH, INGEST, submit

RULE = [["101.00", "102.00", "103.00"], ["201.00", "202.00", "203.00"]]
# Says which attempts it runs; task 2 of the second group fails until there is a file `good`.
PICKY = """echo "$VN_GROUP_INDEX.$VN_TASK_ID.$VN_ATTEMPT" >> {0}/runs
cat > {0}/in.$VN_GROUP_INDEX.$VN_TASK_ID
[ -e {0}/good ] || [ $VN_GROUP_INDEX.$VN_TASK_ID != 1.2 ] || exit ${{CODE:-1}}
echo $((100 * (VN_GROUP_INDEX + 1) + VN_TASK_ID)).00
"""


class Retry(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.place = self.folder()

    def start(self, script=PICKY, **settings):
        return self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(script.format(self.place)),
                           **{"VN_LEASE_MS": 2000, "VN_NODE_SWEEP_MS": 200, "VN_TASKS_RETRY_BASE_MS": 1, **settings})

    def retry(self, node, request, status=202):
        answer = node.request("POST", f"/valuation/{request}/retry")
        self.assertEqual(answer.status, status, answer.text)
        return answer

    def runs(self):
        return (self.place / "runs").read_text().split()

    def state(self, request):
        return self.store.client.hgetall(f"state:request:{request}")

    def events(self, request):
        return [e["status"] for _, e in self.store.client.xrange("stream:request:lifecycle")
                if e["requestId"] == request]

    def check_end(self, node, request, want=RULE):
        node.wait_status(request, "succeeded")
        self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body), want)
        for stream, group in ((INGEST, "orchestrator-main"), (DISPATCH, "task-workers")):
            until(lambda: self.store.client.xlen(stream) == 0, f"{stream} is empty")
            self.assertEqual(self.store.client.xpending(stream, group)["pending"], 0)
        self.assertEqual(support.without_bound(self.store.client), [])
        self.assertFalse(self.store.client.exists(f"cache:request:{request}:failure"))

    def failed(self, node, body=None):
        answer = node.post(body or request_xml(2, 3))
        self.assertEqual(answer.status, 500, answer.text)
        return answer.json["requestId"]

    def test_it_goes_on_where_it_was_and_attempts_count_anew(self):
        node = self.start()
        request = self.failed(node)
        self.assertEqual(sorted(self.runs()), ["0.1.1", "0.2.1", "0.3.1", "1.1.1", "1.2.1", "1.2.2", "1.2.3", "1.3.1"])
        before = self.state(request)
        first = self.retry(node, request)
        self.assertEqual(first.json, {"requestId": request, "status": "accepted"})
        self.assertEqual(first.headers["Location"], f"/valuation/{request}/status")
        node.wait_status(request, "failed")
        self.assertEqual(self.runs()[8:], ["1.2.1", "1.2.2", "1.2.3"])
        (self.place / "good").touch()
        self.retry(node, request)
        self.check_end(node, request)
        self.assertEqual(self.runs()[11:], ["1.2.1"])
        after = self.state(request)
        self.assertEqual(after["retryCount"], "2")
        self.assertGreater(int(after["epoch"]), int(before["epoch"]))
        self.assertNotIn("failureAt", after)
        groups = node.status(request)["groups"]
        self.assertEqual([(g["status"], g["completed"], g["failed"]) for g in groups], [("completed", 3, 0)] * 2)
        self.assertEqual(self.events(request),
                         ["received", "started", "group_started", "group_completed", "group_started", "failed",
                          "received", "started", "failed", "received", "started", "group_completed", "succeeded"])
        self.assertEqual([e["action"] for e in node.get("/audit").json["entries"]], ["retry", "retry"])

    def test_what_was_hydrated_stays_what_it_was(self):
        """The document that a task sees is the one it failed with, also at another node."""
        body = request_xml(2, 3, extra="<at use='now()'/><id use='uuid()'/>")
        first = self.start()
        request = self.failed(first, body)
        seen = (self.place / "in.1.2").read_text()
        first.stop()
        (self.place / "good").touch()
        second = self.start()
        self.retry(second, request)
        second.wait_status(request, "succeeded")
        self.assertEqual((self.place / "in.1.2").read_text(), seen)
        self.assertEqual(self.runs()[-1], "1.2.1")
        self.assertEqual(self.runs().count("0.1.1"), 1)

    def test_what_is_not_failed_is_not_retried(self):
        node = self.start(BY_THE_RULE)
        done = node.post(request_xml(1, 1)).headers["Location"].split("/")[2]
        refused = self.retry(node, done, 409).json
        self.assertEqual((refused["code"], refused["status"]), ("request-not-failed", "succeeded"))
        front = self.start(VN_ROLES="api")
        node.stop()
        waiting = front.post(request_xml(1, 1), sync=False).json["requestId"]
        self.assertEqual(self.retry(front, waiting, 409).json["status"], "received")
        front.request("DELETE", f"/valuation/{waiting}")
        self.assertEqual(self.retry(front, waiting, 409).json["status"], "cancelled")
        for unknown in (support.new_id(), "7"):
            self.assertEqual(self.retry(front, unknown, 404).json["code"], "request-not-found")
        self.assertEqual([e["action"] for e in front.get("/audit").json["entries"]], ["cancel"])

    def test_twice_at_once_one_wins(self):
        node, other = self.start(), self.start(VN_ROLES="api")
        for n in range(20):
            request = self.failed(node)
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda k: [node, other][k % 2].request("POST", f"/valuation/{request}/retry"),
                                        range(4)))
            statuses = sorted(a.status for a in answers)
            # One that comes after the next failure is another retry.
            won = statuses.count(202)
            self.assertEqual(set(statuses) - {202, 409}, set())
            self.assertGreaterEqual(won, 1)
            node.wait_status(request, "failed")
            self.assertEqual(self.state(request)["retryCount"], str(won))
            self.assertEqual(self.events(request).count("received"), 1 + won)

    def test_twice_at_once_while_nobody_works_exactly_one_wins(self):
        node, front = self.start(), self.start(VN_ROLES="api")
        requests = [self.failed(node) for _ in range(10)]
        node.stop()
        for request in requests:
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                statuses = sorted(pool.map(
                    lambda _: front.request("POST", f"/valuation/{request}/retry").status, range(4)))
            self.assertEqual(statuses, [202, 409, 409, 409])
        self.assertEqual(self.store.client.xlen(INGEST), 10)
        (self.place / "good").touch()
        later = self.start()
        for request in requests:
            self.check_end(later, request)

    def test_after_a_failure_in_hydration(self):
        """The document comes from a file that was not there."""
        files = self.folder()
        node = self.start(BY_THE_RULE, VN_FILES_ROOTS=files)
        early = request_xml(1, 1, extra="<x href='x.xml'/>")
        request = self.failed(node, early)
        self.assertEqual(node.get(f"/valuation/{request}/results").json["detail"]["code"], "file-not-found")
        (files / "x.xml").write_text("<x/>")
        self.retry(node, request)
        self.check_end(node, request, [["101.00"]])

        late = request_xml(2, 1).replace(
            "<group name='G1'>", "<group name='G1'><valuation name='late'><x select='/vnml/project/late/there'/>"
            "<analytics><price><amount>1</amount></price></analytics></valuation>")
        request = self.failed(node, late)
        self.assertEqual(node.status(request)["currentGroup"], 0)
        runs = self.events(request).count("group_completed")
        self.retry(node, request)
        node.wait_status(request, "failed")
        detail = node.get(f"/valuation/{request}/results").json["detail"]
        self.assertEqual((detail["stage"], detail["group"]), ("hydration", 1))
        self.assertEqual(self.events(request).count("group_completed"), runs)

    def test_after_poison(self):
        deadly = "cat >/dev/null; [ -e %s/good ] || [ $VN_TASK_ID != 2 ] || kill -9 $PPID; echo 7\n" % self.place
        front = self.start(VN_ROLES="api,orchestrator")
        request = front.post(request_xml(1, 2), sync=False).json["requestId"]
        worker = None

        def ended():
            nonlocal worker
            if worker is None or worker.process.poll() is not None:
                worker = support.Server(ready=False, REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(deadly),
                                        VN_LEASE_MS=300, VN_ROLES="worker", ENABLE_HTTP="false")
                self.addCleanup(worker.close)
            return front.status(request)["status"] == "failed"
        until(ended, "it is given up")
        (self.place / "good").touch()
        self.retry(front, request)
        if worker.process.poll() is not None:
            ended()
        self.check_end(front, request, [["7.00", "7.00"]])

    def test_a_request_that_ended_its_owners(self):
        """The ingest entry itself was poison."""
        front = self.start(VN_ROLES="api")
        request = front.post(request_xml(1, 2), sync=False).json["requestId"]
        ghost = "vn-ghost"
        until(lambda: self.store.client.exists(INGEST), "it is there")
        (_, entries), = self.store.client.xreadgroup("orchestrator-main", ghost, {INGEST: ">"})
        self.store.client.xclaim(INGEST, "orchestrator-main", ghost, 0, [entries[0][0]], retrycount=50)
        node = self.start(BY_THE_RULE)
        node.wait_status(request, "failed")
        self.assertEqual(node.get(f"/valuation/{request}/results").json["detail"]["code"], "poison")
        self.retry(node, request)
        self.check_end(node, request, [["101.00", "102.00"]])

    def test_what_has_expired_is_told(self):
        node = self.start()
        for key in ("cache:request:{0}:xml", "cache:request:{0}:group:0", "cache:request:{0}:group:1",
                    "cache:task:{0}:0:2:result"):
            request = self.failed(node)
            self.assertEqual(self.store.client.delete(key.format(request)), 1)
            answer = self.retry(node, request, 410).json
            self.assertEqual((answer["code"], answer["status"]), ("input-expired", "failed"), key)
            self.assertEqual(node.status(request)["status"], "failed")
        # A result of the group that failed is made again.
        request = self.failed(node)
        self.assertEqual(self.store.client.delete(f"cache:task:{request}:1:1:result"), 1)
        (self.place / "good").touch()
        self.retry(node, request)
        self.check_end(node, request)

    def test_its_time_begins_again(self):
        node = self.start(VN_REQUESTS_DEADLINE_SECONDS=60)
        request = self.failed(node)
        submitted = self.state(request)["submittedAt"]
        self.store.client.hset(f"state:request:{request}", mapping={"submittedAt": "2020-01-01T00:00:00.000Z",
                                                                    "deadline": "2020-01-01T00:01:00.000Z"})
        (self.place / "good").touch()
        self.retry(node, request)
        self.check_end(node, request)
        self.assertRegex(submitted, "^20")

    def test_a_request_that_ran_out_of_time_leaves_nothing_running(self):
        stays = "until [ -e %s/good ]; do sleep 0.02; done; echo 7\n" % self.place
        node = self.start(stays, VN_REQUESTS_DEADLINE_SECONDS=6, VN_TASKS_MAX_RUNNING=2)
        request = self.failed(node, request_xml(1, 4))
        self.assertEqual(node.get(f"/valuation/{request}/results").json["detail"]["code"], "request-deadline")
        until(lambda: not support.children(node.process.pid), "its scripts are ended")
        self.assertEqual(self.store.client.xlen(DISPATCH), 0)
        (self.place / "good").touch()
        self.retry(node, request)
        self.check_end(node, request, [["7.00"] * 4])

    def test_nodes_that_die_meanwhile_lose_nothing(self):
        slow = "sleep 0.1; " + PICKY
        node = self.start()
        requests = [self.failed(node) for _ in range(6)]
        node.stop()
        front = self.start(VN_ROLES="api")
        for request in requests:
            self.retry(front, request)
        (self.place / "good").touch()
        for _ in range(3):
            victim = self.start(slow, VN_TASKS_MAX_RUNNING=2, VN_REQUESTS_MAX_RUNNING=2)
            before = len(self.runs())
            until(lambda: len(self.runs()) > before or all(
                front.status(r)["status"] == "succeeded" for r in requests), "it works")
            victim.stop(signal.SIGKILL)
        last = self.start(slow)
        for request in requests:
            self.check_end(last, request)
            self.assertEqual(self.events(request).count("succeeded"), 1)

    def test_the_api_node_dies_in_a_retry(self):
        node = self.start(PICKY, VN_ROLES="orchestrator,worker")
        (self.place / "good").touch()
        for n in range(8):
            (self.place / "good").unlink()
            keeper = self.start(VN_ROLES="api")
            request = self.failed(keeper)
            (self.place / "good").touch()
            victim = self.start(VN_ROLES="api")
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                asked = pool.submit(self.ask_a_dying_one, victim, request)
                victim.stop(signal.SIGKILL)
                asked.result(support.BOUND)
            if keeper.request("POST", f"/valuation/{request}/retry").status == 409:
                self.assertEqual(self.state(request)["retryCount"], "1")
            self.check_end(keeper, request)
            self.assertEqual(self.state(request)["retryCount"], "1")
            keeper.close()
        self.assertEqual(node.get("/readyz").status, 200)

    def ask_a_dying_one(self, node, request):
        try:
            node.request("POST", f"/valuation/{request}/retry")
        except (OSError, support.http.client.HTTPException):
            pass

    def test_the_backlog_is_a_limit_here_too(self):
        node = self.start()
        request = self.failed(node)
        front = self.start(VN_ROLES="api", VN_REQUESTS_MAX_BACKLOG=1)
        node.stop()
        front.post(request_xml(1, 1), sync=False)
        answer = self.retry(front, request, 503)
        self.assertEqual((answer.json["code"], answer.headers["Retry-After"]), ("backlog-full", "5"))

    def test_a_request_of_another_producer(self):
        node = self.start()
        request = support.new_id()
        submit(self.store.client, request, request_xml(2, 3))
        node.wait_status(request, "failed")
        (self.place / "good").touch()
        self.retry(node, request)
        self.check_end(node, request)


if __name__ == "__main__":
    unittest.main()
