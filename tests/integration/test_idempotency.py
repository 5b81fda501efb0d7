"""Idempotency-Key: one request for each key and body, whatever the timing (R30)."""

import concurrent.futures
import random
import signal
import threading
import unittest

import support
from support import BY_THE_RULE, amounts, request_xml, until

BODY = request_xml(1, 2)
RULE = [["101.00", "102.00"]]


class Idempotency(support.Case):
    def setUp(self):
        self.store = self.redis()

    def start(self, script=BY_THE_RULE, **settings):
        return self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(script),
                           **{"VN_LEASE_MS": 500, "VN_NODE_SWEEP_MS": 200, **settings})

    def received(self):
        """Ids of all requests that were ever taken in."""
        return [e["requestId"] for _, e in self.store.client.xrange("stream:request:lifecycle")
                if e["status"] == "received"]

    def test_a_key_may_be_bare_or_in_quotes(self):
        node = self.start()
        longest = "k" * 255
        for key in (longest, "a,b;c='d'", "0"):
            ids = {node.post(BODY, sync=False, headers={"Idempotency-Key": form}).json["requestId"]
                   for form in (key, f'"{key}"', f"  {key} ")}
            self.assertEqual(len(ids), 1, key)

    def test_bad_keys_are_refused_and_nothing_is_taken_in(self):
        node = self.start(VN_ROLES="api")
        for key in ("", '""', "k" * 256, "two words", "\u00e4".encode("latin-1").decode("latin-1"), '"', 'a"b'):
            answer = node.post(BODY, sync=False, headers={"Idempotency-Key": key})
            self.assertEqual((answer.status, answer.json["code"]), (400, "bad-idempotency-key"), key)
        self.assertEqual(self.received(), [])

    def test_a_document_that_is_refused_uses_no_key_up(self):
        node = self.start()
        self.assertEqual(node.post("<a>", headers={"Idempotency-Key": "k"}).status, 400)
        self.assertEqual(node.post(BODY, headers={"Idempotency-Key": "k"}).status, 200)

    def test_a_hundred_at_once_are_one_request(self):
        nodes = [self.start(VN_ROLES="api"), self.start(VN_ROLES="api")]
        self.start(VN_ROLES="orchestrator,worker")
        # Beside one that travels with its script, one that is stored before.
        for key, body in (("small", BODY), ("large", request_xml(1, 2, extra="<x>" + "y" * 100_000 + "</x>"))):
            for sync in (False, True):
                with self.subTest(key=key, sync=sync), concurrent.futures.ThreadPoolExecutor(100) as pool:
                    answers = list(pool.map(
                        lambda n: nodes[n % 2].post(body, sync=sync, headers={"Idempotency-Key": f"{key}{sync}"}),
                        range(100)))
                    self.assertEqual({a.status for a in answers}, {200 if sync else 202})
                    self.assertEqual(len({a.headers["Location"] for a in answers}), 1)
                    self.assertEqual(sum(a.headers["Idempotent-Replayed"] == "true" for a in answers), 99)
                    if sync:
                        self.assertEqual([amounts(a.body) for a in answers], [RULE] * 100)
        self.assertEqual(len(self.received()), 4)
        payloads = until(lambda: len(p := list(self.store.client.scan_iter("cache:request:*:xml"))) == 4 and p,
                         "nothing is kept of the others")
        self.assertEqual(len(payloads), 4)

    def test_each_call_is_answered_as_it_asked(self):
        gate = self.folder() / "open"
        node = self.start(support.waits_for(gate))
        first = node.post(BODY, sync=False, headers={"Idempotency-Key": "k"})
        self.assertEqual((first.status, first.headers["Idempotent-Replayed"]), (202, None))
        again = node.post(BODY, sync=False, headers={"Idempotency-Key": "k"})
        self.assertEqual((again.status, again.headers["Idempotent-Replayed"], again.json),
                         (202, "true", first.json))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(node.post, BODY, headers={"Idempotency-Key": "k"})
            self.assertRaises(concurrent.futures.TimeoutError, waiting.result, 0.2)
            gate.touch()
            done = waiting.result(support.BOUND)
        self.assertEqual((done.status, done.headers["Idempotent-Replayed"]), (200, "true"))
        other = node.post(request_xml(1, 3), headers={"Idempotency-Key": "k"})
        self.assertEqual((other.status, other.json["code"]), (422, "idempotency-mismatch"))
        # The bytes count, not what they mean.
        self.assertEqual(node.post(BODY + "\n", headers={"Idempotency-Key": "k"}).status, 422)
        self.assertEqual(len(self.received()), 1)

    def test_a_server_that_is_killed_leaves_one_request(self):
        """Killed anywhere between the call and its answer; the client repeats it at the next server."""
        rounds, seed = 12, random.randrange(2**32)
        print(f"\nseed {seed}", flush=True)
        chance = random.Random(seed)
        keeper = self.start(VN_ROLES="orchestrator,worker")
        clock, told = threading.Event(), 0
        for n in range(rounds):
            key = {"Idempotency-Key": f"round-{n}"}
            front = self.start(VN_ROLES="api")
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                lost = pool.submit(self.call, front, key)
                clock.wait(chance.uniform(0, 0.02))
                front.stop(signal.SIGKILL)
                first = lost.result(support.BOUND)
            again = self.call(self.start(VN_ROLES="api"), key)
            self.assertEqual((again.status, amounts(again.body)), (200, RULE))
            if first is not None and first.status == 200:
                told += 1
                self.assertEqual(again.headers["Location"], first.headers["Location"])
            self.assertEqual(len(self.received()), n + 1)
        print(f"{told} of {rounds} were answered before the kill", flush=True)
        self.assertEqual(keeper.get("/readyz").status, 200)

    def call(self, node, key):
        try:
            return node.post(BODY, headers=key)
        except OSError:
            return None
        except support.http.client.HTTPException:
            return None

    def test_a_server_that_is_killed_while_the_client_waits(self):
        gate = self.folder() / "open"
        front = self.start(VN_ROLES="api")
        self.start(support.waits_for(gate), VN_ROLES="orchestrator,worker")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            lost = pool.submit(self.call, front, {"Idempotency-Key": "k"})
            until(self.received, "it is taken in")
            front.stop(signal.SIGKILL)
            self.assertIsNone(lost.result(support.BOUND))
        gate.touch()
        again = self.call(self.start(VN_ROLES="api"), {"Idempotency-Key": "k"})
        self.assertEqual((again.status, again.headers["Idempotent-Replayed"]), (200, "true"))
        self.assertEqual(len(self.received()), 1)

    def test_a_key_lives_from_the_submission_until_a_time_after_the_end(self):
        gate = self.folder() / "open"
        node = self.start(support.waits_for(gate), VN_REQUESTS_IDEMPOTENCY_TTL_SECONDS=1)
        key = "request:idempotency:k"
        first = node.post(BODY, sync=False, headers={"Idempotency-Key": "k"}).json["requestId"]
        # As long as it may run, and its state is kept: longer than what is set for after the end.
        self.assertGreater(self.store.client.ttl(key), 2 * 86_400)
        gate.touch()
        node.wait_status(first, "succeeded")
        self.assertLessEqual(self.store.client.ttl(key), 1)
        until(lambda: not self.store.client.exists(key), "the key has expired")
        second = node.post(BODY, headers={"Idempotency-Key": "k"})
        self.assertEqual((second.status, second.headers["Idempotent-Replayed"]), (200, None))
        self.assertNotIn(first, second.headers["Location"])

    def test_a_key_lives_as_long_as_the_state_by_default(self):
        node = self.start()
        for sync in (True, False):
            request = node.post(BODY, headers={"Idempotency-Key": str(sync)}, sync=sync).headers["Location"].split("/")[2]
            node.wait_status(request, "succeeded")
            ends = [self.store.client.execute_command("EXPIRETIME", k)
                    for k in (f"request:idempotency:{sync}", f"state:request:{request}")]
            self.assertLessEqual(abs(ends[0] - ends[1]), 1, ends)

    def test_the_end_of_an_old_request_leaves_the_key_to_a_new_one(self):
        gate = self.folder() / "open"
        node = self.start(support.waits_for(gate), VN_REQUESTS_IDEMPOTENCY_TTL_SECONDS=1)
        old = node.post(BODY, sync=False, headers={"Idempotency-Key": "k"}).json["requestId"]
        self.store.client.delete("request:idempotency:k")
        new = node.post(BODY, sync=False, headers={"Idempotency-Key": "k"}).json["requestId"]
        self.assertNotEqual(old, new)
        node.request("DELETE", f"/valuation/{old}")
        self.assertGreater(self.store.client.ttl("request:idempotency:k"), 2 * 86_400)
        gate.touch()
        node.wait_status(new, "succeeded")

    def test_a_cancelled_request_stays_the_one_of_its_key(self):
        node = self.start(VN_ROLES="api")
        request = node.post(BODY, sync=False, headers={"Idempotency-Key": "k"}).json["requestId"]
        node.request("DELETE", f"/valuation/{request}")
        again = node.post(BODY, headers={"Idempotency-Key": "k"})
        self.assertEqual((again.status, again.json["code"], again.json["requestId"]),
                         (409, "request-cancelled", request))


if __name__ == "__main__":
    unittest.main()
