"""Who may listen: pages, tokens, limits, and what of it is seen in the log."""

import http.client
import json
import os
import re
import select
import socket
import threading
import time
import unittest

import support
from support import request_xml, until
from token_maker import P256, Rsa, Secret
from websocket_client import Closed, WebSocket, handshake

SCRIPT = "cat >/dev/null; echo 7\n"
SECRET = Secret("what nobody else knows, 32 bytes.")
PAGE = "https://app.example.com"


def bearer(token):
    return {"Authorization": "Bearer " + token}


class Access(support.Case):
    def answer(self, target="/ws", headers=None, node=None):
        """To a handshake that is refused."""
        with socket.create_connection(("127.0.0.1", (node or self.node).port), timeout=support.BOUND) as s:
            s.sendall(handshake(target, headers)[0].encode())
            response = http.client.HTTPResponse(s)
            response.begin()
            return support.Answer(response)

    def refused(self, status, code, target="/ws", headers=None, node=None):
        answer = self.answer(target, headers, node)
        self.assertEqual((answer.status, answer.json["code"]), (status, code))
        return answer

    def opened(self, target="/ws", headers=None, node=None):
        ws = WebSocket((node or self.node).port, target, headers)
        self.addCleanup(ws.close)
        return ws

    def hears(self, ws, user):
        """What is published for the user comes out of the socket."""
        def heard():
            self.store.client.publish("workflow:events:" + user, "for " + user)
            return ws.buffer or select.select([ws.socket], [], [], 0.05)[0]
        until(heard, "it listens")
        self.assertEqual(ws.receive(), "for " + user)

    def stream(self, target, headers=None, node=None):
        """Status, headers, and what is read up to the end of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", (node or self.node).port, timeout=support.BOUND)
        self.addCleanup(connection.close)
        connection.request("GET", target, headers=headers or {})
        return connection.getresponse()

    def file(self, name, content):
        path = self.folder() / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


class Open(Access):
    """A server on loopback, as it is by default, but for the pages."""

    SHARED = {"VN_EVENTS_ORIGINS": PAGE, "VN_HTTP_CORS_ORIGINS": f"{PAGE}, http://localhost:3000"}
    SCRIPT = SCRIPT

    def test_a_page_of_another_site_gets_no_socket(self):
        here = f"127.0.0.1:{self.node.port}"
        for origin in ("https://evil.example", "null", "http://127.0.0.1:1", PAGE + ":8443", PAGE + ".evil.example",
                       "http://app.example.com", ""):
            self.refused(403, "origin-not-allowed", "/ws?username=ann", {"Host": here, "Origin": origin})
        for origin in (None, PAGE, "http://" + here):
            self.hears(self.opened("/ws?username=ann", {"Host": here, "Origin": origin}), "ann")

    def test_cors(self):
        origin = {"Origin": PAGE}
        asked = self.node.request("OPTIONS", "/valuation", headers={
            **origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-user-id"})
        self.assertEqual((asked.status, asked.body), (204, b""))
        self.assertEqual(asked.headers["Access-Control-Allow-Origin"], PAGE)
        self.assertEqual(asked.headers["Access-Control-Allow-Methods"], asked.headers["Allow"])
        self.assertIn("POST", asked.headers["Allow"])
        self.assertEqual(asked.headers["Access-Control-Allow-Headers"], "authorization,content-type,x-user-id")
        self.assertEqual(asked.headers["Access-Control-Max-Age"], "600")

        done = self.node.post(request_xml(1, 1), headers={**origin, "X-User-ID": "cors"})
        self.assertEqual(done.headers["Access-Control-Allow-Origin"], PAGE)
        exposed = done.headers["Access-Control-Expose-Headers"].split(", ")
        for name in ("Location", "Retry-After", "X-Request-Id"):
            self.assertIn(name, exposed)
        for path in ("/livez", "/nowhere", done.headers["Location"], "/valuation?status=no", "/events?username=a:b"):
            answer = self.node.get(path, **origin)
            self.assertEqual((answer.headers["Access-Control-Allow-Origin"], answer.headers["Vary"]), (PAGE, "Origin"))
        events = self.stream(f"/valuation/{done.headers['Location'].split('/')[2]}/events",
                             {"Origin": "http://localhost:3000"})
        self.assertEqual(events.headers["Access-Control-Allow-Origin"], "http://localhost:3000")
        self.assertIn(b"workflow_completed", events.read())

        for headers in ({}, {"Origin": "https://evil.example"}):
            for method in ("GET", "OPTIONS"):
                answer = self.node.request(method, "/livez", headers={**headers, "Access-Control-Request-Method": "GET"})
                self.assertEqual([n for n in answer.headers if n.startswith("Access-Control")], [])
                self.assertEqual(answer.headers["Vary"], "Origin")

    def test_off_by_default(self):
        node = self.server(REDIS_URL=self.store.url + "?db=1", VN_ROLES="api")
        answer = node.request("OPTIONS", "/livez", headers={"Origin": PAGE, "Access-Control-Request-Method": "GET"})
        self.assertEqual([n for n in answer.headers if n.startswith("Access-Control") or n == "Vary"], [])
        self.refused(403, "origin-not-allowed", "/ws?username=ann", {"Origin": PAGE}, node)


class Tokens(Access):
    """A server with the keys of four issuers: a secret, and three of a set."""

    SCRIPT = SCRIPT

    @classmethod
    def setUpClass(cls):
        folder = support.new_folder(cls.addClassCleanup)
        cls.rsa, cls.p256, cls.shared = Rsa(folder, "r"), P256(folder, "e"), Secret(os.urandom(32), "h")
        (folder / "secret").write_bytes(SECRET.secret + b"\n")
        (folder / "keys.json").write_text(json.dumps({"keys": [k.jwk() for k in (cls.rsa, cls.p256, cls.shared)]}))
        cls.SHARED = {"VN_EVENTS_TOKEN_SECRET_FILE": folder / "secret", "VN_EVENTS_TOKEN_KEY_FILE": folder / "keys.json",
                      "VN_EVENTS_TOKEN_LEEWAY_SECONDS": 0, "VN_EVENTS_TOKEN_AUDIENCE": "vn",
                      "VN_EVENTS_TOKEN_ISSUER": "https://issuer", "VN_EVENTS_FIRST_MESSAGE_MS": 60000}
        super().setUpClass()

    def token(self, user="ann", seconds=600, by=SECRET, **claims):
        return by.token(user, seconds, **{"aud": "vn", "iss": "https://issuer", **claims})

    def test_each_kind_of_key(self):
        for n, key in enumerate((SECRET, self.rsa, self.p256, self.shared)):
            with self.subTest(key.algorithm):
                self.hears(self.opened(headers=bearer(self.token(f"k{n}", by=key))), f"k{n}")

    def test_each_place_of_a_token(self):
        token = self.token()
        self.hears(self.opened(headers=bearer(token)), "ann")
        self.hears(self.opened("/ws?username=ann", bearer(token)), "ann")
        ws = self.opened(headers={"Sec-WebSocket-Protocol": f"vn.events.v1, bearer.{token}"})
        self.assertEqual(ws.headers["Sec-WebSocket-Protocol"], "vn.events.v1")
        self.hears(ws, "ann")
        for target in ("/ws", "/ws?username=ann", "/ws?resume=message"):
            ws = self.opened(target, {"Sec-WebSocket-Protocol": "vn.events.v1"})
            self.assertEqual(ws.headers["Sec-WebSocket-Protocol"], "vn.events.v1")
            ws.send(json.dumps({"token": token, "more": "x" * 4000}))
            self.hears(ws, "ann")
        events = self.stream("/events", bearer(token))
        self.assertEqual(events.status, 200)

    def test_a_position_beside_the_token(self):
        self.node.post(request_xml(1, 1), headers={"X-User-ID": "back"})
        kept = [fields["event"] for _, fields in self.store.client.xrange("vn:events:back")]
        first = json.loads(kept[0])
        where = f"epoch={first['epoch']}&offset={first['offset']}"
        message = {"token": self.token("back")}
        for target, first_message in ((f"/ws?{where}", message),
                                      ("/ws", {**message, "epoch": first["epoch"], "offset": first["offset"]})):
            ws = self.opened(target)
            ws.send(json.dumps(first_message))
            self.assertEqual(ws.receive_until(lambda t: '"recovered"' in t)[:-1], kept[1:])

    def test_what_is_not_accepted(self):
        good = self.token()
        head, claims, signature = good.split(".")
        forged = ".".join((head, self.token("root").split(".")[1], signature))
        public_as_secret = Secret(self.rsa.public, "r")
        bad = {"forged": forged, "cut": good[:-4], "unsigned": f"{head}.{claims}.", "none": self.none(),
               "another's": self.token(by=Secret("x" * 32)), "confused": self.token(by=public_as_secret),
               "unknown key": self.token(by=Secret(self.shared.secret, "other")),
               "other key": self.token(by=Secret(SECRET.secret, "h")),
               "early": self.token(nbf=int(time.time()) + 600), "endless": self.token(exp=None),
               "audience": self.token(aud="other"), "no audience": self.token(aud=None),
               "issuer": self.token(iss="https://evil"), "no user": self.token(sub=None),
               "bad user": self.token("a:b"), "long": self.token(x="x" * 9000), "nothing": "x"}
        for name, token in bad.items():
            with self.subTest(name):
                answer = self.refused(401, "bad-token", headers=bearer(token))
                self.assertEqual(answer.headers["WWW-Authenticate"], 'Bearer error="invalid_token"')
                self.assertEqual(self.node.get("/events", **bearer(token)).json["code"], "bad-token")
                ws = self.opened()
                if len(token) < 8000:
                    ws.send(json.dumps({"token": token}))
                    self.assertEqual(ws.closing(), 1008)
        self.refused(401, "token-expired", headers=bearer(self.token(seconds=-1)))
        ws = self.opened()
        ws.send(json.dumps({"token": self.token(seconds=-1)}))
        with self.assertRaises(Closed) as closed:
            ws.receive()
        self.assertEqual((closed.exception.code, closed.exception.reason), (1008, "The token has expired."))

    def none(self):
        class Nobody(Secret):
            algorithm = "none"
        return self.token(by=Nobody("x" * 32))

    def test_without_a_token(self):
        for path in ("/events?username=ann", f"/valuation/{support.new_id()}/events",
                     f"/api/v1/runs/{support.new_id()}/events", "/events?access_token=" + self.token()):
            answer = self.node.get(path, **{"X-User-ID": "ann"})
            self.assertEqual((answer.status, answer.json["code"], answer.headers["WWW-Authenticate"]),
                             (401, "not-authenticated", "Bearer"))
        for first in ("{}", '{"epoch":1,"offset":0}', '{"token":7}', "no"):
            ws = self.opened("/ws?username=ann&offset=0")
            ws.send(first)
            self.assertEqual(ws.closing(), 1008, first)

    def test_a_stranger_may_say_little_and_not_take_its_time(self):
        ws = self.opened()
        ws.send("x" * 8193)
        self.assertEqual(ws.closing(), 1009)
        known = self.opened(headers=bearer(self.token()))
        known.send("x" * 513)
        self.assertEqual(known.closing(), 1009)
        hasty = self.server(**{**self.SHARED, "VN_EVENTS_FIRST_MESSAGE_MS": 300}, REDIS_URL=self.store.url,
                            VN_ROLES="api")
        with self.assertRaises(Closed) as closed:
            self.opened(node=hasty).receive()
        self.assertEqual(closed.exception.code, 1008)

    def test_a_token_is_for_its_user_alone(self):
        mine = self.node.post(request_xml(1, 1), headers={"X-User-ID": "ann"}).headers["Location"].split("/")[2]
        other = self.node.post(request_xml(1, 1), headers={"X-User-ID": "bob"}).headers["Location"].split("/")[2]
        ann = bearer(self.token())
        self.refused(403, "username-mismatch", "/ws?username=bob", ann)
        ws = self.opened("/ws?username=bob")
        ws.send(json.dumps({"token": self.token()}))
        self.assertEqual(ws.closing(), 1008)
        for path in ("/events?username=bob", f"/valuation/{mine}/events?username=bob",
                     f"/api/v1/runs/{mine}/events?username=bob"):
            answer = self.node.get(path, **ann)
            self.assertEqual((answer.status, answer.json["code"]), (403, "username-mismatch"))
        for path in (f"/valuation/{other}/events", f"/api/v1/runs/{other}/events"):
            self.assertEqual(self.node.get(path, **ann).status, 404)
        self.assertIn("workflow_completed", self.node.get(f"/valuation/{mine}/events", **ann).text)
        self.assertEqual(self.node.get(f"/api/v1/runs/{mine}/events", **ann).json["status"], "COMPLETED")

    def test_what_is_open_ends_with_its_token(self):
        headers = bearer(self.token("brief", seconds=6))
        ws = self.opened(headers=headers)
        stream = self.stream("/events", headers)
        self.hears(ws, "brief")
        read = []
        reading = threading.Thread(target=lambda: read.append(stream.read()))
        reading.start()
        with self.assertRaises(Closed) as closed:
            while True:
                self.store.client.publish("workflow:events:brief", "more")
                ws.receive()
        self.assertEqual((closed.exception.code, closed.exception.reason), (1008, "the token has expired"))
        reading.join()
        self.assertIn(b"data: more", read[0])
        idle = self.opened(headers=bearer(self.token("idle", seconds=4)))
        self.assertEqual(idle.closing(), 1008)

    def test_two_tokens_are_one_too_many(self):
        headers = {**bearer(self.token()), "Sec-WebSocket-Protocol": "bearer." + self.token()}
        self.refused(400, "bad-request", headers=headers)

    def test_no_token_is_logged(self):
        tokens = [self.token("logged", by=key) for key in (SECRET, self.rsa)]
        tokens += [token[:-2] + "xx" for token in tokens]
        for token in tokens:
            self.answer(headers=bearer(token)) if token.endswith("xx") else self.opened(headers=bearer(token))
            self.node.get(f"/events?token={token}")
            ws = self.opened()
            ws.send(json.dumps({"token": token, "more": "x" * (9000 if token == tokens[0] else 0)}))
            if token != tokens[1]:
                ws.closing()
        last = support.new_id()
        self.node.get("/livez", **{"X-Request-Id": last})
        until(lambda: any(last in line for line in self.node.lines), "all of it is logged")
        written = "\n".join(self.node.lines)
        for token in tokens:
            for part in token.split("."):
                self.assertNotIn(part, written)


class Alone(Access):
    """Each with a server of its own."""

    def started(self, **settings):
        self.store = getattr(self, "store", None) or self.redis()
        self.node = self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(SCRIPT), **settings)
        return self.node

    def from_address(self, address, token=None):
        return {"X-Forwarded-For": f"1.2.3.4, {address}", **(bearer(token) if token else {})}

    def test_keys_make_a_server_on_loopback_ask(self):
        secret = self.file("secret", SECRET.secret)
        node = self.started(VN_EVENTS_TOKEN_SECRET_FILE=secret)
        self.assertEqual(node.get("/events?username=ann").status, 401)
        node = self.started(VN_EVENTS_TOKEN_SECRET_FILE=secret, VN_EVENTS_OPEN="always")
        self.hears(self.opened("/ws?username=ann"), "ann")
        self.hears(self.opened(headers=bearer(SECRET.token("bob"))), "bob")
        self.refused(401, "bad-token", "/ws?username=ann", bearer("x"))
        self.refused(403, "username-mismatch", "/ws?username=ann", bearer(SECRET.token("bob")))

    def test_who_never_catches_up_ends_with_its_token_too(self):
        self.started(VN_EVENTS_TOKEN_SECRET_FILE=self.file("secret", SECRET.secret), VN_EVENTS_OVERFLOW="drop",
                     VN_EVENTS_QUEUE_MESSAGES=256, VN_EVENTS_TOKEN_LEEWAY_SECONDS=0)
        ws = self.opened(headers=bearer(SECRET.token(seconds=5)))

        def falls_behind():
            for _ in range(20):
                self.store.client.publish("workflow:events:ann", "x" * 50_000)
            ws.receive()
        self.hears(ws, "ann")
        with self.assertRaises(Closed) as closed:
            until(falls_behind, "it is closed")
        self.assertEqual(closed.exception.code, 1008)

    def test_keys_change_while_it_runs(self):
        folder = self.folder()
        old, new = Rsa(folder, "old"), P256(folder, "new")
        keys = self.file("keys.pem", old.public)

        def replace(content):
            other = keys.with_suffix(".new")
            other.write_bytes(content)
            other.rename(keys)

        def accepts(key):
            answer = self.node.get(f"/api/v1/runs/{support.new_id()}/events", **bearer(key.token()))
            return answer.status == 404
        self.started(VN_EVENTS_TOKEN_KEY_FILE=keys, VN_EVENTS_TOKEN_RELOAD_MS=50)
        ws = self.opened(headers=bearer(old.token()))
        self.assertEqual((accepts(old), accepts(new)), (True, False))
        replace(old.public + new.public)
        until(lambda: accepts(new), "the new key is known")
        self.assertTrue(accepts(old))
        broken = "the keys of tokens have changed and cannot be used: those from before stay"
        replace(new.public[:100])
        until(lambda: self.node.log(broken), "it is told")
        self.assertIn(str(keys), self.node.log(broken)[0]["reason"])
        self.assertEqual((accepts(old), accepts(new)), (True, True))
        keys.unlink()
        until(lambda: len(self.node.log(broken)) == 2, "it is told once more")
        self.assertTrue(accepts(new))
        replace(new.public)
        until(lambda: not accepts(old), "the old one is known no more")
        self.assertTrue(accepts(new))
        self.hears(ws, "ann")

    def test_keys_that_cannot_be_used_keep_it_from_starting(self):
        folder = self.folder()
        rsa = Rsa(folder)
        for setting, content, reason in (("SECRET", b"short", "32 bytes"), ("SECRET", rsa.public, "of another kind"),
                                         ("KEY", b"", "no PEM block"), ("KEY", b"{}", "no array of keys"),
                                         ("KEY", rsa.file.read_bytes(), "private key")):
            path = self.file("keys", content)
            told = support.subprocess.run(
                [str(support.SERVER), "--check-config"], capture_output=True, text=True, timeout=support.BOUND,
                env={**os.environ, f"VN_EVENTS_TOKEN_{setting}_FILE": str(path), "VN_DATA_DIR": str(folder)})
            self.assertEqual(told.returncode, 78)
            self.assertRegex(told.stderr, re.escape(str(path)) + ".*" + reason)

    def test_places_of_an_address_a_user_and_in_all(self):
        self.started(VN_EVENTS_TOKEN_SECRET_FILE=self.file("secret", SECRET.secret), VN_EVENTS_MAX_CONNECTIONS=5,
                     VN_EVENTS_MAX_PER_ADDRESS=3, VN_EVENTS_MAX_PER_USER=2, VN_EVENTS_TRUSTED_PROXIES="127.0.0.0/8",
                     VN_EVENTS_PONG_MS=60000)
        ann, bob = SECRET.token("ann"), SECRET.token("bob")
        first = self.opened(headers=self.from_address("9.9.9.1", ann))
        self.opened(headers=self.from_address("9.9.9.2", ann))
        answer = self.refused(429, "too-many-listeners-of-user", headers=self.from_address("9.9.9.3", ann))
        self.assertEqual(answer.headers["Retry-After"], "5")
        late = self.opened(headers=self.from_address("9.9.9.1"))
        late.send(json.dumps({"token": ann}))
        self.assertEqual(late.closing(), 1013)

        # Streams count as sockets do, and who has not said who it is; whoever has left makes room.
        stream = self.stream("/events", self.from_address("9.9.9.1", bob))
        self.assertEqual(stream.status, 200)
        self.opened_in_the_end(self.from_address("9.9.9.1"))
        answer = self.refused(429, "too-many-listeners-of-address", headers=self.from_address("9.9.9.1", bob))
        self.assertEqual(answer.headers["Retry-After"], "5")
        self.opened_in_the_end(self.from_address("9.9.9.3", bob))
        answer = self.refused(503, "too-many-listeners", headers=self.from_address("9.9.9.4"))
        self.assertEqual(answer.headers["Retry-After"], "5")
        self.assertEqual(self.node.get("/events", **self.from_address("9.9.9.4", bob)).status, 503)
        self.assertEqual(self.node.get("/livez").status, 200)
        self.assertGreaterEqual(self.node.get("/admin/stats").json["refused"], 5)
        first.close()
        self.hears(self.opened_in_the_end(self.from_address("9.9.9.1", ann)), "ann")

    def opened_in_the_end(self, headers):
        def tried():
            try:
                return self.opened(headers=headers)
            except AssertionError as refusal:
                self.assertRegex(str(refusal), " (429|503) ")
        return until(tried, "there is a place")

    def test_calls_are_answered_while_all_may_listen_that_can(self):
        self.started(VN_HTTP_MAX_CONNECTIONS=32)
        listening = [self.opened("/ws?username=ann") for _ in range(28)]
        self.refused(503, "too-many-listeners", "/ws?username=ann")
        self.assertEqual(self.node.post(request_xml(1, 1)).status, 200)
        self.hears(listening[0], "ann")

    def test_who_comes_too_often_waits(self):
        self.started(VN_EVENTS_HANDSHAKES_PER_SECOND=1, VN_EVENTS_HANDSHAKE_BURST=5,
                     VN_EVENTS_TRUSTED_PROXIES="127.0.0.1")

        def come(address):
            return self.answer("/ws?username=ann", self.from_address(address))
        refused = until(lambda: (a := come("9.9.9.9")).status != 101 and a, "it comes faster than once a second")
        self.assertEqual((refused.status, refused.json["code"], refused.headers["Retry-After"]),
                         (429, "too-many-handshakes", "1"))
        self.assertEqual(come("9.9.9.8").status, 101)
        self.assertEqual(come("2001:db8::1").status, 101)
        until(lambda: come("9.9.9.9").status == 101, "it may come again")
        # A proxy that nobody told us of is a program of this machine, and comes as often as it likes.
        self.started(VN_EVENTS_HANDSHAKES_PER_SECOND=1, VN_EVENTS_HANDSHAKE_BURST=1, VN_EVENTS_MAX_PER_ADDRESS=1)
        self.assertEqual({come("9.9.9.9").status for _ in range(20)}, {101})


if __name__ == "__main__":
    unittest.main()
