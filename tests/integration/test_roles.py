"""Nodes with some of the roles, beside workers and submitters that know nothing but the Redis contract."""

import json
import unittest

import support
import wire
from support import BY_THE_RULE, amounts, new_id, request_xml, until

QUICK = {"VN_LEASE_MS": 1000, "VN_NODE_SWEEP_MS": 200, "VN_TASKS_RETRY_BASE_MS": 20, "VN_NODE_CLEAN_UP_SECONDS": 1}


class ForeignWorkers(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.node = self.start()

    def start(self, **settings):
        return self.server(REDIS_URL=self.store.url, VN_ROLES="api,orchestrator", **QUICK, **settings)

    def worker(self, do, name="worker-7"):
        started = wire.Worker(self.store, do, name)
        self.addCleanup(started.close)
        return started

    def test_a_worker_that_knows_only_the_contract_values_the_tasks(self):
        worker = self.worker(wire.values)
        answer = self.node.post(request_xml(2, 5))
        self.assertEqual(answer.status, 200, answer.text[:500])
        self.assertEqual(amounts(answer.body), [["42.00"] * 5] * 2)
        self.assertEqual(len(worker.seen), 10)
        for fields in worker.seen:
            request, g, t = fields["requestId"], fields["groupIdx"], fields["taskId"]
            self.assertEqual(fields["payloadKey"], f"cache:task:{request}:{g}:{t}:xml")
            self.assertEqual(fields["resultKey"], f"cache:task:{request}:{g}:{t}:result")
            self.assertEqual((fields["attempt"], fields["groupName"], fields["groupIndex"], fields["valuationName"]),
                             ("1", f"G{g}", g, "loan"))
        until(lambda: wire.nothing_read(self.store), "the entries it left are deleted")
        until(lambda: all(self.store.client.ttl(k) > 0 for k in self.store.client.scan_iter("cache:*")),
              "what it wrote without TTL gets one")

    def test_its_failures_are_tried_again_and_told(self):
        worker = self.worker(wire.fails)
        answer = self.node.post(request_xml(1, 2))
        self.assertEqual(answer.status, 500)
        detail = answer.json["detail"]
        self.assertEqual([(f["taskId"], f["attempt"], f["error"]) for f in detail["failures"]],
                         [(1, 3, "the curve is missing"), (2, 3, "the curve is missing")])
        self.assertEqual(sorted((f["taskId"], f["attempt"]) for f in worker.seen),
                         [(t, a) for t in "12" for a in "123"])
        # It is ours, not the worker's.
        self.assertEqual(json.loads(self.store.client.get(f"cache:request:{detail['requestId']}:failure")), detail)

    def test_a_task_that_was_acknowledged_and_forgotten_is_sent_again(self):
        lazy = self.worker(lambda w, e, f: (wire.values if len(w.seen) > 3 else wire.acknowledges_and_forgets)(w, e, f))
        answer = self.node.post(request_xml(1, 3))
        self.assertEqual((answer.status, amounts(answer.body)), (200, [["42.00"] * 3]))
        self.assertGreater(len(lazy.seen), 3)

    def test_a_task_whose_worker_died_is_sent_again(self):
        self.node.stop()
        self.node = self.start(TASK_WAIT_TIMEOUT_MS=2000)
        dead = self.worker(lambda worker, entry, fields: worker.stopping.set(), "worker-dead")
        request = self.node.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: dead.seen, "it took a task")
        self.worker(wire.values)
        self.node.wait_status(request, "succeeded")
        until(lambda: self.store.client.xpending(wire.DISPATCH, "task-workers")["pending"] == 0, "nobody has a task")

    def test_results_in_other_forms_and_words_count(self):
        forms = {"1": "<?xml version='1.0'?><vnml><project><group><valuation name='bond'><analytics><price>"
                      "<amount>9</amount></price></analytics></valuation></group></project></vnml>",
                 "2": "<job><task><results><vnml><project><group><valuation name='bond'><analytics><price>"
                      "<amount>9</amount></price></analytics></valuation></group></project></vnml></results></task></job>",
                 "3": "<valuation name='bond'><analytics><price><amount>9</amount></price></analytics></valuation>"}

        def other(worker, entry, f):
            worker.client.set(f["resultKey"], forms[f["taskId"]])
            worker.client.xadd(wire.UPDATES, {"requestId": f["requestId"], "groupIndex": f["groupIdx"],
                                              "taskId": f["taskId"], "status": "succeeded", "attempts": "1"})
            worker.acknowledge(entry)
        self.worker(other)
        self.assertEqual(amounts(self.node.post(request_xml(1, 3)).body), [["9"] * 3])

    def test_a_result_that_is_none_is_rejected_and_the_task_sent_again(self):
        def careless(worker, entry, f):
            if f["attempt"] == "1":
                worker.client.set(f["resultKey"], "<broken")
                worker.tell(f, "completed")
                worker.acknowledge(entry)
            else:
                wire.values(worker, entry, f)
        worker = self.worker(careless)
        self.assertEqual(amounts(self.node.post(request_xml(1, 2)).body), [["42.00"] * 2])
        self.assertIn("2", {f["attempt"] for f in worker.seen})

    def test_updates_that_make_no_sense_change_nothing(self):
        request = self.node.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: self.store.client.xlen(wire.DISPATCH) == 2, "the tasks are sent")
        add = {"requestId": request, "groupIdx": "0", "taskId": "1", "status": "completed"}
        for odd in ({"taskId": "99"}, {"taskId": "0"}, {"taskId": "-1"}, {"taskId": "x"}, {"groupIdx": "7"},
                    {"groupIdx": ""}, {"requestId": new_id()}, {"status": "great"}, {"status": "failed", "taskId": "3"},
                    {"taskId": "1" * 40}, {}):
            self.store.client.xadd(wire.UPDATES, {**add, **odd})
        self.store.client.xadd(wire.UPDATES, {"nothing": "known"})
        self.assertEqual(self.node.status(request)["status"], "running")
        self.worker(wire.values)
        self.node.wait_status(request, "succeeded")
        self.assertEqual(self.node.status(request)["groups"][0]["completed"], 2)


