"""What people see of requests and of the tasks that a group waits for."""

import subprocess
import unittest

import support
from support import request_xml, until


def listed(node, query=""):
    answer = node.get("/valuation" + query)
    assert answer.status == 200, answer.text
    return answer.json


def ids(page):
    return [r["requestId"] for r in page["requests"]]


class Listing(support.Case):
    SHARED = {"REQUEST_TTL_SECONDS": 1000, "VN_NODE_CLEAN_UP_SECONDS": 1}
    SCRIPT = '[ "$VN_VALUATION_NAME" != bad ] || exit 65; cat >/dev/null; echo 7\n'

    def setUp(self):
        super().setUp()
        for key in self.store.client.scan_iter("vn:list*"):
            self.store.client.delete(key)

    def submit(self, name="loan", **headers):
        answer = self.node.post(request_xml(1, 1, name), headers=headers)
        return answer.headers["Location"].split("/")[2]

    def test_newest_first_page_by_page(self):
        made = [self.submit() for _ in range(7)][::-1]
        first = listed(self.node, "?limit=3")
        self.assertEqual(ids(first), made[:3])
        newer = self.submit()  # moves nothing
        second = listed(self.node, f"?limit=3&cursor={first['cursor']}")
        self.assertEqual(ids(second), made[3:6])
        third = listed(self.node, f"?limit=3&cursor={second['cursor']}")
        self.assertEqual((ids(third), third["cursor"]), (made[6:], None))
        self.assertEqual(ids(listed(self.node)), [newer] + made)

    def test_by_status(self):
        good, bad, mine = self.submit(), self.submit("bad"), self.submit(**{"X-User-Id": "me"})
        self.assertEqual(ids(listed(self.node, "?status=succeeded")), [mine, good])
        self.assertEqual(ids(listed(self.node, "?status=failed")), [bad])
        for status in ("received", "started", "running", "cancelled"):
            self.assertEqual(listed(self.node, f"?status={status}"), {"requests": [], "cursor": None})
        one = listed(self.node, "?status=succeeded&limit=1")["requests"][0]
        self.assertEqual((one["status"], one["groupCount"], one["currentGroup"], one["user"]), ("succeeded", 1, 0, "me"))
        self.assertTrue(one["receivedAt"] <= one["startedAt"] <= one["completedAt"])

    def test_it_follows_a_request_through_its_states(self):
        store = self.redis()
        api = self.server(REDIS_URL=store.url, VN_ROLES="api")
        request = api.post(request_xml(1, 1), sync=False).json["requestId"]
        self.assertEqual(ids(listed(api, "?status=received")), [request])
        self.server(REDIS_URL=store.url, VN_ROLES="orchestrator")
        until(lambda: ids(listed(api, "?status=running")) == [request], "it runs")
        self.assertEqual(ids(listed(api, "?status=received")), [])
        self.server(REDIS_URL=store.url, VN_ROLES="worker", VNAS_SCRIPT=self.script(self.SCRIPT))
        until(lambda: ids(listed(api, "?status=succeeded")) == [request], "it has succeeded")
        self.assertEqual(ids(listed(api, "?status=running")), [])
        self.assertEqual(ids(listed(api)), [request])

    def test_expired_requests_vanish(self):
        kept, gone = self.submit(), self.submit()
        self.store.client.delete(f"state:request:{gone}")
        self.assertEqual(ids(listed(self.node)), [kept])
        self.assertEqual(self.store.client.zcard("vn:list"), 1)
        # Also when nobody looks.
        self.store.client.delete(f"state:request:{kept}")
        until(lambda: not self.store.client.exists("vn:list", "vn:list:succeeded"), "the sweeper has taken it out")

    def test_a_status_that_changed_without_the_list_is_put_right(self):
        request = self.submit()
        self.store.client.hset(f"state:request:{request}", "status", "failed")
        self.assertEqual(ids(listed(self.node, "?status=succeeded")), [])
        self.assertEqual(ids(listed(self.node, "?status=failed")), [request])

    def test_the_list_has_an_end(self):
        self.submit()
        for key in self.store.client.scan_iter("vn:*"):
            if self.store.client.type(key) != "stream":
                ttl = self.store.client.ttl(key)
                self.assertTrue(0 <= ttl <= 2_680_000 + 2000 or ttl == -2, key)  # -2: it has just gone
        self.store.client.zadd("vn:list", {f"1{n:012}-{support.new_id()}": 0 for n in range(100_000)})
        newest = self.submit()
        self.assertLessEqual(self.store.client.zcard("vn:list"), 100_000)
        self.assertEqual(ids(listed(self.node, "?limit=1")), [newest])

    def test_wrong_questions(self):
        for query, code in (("?limit=0", "bad-limit"), ("?limit=1001", "bad-limit"), ("?limit=x", "bad-limit"),
                            ("?cursor=7", "bad-cursor"), ("?cursor=", "bad-cursor"), ("?status=done", "bad-status"),
                            ("?status=completed", "bad-status"), ("?status=failed&status=failed", "bad-status")):
            with self.subTest(query):
                answer = self.node.get("/valuation" + query)
                self.assertEqual((answer.status, answer.json["code"]), (400, code))
        request = self.submit()
        for query, code in (("?tasks=1", "bad-tasks"), ("?tasks=all&group=-1", "bad-tasks"),
                            ("?tasks=all&from=0", "bad-tasks"), ("?tasks=open&limit=1001", "bad-limit")):
            with self.subTest(query):
                answer = self.node.get(f"/valuation/{request}/status{query}")
                self.assertEqual((answer.status, answer.json["code"]), (400, code))


    def ctl(self, *words):
        done = subprocess.run([support.BUILD / "bin" / "vnctl", "--server", f"http://127.0.0.1:{self.node.port}", *words],
                              capture_output=True, text=True, timeout=support.BOUND)
        return done.returncode, done.stdout.splitlines(), done.stderr

    def test_on_the_command_line(self):
        good, bad, last = self.submit(), self.submit("bad"), self.submit()
        code, lines, _ = self.ctl("list")
        self.assertEqual((code, [line.split()[:2] for line in lines]),
                         (0, [[last, "succeeded"], [bad, "failed"], [good, "succeeded"]]))
        self.assertEqual([line.split()[0] for line in self.ctl("list", "--status", "succeeded", "--limit", "1")[1]], [last])
        self.assertEqual(self.ctl("list", "--status", "no")[0], 2)
        code, lines, _ = self.ctl("status", bad, "--tasks")
        self.assertEqual((code, lines[1].split()[:4]), (0, ["task", "1", "failed", "attempt"]))
        self.assertIn("script-invalid", lines[1])
        self.assertEqual(self.ctl("status", support.new_id(), "--tasks")[0], 3)


