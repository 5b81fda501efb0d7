"""Three servers on one Redis under load: two are killed in turn, again and again; or the network in between drops."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import support
import truth
from book import Request, write_script
from proxy import Proxy
from support import amounts, until

SETTINGS = {"VN_LEASE_MS": 1000, "VN_NODE_SWEEP_MS": 300, "VN_REDIS_RECONNECT_WAIT_MS": 50,
            "VN_NODE_CLEAN_UP_SECONDS": 1, "VN_REDIS_COMMAND_TIMEOUT_MS": 1000, "VN_TASKS_MAX_RUNNING": 3, "MAX_TASK_RETRIES": 10}
BOOK = Request([[("s", n, 0.1) for n in range(5)], [("s", 10 + n, 0.1) for n in range(5)]], note="n" * 500)
REQUESTS = 15
ROUNDS = 3


class SeveralNodes(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.script = write_script(self.folder())
        self.proxies = [Proxy(self.store.socket) for _ in range(3)]
        for proxy in self.proxies:
            self.addCleanup(proxy.close)
        self.nodes = [self.start(i) for i in range(3)]

    def start(self, i):
        return self.server(REDIS_URL=self.proxies[i].url, VNAS_SCRIPT=self.script, **SETTINGS)

    def counted(self):
        return sum(e["status"] == "completed" for _, e in self.store.client.xrange("stream:task:updates"))

    def submit(self):
        self.ids = [until(self.taken_in(f"key-{n}"), "it is taken in").json["requestId"] for n in range(REQUESTS)]
        self.enough = iter(range(10, 10 * REQUESTS, 10 * REQUESTS // (3 * ROUNDS + 2)))

    def taken_in(self, key):
        """Asks for it; the answer, if Redis has answered in time."""
        def ask():
            answer = self.nodes[0].post(BOOK.xml(), sync=False, headers={"Idempotency-Key": key})
            return answer.status != 503 and answer
        return ask

    def results(self, request):
        answer = self.nodes[0].get(f"/valuation/{request}/results")
        return answer.status != 503 and answer

    def wait_for_more(self):
        """The next fault comes when so many more tasks are done."""
        wanted = next(self.enough)
        until(lambda: self.counted() >= wanted, f"{wanted} tasks are done")

    def check(self):
        client = self.store.client
        for request in self.ids:
            until(lambda: client.hget(f"state:request:{request}", "status") in truth.FINAL, f"{request} ends")
            answer = until(lambda: self.results(request), "Redis answers in time")
            self.assertEqual((answer.status, amounts(answer.body)), (200, BOOK.expected()))
            self.assertEqual(truth.outcome_wrong(client, request, BOOK), [])
        self.assertEqual(truth.lifecycle_wrong(client, self.ids), [])
        self.assertEqual(truth.groups_early(client, self.ids), [])
        self.assertEqual(truth.counted_twice(client), [])
        until(lambda: not truth.streams_not_empty(client), "the streams are empty")
        self.assertEqual(truth.keys_without_bound(client), [])

    def test_two_are_killed_in_turn(self):
        self.submit()
        for _ in range(ROUNDS):
            for i in (1, 2):
                self.wait_for_more()
                self.nodes[i].process.kill()
                self.nodes[i].process.wait()
                self.nodes[i] = self.start(i)
        self.check()

    def test_the_network_drops(self):
        self.submit()
        for _ in range(ROUNDS):
            for proxy in self.proxies[1:]:
                self.wait_for_more()
                proxy.cut()
            self.proxies[0].lose_replies(True)
            self.wait_for_more()
            self.proxies[0].lose_replies(False)
        self.check()

    def test_the_network_falls_silent_for_longer_than_a_lease(self):
        self.submit()
        self.wait_for_more()
        silent = self.nodes[1]
        self.proxies[1].halt()
        until(lambda: silent.get("/readyz").status == 503, "it notices")
        # The others take over what it had, while nobody tells it.
        until(lambda: all(self.store.client.hget(f"state:request:{r}", "status") in truth.FINAL for r in self.ids),
              "the others end them all")
        self.proxies[1].go_on()
        until(lambda: silent.get("/readyz").status == 200, "it is back")
        self.check()


if __name__ == "__main__":
    unittest.main()
