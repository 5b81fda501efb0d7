"""SIGTERM in every situation: nothing is lost, nobody waits for ever, nothing is left running."""

import signal
import socket
import threading
import unittest

import support
from support import BOUND, amounts, request_xml, until

# Who waits for the whole of it fails by the bound of Server.stop().
HOUR_MS = 3_600_000


class Stop(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.gate = self.folder() / "open"
        self.waiting = self.script(support.waits_for(self.gate))

    def start(self, script=None, **settings):
        return self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=script or self.waiting, **settings)

    def test_idle(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            node = self.start(VN_NODE_SHUTDOWN_GRACE_MS=HOUR_MS)
            self.assertEqual(node.stop(how), 0)
            self.assertEqual(len(node.log("stopped")), 1)

    def test_before_it_is_ready(self):
        self.store.kill()
        node = support.Server(ready=False, REDIS_URL=self.store.url, VNAS_SCRIPT=self.waiting)
        self.addCleanup(node.close)
        node.wait_listening()
        self.assertEqual(node.get("/readyz").status, 503)
        self.assertEqual(node.stop(), 0)

    def test_while_redis_is_away(self):
        node = self.start(VN_NODE_SHUTDOWN_GRACE_MS=2000)
        request = node.post(request_xml(1, 3), sync=False).json["requestId"]
        node.wait_status(request, "running")
        self.store.kill()
        self.assertEqual(node.stop(), 0)
        self.store.start()
        self.gate.touch()
        self.start(VN_LEASE_MS=1000).wait_status(request, "succeeded")

    def test_calls_that_wait_are_answered_and_no_new_ones_taken(self):
        node = self.start(VN_NODE_SHUTDOWN_GRACE_MS=HOUR_MS)
        answers = []
        calls = [threading.Thread(target=lambda: answers.append(node.post(request_xml(2, 2)))) for _ in range(5)]
        for call in calls:
            call.start()
        until(lambda: self.store.client.xlen("stream:task:dispatch") == 10, "all groups are running")
        node.process.send_signal(signal.SIGTERM)
        until(lambda: node.log("stopping"), "it stops")
        self.gate.touch()
        for call in calls:
            call.join(BOUND)
        self.assertEqual([(a.status, amounts(a.body)) for a in answers], [(200, [["7.00"] * 2] * 2)] * 5)
        self.assertEqual(node.stop(), 0)

    def test_calls_that_cannot_be_answered_in_time_are_told_that_it_goes_on(self):
        node = self.start(VN_NODE_SHUTDOWN_GRACE_MS=400, VN_SCRIPT_GRACE_MS=100)
        answers = []
        call = threading.Thread(target=lambda: answers.append(node.post(request_xml(1, 2))))
        call.start()
        until(lambda: len(support.scripts(node)) == 2, "the scripts run")
        self.assertEqual(node.stop(), 0)
        call.join(BOUND)
        self.assertEqual((answers[0].status, answers[0].json["status"]), (202, "pending"))
        self.gate.touch()
        self.start().wait_status(answers[0].json["requestId"], "succeeded")

    def test_work_is_handed_back_and_another_node_takes_it_at_once(self):
        # Without handing back it would take the lease of an hour.
        first = self.start(VN_LEASE_MS=3_600_000, VN_NODE_SHUTDOWN_GRACE_MS=400, VN_SCRIPT_GRACE_MS=100)
        request = first.post(request_xml(2, 12), sync=False).json["requestId"]
        until(lambda: len(support.scripts(first)) >= 4, "the scripts run")
        scripts = support.children(first.process.pid)
        self.assertEqual(first.stop(), 0)
        left = [(pid, name) for pid, name in scripts if support.is_alive(pid)]
        self.assertEqual(left, [])
        self.gate.touch()
        second = self.start(VN_LEASE_MS=3_600_000)
        second.wait_status(request, "succeeded")
        redis = self.store.client
        counted = [(e["groupIdx"], e["taskId"]) for _, e in redis.xrange("stream:task:updates")
                   if e["status"] == "completed"]
        self.assertEqual(len(counted), 24)
        self.assertEqual(len(set(counted)), 24)
        self.assertEqual([e["attempt"] for _, e in redis.xrange("stream:task:updates")], ["1"] * 24)

    def test_a_node_that_runs_beside_takes_over_at_once(self):
        first = self.start(VN_LEASE_MS=20_000, VN_NODE_SHUTDOWN_GRACE_MS=400, VN_SCRIPT_GRACE_MS=100)
        request = first.post(request_xml(2, 4), sync=False).json["requestId"]
        first.wait_status(request, "running")
        second = self.start(VN_LEASE_MS=20_000)
        self.assertEqual(first.stop(), 0)
        self.gate.touch()
        second.wait_status(request, "succeeded")

    def test_a_second_signal_ends_the_grace(self):
        node = self.start(VN_NODE_SHUTDOWN_GRACE_MS=600_000, VN_SCRIPT_GRACE_MS=100)
        request = node.post(request_xml(1, 2), sync=False).json["requestId"]
        until(lambda: len(support.scripts(node)) == 2, "the scripts run")
        node.process.send_signal(signal.SIGTERM)
        until(lambda: node.log("stopping"), "it stops")
        self.assertEqual(node.stop(), 0)
        self.assertTrue(node.log("stopping now"))
        self.gate.touch()
        self.start().wait_status(request, "succeeded")

    def test_scripts_that_ignore_the_signal_do_not_hold_it_up(self):
        deaf = self.script("trap '' TERM INT HUP; sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' & "
                           "while :; do sleep 0.1; done\n")
        node = self.start(deaf, VN_NODE_SHUTDOWN_GRACE_MS=300, VN_SCRIPT_GRACE_MS=100)
        node.post(request_xml(1, 3), sync=False)
        started = until(lambda: len(c := support.children(node.process.pid)) >= 6 and c, "scripts and theirs run")
        self.assertEqual(node.stop(), 0)
        self.assertEqual([p for p, _ in started if support.is_alive(p)], [])

    def test_connections_that_say_nothing_do_not_hold_it_up(self):
        node = self.start(VN_NODE_SHUTDOWN_GRACE_MS=1000)
        address = ("127.0.0.1", node.port)
        with socket.create_connection(address) as silent, socket.create_connection(address) as half:
            half.sendall(b"POST /valuation HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: 9\r\n\r\n<a")
            until(lambda: node.get("/healthz").status == 200, "it answers")
            self.assertEqual(node.stop(), 0)
            self.assertEqual(silent.recv(1), b"")


if __name__ == "__main__":
    unittest.main()