class Tasks(support.Case):
    def tasks(self, node, request, query="tasks=open"):
        answer = node.get(f"/valuation/{request}/status?{query}")
        self.assertEqual(answer.status, 200, answer.text)
        groups = [g for g in answer.json["groups"] if "tasks" in g]
        return groups[0] if groups else None

    def test_what_a_group_waits_for(self):
        store = self.redis()
        gate = self.folder() / "gate"
        script = self.script(f"""cat >/dev/null
case $VN_TASK_ID in
  1) echo 7 ;;
  2) echo "no curve" >&2; exit 3 ;;
  3) exit 65 ;;
  *) until [ -e {gate} ]; do sleep 0.02; done; echo 8 ;;
esac
""")
        node = self.server(REDIS_URL=store.url, VNAS_SCRIPT=script, VN_TASKS_MAX_RUNNING=1, VN_NODE_NAME="here", VN_NODE_SHUTDOWN_GRACE_MS=100,
                           VN_REQUESTS_WINDOW_TASKS=3, VN_TASKS_RETRY_BASE_MS=3_000_000,
                           VN_TASKS_RETRY_CAP_MS=3_000_000)
        request = node.post(request_xml(1, 8), sync=False).json["requestId"]

        def states():
            group = self.tasks(node, request, "tasks=all")
            return group and [t["state"] for t in group["tasks"]]
        want = ["completed", "waiting-for-retry", "failed", "running", "queued", "queued", "queued", "queued"]
        until(lambda: states() == want, "the fourth task runs")

        group = self.tasks(node, request)
        self.assertEqual([t["task"] for t in group["tasks"]], [2, 3, 4, 5, 6, 7, 8])
        self.assertIsNone(group["nextTask"])
        retry, failed, running, queued = group["tasks"][:4]
        self.assertEqual((retry["attempt"], retry["lastError"]["code"], retry["lastError"]["attempt"]),
                         (1, "script-failed", 1))
        self.assertIn("no curve", retry["lastError"]["error"])
        self.assertGreater(retry["nextAttempt"], retry["lastError"]["at"])
        self.assertNotIn("nextAttempt", failed)
        self.assertEqual((running["node"], running["attempt"], running["deliveries"]), ("here", 1, 1))
        self.assertRegex(running["since"], r"^\d{4}-\d\d-\d\dT.*Z$")
        self.assertIn("since", queued)
        self.assertNotIn("since", group["tasks"][-1])  # beyond the window

        page = self.tasks(node, request, "tasks=open&limit=2")
        self.assertEqual(([t["task"] for t in page["tasks"]], page["nextTask"]), ([2, 3], 4))
        page = self.tasks(node, request, "tasks=open&limit=2&from=4")
        self.assertEqual([t["task"] for t in page["tasks"]], [4, 5])
        self.assertIsNone(self.tasks(node, request, "tasks=open&group=1"))
        self.assertNotIn("tasks", node.status(request)["groups"][0])
        gate.touch()

    def test_of_a_request_that_has_ended(self):
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VN_ROLES="api,orchestrator", VN_NODE_SHUTDOWN_GRACE_MS=100)
        request = node.post(request_xml(1, 2), sync=False, headers={"VN-Deadline": "4"}).json["requestId"]
        until(lambda: store.client.xlen("stream:task:dispatch") == 2, "its tasks are queued")
        node.wait_status(request, "failed")
        self.assertEqual([t["state"] for t in self.tasks(node, request)["tasks"]], ["cancelled"] * 2)

    def test_it_writes_nothing(self):
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VN_ROLES="api,orchestrator", VN_NODE_SHUTDOWN_GRACE_MS=100)
        request = node.post(request_xml(1, 5), sync=False).json["requestId"]
        until(lambda: store.client.xlen("stream:task:dispatch") == 5, "its tasks are queued")
        store.client.config_set("maxmemory", "1")  # a full Redis still answers
        self.assertEqual([t["state"] for t in self.tasks(node, request)["tasks"]], ["queued"] * 5)
        store.client.config_set("maxmemory", "0")

    def test_many_tasks(self):
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VN_ROLES="api,orchestrator", VN_NODE_SHUTDOWN_GRACE_MS=100)
        request = node.post(request_xml(1, 5000), sync=False).json["requestId"]
        until(lambda: store.client.xlen("stream:task:dispatch") == 1000, "the window is full")
        results = store.client.pipeline()
        for t in range(1, 4991):
            results.set(f"cache:task:{request}:0:{t}:result", "<valuation/>", ex=1000)
        results.execute()
        page = self.tasks(node, request, "tasks=open&limit=1000")
        self.assertEqual(([t["task"] for t in page["tasks"]], page["nextTask"]), (list(range(4991, 5001)), None))


if __name__ == "__main__":
    unittest.main()
