"""Events over WebSocket: existing clients, those who come back, slow ones, many, and the end of the server."""

import json
import socket
import threading
import unittest

import support
from event_listeners import SCRIPT, Sockets, SocketsAlone, is_last, types, ws_count
from support import request_xml, until
from websocket_client import BINARY, CLOSE, PING, PONG, handshake


class EventSockets(Sockets):
    SHARED = {}
    SCRIPT = SCRIPT

    def answer(self, *args, **options):
        with socket.create_connection(("127.0.0.1", self.node.port), timeout=support.BOUND) as s:
            s.sendall(handshake(*args, **options)[0].encode())
            response = support.http.client.HTTPResponse(s, method=options.get("method"))
            response.begin()
            return support.Answer(response)

    def test_bad_handshakes_get_the_answers_that_clients_know(self):
        answer = self.answer("/ws", {"Upgrade": None})
        self.assertEqual((answer.status, answer.text), (400, "username query parameter required\n"))
        self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        for wrong in ({"Upgrade": None}, {"Connection": None}, {"Connection": "close"}, {"Upgrade": "h2c"},
                      {"Sec-WebSocket-Version": "12"}, {"Sec-WebSocket-Version": None}, {"Sec-WebSocket-Key": "short"},
                      {"Sec-WebSocket-Key": "x" * 22 + "=="}, {"Sec-WebSocket-Key": None}):
            answer = self.answer("/ws?username=a", wrong)
            self.assertEqual((answer.status, answer.text), (400, "Bad Request\n"), wrong)
            self.assertEqual(answer.headers["Sec-WebSocket-Version"], "13")
        self.assertEqual(self.answer("/ws?username=a", method="HEAD").status, 405)
        self.assertEqual(self.answer("/ws?username=a", method="POST").status, 405)
        for bad in ("username=a:b", "username=" + "x" * 129, "username=a%20b", "username=caf%C3%A9"):
            self.assertEqual(self.answer("/ws?" + bad).json["code"], "bad-username")
        for bad in ("request=7", "type=a%20b", "type=a,,b"):
            self.assertEqual(self.answer("/ws?username=a&" + bad).json["code"], "bad-filter")
        for bad in ("offset=x", "offset=-1", "epoch=x&offset=1"):
            self.assertEqual(self.answer("/ws?username=a&" + bad).json["code"], "bad-position")
        health = self.node.get("/health")
        self.assertEqual((health.status, health.text), (200, "OK"))

    def test_a_client_that_sends_before_it_is_answered(self):
        with socket.create_connection(("127.0.0.1", self.node.port), timeout=support.BOUND) as s:
            s.sendall(handshake("/ws?username=a")[0].encode() + b"\x81\x80\0\0\0\0")
            self.assertIn(b" 400 ", s.recv(4096))

    def test_channels_reach_their_users_byte_for_byte(self):
        a, b = self.listening("alice"), self.listening("alice")
        bob = self.listening("bob@example.com")
        event = '{"counter":0,"node_id":"search","run_id":"r1","timestamp":1697234568,"type":"node_completed"}'
        raw = bytes(range(1, 128)) + b"\xff\xc0"
        until(lambda: self.node.get("/admin/stats").json["connections"] >= 3, "all three are counted")
        for text in (event, "not json", "", raw, "x" * 100_000):
            self.publish("alice", text)
        self.publish("bob@example.com", "not json")
        self.publish("carol", "lost")
        self.publish("Alice", "another user")
        self.client_published_elsewhere()
        for ws in (a, b):
            self.assertEqual(ws.receive(), event)
            self.assertEqual(ws.receive(), "not json")
            self.assertEqual(ws.receive(), "")
            self.assertEqual(ws.receive().encode(errors="surrogateescape"), raw)
            self.assertEqual(ws.receive(), "x" * 100_000)
        self.assertEqual(bob.receive(), "not json")
        self.publish("alice", "last")
        self.assertEqual(a.receive(), "last")

    def client_published_elsewhere(self):
        for channel in ("workflow:events:", "workflow:events:team:alice", "workflow:event:alice"):
            self.store.client.publish(channel, "lost")

    def test_a_request_is_watched(self):
        ws = self.listening("w1")
        request = self.valued("w1")
        texts = ws.receive_until(is_last)
        self.assertEqual(types(texts), ["workflow_received", "workflow_started", "node_started", "node_completed",
                                        "workflow_completed"])
        self.assertEqual({json.loads(t)["run_id"] for t in texts}, {request})

    def test_filters(self):
        by_type = self.listening("w2", "type=workflow_started,workflow_completed")
        other = support.new_id()
        by_request = self.listening("w2", "request=" + other)
        self.valued("w2")
        self.publish("w2", json.dumps({"run_id": other, "type": "approval_required"}))
        self.publish("w2", "not json")
        self.publish("w2", json.dumps({"type": "workflow_started"}))
        self.assertEqual(json.loads(by_request.receive())["run_id"], other)
        self.assertEqual(types([by_type.receive() for _ in range(3)]),
                         ["workflow_started", "workflow_completed", "workflow_started"])

    def test_who_comes_back_gets_what_was_missed(self):
        first = self.listening("r1")
        self.valued("r1")
        seen = first.receive_until(is_last)
        first.close()
        for _ in range(3):
            self.valued("r1")
        kept = [fields["event"] for _, fields in self.store.client.xrange("vn:events:r1")]
        for n in (0, 2, len(seen) - 1):
            again = self.back("r1", json.loads(seen[n]))
            missed = again.receive_until(lambda t: '"recovered"' in t)
            self.assertEqual(missed[:-1], kept[n + 1:])
            last = json.loads(kept[-1])
            self.assertEqual(json.loads(missed[-1]), {"type": "recovered", "recovered": True, "epoch": last["epoch"],
                                                      "offset": last["offset"]})
        self.publish("r1", "live")
        self.assertEqual(again.receive(), "live")
        everything = self.opened("username=r1&offset=0").receive_until(lambda t: '"recovered"' in t)
        self.assertEqual(everything[:-1], kept)

    def test_who_cannot_get_it_is_told(self):
        self.valued("r2")
        kept = [json.loads(fields["event"]) for _, fields in self.store.client.xrange("vn:events:r2")]
        end = {"type": "recovered", "recovered": False, "epoch": kept[-1]["epoch"], "offset": kept[-1]["offset"]}
        for epoch, offset in ((kept[0]["epoch"] - 1, kept[0]["offset"]), (kept[0]["epoch"], kept[0]["offset"] - 1),
                              (kept[0]["epoch"], kept[-1]["offset"] + 5)):
            ws = self.opened(f"username=r2&epoch={epoch}&offset={offset}")
            self.assertEqual(json.loads(ws.receive()), end)
        self.store.client.xtrim("vn:events:r2", maxlen=1, approximate=False)
        ws = self.back("r2", kept[1])
        self.assertEqual(json.loads(ws.receive()), end)
        self.valued("r2")
        self.assertEqual(len(ws.receive_until(is_last)), 5)
        nobody = self.opened("username=r2-nobody&epoch=1&offset=1")
        self.assertEqual(json.loads(nobody.receive()),
                         {"type": "recovered", "recovered": False, "epoch": 0, "offset": 0})

    def test_a_first_message_says_where_to_go_on(self):
        self.valued("r3")
        kept = [fields["event"] for _, fields in self.store.client.xrange("vn:events:r3")]
        position = json.loads(kept[1])
        ws = self.opened("username=r3&resume=message")
        ws.send(json.dumps({"epoch": position["epoch"], "offset": position["offset"], "more": "x" * 2000}))
        self.assertEqual(ws.receive_until(lambda t: '"recovered"' in t)[:-1], kept[2:])
        live = self.opened("username=r3&resume=message")
        live.send("{}")
        until(lambda: self.publish("r3", "now") and live.socket.recv(1, socket.MSG_PEEK), "it listens")
        self.assertEqual(live.receive(), "now")
        for wrong in ("no", "[]", '{"offset":-1}', '{"epoch":"x","offset":1}'):
            ws = self.opened("username=r3&resume=message")
            ws.send(wrong)
            self.assertEqual(ws.closing(), 1008, wrong)

    def test_joining_while_much_happens_makes_neither_hole_nor_double(self):
        """Listeners come, with and without a position, while events of ours are written all the time."""
        self.valued("r4")
        start = json.loads(self.store.client.xrange("vn:events:r4")[-1][1]["event"])
        stop = threading.Event()

        def submit():
            while not stop.is_set():
                self.node.post(request_xml(1, 1), headers={"X-User-ID": "r4"})
        submitting = threading.Thread(target=submit)
        submitting.start()
        try:
            sockets = [self.back("r4", start) for _ in range(20)]
            counts = [len(ws.receive_until(lambda t: '"recovered":true' in t)) for ws in sockets]
            self.assertEqual(len(counts), 20)
        finally:
            stop.set()
            submitting.join()
        self.publish("r4", "the end")
        texts = self.back("r4", start).receive_until(lambda t: '"recovered"' in t)
        whole = [json.loads(t)["id"] for t in texts[:-1]]
        for ws, count in zip(sockets, counts):
            rest = [json.loads(t)["id"] for t in ws.receive_until(lambda t: t == "the end")[:-1]]
            self.assertEqual(whole[count - 1:], rest)

    def test_what_clients_send(self):
        ws = self.listening("c1")
        for opcode, payload, options in ((1, "x" * 512, {}), (BINARY, b"\0" * 512, {}), (1, "part", {"fin": False}),
                                         (0, "end", {})):
            ws.send(payload, opcode, **options)
        ws.send("are you there", PING)
        self.assertEqual(ws.frame(), (True, PONG, b"are you there"))
        ws.send("x" * 513)
        self.assertEqual(ws.closing(), 1009)
        in_parts = self.listening("c1")
        for n in range(6):
            in_parts.send("x" * 100, 1 if n == 0 else 0, fin=False)
        self.assertEqual(in_parts.closing(), 1009)

        def ends_with(code, *frames):
            each = self.listening("c1")
            for payload, opcode, options in frames:
                each.send(payload, opcode, **options)
            self.assertEqual(each.closing(), code, frames)
        ends_with(1000, (b"\x03\xe8", CLOSE, {}))
        ends_with(1000, (b"", CLOSE, {}))
        ends_with(1002, ("x", 1, {"masked": False}))
        ends_with(1002, ("x", 3, {}))
        ends_with(1002, ("x", PING, {"fin": False}))
        ends_with(1002, ("x", 0, {}))
        ends_with(1002, ("x" * 126, PING, {}))
        ends_with(1007, (b"\xff\xfe", 1, {}))
        ends_with(1002, (b"\x03", CLOSE, {}))

    def test_many_users_and_many_sockets(self):
        sockets = [(f"m{n % 50}", self.opened(f"username=m{n % 50}")) for n in range(300)]
        until(lambda: all(count > 0 for _, count in
                          self.store.client.pubsub_numsub(*[f"workflow:events:m{n}" for n in range(50)])), "subscribed")
        stats = self.node.get("/admin/stats").json
        self.assertGreaterEqual(stats["connections"], 300)
        self.assertGreaterEqual(stats["users"], 50)
        for n in range(50):
            self.publish(f"m{n}", f"for m{n}")
        for user, ws in sockets:
            self.assertEqual(ws.receive(), f"for {user}")
        for _, ws in sockets:
            ws.close()
        until(lambda: not any(count for _, count in
                              self.store.client.pubsub_numsub(*[f"workflow:events:m{n}" for n in range(50)])),
              "nobody listens, so nothing is subscribed to")


