"""The HTTP API as a client meets it: statuses, codes, headers and limits."""

import concurrent.futures
import socket
import threading
import unittest

import support
from support import BY_THE_RULE, BOUND, new_id, request_xml, until

XML = "application/xml"
DEEP = "<a>" * 300 + "</a>" * 300


class Http(support.Case):
    SHARED = {"PAYLOAD_MAX_BYTES": "64kb", "VN_HTTP_HEADER_BYTES": 4096, "VN_HTTP_TARGET_BYTES": 1024}
    SCRIPT = BY_THE_RULE

    def talk(self, text):
        """What the server answers to these bytes, until it closes."""
        with socket.create_connection(("127.0.0.1", self.node.port), timeout=BOUND) as peer:
            peer.sendall(text)
            answer = b""
            while part := peer.recv(65536):
                answer += part
        return answer.decode()

    def check(self, answer, status, code):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer.text[:300])
        self.assertEqual(answer.headers["Content-Type"].split(";")[0], "application/json")
        self.assertTrue(answer.json["message"])
        self.check_common(answer)

    def check_common(self, answer):
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertTrue(answer.headers["X-Request-Id"])

    def test_health(self):
        for path in ("/healthz", "/livez", "/readyz"):
            answer = self.node.get(path)
            self.assertEqual((answer.status, answer.json), (200, {"status": "ok"}))
            self.check_common(answer)

    def test_request_ids_are_taken_or_made(self):
        self.assertEqual(self.node.get("/healthz", **{"X-Request-Id": "mine-1.2_3"}).headers["X-Request-Id"],
                         "mine-1.2_3")
        for odd in ("", "a b", "x" * 200, "<script>"):
            self.assertNotIn(self.node.get("/healthz", **{"X-Request-Id": odd}).headers["X-Request-Id"], (odd, ""))
        first, second = (self.node.get("/nowhere").headers["X-Request-Id"] for _ in "12")
        self.assertNotEqual(first, second)

    def test_sync_is_yes_or_no_in_any_case(self):
        body = request_xml(1, 1)
        for query, status in (("", 202), ("?sync=N", 202), ("?sync=n", 202), ("?sync=Y", 200), ("?sync=y", 200)):
            answer = self.node.post(body, query=query)
            self.assertEqual(answer.status, status, query)
            self.check_common(answer)
        for query in ("?sync=", "?sync=yes", "?sync=1", "?sync=Y&sync=N", "?sync", "?sync=%59%59"):
            with self.subTest(query):
                self.check(self.node.post(body, query=query), 400, "bad-sync")

    def test_media_types(self):
        for good in (XML, "text/xml", "application/vn+xml", "Application/XML; charset=utf-8", "text/xml;charset=UTF-8"):
            answer = self.node.post(request_xml(1, 1), headers={"Content-Type": good})
            self.assertEqual(answer.status, 200, good)
        for bad in ("application/json", "text/plain", "xml", "", "application/x-www-form-urlencoded"):
            with self.subTest(bad):
                self.check(self.node.post("<vnml/>", headers={"Content-Type": bad}), 415, "unsupported-media-type")
        self.check(self.node.post("<vnml/>", headers={"Content-Encoding": "gzip"}), 415, "unsupported-content-encoding")

    def test_wrong_methods_are_told_the_right_ones(self):
        for method, path, allowed in (("PUT", "/valuation", {"GET", "HEAD", "POST", "OPTIONS"}),
                                      ("POST", "/healthz", {"GET", "HEAD"}),
                                      ("DELETE", f"/valuation/{new_id()}/results", {"GET", "HEAD"})):
            with self.subTest(method=method, path=path):
                answer = self.node.request(method, path)
                self.check(answer, 405, "method-not-allowed")
                self.assertLessEqual(allowed, set(answer.headers["Allow"].replace(",", " ").split()))

    def test_unknown_paths(self):
        for path in ("/", "/valuation/", "/valuations", "/healthz/", "/valuation/x/y/z", "/../etc/passwd"):
            with self.subTest(path):
                self.assertIn(self.node.get(path).status, (404, 400))
        self.check(self.node.get("/nowhere"), 404, "not-found")

    def test_documents_that_are_none_are_refused_with_the_place(self):
        for name, body, line in (("empty", "", None), ("blank", " \n ", None), ("open", "<vnml>\n<project>", 2),
                                 ("crossed", "<vnml>\n\n<a></b></vnml>", 3), ("two roots", "<a/><b/>", 1),
                                 ("twice", "<a b='1' b='2'/>", 1), ("not UTF-8", b"<a>\xff</a>", 1), ("text", "hello", 1),
                                 ("NUL", b"<a>\0</a>", 1)):
            with self.subTest(name):
                answer = self.node.post(body)
                self.assertEqual(answer.status, 400, answer.text)
                self.check(answer, 400, answer.json["code"])
                if line:
                    self.assertEqual(answer.json["message"], "Input XML is not well-formed.")
                    self.assertEqual(answer.json["line"], line)
                    self.assertGreaterEqual(answer.json["column"], 0)
                    self.assertTrue(answer.json["reason"])
        for name, body in (("doctype", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), ("deep", DEEP),
                           ("attributes", "<a " + " ".join(f"a{n}='1'" for n in range(300)) + "/>")):
            with self.subTest(name):
                answer = self.node.post(body)
                self.assertEqual(answer.status, 400, answer.text)
                self.assertTrue(answer.json["reason"] if "reason" in answer.json else answer.json["message"])
                self.assertEqual(answer.json["line"], 1)

    def test_a_body_over_the_limit_is_refused_before_it_is_sent(self):
        head = "POST /valuation HTTP/1.1\r\nHost: a\r\nContent-Type: application/xml\r\nConnection: close\r\n"
        told = self.talk(f"{head}Content-Length: 65537\r\nExpect: 100-continue\r\n\r\n".encode())
        self.assertRegex(told, r"^HTTP/1.1 413 ")
        self.assertIn('"payload-too-large"', told)
        self.assertNotIn("100 Continue", told)
        chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
        told = self.talk(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + 3 * chunk)
        self.assertRegex(told, r"^HTTP/1.1 413 ")
        self.check(self.node.post("<a>" + " " * 70000 + "</a>"), 413, "payload-too-large")

    def test_headers_over_the_limit(self):
        self.check(self.node.get("/healthz", **{"X-Long": "x" * 5000}), 431, "header-too-large")
        answer = self.node.get("/healthz", **{f"X-{n}": "1" for n in range(120)})
        self.check(answer, 431, "too-many-header-fields")

    def test_pipelined_requests_are_answered_in_order(self):
        one = "GET /valuation/{}/status HTTP/1.1\r\nHost: a\r\nX-Request-Id: r{}\r\n{}\r\n"
        text = "".join(one.format(new_id(), n, "Connection: close\r\n" if n == 9 else "") for n in range(10))
        told = self.talk(text.encode())
        found = [line.split(": ")[1] for line in told.split("\r\n") if line.startswith("X-Request-Id")]
        self.assertEqual(found, [f"r{n}" for n in range(10)])

    def test_preferences(self):
        body = request_xml(1, 1)
        waited = self.node.post(body, query="", headers={"Prefer": "wait=30"})
        self.assertEqual((waited.status, waited.headers["Preference-Applied"]), (200, "wait=30"))
        at_once = self.node.post(body, query="", headers={"Prefer": "respond-async"})
        self.assertEqual((at_once.status, at_once.headers["Preference-Applied"]), (202, "respond-async"))
        for odd in ("wait=x", "wait=-1", "wait=", "handling=lenient"):
            self.assertEqual(self.node.post(body, query="", headers={"Prefer": odd}).status, 202, odd)

    def test_one_key_at_once_from_a_hundred_clients_is_one_request(self):
        body, key = request_xml(1, 2), new_id()
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda n: self.node.post(body, sync=n % 2, headers={"Idempotency-Key": key}),
                                    range(100)))
        self.assertEqual({a.headers["Location"] for a in answers}, {answers[0].headers["Location"]})
        self.assertEqual({a.status for a in answers}, {200, 202})
        self.assertEqual(sum(a.headers.get("Idempotent-Replayed") == "true" for a in answers), 99)
        again = self.node.post(body, headers={"Idempotency-Key": f'"{key}"'})
        self.assertEqual((again.status, again.headers["Idempotent-Replayed"]), (200, "true"))
        self.check(self.node.post(request_xml(1, 3), headers={"Idempotency-Key": key}), 422, "idempotency-mismatch")
        for odd in ("", "a b", "x" * 256, '""'):
            self.check(self.node.post(body, headers={"Idempotency-Key": odd}), 400, "bad-idempotency-key")


