"""Clocks that are wrong, differ between nodes, or jump: leases and pauses do not hang on the time of day."""

import datetime
import pathlib
import struct
import subprocess
import unittest

import support
from support import amounts, request_xml, until

HOUR = 3600
DONE = [["7.00"] * 4] * 2


class Clocks(support.Case):
    @classmethod
    def setUpClass(cls):
        cls.library = support.new_folder(cls.addClassCleanup) / "false_clock.so"
        source = pathlib.Path(__file__).with_name("false_clock.c")
        subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", str(cls.library), str(source)], check=True)

    def setUp(self):
        self.store = self.redis()
        self.gate = self.folder() / "open"
        self.addCleanup(self.gate.touch)

    def start(self, offset, **settings):
        """A node whose clock is off by so many seconds; set_clock() changes it."""
        file = self.folder() / "offset"
        file.write_bytes(struct.pack("q", offset))
        node = self.server(REDIS_URL=self.store.url, LD_PRELOAD=self.library, FALSE_CLOCK=file, **{
            "VNAS_SCRIPT": self.script(support.waits_for(self.gate)), "VN_LEASE_MS": 2000, "VN_NODE_SWEEP_MS": 200,
            "VN_NODE_CLEAN_UP_SECONDS": 1, "MAX_TASK_RETRIES": 1, **settings})
        node.clock = file
        return node

    def set_clock(self, node, offset):
        with open(node.clock, "r+b") as file:
            file.write(struct.pack("q", offset))

    def running(self, node, count=3):
        ids = [node.post(request_xml(2, 4), sync=False).json["requestId"] for _ in range(count)]
        for request in ids:
            node.wait_status(request, "running")
        return ids

    def off_by(self, node):
        """By how many seconds the node's clock differs from ours, as its log tells."""
        ready = until(lambda: node.log("ready"), "it says that it is ready")
        at = datetime.datetime.fromisoformat(ready[-1]["time"].replace("Z", "+00:00"))
        return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()

    def owners(self, ids):
        return [self.store.client.hmget(f"state:request:{i}", "epoch", "node") for i in ids]

    def outlives_leases(self, ids, nodes):
        """Nobody takes anything from anybody for three leases, by Redis's clock."""
        owners, begin = self.owners(ids), self.store.client.time()[0]
        until(lambda: self.store.client.time()[0] >= begin + 6, "three leases have passed")
        self.assertEqual(self.owners(ids), owners)
        for node in nodes:
            self.assertEqual(node.get("/readyz").status, 200)
            self.assertEqual(node.log("task claimed"), [])

    def check(self, ids, node):
        self.gate.touch()
        for request in ids:
            node.wait_status(request, "succeeded")
            self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body), DONE)
        self.assertEqual({e["attempt"] for _, e in self.store.client.xrange("stream:task:updates")}, {"1"})
        self.assertEqual(support.without_bound(self.store.client), [])

    def test_nodes_whose_clocks_differ(self):
        nodes = [self.start(offset) for offset in (HOUR, -HOUR, 0)]
        for node, offset in zip(nodes, (HOUR, -HOUR, 0)):
            self.assertAlmostEqual(self.off_by(node), offset, delta=120)
        ids = [i for node in nodes for i in self.running(node)]
        self.outlives_leases(ids, nodes)
        self.check(ids, nodes[0])

    def test_a_clock_that_jumps(self):
        nodes = [self.start(0), self.start(0)]
        ids = self.running(nodes[0])
        for offset in (HOUR, -HOUR, 23 * HOUR):
            self.set_clock(nodes[0], offset)
            ids += self.running(nodes[0], 1)
            self.outlives_leases(ids, nodes)
        self.set_clock(nodes[0], 0)
        self.check(ids, nodes[1])

    def test_a_deadline_passes_by_the_clock_of_redis(self):
        """The submitter's clock sets it, and that of Redis is compared: a difference moves it, and no more."""
        node = self.start(-60)
        late = node.post(request_xml(1, 1), sync=False, headers={"VN-Deadline": "30"}).json["requestId"]
        node.wait_status(late, "failed")
        self.assertEqual(node.get(f"/valuation/{late}/results").json["detail"]["code"], "request-deadline")
        ids = self.running(node, 1)
        self.check(ids, node)


if __name__ == "__main__":
    unittest.main()