class EventSocketsAlone(SocketsAlone):
    """Each with a server of its own."""

    def test_pings_and_who_does_not_answer(self):
        self.started(VN_EVENTS_PING_MS=100, VN_EVENTS_PONG_MS=600)
        good, mute = self.listening("a"), self.opened("username=a", pongs=False)
        ended = []
        thread = threading.Thread(target=lambda: ended.append(mute.closing()))
        thread.start()

        def answered():
            _, opcode, payload = good.frame()
            self.assertEqual(opcode, PING)
            good.send(payload, PONG)
            good.pings += 1
            return good.pings > 12
        until(answered, "it is pinged, and stays")
        thread.join(support.BOUND)
        self.assertEqual(ended, [None])
        self.publish("a", "x")
        self.assertEqual(good.receive(), "x")

    def test_a_client_that_never_reads_costs_only_itself(self):
        self.started(VN_EVENTS_WRITE_MS=2000, VN_EVENTS_QUEUE_BYTES="512kb")
        stuck = self.listening("a", receive_buffer=2048)
        beside = [self.opened("username=a") for _ in range(20)]
        others = [self.opened("username=b") for _ in range(1000)]
        until(lambda: self.stats()["connections"] == 1021, "all listen")
        text = "x" * 20_000
        # As fast as those read that do read.
        for n in range(400):
            self.publish("a", f"{n} {text}")
            for ws in beside:
                self.assertEqual(ws.receive(), f"{n} {text}")
            if n % 20 == 0:
                self.publish("b", f"{n}")
                for ws in others:
                    self.assertEqual(ws.receive(), f"{n}")
        until(lambda: self.stats()["connections"] == 1020, "the slow one is sent away")
        self.assertEqual(self.stats()["tooSlow"], 1)
        self.assertEqual((self.stats()["queued"], self.stats()["queuedBytes"]), (0, 0))
        stuck.close()

    def test_who_is_too_slow_is_closed_with_1013(self):
        self.started(VN_EVENTS_QUEUE_MESSAGES=256)
        slow = self.listening("a", receive_buffer=4096)
        sent = 0
        while self.stats()["tooSlow"] == 0:
            for _ in range(20):
                self.publish("a", "x" * 50_000)
                sent += 1
            until(lambda: self.stats()["received"] == sent, "all have come to the server")
            self.assertLess(sent, 10_000)
        self.assertEqual(slow.closing(), 1013)

    def test_the_oldest_are_dropped_with_notice_if_so_set(self):
        self.started(VN_EVENTS_QUEUE_MESSAGES=256, VN_EVENTS_OVERFLOW="drop", VN_EVENTS_WRITE_MS=60000)
        slow = self.listening("a", receive_buffer=65536)
        sent = 0
        while self.stats()["dropped"] == 0:
            for _ in range(20):
                self.publish("a", f"{sent} " + "x" * 50_000)
                sent += 1
            until(lambda: self.stats()["received"] == sent, "all have come to the server")
            self.assertLess(sent, 10_000)
        self.publish("a", "the end")
        texts = slow.receive_until(lambda t: t == "the end")
        notices = [json.loads(t) for t in texts if t.startswith("{")]
        numbers = [int(t.split(" ")[0]) for t in texts if not t.startswith("{") and t != "the end"]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual({n["type"] for n in notices}, {"dropped"})
        self.assertEqual(sum(n["count"] for n in notices) + len(numbers), sent)

    def test_a_burst_of_a_hundred_thousand(self):
        self.started()
        sockets = [self.listening("a") for _ in range(3)]
        total = int(support.os.environ.get("VN_TEST_BURST", "100000"))

        def publish():
            for n in range(0, total, 1000):
                pipe = self.store.client.pipeline(transaction=False)
                for m in range(n, n + 1000):
                    pipe.publish("workflow:events:a", f"event {m}")
                pipe.execute()
        publishing = threading.Thread(target=publish)
        publishing.start()
        wrong = []

        def read(ws):
            for n in range(total):
                got = ws.receive()
                if got != f"event {n}":
                    wrong.append((n, got))
                    return
        threads = [threading.Thread(target=read, args=(ws,)) for ws in sockets]
        for thread in threads:
            thread.start()
        for thread in (publishing, *threads):
            thread.join(2 * support.BOUND)
        self.assertEqual(wrong, [])
        self.assertEqual(self.stats()["delivered"], 3 * total)

    def test_redis_is_gone_for_a_while(self):
        self.started(VN_REDIS_RECONNECT_WAIT_MS=100)
        ws = self.listening("a")
        self.valued("a")
        before = ws.receive_until(is_last)
        self.store.kill()
        until(lambda: not self.stats()["subscribed"], "it is noticed")
        self.store.start()
        # Written before anybody on the node listens again, perhaps.
        until(lambda: self.node.get("/readyz").status == 200, "ready")
        self.valued("a")
        after, told = self.over_an_interruption(ws, is_last)
        kept = [fields["event"] for _, fields in self.store.client.xrange("vn:events:a")]
        self.assertEqual(before + after, kept)
        self.assertEqual({n["recovered"] for n in told}, {True})
        self.publish("a", "live")
        self.assertEqual(ws.receive(), "live")

    def test_what_was_published_meanwhile_is_caught_up(self):
        self.started(VN_REDIS_RECONNECT_WAIT_MS=100)
        ws = self.listening("a")
        self.valued("a")
        first = ws.receive_until(is_last)
        # The connection of the subscription goes, and stays away while another node works.
        other = self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(SCRIPT))
        for _ in range(5):
            self.interrupt()
            self.valued("a", other)
        after, told = self.over_an_interruption(ws, lambda t: is_last(t) and ws_count(t) == 30)
        self.assertEqual([ws_count(t) for t in first + after], list(range(1, 31)))
        self.assertEqual({n["recovered"] for n in told}, {True})

    def test_what_others_said_during_an_interruption_is_lost_and_that_is_told(self):
        self.started(VN_REDIS_RECONNECT_WAIT_MS=500)
        self.valued("a")
        last = json.loads(self.store.client.xrange("vn:events:a")[-1][1]["event"])
        all_of_a = self.listening("a")
        one_of_a = self.opened("username=a&request=" + support.new_id())
        of_b = self.listening("b")
        until(lambda: self.stats()["connections"] == 3, "all listen")
        for ws, text in ((all_of_a, "before"), (of_b, "before")):
            self.publish("a" if ws is all_of_a else "b", text)
            self.assertEqual(ws.receive(), text)
        until(self.interrupt, "the subscription is cut")
        for user in "ab":
            self.publish(user, "lost")
        # What is kept of a is whole, but that is not all that was said; of b nothing is kept, so nothing is known.
        notice = {"type": "recovered", "recovered": True, "epoch": last["epoch"], "offset": last["offset"]}
        self.assertEqual(json.loads(all_of_a.receive()), notice)
        self.assertEqual(json.loads(one_of_a.receive()), notice)
        self.assertEqual(json.loads(of_b.receive()), {"type": "recovered", "recovered": False, "epoch": 0, "offset": 0})
        for ws, user in ((all_of_a, "a"), (of_b, "b")):
            self.publish(user, "after")
            self.assertEqual(ws.receive(), "after")

    def test_redis_comes_back_without_its_data(self):
        self.started(store=self.redis("--appendonly", "no", "--save", ""), VN_REDIS_RECONNECT_WAIT_MS=100)
        ws = self.listening("a")
        self.valued("a")
        position = json.loads(ws.receive_until(is_last)[-1])
        self.store.kill()
        self.store.start()
        until(lambda: self.node.get("/readyz").status == 200, "ready")
        told = json.loads(ws.receive())
        self.assertEqual((told["type"], told["recovered"]), ("recovered", False))
        self.valued("a")
        texts = ws.receive_until(is_last)
        self.assertGreater(json.loads(texts[0])["epoch"], position["epoch"])
        again = self.opened(f"username=a&epoch={position['epoch']}&offset={position['offset']}")
        self.assertFalse(json.loads(again.receive())["recovered"])

    def test_the_server_stops(self):
        self.started()
        listening = [self.listening("a") for _ in range(20)]
        self.valued("a")
        position = json.loads(listening[0].receive())
        late = self.opened(f"username=a&epoch={position['epoch']}&offset={position['offset']}")
        codes = []
        threads = [threading.Thread(target=lambda w=w: codes.append(w.closing())) for w in (*listening, late)]
        for thread in threads:
            thread.start()
        mute = self.opened("username=a")
        self.assertEqual(self.node.stop(), 0)
        for thread in threads:
            thread.join(support.BOUND)
        self.assertEqual(codes, [1001] * 21)
        mute.close()

    def test_a_server_for_all_does_not_believe_names(self):
        node = self.started(HTTP_ADDRESS="0.0.0.0")
        self.assertEqual(node.get("/events?username=a").status, 401)
        with self.assertRaises(AssertionError) as refused:
            self.opened("username=a")
        self.assertIn(" 401 ", str(refused.exception))
        node = self.started(HTTP_ADDRESS="0.0.0.0", VN_EVENTS_OPEN="always")
        self.opened("username=a")
        node = self.started(VN_EVENTS_OPEN="never")
        self.assertEqual(node.get("/events?username=a").status, 401)


if __name__ == "__main__":
    unittest.main()
