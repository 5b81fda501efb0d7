"""A worker that is stopped hands its tasks back, and nobody takes that for a failure of them."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import support
from support import amounts, request_xml, until

GROUP = "task-workers"


class HandBack(support.Case):
    def start(self, roles, **settings):
        return self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.waiting, VN_ROLES=roles, VN_LEASE_MS=1000,
                           VN_NODE_SWEEP_MS=50, VN_NODE_SHUTDOWN_GRACE_MS=200, **settings)

    def setUp(self):
        self.store = self.redis()
        self.gate = self.folder() / "open"
        self.waiting = self.script(support.waits_for(self.gate))
        self.owner = self.start("api,orchestrator")
        worker = self.start("worker")
        self.request = self.owner.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: len(support.scripts(worker)) == 2, "both tasks run")
        self.assertEqual(worker.stop(), 0)

    def swept(self, times):
        """The owner has looked at its tasks so often since now."""
        self.store.client.config_resetstat()
        until(lambda: self.store.client.info("commandstats").get("cmdstat_xrange", {}).get("calls", 0) >= 2 * times,
              "the owner has looked")

    def check(self):
        self.gate.touch()
        self.owner.wait_status(self.request, "succeeded")
        self.assertEqual(amounts(self.owner.get(f"/valuation/{self.request}/results").body), [["7.00"] * 2])
        updates = [(e["status"], e["attempt"]) for _, e in self.store.client.xrange("stream:task:updates")]
        self.assertEqual(updates, [("completed", "1")] * 2)

    def test_what_was_handed_back_is_the_same_attempt_for_the_next_worker(self):
        self.swept(5)
        self.start("worker")
        self.check()

    def test_it_is_given_out_anew_when_no_worker_of_ours_comes(self):
        entries = {e for e, _ in self.store.client.xrange("stream:task:dispatch")}
        until(lambda: {e for e, _ in self.store.client.xrange("stream:task:dispatch")}.isdisjoint(entries),
              "they are given out again")
        self.start("worker")
        self.check()


if __name__ == "__main__":
    unittest.main()
