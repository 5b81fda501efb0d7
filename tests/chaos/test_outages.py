"""Redis is away for longer than a lease while long tasks run: nobody has died, so nobody is taken for dead."""

import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import support
from support import amounts, request_xml, until

LEASE = 1.0


class Outages(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.gate = self.folder() / "open"
        script = self.script(support.waits_for(self.gate))
        self.nodes = [self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=script, VN_LEASE_MS=int(1000 * LEASE),
                                  VN_NODE_SWEEP_MS=200, VN_REDIS_RECONNECT_WAIT_MS=50, VN_REDIS_COMMAND_TIMEOUT_MS=500)
                      for _ in range(4)]
        self.request = self.nodes[0].post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: len(support.scripts(*self.nodes)) == 2, "both tasks run")
        self.epoch = self.store.client.hget(f"state:request:{self.request}", "epoch")
        self.running = support.scripts(*self.nodes)

    def until_over(self, gone):
        for node in self.nodes:
            until(lambda: node.get("/readyz").status == 503, "it notices")
        until(lambda: time.monotonic() - gone > 1.5 * LEASE, "the leases are over")

    def until_back(self):
        for node in self.nodes:
            until(lambda: node.get("/readyz").status == 200, "it is ready again")

    def check(self):
        self.assertEqual(support.scripts(*self.nodes), self.running)
        self.gate.touch()
        self.nodes[0].wait_status(self.request, "succeeded", "failed")
        answer = self.nodes[0].get(f"/valuation/{self.request}/results")
        self.assertEqual((answer.status, amounts(answer.body)), (200, [["7.00"] * 2]))
        self.assertEqual([n.log("task claimed") for n in self.nodes], [[]] * len(self.nodes))
        self.assertEqual(self.store.client.hget(f"state:request:{self.request}", "epoch"), self.epoch)

    def test_redis_dies_and_comes_back_six_times(self):
        for _ in range(6):
            self.store.kill()
            self.until_over(time.monotonic())
            self.store.start()
            self.until_back()
        self.check()

    def test_redis_is_frozen_six_times(self):
        for _ in range(6):
            self.store.process.send_signal(signal.SIGSTOP)
            try:
                self.until_over(time.monotonic())
            finally:
                self.store.process.send_signal(signal.SIGCONT)
            self.until_back()
        self.check()

    def test_who_dies_during_the_outage_is_still_found_out(self):
        self.store.kill()
        self.until_over(time.monotonic())
        holder = next(n for n in self.nodes if support.scripts(n) & self.running)
        self.nodes.remove(holder)
        holder.stop(signal.SIGKILL)
        self.store.start()
        self.until_back()
        self.gate.touch()
        self.nodes[0].wait_status(self.request, "succeeded")


if __name__ == "__main__":
    unittest.main()