class Waiting(support.Case):
    """With a script that ends when the test says so."""

    def setUp(self):
        self.gate = self.folder() / "open"
        self.store = self.redis()

    def start(self, **settings):
        return self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(support.waits_for(self.gate)), **settings)

    def test_who_does_not_get_it_in_time_is_told_that_it_goes_on(self):
        node = self.start(SYNC_WAIT_TIMEOUT_MS=200)
        for query, headers in (("?sync=Y", {}), ("", {"Prefer": "wait=0"}), ("", {"Prefer": "wait=60"})):
            answer = node.post(request_xml(1, 1), query=query, headers=headers)
            self.assertEqual((answer.status, answer.json["status"]), (202, "pending"))
            self.assertIn(answer.json["requestId"], answer.headers["Location"])
        self.gate.touch()
        node.wait_status(answer.json["requestId"], "succeeded")

    def test_a_client_that_hangs_up_changes_nothing(self):
        node = self.start()
        body = request_xml(1, 1).encode()
        with socket.create_connection(("127.0.0.1", node.port), timeout=BOUND) as peer:
            peer.sendall(b"POST /valuation?sync=Y HTTP/1.1\r\nHost: a\r\nContent-Type: application/xml\r\n"
                         b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            events = until(lambda: self.store.client.xrange("stream:request:lifecycle"), "the request is taken in")
        self.gate.touch()
        node.wait_status(events[0][1]["requestId"], "succeeded")
        self.assertEqual(node.get("/healthz").status, 200)

    def test_a_full_backlog_is_503_and_ends(self):
        node = self.start(VN_REQUESTS_MAX_BACKLOG=3)
        taken = [node.post(request_xml(1, 1), sync=False) for _ in range(3)]
        self.assertEqual([a.status for a in taken], [202] * 3)
        full = node.post(request_xml(1, 1))
        self.assertEqual((full.status, full.json["code"]), (503, "backlog-full"))
        self.assertGreaterEqual(int(full.headers["Retry-After"]), 1)
        self.gate.touch()
        for a in taken:
            node.wait_status(a.json["requestId"], "succeeded")
        self.assertEqual(node.post(request_xml(1, 1)).status, 200)

    def test_while_redis_is_away_it_says_so_and_afterwards_goes_on(self):
        node = self.start(VN_REDIS_COMMAND_TIMEOUT_MS=1000)
        before = node.post(request_xml(2, 3), sync=False).json["requestId"]
        node.wait_status(before, "running")
        self.store.kill()
        away = until(lambda: (a := node.get("/readyz")).status == 503 and a, "readiness ends")
        self.assertGreaterEqual(int(away.headers["Retry-After"]), 1)
        self.assertTrue(away.json["reason"])
        self.assertEqual(node.get("/livez").status, 200)
        for answer in (node.post(request_xml(1, 1)), node.get(f"/valuation/{before}/status"),
                       node.get(f"/valuation/{before}/results")):
            self.assertEqual(answer.status, 503, answer.text)
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
            self.assertNotIn(self.store.folder, answer.text)
        self.gate.touch()
        self.store.start()
        until(lambda: node.get("/readyz").status == 200, "it is ready again")
        node.wait_status(before, "succeeded")
        self.assertEqual(node.post(request_xml(1, 1)).status, 200)

    def test_many_wait_at_once_and_health_answers(self):
        node = self.start()
        answers = []
        waiting = [threading.Thread(target=lambda: answers.append(node.post(request_xml(1, 1)).status))
                   for _ in range(50)]
        for t in waiting:
            t.start()
        until(lambda: self.store.client.xlen("stream:request:ingest") == 50, "all are taken in")
        self.assertEqual(node.get("/readyz").status, 200)
        self.gate.touch()
        for t in waiting:
            t.join(BOUND)
        self.assertEqual(answers, [200] * 50)


if __name__ == "__main__":
    unittest.main()
