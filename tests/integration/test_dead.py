"""What was parked in the dead streams: listed, shown, given back, dropped; and the audit of what people did."""

import unittest

import support
from support import BY_THE_RULE, amounts, request_xml, until
from test_vnctl import vnctl
from wire import DISPATCH, INGEST, submit

TASKS, REQUESTS = "stream:task:dead", "stream:request:dead"


class Dead(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.gate = self.folder() / "open"

    def start(self, script=BY_THE_RULE, **settings):
        return self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(script),
                           **{"VN_LEASE_MS": 300, "VN_NODE_SWEEP_MS": 200, "VN_NODE_SHUTDOWN_GRACE_MS": 200,
                              **settings})

    def call(self, node, method, path, status, **headers):
        answer = node.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        self.assertEqual(answer.status, status, answer.text)
        return answer.json

    def parked_task(self):
        """A request of three tasks that waits for the gate, one of them parked as poison: (node, request, entry)."""
        owner = self.start(VN_ROLES="api,orchestrator")
        request = owner.post(request_xml(1, 3), sync=False).json["requestId"]
        until(lambda: self.store.client.xlen(DISPATCH) == 3, "the tasks are there")
        self.store.client.xreadgroup("task-workers", "vn-ghost", {DISPATCH: ">"}, count=1)
        self.start(f"until [ -e {self.gate} ]; do sleep 0.02; done; "
                            f"[ ! -e {self.gate}.bad ] || [ $VN_TASK_ID != 1 ] || exit 65; " + BY_THE_RULE,
                            VN_ROLES="worker", VN_TASKS_MAX_DELIVERIES=1, VN_TASKS_ALONE_AFTER=1)
        until(lambda: self.store.client.xlen(TASKS) == 1, "it is parked")
        until(lambda: owner.status(request)["groups"][0]["failed"] == 1, "the owner knows")
        return owner, request, self.store.client.xrange(TASKS)[0][0]

    def test_a_parked_task_is_given_back_and_counts(self):
        node, request, entry = self.parked_task()
        listed = self.call(node, "GET", "/dead?stream=task", 200)
        self.assertEqual((listed["length"], listed["cursor"], len(listed["entries"])), (1, None, 1))
        shown = self.call(node, "GET", f"/dead/task/{entry}", 200)
        self.assertEqual(shown, listed["entries"][0])
        self.assertEqual((shown["reason"], shown["deliveries"], shown["requestId"], shown["fields"]["taskId"]),
                         ("poison", 2, request, "1"))
        told = self.call(node, "POST", f"/dead/task/{entry}/requeue", 202, X_User_ID="ann")
        self.assertEqual(told, {"requestId": request, "status": "requeued"})
        until(lambda: node.status(request)["groups"][0]["failed"] == 0, "the owner knows")
        self.gate.touch()
        node.wait_status(request, "succeeded")
        results = node.get(f"/valuation/{request}/results")
        self.assertEqual(amounts(results.body), [["101.00", "102.00", "103.00"]])
        self.assertEqual((self.store.client.xlen(TASKS), self.store.client.xlen(DISPATCH)), (0, 0))
        self.call(node, "POST", f"/dead/task/{entry}/requeue", 404)
        audit, = self.call(node, "GET", "/audit", 200)["entries"]
        self.assertEqual([audit[k] for k in ("action", "requestId", "stream", "entry", "by")],
                         ["requeue", request, "task", entry, "ann"])
        self.assertEqual(support.without_bound(self.store.client), [])

    def test_a_task_that_is_given_back_may_fail_again(self):
        node, request, entry = self.parked_task()
        fields = self.store.client.xrange(TASKS)[0][1]
        self.call(node, "POST", f"/dead/task/{entry}/requeue", 202)
        until(lambda: self.store.client.xlen(DISPATCH) == 3, "it is there")
        again = self.store.client.xrange(DISPATCH)[-1][1]
        self.assertEqual(again, {k: v for k, v in fields.items() if k not in ("reason", "deliveries", "at", "node")})
        self.gate.with_name("open.bad").touch()
        self.gate.touch()
        node.wait_status(request, "failed")
        failure, = node.get(f"/valuation/{request}/results").json["detail"]["failures"]
        self.assertEqual((failure["taskId"], failure["code"]), (1, "script-invalid"))
        self.assertEqual(self.store.client.xlen(DISPATCH), 0)

    def test_a_task_whose_request_has_ended_is_refused(self):
        node, request, entry = self.parked_task()
        self.gate.touch()
        node.wait_status(request, "failed")
        refused = self.call(node, "POST", f"/dead/task/{entry}/requeue", 409)
        self.assertEqual((refused["code"], refused["requestId"], refused["status"]),
                         ("request-ended", request, "failed"))
        self.assertEqual(self.call(node, "GET", "/audit", 200)["entries"], [])
        # The request itself can go on; then the task is needed no more.
        self.call(node, "POST", f"/valuation/{request}/retry", 202)
        node.wait_status(request, "succeeded")
        self.store.client.hset(f"state:request:{request}", "status", "running")
        self.assertEqual(self.call(node, "POST", f"/dead/task/{entry}/requeue", 409)["code"], "task-not-parked")
        self.store.client.delete(f"state:request:{request}")
        self.assertEqual(self.call(node, "POST", f"/dead/task/{entry}/requeue", 409)["code"], "request-ended")
        self.assertEqual(self.call(node, "DELETE", f"/dead/task/{entry}", 200),
                         {"stream": "task", "entry": entry, "status": "dropped"})
        self.assertEqual(self.store.client.xlen(TASKS), 0)

    def test_a_task_whose_document_is_gone_is_refused(self):
        node, request, entry = self.parked_task()
        self.assertEqual(self.store.client.delete(f"cache:task:{request}:0:1:xml"), 1)
        self.assertEqual(self.call(node, "POST", f"/dead/task/{entry}/requeue", 410)["code"], "input-expired")
        self.assertEqual(self.store.client.xlen(TASKS), 1)

    def test_what_is_no_task_can_only_be_dropped(self):
        node = self.start()
        self.store.client.xadd(DISPATCH, {"hello": "world", "reason": "mine"})
        entry = until(lambda: self.store.client.xrange(TASKS), "it is parked")[0][0]
        shown = self.call(node, "GET", f"/dead/task/{entry}", 200)
        self.assertEqual((shown["reason"], shown["requestId"], shown["fields"]), ("bad-entry", None, {"hello": "world"}))
        self.assertEqual(self.call(node, "POST", f"/dead/task/{entry}/requeue", 409)["code"], "dead-entry-unusable")
        self.call(node, "DELETE", f"/dead/task/{entry}", 200)
        self.call(node, "DELETE", f"/dead/task/{entry}", 404)
        for stream in ("task", "request"):
            foreign = self.store.client.xadd(f"stream:{stream}:dead", {"by": "somebody else"})
            refused = self.call(node, "POST", f"/dead/{stream}/{foreign}/requeue", 409)
            self.assertEqual(refused["code"], "dead-entry-unusable")

    def test_a_parked_request_is_submitted_anew(self):
        """Its producer had forgotten the payload."""
        node = self.start(VN_REQUESTS_PAYLOAD_WAIT_MS=10)
        request = support.new_id()
        submit(self.store.client, request, "", payload=False)
        node.wait_status(request, "failed")
        entry = until(lambda: self.store.client.xrange(REQUESTS), "it is parked")[0][0]
        self.assertEqual(self.call(node, "POST", f"/dead/request/{entry}/requeue", 410)["code"], "input-expired")
        self.store.client.set(f"cache:request:{request}:xml", request_xml(1, 2))
        told = self.call(node, "POST", f"/dead/request/{entry}/requeue", 202)
        self.assertEqual(told, {"requestId": request, "status": "requeued"})
        node.wait_status(request, "succeeded")
        self.assertEqual(self.store.client.xlen(REQUESTS), 0)
        self.call(node, "POST", f"/dead/request/{entry}/requeue", 404)
        audit = self.call(node, "GET", "/audit", 200)["entries"]
        self.assertEqual([(a["action"], a["stream"], a["entry"]) for a in audit], [("requeue", "request", entry)])
        self.assertEqual(self.store.client.hget(f"state:request:{request}", "retryCount"), "1")

    def test_a_parked_request_that_nobody_knows_any_more(self):
        node = self.start(VN_REQUESTS_PAYLOAD_WAIT_MS=10)
        request = support.new_id()
        submit(self.store.client, request, "", payload=False, metadata='{"x-user-id":"ann"}')
        node.wait_status(request, "failed")
        entry = until(lambda: self.store.client.xrange(REQUESTS), "it is parked")[0][0]
        self.store.client.delete(f"state:request:{request}", f"cache:request:{request}:failure")
        self.store.client.set(f"cache:request:{request}:xml", request_xml(1, 2))
        self.call(node, "POST", f"/dead/request/{entry}/requeue", 202)
        node.wait_status(request, "succeeded")
        self.assertEqual(self.store.client.hget(f"state:request:{request}", "username"), "ann")
        self.assertEqual(self.store.client.xlen(REQUESTS), 0)

    def test_a_request_that_runs_or_has_succeeded_is_not_submitted_twice(self):
        node = self.start(f"until [ -e {self.gate} ]; do sleep 0.02; done; " + BY_THE_RULE)
        request = node.post(request_xml(1, 1), sync=False).json["requestId"]
        node.wait_status(request, "running")
        submit(self.store.client, request, request_xml(1, 1), payload=False)
        entry = until(lambda: self.store.client.xrange(REQUESTS), "the second is parked")[0][0]
        refused = self.call(node, "POST", f"/dead/request/{entry}/requeue", 409)
        self.assertEqual((refused["code"], refused["status"]), ("request-not-failed", "running"))
        self.gate.touch()
        node.wait_status(request, "succeeded")
        self.assertEqual(self.call(node, "POST", f"/dead/request/{entry}/requeue", 409)["status"], "succeeded")
        self.assertEqual(self.store.client.xlen(REQUESTS), 1)
        self.store.client.xadd(INGEST, {"requestId": "7"})
        bad = until(lambda: self.store.client.xrange(REQUESTS)[1:], "it is parked")[0][0]
        refused = self.call(node, "POST", f"/dead/request/{bad}/requeue", 409)
        self.assertEqual(refused["code"], "dead-entry-unusable")

    def test_pages_and_wrong_questions(self):
        node = self.start()
        keys = [self.store.client.xadd(REQUESTS, {"requestId": support.new_id(), "n": n, "reason": "poison",
                                                  "deliveries": 3, "at": "then", "node": "there"}) for n in range(7)]
        seen, cursor = [], ""
        for _ in range(4):
            page = self.call(node, "GET", f"/dead?stream=request&limit=2{cursor}", 200)
            seen += [e["entry"] for e in page["entries"]]
            if page["cursor"] is None:
                break
            cursor = "&cursor=" + page["cursor"]
        self.assertEqual(seen, keys[::-1])
        self.assertEqual(self.call(node, "GET", "/dead", 200), {"stream": "task", "length": 0, "entries": [],
                                                                 "cursor": None})
        for query, code in (("stream=tasks", "bad-stream"), ("stream=task&stream=task", "bad-stream"),
                            ("limit=0", "bad-limit"), ("limit=201", "bad-limit"), ("limit=x", "bad-limit"),
                            ("limit=1&limit=1", "bad-limit"), ("cursor=x", "bad-cursor"), ("cursor=1-", "bad-cursor"),
                            ("cursor=1-1&cursor=1-1", "bad-cursor")):
            self.assertEqual(self.call(node, "GET", f"/dead?{query}", 400)["code"], code, query)
        for path in ("task/1-1", "task/x", "tusk/1-1", "request/18446744073709551616-1"):
            for method, tail in (("GET", ""), ("DELETE", ""), ("POST", "/requeue")):
                self.assertEqual(self.call(node, method, f"/dead/{path}{tail}", 404)["code"], "dead-entry-not-found")

    def test_large_entries_are_cut_and_bounded(self):
        node = self.start()
        fields = {f"f{n}": "\xff" * 100_000 if n < 3 else "y" for n in range(400)}
        entry = self.store.client.xadd(TASKS, {**fields, "reason": "bad-entry", "deliveries": 1, "at": "a", "node": "n"})
        listed = node.get("/dead?stream=task")
        self.assertLess(len(listed.body), 20_000)
        self.assertEqual((listed.json["entries"][0]["cut"], listed.json["entries"][0]["reason"]), (True, "bad-entry"))
        shown = self.call(node, "GET", f"/dead/task/{entry}", 200)
        self.assertEqual((len(shown["fields"]), shown["cut"]), (400, True))
        small = self.store.client.xadd(TASKS, {"a": "b", "reason": "bad-entry", "deliveries": 1, "at": "a", "node": "n"})
        self.assertIs(self.call(node, "GET", f"/dead/task/{small}", 200)["cut"], False)

    def test_the_audit_is_bounded_and_read_in_pages(self):
        node = self.start(VN_STREAMS_AUDIT_LENGTH=100, VN_ROLES="api")
        for n in range(30):
            entry = self.store.client.xadd(TASKS, {"n": n, "reason": "r", "deliveries": 1, "at": "a", "node": "n"})
            self.call(node, "DELETE", f"/dead/task/{entry}", 200, X_Request_Id=f"call-{n}")
        page = self.call(node, "GET", "/audit?limit=20", 200)
        self.assertEqual([a["by"] for a in page["entries"]], [f"call-{n}" for n in range(29, 9, -1)])
        rest = self.call(node, "GET", f"/audit?limit=20&cursor={page['cursor']}", 200)
        self.assertEqual(([a["by"] for a in rest["entries"]][-1], rest["cursor"]), ("call-0", None))
        for query, code in (("limit=0", "bad-limit"), ("cursor=x", "bad-cursor")):
            self.assertEqual(self.call(node, "GET", f"/audit?{query}", 400)["code"], code)
        pipe = self.store.client.pipeline()
        for n in range(2000):
            pipe.xadd("vn:audit", {"action": "drop"})
        pipe.execute()
        entry = self.store.client.xadd(TASKS, {"a": "b", "reason": "r", "deliveries": 1, "at": "a", "node": "n"})
        self.call(node, "DELETE", f"/dead/task/{entry}", 200)
        self.assertLess(self.store.client.xlen("vn:audit"), 300)


