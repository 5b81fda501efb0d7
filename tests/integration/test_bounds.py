"""Under load and after it: everything is answered, and nothing is left behind."""

import concurrent.futures
import os
import pathlib
import time
import unittest

import support
from support import BOUND, BY_THE_RULE, amounts, request_xml, until

# The build says how many: sanitizers are slow.
REQUESTS = int(os.environ.get("VN_TEST_REQUESTS", "500"))
SANITIZED = os.environ.get("VN_TEST_SANITIZED") == "1"


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Bounds(support.Case):
    SHARED = {"VN_NODE_CLEAN_UP_SECONDS": 1}
    SCRIPT = BY_THE_RULE

    def load(self, requests, body, at_once=50):
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(lambda _: self.node.post(body, timeout=2 * BOUND), range(requests)))

    def check_nothing_is_left(self):
        redis = self.store.client
        for key in redis.scan_iter(count=1000):
            if redis.type(key) != "stream":
                self.assertNotEqual(redis.ttl(key), -1, f"no TTL: {key}")
        for stream, group in (("stream:request:ingest", "orchestrator-main"), ("stream:task:dispatch", "task-workers")):
            until(lambda: redis.xlen(stream) == 0, f"{stream} is empty")
            self.assertEqual(redis.xpending(stream, group)["pending"], 0)
        self.assertEqual(redis.exists("stream:request:dead", "stream:task:dead"), 0)
        until(lambda: not support.children(self.node.process.pid), "no process is left")

    def test_many_requests_at_once_are_all_answered_and_leave_nothing(self):
        body = request_xml(2, 10)
        want = [[f"{100 * (g + 1) + t}.00" for t in range(1, 11)] for g in range(2)]
        self.load(min(50, REQUESTS), body)  # pools, caches and the allocator are warm
        pid = self.node.process.pid
        base, open_before = resident_mb(pid), descriptors(pid)
        began = time.monotonic()
        answers = self.load(REQUESTS, body)
        took = time.monotonic() - began
        print(f"\n{REQUESTS} requests of 2 x 10 tasks, 50 at a time: {took:.1f} s, {REQUESTS / took:.0f} requests/s, "
              f"{20 * REQUESTS / took:.0f} tasks/s", flush=True)
        self.assertEqual({a.status for a in answers}, {200})
        self.assertTrue(all(amounts(a.body) == want for a in answers))
        self.check_nothing_is_left()
        until(lambda: descriptors(pid) <= open_before, "descriptors are closed")
        # Freed memory that a sanitizer keeps in quarantine is still resident.
        allowed = 256 if SANITIZED else 16
        until(lambda: resident_mb(pid) <= base + allowed, f"memory is back near {base:.0f} MB")
        print(f"resident: {base:.0f} MB before, {resident_mb(pid):.0f} MB after", flush=True)

    def test_a_group_of_thousands_of_tasks(self):
        tasks = 1200 if SANITIZED else 5000  # more than the window
        answer = self.node.post(request_xml(1, tasks), timeout=4 * BOUND)
        self.assertEqual(answer.status, 200, answer.body[:300])
        self.assertEqual(amounts(answer.body), [[f"{100 + t}.00" for t in range(1, tasks + 1)]])
        self.check_nothing_is_left()

    def test_small_requests_are_not_held_up_by_a_large_one(self):
        large = self.node.post(request_xml(1, 1500), sync=False).json["requestId"]
        until(lambda: (g := self.node.status(large)["groups"]) and g[0]["completed"] > 0, "the large one runs")
        answer = self.node.post(request_xml(1, 1))
        self.assertEqual(answer.status, 200)
        small = answer.headers["Location"].split("/")[2]
        self.node.wait_status(large, "succeeded")
        # Counted, not timed: what the large one had queued, and what was being worked on or refilled meanwhile.
        [between] = support.tasks_of_others(self.store.client, small, large)
        self.assertLessEqual(between, 1000 + 100)

    def test_failed_requests_leave_nothing_either(self):
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            bad = "<vnml><project><group><valuation><x select='/none'/></valuation></group></project></vnml>"
            answers = list(pool.map(lambda n: self.node.post(bad if n % 2 else "<vnml>"), range(60)))
        self.assertEqual({a.status for a in answers}, {400, 500})
        self.check_nothing_is_left()


if __name__ == "__main__":
    unittest.main()
