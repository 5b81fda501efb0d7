"""Tasks and groups that fail: what is tried again, what is not, and what is told about it."""

import json
import unittest

import support
from support import request_xml, until

# What it does is in the attribute `name` of the valuation.
BY_NAME = r"""
case $VN_VALUATION_NAME in
  ok)       cat >/dev/null; echo 7 ;;
  fails)    cat >/dev/null; echo "no curve for $VN_TASK_ID" >&2; exit 3 ;;
  invalid)  cat >/dev/null; echo "never" >&2; exit 65 ;;
  killed)   kill -9 $$ ;;
  hangs)    cat >/dev/null; trap '' TERM; while :; do sleep 0.05; done ;;
  words)    cat >/dev/null; echo "about seven" ;;
  negative) cat >/dev/null; echo -7 ;;
  nothing)  cat >/dev/null ;;
  broken)   cat >/dev/null; echo '<valuation><price></valuation>' ;;
  other)    cat >/dev/null; echo '<something/>' ;;
  entity)   cat >/dev/null; echo '<!DOCTYPE a [<!ENTITY x "y">]><valuation>&x;</valuation>' ;;
  flood)    cat >/dev/null; yes 7 ;;
  deaf)     echo 7 ;;
  second)   cat >/dev/null; [ $VN_ATTEMPT -ge 2 ] || exit 1; echo $VN_ATTEMPT ;;
  third)    cat >/dev/null; [ $VN_TASK_ID != 3 ] || { echo "task 3" >&2; exit 4; }; echo 7 ;;
  whole)    cat ;;
  loud)     cat >/dev/null; i=0; while [ $i -lt 2000 ]; do echo "0123456789" >&2; i=$((i+1)); done; exit 1 ;;
esac
"""


