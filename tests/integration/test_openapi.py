"""docs/openapi.yaml against running servers: every operation gives every answer that the document has, each as written
there, and the servers have no route that is missing in it."""

import http.client
import re
import signal
import socket
import threading
import unittest
from xml.etree import ElementTree

import openapi
import support
import websocket_client
from token_maker import Secret

DOCUMENT = openapi.Document()
# A defect of the server, which nobody can order.
NOT_PROVOKED = {(500, "internal")}
GOOD = support.request_xml(1, 1)
BAD = support.request_xml(1, 2, name="bad")
XML = {"Content-Type": "application/xml"}
# Answered with 200 whatever was done before.
PLAIN = ("/healthz", "/livez", "/readyz", "/plugins", "/dead", "/audit", "/admin/stats", "/health", "/watch",
         "/watch/{file}")


class NoBody:
    """A response whose body is not waited for."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers

    def read(self):
        return b""


def wire(server, text, method="GET"):
    """The answer to these bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=support.BOUND) as s:
        s.sendall(text.encode())
        response = http.client.HTTPResponse(s, method=method)
        response.begin()
        return support.Answer(response)


class Openapi(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = support.Redis()
        cls.addClassCleanup(cls.store.close)
        script = support.write_script('[ "$VN_VALUATION_NAME" != bad ] || { echo "no curve" >&2; exit 65; }\n'
                                      "cat >/dev/null; echo 7\n", cls.addClassCleanup)
        cls.node = cls.started(VNAS_SCRIPT=script, PAYLOAD_MAX_BYTES=20000)

    @classmethod
    def started(cls, database=0, **settings):
        server = support.Server(REDIS_URL=f"{cls.store.url}?db={database}", **settings)
        cls.addClassCleanup(server.close)
        return server

    def setUp(self):
        super().setUp()
        self.addCleanup(self.show_log, self.node)
        self.seen = set()

    def saw(self, method, path, answer):
        """The answer is one that the document has for the operation."""
        responses = DOCUMENT.responses(method, path)
        self.assertIn(answer.status, responses, f"{method} {path}: {answer.text}")
        self.assertEqual(DOCUMENT.check(answer, responses[answer.status]), [], f"{method} {path} {answer.status}")
        code = answer.json.get("code") if answer.headers.get("Content-Type") == "application/json" else None
        self.seen.add((method, path, answer.status, code))
        return answer.status, code

    def expect(self, status, code, method, path, answer):
        self.assertEqual(self.saw(method, path, answer), (status, code))
        return answer

    def submit(self, status, code, body=GOOD, server=None, query="?sync=Y", **headers):
        headers = {**XML, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer = (server or self.node).request("POST", "/valuation" + query, body, headers)
        return self.expect(status, code, "POST", "/valuation", answer)

    def ask(self, status, code, what, request_id, server=None):
        answer = (server or self.node).get(f"/valuation/{request_id}/{what}")
        return self.expect(status, code, "GET", f"/valuation/{{id}}/{what.split('?')[0]}", answer)

    def test_every_answer(self):
        self.submissions()
        self.kept_and_expired()
        self.waiting_requests()
        self.control()
        self.parked()
        self.events()
        self.limits_of_http()
        self.slow_and_crowded()
        self.redis_in_trouble()

        documented = {(method, path, status, code) for method, path in DOCUMENT.operations()
                      for status, response in DOCUMENT.responses(method, path).items()
                      for code in DOCUMENT.codes(response) or {None}
                      if (status, code) not in NOT_PROVOKED}
        self.assertEqual(documented - self.seen, set())

    def submissions(self):
        done = self.submit(200, None, X_Request_Id="mine", X_Desk="rates")
        self.assertEqual(done.headers["X-Request-Id"], "mine")
        request_id = done.headers["Location"].split("/")[2]
        status = self.ask(200, None, "status", request_id).json
        self.assertEqual((status["status"], status["groups"][0]["completed"]), ("succeeded", 1))
        self.ask(200, None, "results", request_id)

        example = DOCUMENT.tree["components"]["examples"]["Bonds"]["value"]
        self.assertEqual(support.amounts(self.submit(200, None, example).body), [["7.00", "7.00"], ["7.00"]])
        self.assertEqual(self.submit(202, None, query="").json["status"], "accepted")
        self.submit(200, None, query="", Prefer="wait=60")
        self.submit(202, None, query="", Prefer="respond-async")

        failed = self.submit(500, "processing-failed", BAD)
        self.assertEqual([f["code"] for f in failed.json["detail"]["failures"]], ["script-invalid"] * 2)
        self.ask(422, "request-failed", "results", failed.json["requestId"])
        self.assertEqual(self.ask(200, None, "status", failed.json["requestId"]).json["groups"][0]["failed"], 2)

        listed = self.expect(200, None, "GET", "/valuation", self.node.get("/valuation?status=failed&limit=1"))
        self.assertEqual(listed.json["requests"][0]["requestId"], failed.json["requestId"])
        for query, code in (("status=no", "bad-status"), ("limit=0", "bad-limit"), ("cursor=1", "bad-cursor")):
            self.expect(400, code, "GET", "/valuation", self.node.get("/valuation?" + query))
        self.ask(200, None, "status?tasks=all", failed.json["requestId"])
        self.ask(400, "bad-tasks", "status?tasks=no", failed.json["requestId"])
        self.ask(400, "bad-limit", "status?tasks=all&limit=0", failed.json["requestId"])

        for what in ("status", "results"):
            for unknown in (support.new_id(), "7"):
                self.ask(404, "request-not-found", what, unknown)
        self.submit(400, "bad-sync", query="?sync=maybe")
        self.submit(400, "bad-idempotency-key", Idempotency_Key="two words")
        self.submit(400, "bad-deadline", VN_Deadline="soon")
        self.submit(400, "bad-priority", VN_Priority="urgent")
        self.submit(400, "empty-document", "")
        place = self.submit(400, "malformed-xml", "<vnml>\n</project>").json
        self.assertEqual(place["line"], 2)
        self.submit(400, "doctype-refused", "<!DOCTYPE a><a/>")
        self.submit(400, "document-limit", "<a>" * 300 + "</a>" * 300)
        self.submit(415, "unsupported-media-type", Content_Type="text/plain")

    def kept_and_expired(self):
        first = self.submit(200, None, Idempotency_Key='"k"')
        again = self.submit(200, None, Idempotency_Key="k")
        self.assertEqual(again.headers["Location"], first.headers["Location"])
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.submit(422, "idempotency-mismatch", BAD, Idempotency_Key="k")
        request_id = first.headers["Location"].split("/")[2]
        self.store.client.delete(f"cache:request:{request_id}:response")
        self.ask(410, "result-expired", "results", request_id)
        self.submit(410, "result-expired", Idempotency_Key="k")

        failed = self.submit(500, "processing-failed", BAD, Idempotency_Key="b")
        self.store.client.delete(f"cache:request:{failed.json['requestId']}:failure")
        self.submit(410, "result-expired", BAD, Idempotency_Key="b")

    def waiting_requests(self):
        """Nobody works on what this server takes in."""
        api = self.started(1, VN_ROLES="api", VN_REQUESTS_MAX_BACKLOG=1, SYNC_WAIT_TIMEOUT_MS=1)
        waiting = self.submit(202, None, server=api, Idempotency_Key="k").json
        self.assertEqual(waiting["status"], "pending")
        request_id = waiting["requestId"]
        self.assertIsNone(self.ask(200, None, "status", request_id, api).json["startedAt"])
        self.ask(404, "result-not-available", "results", request_id, api)
        self.submit(503, "backlog-full", server=api)

        answer = api.request("DELETE", f"/valuation/{request_id}")
        self.expect(200, None, "DELETE", "/valuation/{id}", answer)
        self.ask(409, "request-cancelled", "results", request_id, api)
        patient = self.started(1, VN_ROLES="api")
        self.submit(409, "request-cancelled", server=patient, Idempotency_Key="k")

        other_program = support.redis.Redis(unix_socket_path=self.store.socket, db=1)
        self.addCleanup(other_program.close)
        answers = []
        call = threading.Thread(target=lambda: answers.append(patient.post(GOOD)))
        call.start()
        support.until(lambda: other_program.xlen("stream:request:ingest") == 1, "it waits for a request")
        other_program.flushdb()
        call.join()
        self.expect(503, "request-lost", "POST", "/valuation", answers[0])

    def control(self):
        def cancel(status, code, request_id):
            answer = self.node.request("DELETE", f"/valuation/{request_id}")
            self.expect(status, code, "DELETE", "/valuation/{id}", answer)
        done = self.submit(200, None).headers["Location"].split("/")[2]
        cancel(409, "request-ended", done)
        cancel(404, "request-not-found", support.new_id())

        failed = self.submit(500, "processing-failed", BAD).json["requestId"]
        self.retry(202, None, failed)
        self.node.wait_status(failed, "failed")
        self.retry(409, "request-not-failed", done)
        self.retry(404, "request-not-found", support.new_id())
        api = self.started(0, VN_ROLES="api", VN_REQUESTS_MAX_BACKLOG=1)
        self.full(api, lambda: self.retry(503, "backlog-full", failed, api))
        self.store.client.delete(f"cache:request:{failed}:xml")
        self.retry(410, "input-expired", failed)

    def retry(self, status, code, request_id, server=None):
        answer = (server or self.node).request("POST", f"/valuation/{request_id}/retry")
        return self.expect(status, code, "POST", "/valuation/{id}/retry", answer)

    def full(self, api, ask):
        """Asks while a request waits that nobody takes: its document never comes, for a while."""
        waiting = support.new_id()
        self.store.client.xadd("stream:request:ingest", {"requestId": waiting, "xmlKey": f"cache:request:{waiting}:xml"})
        ask()
        api.request("DELETE", f"/valuation/{waiting}")

    def parked(self):
        redis = self.store.client
        parking = {"reason": "poison", "deliveries": 3, "at": "2026-01-31T12:00:00.125Z", "node": "n"}

        def park(stream, **fields):
            return redis.xadd(f"stream:{stream}:dead", {**fields, **parking})

        def requeue(status, code, stream, entry, server=None):
            answer = (server or self.node).request("POST", f"/dead/{stream}/{entry}/requeue")
            return self.expect(status, code, "POST", "/dead/{stream}/{entry}/requeue", answer)

        def of_entry(method, status, code, stream, entry):
            answer = self.node.request(method, f"/dead/{stream}/{entry}")
            return self.expect(status, code, method, "/dead/{stream}/{entry}", answer)

        def listed(status, code, path, query=""):
            return self.expect(status, code, "GET", path, self.node.get(path + query))

        unusable = park("task", hello="world")
        self.assertEqual(listed(200, None, "/dead").json["entries"][0]["entry"], unusable)
        for query, code in (("stream=no", "bad-stream"), ("limit=0", "bad-limit"), ("cursor=1", "bad-cursor")):
            listed(400, code, "/dead", "?" + query)
        for query, code in (("limit=0", "bad-limit"), ("cursor=1", "bad-cursor")):
            listed(400, code, "/audit", "?" + query)
        of_entry("GET", 200, None, "task", unusable)
        requeue(409, "dead-entry-unusable", "task", unusable)
        of_entry("DELETE", 200, None, "task", unusable)
        for method in ("GET", "DELETE"):
            of_entry(method, 404, "dead-entry-not-found", "task", unusable)
        requeue(404, "dead-entry-not-found", "task", unusable)
        self.assertTrue(listed(200, None, "/audit").json["entries"])

        done = self.submit(200, None).headers["Location"].split("/")[2]
        requeue(409, "request-ended", "task", park("task", requestId=done, groupIdx=0, taskId=1, attempt=1))
        key = f"cache:request:{done}:xml"
        requeue(409, "request-not-failed", "request", park("request", requestId=done, xmlKey=key))
        running = support.new_id()
        redis.hset(f"state:request:{running}", mapping={"status": "running", "currentGroup": 0})
        redis.hset(f"state:request:{running}:group:0", mapping={"expected": 1, "status": "running"})
        task = park("task", requestId=running, groupIdx=0, taskId=1, attempt=1)
        requeue(410, "input-expired", "task", task)
        redis.set(f"cache:task:{running}:0:1:result", "<a/>", ex=60)
        requeue(409, "task-not-parked", "task", task)

        new = support.new_id()
        parked = park("request", requestId=new, xmlKey=f"cache:request:{new}:xml")
        redis.set(f"cache:request:{new}:xml", GOOD, ex=60)
        api = self.started(0, VN_ROLES="api", VN_REQUESTS_MAX_BACKLOG=1)
        self.full(api, lambda: requeue(503, "backlog-full", "request", parked, api))
        self.redis_is_full(lambda: requeue(503, "redis-full", "request", parked))
        failed = self.submit(500, "processing-failed", BAD).json["requestId"]
        self.redis_is_full(lambda: self.retry(503, "redis-full", failed))
        requeue(202, None, "request", parked)
        self.node.wait_status(new, "succeeded")

    def events(self):
        """Of a stream that goes on, only the head is read."""
        key = websocket_client.handshake("/", {})[0].split("\r\n", 1)[1]

        def ask(status, code, path, query="", fields="Host: a\r\n\r\n", server=None, request_id=None, file=""):
            target = path.replace("{id}", request_id or support.new_id()).replace("{file}", file) + query
            with socket.create_connection(("127.0.0.1", (server or self.node).port), timeout=support.BOUND) as s:
                s.sendall(f"GET {target} HTTP/1.1\r\n{fields}".encode())
                response = http.client.HTTPResponse(s)
                response.begin()
                goes_on = response.getheader("Content-Type") == "text/event-stream" and path == "/events"
                answer = support.Answer(NoBody(response) if goes_on or status == 101 else response)
            return self.expect(status, code, "GET", path, answer)
        of_request, polled = "/valuation/{id}/events", "/api/v1/runs/{id}/events"
        done = self.submit(200, None, X_User_ID="ann").headers["Location"].split("/")[2]
        nobodys = self.submit(200, None).headers["Location"].split("/")[2]
        ask(101, None, "/ws", "?username=ann", key)
        ask(400, None, "/ws", "?username=ann")
        ask(400, "bad-username", "/ws", "?username=a:b", key)
        ask(400, "bad-filter", "/ws", "?username=a&request=7", key)
        ask(400, "bad-position", "/ws", "?username=a&offset=x", key)
        ask(200, None, "/events", "?username=ann")
        ask(400, "username-required", "/events")
        ask(400, "bad-username", "/events", "?username=a:b")
        ask(400, "bad-filter", "/events", "?username=a&type=,")
        ask(400, "bad-position", "/events", "?username=a", "Host: a\r\nLast-Event-ID: x\r\n\r\n")
        told = ask(200, None, of_request, request_id=done).text
        last = told.rsplit("id: ", 1)[1].split("\n")[0]
        ask(204, None, of_request, fields=f"Host: a\r\nLast-Event-ID: {last}\r\n\r\n", request_id=done)
        ask(400, "bad-filter", of_request, "?type=,", request_id=done)
        ask(400, "bad-position", of_request, "?offset=x", request_id=done)
        ask(200, None, polled, request_id=done)
        closed = self.started(0, VN_ROLES="api", VN_EVENTS_OPEN="never")
        for path in ("/ws", "/events", of_request, polled):
            ask(401, "not-authenticated", path, "?username=ann", key, closed)
        page = ask(200, None, "/watch")
        known = f"Host: a\r\nIf-None-Match: {page.headers['ETag']}\r\n\r\n"
        ask(304, None, "/watch", fields=known)
        for file in ("watch.html", "watch.css", "watch.svg", "page.js"):
            ask(200, None, "/watch/{file}", file=file)
        ask(304, None, "/watch/{file}", fields=known, file="watch.html")
        ask(404, "not-found", "/watch/{file}", file="none.js")
        for path in (of_request, polled):
            ask(404, "request-not-found", path)
            ask(404, "events-not-available", path, request_id=nobodys)
        ask(403, "origin-not-allowed", "/ws", "?username=ann", "Origin: https://evil\r\n" + key)
        self.tokens_and_limits(ask, key, ("/ws", "/events", of_request), polled)

    def tokens_and_limits(self, ask, key, staying, polled):
        folder = support.new_folder(self.addCleanup)
        issuer = Secret("what nobody else knows, 32 bytes.")
        (folder / "secret").write_bytes(issuer.secret)
        proxied = {"VN_ROLES": "api", "VN_EVENTS_TRUSTED_PROXIES": "127.0.0.1"}
        asking = self.started(0, **proxied, VN_EVENTS_TOKEN_SECRET_FILE=folder / "secret", VN_EVENTS_MAX_PER_ADDRESS=1,
                              VN_EVENTS_MAX_PER_USER=1)
        full = self.started(0, **proxied, VN_EVENTS_MAX_CONNECTIONS=1)
        rare = self.started(0, **proxied, VN_EVENTS_HANDSHAKES_PER_SECOND=1, VN_EVENTS_HANDSHAKE_BURST=1)

        def call(address, token=None):
            fields = f"X-Forwarded-For: {address}\r\n"
            return fields + (f"Authorization: Bearer {token}\r\n" if token else "") + key
        for path in (*staying, polled):
            ask(401, "bad-token", path, "", call("9.9.9.1", "x"), asking)
            ask(401, "token-expired", path, "", call("9.9.9.1", issuer.token(seconds=-60)), asking)
            ask(403, "username-mismatch", path, "?username=bob", call("9.9.9.1", issuer.token()), asking)
        for node in (asking, full):
            headers = {"X-Forwarded-For": "9.9.9.1", "Authorization": "Bearer " + issuer.token(),
                       "Sec-WebSocket-Protocol": "vn.events.v1"}
            self.addCleanup(websocket_client.WebSocket(node.port, "/ws?username=ann", headers).close)
        for n, path in enumerate(staying):
            ask(429, "too-many-listeners-of-address", path, "?username=ann", call("9.9.9.1", issuer.token()), asking)
            ask(429, "too-many-listeners-of-user", path, "?username=ann", call("9.9.9.2", issuer.token()), asking)
            ask(503, "too-many-listeners", path, "?username=ann", call("9.9.9.2"), full)
            support.until(lambda: rare.get("/events?username=a:b", **{"X-Forwarded-For": f"9.9.9.{n}"}).status == 429,
                          "it comes too often")
            ask(429, "too-many-handshakes", path, "?username=ann", call(f"9.9.9.{n}"), rare)

    def redis_is_full(self, ask):
        self.store.client.config_set("maxmemory", 1)
        try:
            ask()
        finally:
            self.store.client.config_set("maxmemory", 0)

    def each(self):
        for method, path in DOCUMENT.operations():
            target = path.replace("{stream}", "task").replace("{entry}", "1-1").replace("{file}", "page.js")
            yield method, path, target.replace("{id}", support.new_id())

    def limits_of_http(self):
        support.until(self.node.is_ready, "it knows that Redis is not full any more")
        for method, path, target in self.each():
            def probe(status, code, fields="", target=target, version="HTTP/1.1"):
                answer = wire(self.node, f"{method} {target} {version}\r\nHost: a\r\n{fields}\r\n", method)
                return self.expect(status, code, method, path, answer)
            with self.subTest(f"{method} {path}"):
                if path in PLAIN or (method, path) == ("GET", "/valuation"):
                    probe(200, None)
                probe(400, "bad-request", "Host: b\r\n")
                probe(400, "bad-target", target=target + "?a=%zz")
                xml = "Content-Type: application/xml\r\n"
                self.assertEqual(probe(413, "payload-too-large", xml + "Content-Length: 20001\r\n").json["maxBytes"],
                                 20000 if (method, path) == ("POST", "/valuation") else 0)
                probe(414, "target-too-long", target=target + "?a=" + "a" * 9000)
                probe(415, "unsupported-content-encoding", "Content-Encoding: gzip\r\n")
                probe(417, "expectation-failed", "Expect: the-unexpected\r\n")
                probe(431, "header-too-large", "a" * 300 + ": b\r\n")
                probe(431, "too-many-header-fields", "a: b\r\n" * 100)
                probe(501, "transfer-encoding-not-supported", "Transfer-Encoding: gzip, chunked\r\n")
                probe(505, "http-version-not-supported", version="HTTP/2.0")

    def slow_and_crowded(self):
        hasty = self.started(2, VN_ROLES="api", VN_HTTP_HEADER_TIMEOUT_MS=500)
        for method, path, target in self.each():
            answer = wire(hasty, f"{method} {target} HTTP/1.1\r\n", method)
            self.expect(408, "request-timeout", method, path, answer)

        narrow = self.started(2, VN_ROLES="api", VN_HTTP_MAX_CONNECTIONS=1)
        only = http.client.HTTPConnection("127.0.0.1", narrow.port, timeout=support.BOUND)
        self.addCleanup(only.close)

        def is_in():
            only.request("GET", "/livez")
            answer = support.Answer(only.getresponse())
            return answer.status == 200 or only.close()
        support.until(is_in, "the connection of the readiness probe has ended")

        def refusal(method, target):
            try:
                return wire(narrow, f"{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n", method)
            except (ConnectionError, http.client.HTTPException):
                return None  # who asks late, or among many who are refused, is cut
        for method, path, target in self.each():
            answer = support.until(lambda: refusal(method, target), "it is told that there is no place")
            self.expect(503, "too-many-connections", method, path, answer)

    def redis_in_trouble(self):
        self.store.client.config_set("maxmemory", 1)
        self.submit(503, "redis-full")
        self.store.client.config_set("maxmemory", 0)

        self.store.process.send_signal(signal.SIGSTOP)
        uncertain = self.submit(503, "submission-uncertain", Idempotency_Key="again")
        self.store.process.send_signal(signal.SIGCONT)
        support.until(lambda: self.node.get("/readyz").status == 200, "Redis answers again")

        def again():
            answer = self.node.post(GOOD, headers={"Idempotency-Key": "again"})
            return answer.status != 503 and answer
        self.expect(200, None, "POST", "/valuation", support.until(again, "it takes requests again"))
        self.assertIn(self.node.get(f"/valuation/{uncertain.json['requestId']}/status").status, (200, 404))

        self.store.kill()
        support.until(lambda: self.node.get("/readyz").status == 503, "the server notices")
        self.expect(503, "not-ready", "GET", "/readyz", self.node.get("/readyz"))

        def refused():
            # A submission that meets the end of the connection may have been sent.
            answer = self.node.post(GOOD)
            return self.saw("POST", "/valuation", answer) == (503, "redis-unavailable")
        support.until(refused, "nothing is sent any more")
        for what in ("status", "results"):
            self.ask(503, "redis-unavailable", what, support.new_id())
        self.expect(503, "redis-unavailable", "GET", "/valuation", self.node.get("/valuation"))
        for method, path, target in self.each():
            if path.startswith(("/dead", "/audit")) or path.endswith("{id}/events") or path in ("/valuation/{id}", "/valuation/{id}/retry"):
                self.expect(503, "redis-unavailable", method, path, self.node.request(method, target))
        for path in ("/healthz", "/livez", "/health"):
            self.expect(200, None, "GET", path, self.node.get(path))

    def test_what_is_no_operation(self):
        components = DOCUMENT.tree["components"]["responses"]
        for name, status, method, path in (("NotFound", 404, "GET", "/nowhere"),
                                           ("NotFound", 404, "GET", "/valuation/"),
                                           ("MethodNotAllowed", 405, "DELETE", "/valuation"),
                                           ("MethodNotAllowed", 405, "POST", "/healthz"),
                                           ("MethodNotImplemented", 501, "BREW", "/valuation")):
            with self.subTest(f"{method} {path}"):
                answer = self.node.request(method, path)
                self.assertEqual(answer.status, status)
                self.assertEqual(DOCUMENT.check(answer, components[name]), [])

        head = self.node.request("HEAD", "/healthz")
        self.assertEqual((head.status, head.body, head.headers["Content-Length"]), (200, b"", "15"))

    def test_no_route_is_missing(self):
        """Every path in the sources of the API is asked what it allows; the document has just these."""
        texts = (support.SOURCE / "server" / "api").glob("*.cpp")
        candidates = {path for file in texts for path in re.findall(r'"(/[^"\s]*)"', file.read_text())}
        routes = set()
        for path in candidates:
            target = path.replace("{id}", support.new_id()).replace("{stream}", "task").replace("{entry}", "1-1").replace("{file}", "page.js")
            answer = self.node.request("OPTIONS", target)
            if answer.status == 204:
                routes |= {(method, path) for method in answer.headers["Allow"].split(", ")}
            else:
                self.assertEqual(answer.status, 404, path)
        methods = {method for method, path in routes}
        self.assertEqual({(m, p) for m, p in routes if m not in ("HEAD", "OPTIONS")}, set(DOCUMENT.operations()))
        everywhere = wire(self.node, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS")
        self.assertEqual(set(everywhere.headers["Allow"].split(", ")), methods)

    def test_examples_fit(self):
        for method, path in DOCUMENT.operations():
            for status, response in DOCUMENT.responses(method, path).items():
                content = response.get("content", {}).get("application/json", {})
                if "example" in content:
                    with self.subTest(f"{method} {path} {status}"):
                        self.assertEqual(DOCUMENT.mistakes(content["example"], content["schema"]), [])
        for example in DOCUMENT.tree["components"]["examples"].values():
            ElementTree.fromstring(example["value"])


class Checker(unittest.TestCase):
    """A checker that finds nothing would pass everything."""

    def test_finds_mistakes(self):
        for value, schema in ((1, {"type": "string"}), (True, {"type": "integer"}), ("x", {"enum": ["y"]}),
                              ({}, {"required": ["a"]}), ({"b": 1}, {"properties": {"a": {}}}), ("1", {"pattern": "^a"}),
                              (-2, {"minimum": -1}), ("x", {"format": "uuid"}), ([1], {"items": {"type": "string"}}),
                              ({"code": 1}, {"$ref": "#/components/schemas/Error"}), (1, {"not": {}}),
                              ({"a": {"b": 1}}, {"properties": {"a": {"properties": {"c": {}}}}}),
                              ({"a": 1}, {"allOf": [{"properties": {"a": {"type": "null"}}}]})):
            self.assertNotEqual(DOCUMENT.mistakes(value, schema), [], (value, schema))
        for value, schema in ((None, {"type": ["string", "null"]}), ({"a": 1, "b": 2}, {"allOf": [
                {"properties": {"a": {}}}, {"properties": {"b": {"minimum": 2}}}]})):
            self.assertEqual(DOCUMENT.mistakes(value, schema), [])
