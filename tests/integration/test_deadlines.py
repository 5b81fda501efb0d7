"""Deadlines of requests: they end in time wherever they are, and their tasks with them."""

import datetime
import signal
import unittest

import support
from support import request_xml, until

# Long enough to get to where it is to end, also on a machine that stands still for a while.
SECONDS = 4
DEADLINE = {"VN-Deadline": str(SECONDS)}


def times(store, request):
    """Seconds from submission to end."""
    state = store.client.hgetall(f"state:request:{request}")
    begin, end = (datetime.datetime.fromisoformat(state[f].replace("Z", "+00:00")) for f in ("submittedAt", "completedAt"))
    return (end - begin).total_seconds()


class Deadlines(support.Case):
    SHARED = {"VN_TASKS_RETRY_BASE_MS": 20, "VN_SCRIPT_GRACE_MS": 50}
    SCRIPT = r"""
case $VN_VALUATION_NAME in
  hangs) cat >/dev/null; exec sleep 600 ;;
  fails) cat >/dev/null; exit 3 ;;
  left)  cat >/dev/null; echo $VN_DEADLINE_MS ;;
  *)     cat >/dev/null; echo 7 ;;
esac
"""

    def ended_too_late(self, node, store, request, seconds=SECONDS):
        """The failure of a request whose time is over; nothing of it is left to do."""
        status = node.wait_status(request, "failed", "succeeded")
        self.assertEqual(status["status"], "failed")
        answer = node.get(f"/valuation/{request}/results")
        self.assertEqual((answer.status, answer.json["detail"]["code"]), (422, "request-deadline"))
        until(lambda: store.client.xlen("stream:task:dispatch") == 0, "its tasks are gone")
        self.assertEqual(store.client.xlen("stream:request:ingest"), 0)
        self.assertIsNone(store.client.zscore("vn:deadlines", request))
        self.assertGreaterEqual(times(store, request), seconds)
        events = [e["status"] for _, e in store.client.xrange("stream:request:lifecycle") if e["requestId"] == request]
        self.assertEqual(events.count("failed"), 1)
        self.assertEqual(events[-1], "failed")
        return answer.json["detail"]

    def test_a_call_that_waits_is_told(self):
        answer = self.node.post(request_xml(1, 3, "hangs"), headers=DEADLINE)
        self.assertEqual((answer.status, answer.json["code"]), (500, "processing-failed"))
        detail = self.ended_too_late(self.node, self.store, answer.json["requestId"])
        self.assertEqual((detail["stage"], detail["group"]), ("tasks", 0))
        group = self.node.status(detail["requestId"])["groups"][0]
        self.assertEqual((group["status"], group["completed"]), ("failed", 0))

    def test_tasks_have_what_is_left(self):
        answer = self.node.post(request_xml(1, 1, "left"), headers={"VN-Deadline": "20"})
        left = float(support.amounts(answer.body)[0][0])
        self.assertTrue(0 < left <= 20_000, left)

    def test_between_two_attempts(self):
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VNAS_SCRIPT=self.script(self.SCRIPT), VN_TASKS_RETRY_BASE_MS=3_000_000,
                           VN_TASKS_RETRY_CAP_MS=3_000_000)
        request = node.post(request_xml(1, 1, "fails"), sync=False, headers=DEADLINE).json["requestId"]
        detail = self.ended_too_late(node, store, request)
        self.assertEqual(detail["stage"], "tasks")

    def test_queued_where_nobody_takes_requests(self):
        store = self.redis()
        api = self.server(REDIS_URL=store.url, VN_ROLES="api")
        answer = api.post(request_xml(1, 1), headers=DEADLINE)
        self.assertEqual((answer.status, answer.json["detail"]["code"]), (500, "request-deadline"), answer.text)
        self.assertEqual(answer.json["detail"]["stage"], "document")
        self.ended_too_late(api, store, answer.json["requestId"])

    def test_queued_where_nobody_values_tasks(self):
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VN_ROLES="api,orchestrator")
        request = node.post(request_xml(1, 3), sync=False, headers=DEADLINE).json["requestId"]
        until(lambda: store.client.xlen("stream:task:dispatch") == 3, "its tasks are queued")
        for _, entry in store.client.xrange("stream:task:dispatch"):
            self.assertEqual(entry["deadline"], store.client.hget(f"state:request:{request}", "deadline"))
        self.ended_too_late(node, store, request)

    def test_of_a_dead_owner(self):
        store = self.redis()
        api = self.server(REDIS_URL=store.url, VN_ROLES="api")
        owner = self.server(REDIS_URL=store.url, VN_ROLES="orchestrator", VN_LEASE_MS=3_600_000)
        request = api.post(request_xml(1, 3), sync=False, headers=DEADLINE).json["requestId"]
        until(lambda: store.client.xlen("stream:task:dispatch") == 3, "its tasks are queued")
        owner.stop(signal.SIGKILL)
        self.ended_too_late(api, store, request)

    def test_a_task_past_it_is_not_started(self):
        store = self.redis()
        script = self.script("cat >/dev/null; touch $0.ran; echo 7\n")
        self.server(REDIS_URL=store.url, VNAS_SCRIPT=script, VN_ROLES="worker")
        store.client.xadd("stream:task:dispatch", {
            "requestId": support.new_id(), "groupIdx": "0", "groupName": "G", "taskId": "1", "attempt": "1",
            "valuationName": "x", "payloadKey": "cache:task:x:0:1:xml", "resultKey": "cache:task:x:0:1:result",
            "deadline": "2020-01-01T00:00:00.000Z"})
        until(lambda: store.client.xlen("stream:task:updates") == 1, "it is told")
        update = store.client.xrange("stream:task:updates")[0][1]
        self.assertEqual((update["status"], update["code"], update["retryable"]), ("failed", "request-deadline", "no"))
        self.assertEqual(store.client.xlen("stream:task:dispatch"), 0)
        self.assertFalse(support.pathlib.Path(script + ".ran").exists())

    def test_of_another_producer(self):
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VN_ROLES="api,orchestrator")
        request = support.new_id()
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=SECONDS)
        store.client.set(f"cache:request:{request}:xml", request_xml(1, 1))
        now = datetime.datetime.now(datetime.timezone.utc)
        store.client.xadd("stream:request:ingest", {
            "requestId": request, "xmlKey": f"cache:request:{request}:xml",
            "submittedAt": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z",
            "deadline": soon.strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z"})
        until(lambda: store.client.exists(f"state:request:{request}"), "it is taken")
        score = store.client.zscore("vn:deadlines", request)
        self.assertAlmostEqual(score, soon.timestamp() * 1000, delta=2)
        node.wait_status(request, "failed")
        self.assertEqual(node.get(f"/valuation/{request}/results").json["detail"]["code"], "request-deadline")

    def test_the_default_is_a_setting_and_the_highest_too(self):
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VN_ROLES="api,orchestrator", VN_REQUESTS_DEADLINE_SECONDS=1,
                           VN_REQUESTS_HIGHEST_DEADLINE_SECONDS=30)
        request = node.post(request_xml(1, 1), sync=False).json["requestId"]
        self.ended_too_late(node, store, request, 1)
        self.assertEqual(node.post(request_xml(1, 1), sync=False, headers={"VN-Deadline": "30"}).status, 202)
        refused = node.post(request_xml(1, 1), sync=False, headers={"VN-Deadline": "30.001"})
        self.assertEqual((refused.status, refused.json["code"]), (400, "bad-deadline"))

    def test_what_is_no_deadline(self):
        for text in ("", "0", "0.000", "-1", "1e3", "1,5", "1.", ".5", "1.2345", "soon", "9999999999", "1 2"):
            with self.subTest(text):
                answer = self.node.post(request_xml(1, 1), headers={"VN-Deadline": text})
                self.assertEqual((answer.status, answer.json["code"]), (400, "bad-deadline"))

    def test_nothing_is_kept_of_a_request_that_ended_in_time(self):
        answer = self.node.post(request_xml(2, 2), headers={"VN-Deadline": "50.5"})
        self.assertEqual(answer.status, 200)
        request = answer.headers["Location"].split("/")[2]
        self.assertIsNone(self.store.client.zscore("vn:deadlines", request))


if __name__ == "__main__":
    unittest.main()
