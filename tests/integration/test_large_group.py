"""Cancelling, failing and retrying a request whose group has very many tasks: Redis is there for others meanwhile, as it
is done page by page."""

import unittest

import support
from support import request_xml, until

TASKS = 30_000


class LargeGroup(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.client = self.store.client
        self.place = self.folder()
        script = f"""cat >/dev/null
until [ -e {self.place}/bad ] || [ -e {self.place}/good ]; do sleep 0.02; done
[ -e {self.place}/good ] || exit 65
echo 7
"""
        self.node = self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(script))
        self.request = self.node.post(request_xml(1, 2), sync=False).json["requestId"]
        self.node.wait_status(self.request, "running")
        until(lambda: self.client.xpending("stream:task:dispatch", "task-workers")["pending"] == 2, "both tasks run")
        self.grow()

    def grow(self):
        """As if the group had this many tasks more: all were tried and have failed, and wait for their next attempt. They
        are behind what the group of workers has read, so that nobody takes them."""
        group = f"state:request:{self.request}:group:0"
        pipe = self.client.pipeline(transaction=False)
        for t in range(3, TASKS + 3):
            pipe.hset(group, mapping={f"vn:{t}:entry": f"2 1-{t}", f"vn:{t}:failed": "1", f"vn:{t}:failure": "{}"})
            if t % 5000 == 0:
                pipe.execute()
        pipe.execute()

    def scripts_run(self):
        return self.client.info("commandstats")["cmdstat_evalsha"]["calls"]

    def check_withdrawn(self):
        until(lambda: not self.client.exists("vn:withdrawals"), "nothing is left to be withdrawn")
        until(lambda: self.client.xlen("stream:task:dispatch") == 0, "no task waits")
        self.assertEqual(support.without_bound(self.client), [])

    def test_cancel(self):
        before = self.scripts_run()
        self.assertEqual(self.node.request("DELETE", f"/valuation/{self.request}").status, 200)
        self.check_withdrawn()
        self.assertGreater(self.scripts_run() - before, TASKS * 3 // 2000)
        self.assertEqual(self.node.status(self.request)["status"], "cancelled")

    def test_a_node_that_dies_meanwhile_leaves_the_rest_to_others(self):
        self.client.hset("vn:withdrawals", f"{support.new_id()} 0", "0")
        self.client.hset("vn:withdrawals", "nonsense", "0")
        self.client.expire("vn:withdrawals", 3600)
        other = self.server(REDIS_URL=self.store.url, VN_NODE_CLEAN_UP_SECONDS=1)
        until(lambda: not self.client.exists("vn:withdrawals"), "it is done")
        self.assertEqual(other.get("/readyz").status, 200)

    def test_failure_and_retry(self):
        (self.place / "bad").touch()
        self.node.wait_status(self.request, "failed")
        self.check_withdrawn()
        (self.place / "good").touch()
        before = self.scripts_run()
        answer = self.node.request("POST", f"/valuation/{self.request}/retry")
        self.assertEqual(answer.status, 202, answer.text)
        self.assertGreater(self.scripts_run() - before, TASKS * 3 // 2000)
        self.node.wait_status(self.request, "succeeded")
        self.assertEqual(support.amounts(self.node.get(f"/valuation/{self.request}/results").body), [["7.00"] * 2])
        self.assertFalse([f for f in self.client.hkeys(f"state:request:{self.request}:group:0")
                          if f.startswith("vn:") and not f.startswith(("vn:1:", "vn:2:"))])


if __name__ == "__main__":
    unittest.main()