class Failures(support.Case):
    SHARED = {"VN_TASKS_RETRY_BASE_MS": 20, "VN_TASKS_RETRY_CAP_MS": 100,
              "VN_SCRIPT_GRACE_MS": 50, "VN_SCRIPT_OUTPUT_BYTES": "400kb"}
    SCRIPT = BY_NAME

    def fail(self, body):
        """The failure of the request."""
        answer = self.node.post(body)
        self.assertEqual((answer.status, answer.json["message"]), (500, "Processing failed"), answer.text[:500])
        return answer.json["detail"]

    def test_a_failure_is_known_without_a_look_at_what_redis_keeps(self):
        node = self.server(VN_NODE_SWEEP_MS=3_600_000, VNAS_SCRIPT=self.script(BY_NAME))
        self.assertEqual(node.post(request_xml(1, 3, "invalid")).status, 500)
        self.assertEqual(node.post(request_xml(2, 3, "second")).status, 200)

    def test_the_others_of_the_group_finish_and_are_recorded(self):
        detail = self.fail(request_xml(2, 5, "third"))
        wanted = {"group": 0, "stage": "tasks", "code": "task-failed"}
        self.assertEqual({k: detail.get(k) for k in wanted}, wanted)
        self.assertEqual(len(detail["failures"]), 1)
        one = detail["failures"][0]
        self.assertEqual((one["taskId"], one["groupIdx"], one["attempt"], one["code"]), (3, 0, 3, "script-failed"))
        self.assertIn("task 3", one["error"])
        self.assertIn("4", one["error"])
        self.assertRegex(one["at"], r"^\d{4}-\d\d-\d\dT")

        request, redis = detail["requestId"], self.store.client
        status = self.node.status(request)
        self.assertEqual(status["status"], "failed")
        self.assertEqual(status["groups"], [{"index": 0, "name": "G0", "status": "failed", "expected": 5,
                                             "completed": 4, "failed": 1}])
        self.assertEqual([redis.exists(f"cache:task:{request}:0:{t}:result") for t in range(1, 6)], [1, 1, 0, 1, 1])
        updates = [(e["taskId"], e["attempt"], e["status"]) for _, e in redis.xrange("stream:task:updates")
                   if e["requestId"] == request]
        self.assertEqual(sorted(updates), sorted([("1", "1", "completed"), ("2", "1", "completed"),
                                                  ("4", "1", "completed"), ("5", "1", "completed"),
                                                  ("3", "1", "failed"), ("3", "2", "failed"), ("3", "3", "failed")]))
        results = self.node.get(f"/valuation/{request}/results")
        self.assertEqual((results.status, results.json["detail"]), (422, detail))
        self.assertEqual(json.loads(redis.get(f"cache:request:{request}:failure")), detail)
        state = redis.hgetall(f"state:request:{request}")
        self.assertEqual(state["failureAt"], state["completedAt"])
        self.assertFalse(redis.xrange("stream:task:dispatch"))
        self.assertFalse(redis.xrange("stream:request:ingest"))

    def test_a_task_that_works_at_the_second_attempt_counts(self):
        answer = self.node.post(request_xml(1, 3, "second"))
        self.assertEqual(support.amounts(answer.body), [["2.00"] * 3])

    def test_between_attempts_there_is_a_pause_that_grows(self):
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VNAS_SCRIPT=self.script(BY_NAME), VN_TASKS_RETRY_BASE_MS=400,
                           VN_TASKS_RETRY_CAP_MS=10000)
        node.post(request_xml(1, 1, "fails"))
        times = [int(entry.split("-")[0]) for entry, _ in store.client.xrange("stream:task:updates")]
        self.assertEqual(len(times), 3)
        # Pauses are spread by chance between half of their length and all of it.
        self.assertGreaterEqual(times[1] - times[0], 200)
        self.assertGreaterEqual(times[2] - times[1], 400)

    def test_what_is_tried_again_and_what_not(self):
        for name, code, attempts in (("fails", "script-failed", 3), ("invalid", "script-invalid", 1),
                                     ("killed", "script-signal", 3), ("words", "output-malformed", 3),
                                     ("negative", "output-malformed", 3), ("nothing", "output-empty", 3),
                                     ("broken", "output-malformed", 3), ("other", "output-not-a-result", 3),
                                     ("entity", "output-malformed", 3), ("flood", "script-output-too-large", 3)):
            with self.subTest(name):
                one = self.fail(request_xml(1, 1, name))["failures"][0]
                self.assertEqual(one["code"], code)
                self.assertEqual(one["attempt"], attempts)

    def test_a_script_that_ignores_the_deadline_is_ended(self):
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script(BY_NAME), TASK_WAIT_TIMEOUT_MS=200,
                           VN_SCRIPT_GRACE_MS=50, MAX_TASK_RETRIES=2, VN_TASKS_RETRY_BASE_MS=10)
        answer = node.post(request_xml(1, 2, "hangs"))
        self.assertEqual([(f["code"], f["attempt"]) for f in answer.json["detail"]["failures"]],
                         [("task-deadline", 2)] * 2)
        until(lambda: not support.children(node.process.pid), "no script is left")

    def test_a_script_may_ignore_its_input_and_return_a_whole_document(self):
        large = "<note>" + "x" * 300_000 + "</note>"  # more than a pipe holds
        self.assertEqual(support.amounts(self.node.post(request_xml(1, 2, "deaf", large)).body), [["7.00"] * 2])
        self.assertEqual(support.amounts(self.node.post(request_xml(1, 2, "whole", large)).body), [["1"] * 2])

    def test_of_what_a_script_complains_four_kilobytes_are_kept(self):
        one = self.fail(request_xml(1, 1, "loud"))["failures"][0]
        self.assertIn("0123456789", one["error"])
        self.assertLessEqual(len(one["error"]), 4096 + 100)

    def test_a_group_that_cannot_be_hydrated_fails_after_those_before_it_ran(self):
        body = ("<vnml><project><group name='a'><valuation name='ok'><analytics><price><amount>1</amount></price>"
                "</analytics></valuation></group><group name='b'><valuation name='ok'>"
                "<x select='/vnml/project/group[1]/valuation/none'/></valuation></group></project></vnml>")
        detail = self.fail(body)
        self.assertEqual((detail["group"], detail["stage"], detail["failures"]), (1, "hydration", []))
        self.assertIn("resolved to 0 elements; expected exactly one.", detail["error"])
        status = self.node.status(detail["requestId"])
        self.assertEqual([(g["name"], g["status"]) for g in status["groups"]], [("a", "completed")])
        events = [e["status"] for _, e in self.store.client.xrange("stream:request:lifecycle")
                  if e["requestId"] == detail["requestId"]]
        self.assertEqual(events, ["received", "started", "group_started", "group_completed", "failed"])

    def test_a_failure_costs_only_its_own_request(self):
        names = ["ok", "fails", "ok", "invalid", "ok", "killed", "ok"]
        ids = [self.node.post(request_xml(2, 4, name), sync=False).json["requestId"] for name in names]
        ended = [self.node.wait_status(i, "succeeded", "failed")["status"] for i in ids]
        self.assertEqual(ended, ["succeeded" if name == "ok" else "failed" for name in names])

    def test_a_request_that_takes_too_long_in_all_fails(self):
        gate = self.folder() / "never"
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script(support.waits_for(gate)),
                           VN_REQUESTS_DEADLINE_SECONDS=1, VN_SCRIPT_GRACE_MS=50, VN_NODE_SHUTDOWN_GRACE_MS=100)
        answer = node.post(request_xml(1, 2))
        self.assertEqual((answer.status, answer.json["detail"]["code"]), (500, "request-deadline"))

    def test_a_script_that_is_missing_fails_the_task_not_the_server(self):
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT="/nowhere/script", VN_TASKS_RETRY_BASE_MS=1)
        detail = node.post(request_xml(1, 1)).json["detail"]
        self.assertEqual(detail["failures"][0]["code"], "script-not-startable")
        self.assertEqual(node.get("/readyz").status, 200)


if __name__ == "__main__":
    unittest.main()