class ForeignSubmitters(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.node = self.server(REDIS_URL=self.store.url, VN_ROLES="orchestrator,worker", ENABLE_HTTP="false",
                                VNAS_SCRIPT=self.script(BY_THE_RULE), VN_REQUESTS_PAYLOAD_WAIT_MS=8000,
                                **{**QUICK, "VN_LEASE_MS": 30_000})

    def status(self, request):
        return self.store.client.hget(f"state:request:{request}", "status")

    def wait(self, request, status):
        until(lambda: self.status(request) == status, f"{request} is {status}")

    def events(self, request):
        return [e["status"] for _, e in self.store.client.xrange("stream:request:lifecycle")
                if e["requestId"] == request]

    def test_a_submitter_that_knows_only_the_contract_gets_its_response(self):
        request, redis = new_id(), self.store.client
        redis.hset(f"cache:request:{request}:metadata", mapping={"x-user-id": "bob"})
        wire.submit(redis, request, request_xml(2, 3), groupCount="9", something="else",
                    metadataKey=f"cache:request:{request}:metadata")
        self.wait(request, "succeeded")
        self.assertEqual(amounts(redis.get(f"cache:request:{request}:response")),
                         [["101.00", "102.00", "103.00"], ["201.00", "202.00", "203.00"]])
        state = redis.hgetall(f"state:request:{request}")
        self.assertEqual((state["username"], state["groupCount"]), ("bob", "2"))
        self.assertEqual(self.events(request), ["received", "started", "group_started", "group_completed",
                                                "group_started", "group_completed", "succeeded"])
        for key in redis.scan_iter(f"*{request}*"):
            self.assertGreater(redis.ttl(key), 0, key)

    def test_the_time_of_a_request_counts_from_its_submission(self):
        request = new_id()
        wire.submit(self.store.client, request, request_xml(1, 1), createdAt="2020-01-01T00:00:00.000Z")
        self.wait(request, "failed")
        failure = json.loads(self.store.client.get(f"cache:request:{request}:failure"))
        self.assertEqual(failure["code"], "request-deadline")

    def test_a_payload_may_appear_late_but_not_never(self):
        late, never, body = new_id(), new_id(), request_xml(1, 1)
        wire.submit(self.store.client, late, body, payload=False)
        wire.submit(self.store.client, never, body, payload=False)
        until(lambda: self.status(late), "it is received")
        self.store.client.set(f"cache:request:{late}:xml", body)
        self.wait(late, "succeeded")
        self.wait(never, "failed")
        self.assertEqual(self.events(never)[-1], "failed")
        failure = json.loads(self.store.client.get(f"cache:request:{never}:failure"))
        self.assertEqual(failure["code"], "payload-missing")
        dead = [e for _, e in until(lambda: self.store.client.xrange("stream:request:dead"), "it is parked")]
        self.assertEqual([(e["requestId"], e["reason"], e["deliveries"]) for e in dead],
                         [(never, "payload-missing", "1")])
        until(lambda: self.store.client.xlen(wire.INGEST) == 0, "their entries are gone")

    def test_bad_entries_are_parked_with_a_reason_and_block_nothing(self):
        redis, good = self.store.client, new_id()
        key = f"cache:request:{good}:xml"
        bad = ({"hello": "world"}, {"requestId": "1", "xmlKey": key}, {"requestId": new_id()},
               {"requestId": new_id(), "xmlKey": "state:request:x"}, {"requestId": "", "xmlKey": ""},
               {"requestId": new_id(), "xmlKey": key, "responseKey": "stream:request:ingest"})
        for fields in bad:
            redis.xadd(wire.INGEST, fields)
        wire.submit(redis, good, request_xml(1, 1))
        self.wait(good, "succeeded")
        dead = until(lambda: (d := redis.xrange("stream:request:dead")) and len(d) == len(bad) and d, "all are parked")
        for (_, fields), original in zip(dead, bad):
            self.assertEqual({k: fields[k] for k in original}, original)
            self.assertTrue(fields["reason"])
            self.assertEqual(fields["deliveries"], "1")
            self.assertLessEqual({"at", "node"}, fields.keys())
        until(lambda: redis.xlen(wire.INGEST) == 0, "their entries are gone")

    def test_the_same_request_twice_runs_once(self):
        request, redis = new_id(), self.store.client
        for _ in range(3):
            wire.submit(redis, request, request_xml(1, 5))
        self.wait(request, "succeeded")
        until(lambda: redis.xlen(wire.INGEST) == 0, "the other entries are gone")
        self.assertEqual(self.events(request).count("received"), 1)
        self.assertEqual(self.events(request).count("succeeded"), 1)
        wire.submit(redis, request, request_xml(1, 5))
        until(lambda: redis.xlen(wire.INGEST) == 0, "an entry for what has ended is gone")
        self.assertEqual(self.events(request).count("started"), 1)

    def test_a_document_that_is_none_fails_its_request(self):
        for body in ("<vnml>", "", b"\xff\xfe\x00", "<!DOCTYPE a><a/>"):
            request = new_id()
            wire.submit(self.store.client, request, body)
            self.wait(request, "failed")
            self.assertEqual(self.events(request), ["received", "failed"])


if __name__ == "__main__":
    unittest.main()
