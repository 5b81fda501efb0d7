"""A small request beside a large one ends after a bounded number of its tasks. What is counted are tasks, not time."""

import os
import unittest

import support
from support import request_xml, until

LARGE = 1000 if os.environ.get("VN_TEST_SANITIZED") == "1" else 10_000


class Fairness(support.Case):
    WINDOW = 40
    WORKERS = 4

    def test_two_tasks_beside_ten_thousand(self):
        store = self.redis()
        node = self.server(REDIS_URL=store.url, VNAS_SCRIPT=self.script("cat >/dev/null; echo 7\n"),
                           VN_REQUESTS_WINDOW_TASKS=self.WINDOW, VN_TASKS_MAX_RUNNING=self.WORKERS,
                           VN_NODE_SHUTDOWN_GRACE_MS=100)
        large = node.post(request_xml(1, LARGE), sync=False).json["requestId"]

        until(lambda: store.client.xlen("stream:task:updates") > 0, "the large one runs")
        small = node.post(request_xml(3, 2), sync=False).json["requestId"]
        node.wait_status(small, "succeeded")

        # A group of the small one waits behind what the large one has queued and what is being worked on, and no more.
        # The owner counts in steps, so that it may refill in between.
        waited = support.tasks_of_others(store.client, small, large)
        self.assertEqual(len(waited), 3)
        for tasks in waited:
            self.assertLessEqual(tasks, 2 * self.WINDOW + 2 * self.WORKERS)


if __name__ == "__main__":
    unittest.main()