class ByCommand(support.Case):
    """vnctl cancel, retry, dead, audit."""
    SHARED = {"VN_LEASE_MS": 300, "VN_REQUESTS_PAYLOAD_WAIT_MS": 10}
    SCRIPT = '[ "$VN_VALUATION_NAME" != bad ] || exit 65; cat >/dev/null; echo 7\n'

    def run_it(self, code, *words, **variables):
        done = vnctl(*words, server=self.node, **variables)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def json(self, code, *words, **variables):
        return support.json.loads(self.run_it(code, "--json", *words, **variables).stdout)

    def test_cancel(self):
        front = self.server(REDIS_URL=self.redis().url, VN_ROLES="api")
        ids = [front.post(request_xml(1, 1), sync=False).json["requestId"] for _ in range(2)]
        self.assertEqual(vnctl("cancel", ids[0], server=front).stdout, "cancelled\n")
        done = vnctl("cancel", ids[1], "--json", "--user", "ann", server=front)
        self.assertEqual(support.json.loads(done.stdout), {"requestId": ids[1], "status": "cancelled"})
        again = vnctl("cancel", ids[0], server=front)
        self.assertEqual((again.returncode, again.stdout), (1, ""))
        self.assertIn("request-ended", again.stderr)
        self.assertEqual(vnctl("status", ids[0], server=front).returncode, 1)
        self.assertEqual(vnctl("results", ids[0], server=front).returncode, 1)
        lines = vnctl("audit", server=front).stdout.splitlines()
        self.assertRegex(lines[0], rf"^20\S+Z  cancel  by ann  request {ids[1]}  entry -/-  node \S+$")
        self.assertEqual(len(lines), 2)
        told = support.json.loads(vnctl("audit", "--json", "--limit", "1", server=front).stdout)["entries"]
        self.assertEqual([a["by"] for a in told], ["ann"])

    def test_what_is_unknown_or_wrong(self):
        for words in (("cancel",), ("retry",)):
            self.run_it(3, *words, support.new_id())
            self.run_it(3, *words, "../../healthz")
            self.run_it(2, *words)
        for words in (("show",), ("requeue",), ("drop",)):
            self.run_it(3, "dead", *words, "task/1-1")
            self.run_it(3, "dead", *words, "nonsense")
            self.run_it(2, "dead", *words)
        self.run_it(2, "dead")
        self.run_it(2, "dead", "list", "--stream", "tasks")
        self.run_it(4, "--server", "http://127.0.0.1:1", "cancel", support.new_id())

    def test_retry(self):
        bad = vnctl("submit", "-", server=self.node, stdin=request_xml(1, 1, "bad")).stdout.strip()
        self.node.wait_status(bad, "failed")
        self.assertEqual(self.run_it(0, "retry", bad).stdout.strip(), bad)
        self.node.wait_status(bad, "failed")
        self.assertIn("failed", self.run_it(1, "retry", bad, "--wait").stdout)
        self.assertEqual(self.json(0, "retry", bad)["status"], "accepted")
        self.node.wait_status(bad, "failed")

        request = support.new_id()
        submit(self.store.client, request, "", payload=False)
        self.node.wait_status(request, "failed")
        self.assertIn("input-expired", self.run_it(3, "retry", request).stderr)
        self.store.client.set(f"cache:request:{request}:xml", request_xml(1, 2))
        self.assertIn("<amount>7.00</amount>", self.run_it(0, "retry", request, "--wait").stdout)
        self.assertIn("request-not-failed", self.run_it(1, "retry", request).stderr)

    def test_dead(self):
        for n in range(2):
            self.store.client.xadd(DISPATCH, {"n": n})
        request = support.new_id()
        submit(self.store.client, request, "", payload=False)
        self.node.wait_status(request, "failed")
        until(lambda: self.store.client.xlen(TASKS) == 2, "they are parked")

        listed = self.json(0, "dead", "list")["entries"]
        mine = [e for e in listed if e["requestId"] == request]
        self.assertEqual([(e["stream"], e["reason"]) for e in mine], [("request", "payload-missing")])
        lines = self.run_it(0, "dead", "list", "--stream", "task").stdout.splitlines()
        self.assertEqual(len(lines), 2)
        first = lines[0].split()[0]
        self.assertRegex(lines[0], r"^task/\d+-\d+  20\S+Z  bad-entry  deliveries 1  request -$")
        self.assertEqual(self.run_it(0, "dead", "list", "--stream", "task", "--limit", "1").stdout.splitlines(),
                         lines[:1])
        self.assertIn("  n: 1\n", self.run_it(0, "dead", "show", first).stdout)
        self.assertEqual(self.json(0, "dead", "show", first)["fields"], {"n": "1"})
        self.assertIn("dead-entry-unusable", self.run_it(1, "dead", "requeue", first).stderr)
        self.assertEqual(self.run_it(0, "dead", "drop", first).stdout, "dropped\n")
        self.assertEqual(self.json(0, "dead", "drop", lines[1].split()[0])["status"], "dropped")
        self.assertEqual(self.run_it(0, "dead", "list", "--stream", "task").stdout, "")

        self.store.client.set(f"cache:request:{request}:xml", request_xml(1, 1))
        name = f"request/{mine[0]['entry']}"
        self.assertEqual(self.run_it(0, "dead", "requeue", name, VNCTL_USER="bob").stdout, "requeued\n")
        self.node.wait_status(request, "succeeded")
        told = self.json(0, "audit", "--limit", "1")["entries"][0]
        self.assertEqual((told["action"], told["by"], told["requestId"]), ("requeue", "bob", request))

    def test_long_lists_are_read_page_by_page(self):
        server = self.server(REDIS_URL=self.redis().url, VN_ROLES="api")
        client = support.redis.Redis(unix_socket_path=server_socket(server), decode_responses=True)
        self.addCleanup(client.close)
        for n in range(450):
            client.xadd(REQUESTS, {"n": n, "reason": "r", "deliveries": 1, "at": "a", "node": "n"})
        for limit, want in ((449, 449), (1000, 450), (200, 200)):
            done = vnctl("dead", "list", "--limit", limit, server=server)
            self.assertEqual(len(done.stdout.splitlines()), want)


def server_socket(server):
    return server.log("redis")[0]["where"].removeprefix("unix://")


if __name__ == "__main__":
    unittest.main()
