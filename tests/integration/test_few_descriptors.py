"""A server with few descriptors: it starts, answers, bounds its connections by what it has, and no task fails for want of
them."""

import http.client
import os
import pathlib
import resource
import time
import unittest

import plugin_files
import support
from support import BY_THE_RULE, amounts, request_xml, until

DONE = [[f"{100 * g + t}.00" for t in range(1, 41)] for g in (1, 2)]


class FewDescriptors(support.Case):
    def start(self, limit, **settings):
        """A server that may never have more descriptors than this."""
        wrapper = self.folder() / "vnserver"
        wrapper.write_text(f"#!/bin/sh\nulimit -n {limit} && exec {support.SERVER} \"$@\"\n")
        wrapper.chmod(0o755)
        return self.server(program=wrapper, **{"VNAS_SCRIPT": self.script(BY_THE_RULE), **settings})

    def connections(self, node, count, patience):
        """What each of so many connections at once is answered; None: nothing within so many seconds."""
        held, answers = [], []
        try:
            for _ in range(count):
                held.append(http.client.HTTPConnection("127.0.0.1", node.port, timeout=patience))
                try:
                    held[-1].request("GET", "/healthz")
                    answer = held[-1].getresponse()
                    answers.append((answer.status, answer.read()))
                except TimeoutError:
                    answers.append((None, b""))
                except (ConnectionError, http.client.HTTPException):
                    answers.append((0, b""))
        finally:
            for one in held:
                one.close()
        return answers

    def processor_time(self, node):
        fields = pathlib.Path("/proc", str(node.process.pid), "stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_clients_are_bounded_by_what_there_is_and_all_work_is_done(self):
        for limit in (64, 128, 256):
            with self.subTest(limit):
                node = self.start(limit, MAX_TASK_RETRIES=1, VN_TASKS_MAX_RUNNING=16)
                told = node.log("fewer connections than set: the limit on open files is low")
                room = told[0]["connections"]
                self.assertEqual(told[0]["descriptors"], limit)
                self.assertGreaterEqual(room, limit // 4)
                running = node.post(request_xml(2, 40), sync=False).json["requestId"]
                answers = self.connections(node, room + 4, 10)
                self.assertTrue(answers[0][0] == 200 and all(a[0] in (200, 503, 0, None) for a in answers), answers)
                self.assertIn(503, [a[0] for a in answers])
                until(lambda: node.answers("/readyz"), "it is ready")
                node.wait_status(running, "succeeded")
                self.assertEqual(amounts(node.get(f"/valuation/{running}/results").body), DONE)
                self.assertEqual(node.stop(), 0)

    def test_tasks_wait_for_descriptors_and_are_not_charged(self):
        store = self.redis()
        node = self.start(256, REDIS_URL=store.url, MAX_TASK_RETRIES=1)
        call = self.held(node)
        self.take_all(node)
        request = call("POST", "/valuation?sync=N", request_xml(2, 40)).json["requestId"]
        until(lambda: node.log("scripts wait to be started"), "tasks wait")
        begin, used = time.monotonic(), self.processor_time(node)
        until(lambda: time.monotonic() - begin > 1, "a second has passed")
        self.assertLess(self.processor_time(node) - used, (time.monotonic() - begin) / 2)
        self.assertEqual(call("GET", f"/valuation/{request}/status").json["status"], "running")
        self.assertEqual(call("GET", "/readyz").status, 200)
        self.give_back(node)
        node.wait_status(request, "succeeded")
        self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body), DONE)
        self.assertEqual({e["attempt"] for _, e in store.client.xrange("stream:task:updates")}, {"1"})

    def test_calls_of_a_plugin_wait_for_its_process_and_it_stays_healthy(self):
        store, plugins = self.redis(), self.folder()
        plugin_files.drop(plugins, "a.so", plugin_files.build(NAME="alpha", TASK="loan", AMOUNT="2.00"))
        node = self.start(256, REDIS_URL=store.url, MAX_TASK_RETRIES=1, VN_PLUGIN_DIR=plugins)
        call = self.held(node)
        self.take_all(node)
        request = call("POST", "/valuation?sync=N", request_xml(2, 4)).json["requestId"]
        until(lambda: node.log("a plugin host waits to be started"), "calls wait")
        begin, used = time.monotonic(), self.processor_time(node)
        until(lambda: time.monotonic() - begin > 2, "more starts have failed than a plugin may")
        self.assertLess(self.processor_time(node) - used, (time.monotonic() - begin) / 2)
        self.assertEqual(call("GET", f"/valuation/{request}/status").json["status"], "running")
        self.give_back(node)
        node.wait_status(request, "succeeded")
        self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body), [["2.00"] * 4] * 2)
        self.assertEqual({e["attempt"] for _, e in store.client.xrange("stream:task:updates")}, {"1"})

    def test_a_task_that_cannot_be_started_in_its_time_fails_with_its_request(self):
        node = self.start(256, REDIS_URL=self.redis().url)
        call = self.held(node)
        self.take_all(node)
        request = call("POST", "/valuation?sync=N", request_xml(1, 2), {"VN-Deadline": "2"}).json["requestId"]
        until(lambda: call("GET", f"/valuation/{request}/status").json["status"] == "failed", "it fails")
        answer = call("GET", f"/valuation/{request}/results")
        self.assertEqual(answer.json["detail"]["code"], "request-deadline")
        self.give_back(node)
        self.assertEqual(node.post(request_xml(2, 40)).status, 200)

    def test_clients_wait_while_nothing_can_be_accepted(self):
        node = self.start(256, REDIS_URL=self.redis().url)
        self.take_all(node)
        begin, used = time.monotonic(), self.processor_time(node)
        self.assertEqual(self.connections(node, 1, 1), [(None, b"")])
        self.assertLess(self.processor_time(node) - used, (time.monotonic() - begin) / 2)
        until(lambda: node.log("connections cannot be accepted"), "it says so")
        self.assertEqual(len(node.log("connections cannot be accepted")), 1)
        waiting = http.client.HTTPConnection("127.0.0.1", node.port, timeout=support.BOUND)
        waiting.request("GET", "/readyz")
        self.give_back(node)
        self.assertEqual(waiting.getresponse().status, 200)
        waiting.close()
        self.assertEqual(node.post(request_xml(2, 40)).status, 200)

    def take_all(self, node):
        """Nothing more can be opened from now on; what is open stays open."""
        resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, (1, 256))

    def give_back(self, node):
        resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, (256, 256))

    def held(self, node):
        """Calls on a connection that was made before."""
        connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=support.BOUND)
        self.addCleanup(connection.close)

        def call(method, path, body=None, headers=None):
            connection.request(method, path, body, {"Content-Type": "application/xml", **(headers or {})})
            return support.Answer(connection.getresponse())
        self.assertEqual(call("GET", "/readyz").status, 200)
        return call


if __name__ == "__main__":
    unittest.main()
