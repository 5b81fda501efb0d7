"""What clients see of a request: answers, status, results, and what WIRE's keys and streams say meanwhile."""

import time
import unittest
from xml.etree import ElementTree

import support
from support import BY_THE_RULE, amounts, new_id, request_xml, until


def linked_request():
    """Documents by href, two groups of 100 tasks, the second made by vn:link over the results of the first."""
    first = "".join(f"<valuation name='bond-{n}' href='file:bond.xml'><analytics><price><amount>1</amount></price>"
                    "</analytics></valuation>" for n in range(100))
    return ("<vnml><project><market name='M' href='file:market.xml'/><model name='m'/>"
            f"<group name='bonds'>{first}</group>"
            "<group name='linked'><valuation name='sum' use='vn:link(/vnml/project/group[1], valuation)'>"
            "<before select='./analytics/price/amount'/><market select='/vnml/project/market'/>"
            "<analytics><price><amount>1</amount></price></analytics></valuation></group></project></vnml>")


class Requests(support.Case):
    @classmethod
    def setUpClass(cls):
        root = support.new_folder(cls.addClassCleanup)
        (root / "market.xml").write_text("<vnml><project><market name='M'><rate>0.02</rate></market></project></vnml>")
        (root / "bond.xml").write_text("<vnml><project><group><valuation><coupon>5</coupon></valuation></group>"
                                       "</project></vnml>")
        cls.SHARED = {"VN_FILES_ROOTS": root}
        cls.SCRIPT = BY_THE_RULE
        super().setUpClass()

    def async_results(self, body):
        accepted = self.node.post(body, sync=False)
        self.assertEqual(accepted.status, 202)
        self.assertEqual(accepted.json["status"], "accepted")
        self.assertEqual(accepted.headers["Location"], f"/valuation/{accepted.json['requestId']}/status")
        self.node.wait_status(accepted.json["requestId"], "succeeded")
        results = self.node.get(f"/valuation/{accepted.json['requestId']}/results")
        self.assertEqual(results.status, 200)
        self.assertEqual(results.headers["Content-Type"].split(";")[0], "application/xml")
        return results.body

    def test_files_links_and_two_hundred_tasks_come_back_in_order(self):
        answer = self.node.post(linked_request())
        self.assertEqual(answer.status, 200, answer.body[:500])
        want = [f"{100 + n}.00" for n in range(1, 101)]
        self.assertEqual(amounts(answer.body), [want, [f"{200 + n}.00" for n in range(1, 101)]])
        root = ElementTree.fromstring(answer.body)
        self.assertEqual([v.findtext("before/amount") or v.findtext("amount") or v.findtext("before")
                          for v in root.findall("project/group[2]/valuation")], want)
        self.assertEqual({v.findtext("coupon") for v in root.findall("project/group[1]/valuation")}, {"5"})
        self.assertEqual({v.findtext("market/rate") for v in root.findall("project/group[2]/valuation")}, {"0.02"})

    def test_sync_and_async_give_the_same(self):
        for body in (linked_request(), (support.CASES / "shipped-request/request.xml").read_bytes()):
            self.assertEqual(self.node.post(body).body, self.async_results(body))

    def test_results_keep_the_order_of_the_request_whatever_order_they_came_in(self):
        gates = self.folder()
        script = self.script(f"cat >/dev/null; until [ -e {gates}/$VN_TASK_ID ]; do sleep 0.02; done; "
                             "echo $((VN_TASK_ID)).5\n")
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=script)
        accepted = node.post(request_xml(1, 4), sync=False).json["requestId"]
        for count, task in enumerate((4, 2, 3, 1), start=1):
            (gates / str(task)).touch()
            until(lambda: (s := node.status(accepted))["status"] == "succeeded" or
                  (s["groups"] and s["groups"][0]["completed"] >= count), f"{count} tasks are counted")
        node.wait_status(accepted, "succeeded")
        self.assertEqual(amounts(node.get(f"/valuation/{accepted}/results").body), [["1.50", "2.50", "3.50", "4.50"]])

    def test_the_second_group_starts_after_all_of_the_first(self):
        gate = self.folder() / "open"
        script = self.script(f"cat >/dev/null; if [ $VN_GROUP_INDEX-$VN_TASK_ID = 0-3 ]; then "
                             f"until [ -e {gate} ]; do sleep 0.02; done; fi; echo 7\n")
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VNAS_SCRIPT=script)
        accepted = node.post(request_xml(2, 3), sync=False).json["requestId"]
        status = until(lambda: (s := node.status(accepted))["groups"] and s["groups"][0]["completed"] == 2 and s,
                       "two of three are counted")
        self.assertEqual((status["status"], status["currentGroup"], status["groupCount"]), ("running", 0, 2))
        self.assertEqual(status["groups"], [{"index": 0, "name": "G0", "status": "running", "expected": 3,
                                             "completed": 2, "failed": 0}])
        self.assertFalse(store.client.exists(f"state:request:{accepted}:group:1"))

        running = node.get(f"/valuation/{accepted}/results")
        self.assertEqual((running.status, running.json["message"], running.json["status"]),
                         (404, "Result not yet available", "running"))
        gate.touch()
        done = node.wait_status(accepted, "succeeded")
        self.assertEqual([(g["name"], g["status"], g["completed"]) for g in done["groups"]],
                         [("G0", "completed", 3), ("G1", "completed", 3)])
        self.assertLessEqual(done["receivedAt"], done["startedAt"])
        self.assertLessEqual(done["startedAt"], done["completedAt"])

    def test_state_events_and_group_hashes_are_those_of_the_contract(self):
        accepted = self.node.post(request_xml(2, 3), sync=False,
                                  headers={"X-Desk": "rates", "X-User-Id": "ann", "X-Api-Key": "secret"})
        request = accepted.json["requestId"]
        self.node.wait_status(request, "succeeded")
        redis = self.store.client
        state = redis.hgetall(f"state:request:{request}")
        wanted = {"status": "succeeded", "xmlKey": f"cache:request:{request}:xml", "currentGroup": "1",
                  "responseKey": f"cache:request:{request}:response", "groupCount": "2", "retryCount": "0",
                  "metadataKey": f"cache:request:{request}:metadata", "username": "ann"}
        self.assertEqual({k: state.get(k) for k in wanted}, wanted)
        for field in ("submittedAt", "receivedAt", "startedAt", "completedAt"):
            self.assertRegex(state[field], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        metadata = redis.hgetall(state["metadataKey"])
        self.assertEqual(metadata, {"x-desk": "rates", "x-user-id": "ann"})
        group = redis.hgetall(f"state:request:{request}:group:1")
        wanted = {"name": "G1", "expected": "3", "completed": "3", "failed": "0", "status": "completed"}
        self.assertEqual({k: group.get(k) for k in wanted}, wanted)

        events = [e for _, e in redis.xrange("stream:request:lifecycle") if e["requestId"] == request]
        self.assertEqual([(e["status"], e.get("group")) for e in events],
                         [("received", None), ("started", None), ("group_started", "0"), ("group_completed", "0"),
                          ("group_started", "1"), ("group_completed", "1"), ("succeeded", None)])
        self.assertEqual([e.get("groupIndex") for e in events], [e.get("group") for e in events])
        self.assertEqual([e.get("groupCount") for e in events[:2]], ["2", "2"])
        self.assertEqual(events[-1]["responseKey"], state["responseKey"])
        updates = [e for _, e in redis.xrange("stream:task:updates") if e["requestId"] == request]
        self.assertEqual(sorted((e["groupIdx"], e["taskId"]) for e in updates),
                         [(g, t) for g in "01" for t in "123"])
        for e in updates:
            self.assertEqual((e["status"], e["attempt"], e["valuationName"], e["groupName"]),
                             ("completed", "1", "loan", f"G{e['groupIdx']}"))
            self.assertEqual(e["resultKey"], f"cache:task:{request}:{e['groupIdx']}:{e['taskId']}:result")

    def test_what_is_not_known_is_not_found(self):
        for name in (new_id(), "nonsense", "..%2f..", "%00"):
            for what in ("status", "results"):
                with self.subTest(name=name, what=what):
                    answer = self.node.get(f"/valuation/{name}/{what}")
                    self.assertIn(answer.status, (404, 400) if "%" in name else (404,))

    def test_requests_without_work_succeed(self):
        for body in ("<vnml><project/></vnml>", "<vnml><project><group name='g'/></project></vnml>",
                     request_xml(20, 0), "<vnml><project/><project><group/></project></vnml>"):
            with self.subTest(body[:60]):
                answer = self.node.post(body)
                self.assertEqual(answer.status, 200, answer.body[:300])
                self.assertEqual(ElementTree.fromstring(answer.body).tag, "vnml")

    def test_many_groups_run_one_after_the_other(self):
        answer = self.node.post(request_xml(40, 1))
        self.assertEqual(amounts(answer.body), [[f"{100 * (g + 1) + 1}.00"] for g in range(40)])

    def test_a_result_that_has_expired_is_gone_and_later_unknown(self):
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script(BY_THE_RULE), REQUEST_TTL_SECONDS=1)
        request = node.post(request_xml(1, 1)).headers["Location"].split("/")[2]
        began = time.monotonic()
        path = f"/valuation/{request}/results"
        gone = until(lambda: (a := node.get(path)).status != 200 and a, "the result expires")
        self.assertEqual((gone.status, gone.json["code"]), (410, "result-expired"))
        until(lambda: node.get(path).status == 404, "the state expires")
        self.assertGreater(time.monotonic() - began, 1)


if __name__ == "__main__":
    unittest.main()
