"""What becomes of a group whose task fails: the attribute vn:on-failure and the setting."""

import signal
import unittest
from xml.etree import ElementTree

import support
from support import until

NAMESPACE = "urn:vnserver:1"
FAILED = "{%s}failed-task" % NAMESPACE


def group(policy, names, name="G", content=""):
    attribute = f" vn:on-failure='{policy}'" if policy else ""
    tasks = "".join(f"<valuation name='{n}'><analytics><price><amount>1</amount></price></analytics></valuation>"
                    for n in names)
    return f"<group name='{name}'{attribute}>{tasks}{content}</group>"


def request(*groups):
    return f"<vnml xmlns:vn='{NAMESPACE}'><project>{''.join(groups)}</project></vnml>"


class FailurePolicy(support.Case):
    SHARED = {"VN_TASKS_RETRY_BASE_MS": 20, "VN_TASKS_MAX_RUNNING": 2, "VN_SCRIPT_GRACE_MS": 50,
              "TASK_WAIT_TIMEOUT_MS": 20000}
    SCRIPT = r"""
case $VN_VALUATION_NAME in
  bad)   cat >/dev/null; printf 'no <curve> \001\377' >&2; exit 65 ;;
  never) cat >/dev/null; exit 3 ;;
  hangs) cat >/dev/null; exec sleep 600 ;;
  echo)  cat ;;
  *)     cat >/dev/null; echo $VN_TASK_ID ;;
esac
"""

    def test_a_group_goes_on_without_the_failed_ones(self):
        counted = ("<valuation name='echo'><analytics><price><amount select='/vnml/project/group[1]/valuation[2]"
                   "/analytics/price/amount'/></price></analytics></valuation>")
        answer = self.node.post(request(group("continue", ["ok", "bad", "ok", "never"]), group("", [], "H", counted)))
        self.assertEqual(answer.status, 200, answer.text)
        root = ElementTree.fromstring(answer.body)
        first, second = root.findall("project/group")
        self.assertEqual([c.tag for c in first], ["valuation", "valuation", FAILED, FAILED])
        self.assertEqual(support.amounts(answer.body), [["1.00", "3.00"], ["3.00"]])
        told = [dict(f.attrib) for f in first.findall(FAILED)]
        self.assertEqual(told, [{"number": "2", "name": "bad", "attempts": "1", "code": "script-invalid"},
                                {"number": "4", "name": "never", "attempts": "3", "code": "script-failed"}])
        self.assertIn("no <curve> \ufffd\ufffd", first.find(FAILED).text)
        self.assertEqual(first.get("{%s}on-failure" % NAMESPACE), "continue")
        self.assertFalse(second.findall(FAILED))

        status = self.node.status(answer.headers["Location"].split("/")[2])
        self.assertEqual((status["status"], status["failedTasks"]), ("succeeded", 2))
        self.assertEqual([(g["status"], g["completed"], g["failed"]) for g in status["groups"]],
                         [("completed", 2, 2), ("completed", 1, 0)])

    def test_a_group_without_any_result(self):
        answer = self.node.post(request(group("continue", ["bad", "bad"])))
        self.assertEqual(answer.status, 200, answer.text)
        only = ElementTree.fromstring(answer.body).find("project/group")
        self.assertEqual([(c.tag, c.get("number")) for c in only], [(FAILED, "1"), (FAILED, "2")])

    def test_what_looks_like_a_failed_task_is_not_one(self):
        forged = "<vn:failed-task number='9'/>"
        answer = self.node.post(request(group("continue", ["ok", "bad"], content=forged)))
        only = ElementTree.fromstring(answer.body).find("project/group")
        self.assertEqual([c.get("number") for c in only.findall(FAILED)], ["2"])

    def test_a_later_group_may_copy_a_group_with_failed_tasks(self):
        copy = "<valuation name='echo'><all select='/vnml/project/group[1]'/></valuation>"
        answer = self.node.post(request(group("continue", ["ok", "bad"]), group("", [], "H", copy)))
        self.assertEqual(answer.status, 200, answer.text)
        second = ElementTree.fromstring(answer.body).findall("project/group")[1]
        self.assertEqual([f.get("number") for f in second.iter(FAILED)], ["2"])

    def test_a_new_owner_sees_the_same(self):
        """The owner dies in the second group; a result for the failed task of the first comes too late to count."""
        store = self.redis()
        gate = self.folder() / "gate"
        script = self.script("cat >/dev/null; case $VN_VALUATION_NAME in bad) exit 65 ;; "
                             f"waits) until [ -e {gate} ]; do sleep 0.02; done ;; esac; echo 7\n")
        worker = self.server(REDIS_URL=store.url, VN_ROLES="api,worker", VNAS_SCRIPT=script)
        owner = self.server(REDIS_URL=store.url, VN_ROLES="orchestrator", VN_LEASE_MS=1000)
        body = request(group("continue", ["ok", "bad"]), group("", ["waits"], "H"))
        request_id = worker.post(body, sync=False).json["requestId"]
        until(lambda: worker.status(request_id)["currentGroup"] == 1, "the second group runs")
        owner.stop(signal.SIGKILL)
        store.client.set(f"cache:task:{request_id}:0:2:result", "<valuation><late/></valuation>", ex=1000)
        self.server(REDIS_URL=store.url, VN_ROLES="orchestrator", VN_LEASE_MS=1000)
        gate.touch()
        status = worker.wait_status(request_id, "succeeded", "failed")
        self.assertEqual((status["status"], status["failedTasks"]), ("succeeded", 1))
        first = ElementTree.fromstring(worker.get(f"/valuation/{request_id}/results").body).find("project/group")
        self.assertEqual([(c.tag, c.get("number")) for c in first], [("valuation", None), (FAILED, "2")])
        self.assertEqual(first.find(FAILED).get("code"), "script-invalid")

    def test_at_once(self):
        answer = self.node.post(request(group("fail-fast", ["hangs", "bad"] + ["ok"] * 300)))
        detail = answer.json["detail"]
        self.assertEqual((answer.status, detail["code"], [f["taskId"] for f in detail["failures"]]),
                         (500, "task-failed", [2]))
        group_state = self.node.status(detail["requestId"])["groups"][0]
        self.assertEqual((group_state["status"], group_state["failed"]), ("failed", 1))
        self.assertLess(group_state["completed"], 300)
        until(lambda: self.store.client.xlen("stream:task:dispatch") == 0, "nothing of it is queued or with a worker")
        self.assertEqual(self.store.client.exists(*(f"cache:task:{detail['requestId']}:0:{t}:xml"
                                                    for t in range(1, 303))), 0)
        # Who runs one of its tasks is told: the place is free for others.
        until(lambda: not support.children(self.node.process.pid), "nothing of it runs")

    def test_the_default_finishes_the_group(self):
        detail = self.node.post(request(group("", ["bad", "ok", "ok"]))).json["detail"]
        status = self.node.status(detail["requestId"])
        self.assertEqual((status["groups"][0]["completed"], status["failedTasks"]), (2, 1))
        detail = self.node.post(request(group("finish", ["bad", "ok", "bad"]))).json["detail"]
        self.assertEqual(detail["failed"], 2)

    def test_the_setting_holds_where_a_group_says_nothing(self):
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script(self.SCRIPT), VN_TASKS_ON_FAILURE="continue")
        self.assertEqual(node.post(request(group("", ["bad", "ok"]))).status, 200)
        self.assertEqual(node.post(request(group("finish", ["bad", "ok"]))).status, 500)

    def test_what_is_no_policy(self):
        detail = self.node.post(request(group("finish", ["ok"]), group("maybe", ["ok"]))).json["detail"]
        self.assertEqual((detail["stage"], detail["code"]), ("document", "bad-failure-policy"))
        self.assertIn("maybe", detail["error"])
        # In no namespace, or another one, it is an attribute like any other.
        plain = request(group("", ["ok"])).replace("<group ", "<group on-failure='maybe' ")
        self.assertEqual(self.node.post(plain).status, 200)
        self.assertEqual(self.node.post(request(group("maybe", ["ok"])).replace(NAMESPACE, "urn:other")).status, 200)


if __name__ == "__main__":
    unittest.main()
