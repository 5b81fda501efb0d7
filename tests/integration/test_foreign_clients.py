"""WebSocket clients of others, unmodified: ws of npm and python3-websockets listen, come back, are closed."""

import json
import pathlib
import queue
import subprocess
import threading
import unittest

import support
from browser import node
from support import request_xml, until
from websocket_client import handshake

SCRIPT = "cat >/dev/null; echo 7\n"


def with_ws(address, first):
    return node("listen.mjs", address, *first)


def with_websockets(address, first):
    program = pathlib.Path(__file__).parent / "websockets_listener.py"
    return subprocess.Popen(["/usr/bin/python3", "-B", str(program), address, *first], text=True, stdout=subprocess.PIPE)


class Client:
    """One that listens; said() is the next thing it says."""

    def __init__(self, listens, node, query, *first):
        self.process = listens(f"ws://127.0.0.1:{node.port}/ws?{query}", first)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=lambda: [self.lines.put(line) for line in self.process.stdout], daemon=True)
        self.reader.start()
        opened = self.said()
        if opened != {"open": True}:
            self.close()
            raise AssertionError(opened)

    def said(self):
        return json.loads(self.lines.get(timeout=support.BOUND))

    def texts_until(self, kind):
        texts = []
        while not texts or json.loads(texts[-1]).get("type") != kind:
            texts.append(self.said()["text"])
        return texts

    def close(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(support.BOUND)
        self.process.stdout.close()


class ForeignClients(support.Case):
    def start(self, **settings):
        # Often enough that each client answers some pings in a test.
        self.node = self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(SCRIPT), VN_EVENTS_PING_MS=100,
                                VN_EVENTS_PONG_MS=20_000, **settings)

    def client(self, listens, query, *first):
        made = Client(listens, self.node, query, *first)
        self.addCleanup(made.close)
        return made

    def submit(self):
        self.assertEqual(self.node.post(request_xml(2, 2), headers={"X-User-ID": "ann"}).status, 200)

    def kept(self):
        return [fields["event"] for _, fields in self.store.client.xrange("vn:events:ann")]

    def each(self, check):
        for name, listens in (("ws", with_ws), ("websockets", with_websockets)):
            with self.subTest(name):
                self.store = self.redis()
                self.start()
                check(listens)

    def test_they_listen(self):
        def check(listens):
            client = self.client(listens, "username=ann")
            until(lambda: self.store.client.pubsub_numsub("workflow:events:ann")[0][1] > 0, "subscribed")
            self.submit()
            self.assertEqual(client.texts_until("workflow_completed"), self.kept())
            for text in ("no JSON", "", "\u00e4\u20ac\U0001f600", "x" * 300_000):
                self.store.client.publish("workflow:events:ann", text)
                self.assertEqual(client.said(), {"text": text})
            self.assertEqual(self.node.stop(), 0)
            self.assertEqual(client.said(), {"code": 1001, "reason": "the server stops"})
        self.each(check)

    def test_they_come_back(self):
        def check(listens):
            self.submit()
            kept = self.kept()
            seen = json.loads(kept[2])
            position = {"epoch": seen["epoch"], "offset": seen["offset"]}
            by_address = self.client(listens, f"username=ann&epoch={seen['epoch']}&offset={seen['offset']}")
            by_message = self.client(listens, "username=ann&resume=message", json.dumps(position))
            for client in (by_address, by_message):
                texts = client.texts_until("recovered")
                self.assertEqual(texts[:-1], kept[3:])
                self.assertTrue(json.loads(texts[-1])["recovered"])
            self.submit()
            for client in (by_address, by_message):
                self.assertEqual(client.texts_until("workflow_completed"), self.kept()[len(kept):])
            lost = self.client(listens, "username=ann&epoch=1&offset=1")
            self.assertFalse(json.loads(lost.said()["text"])["recovered"])
        self.each(check)

    def test_they_are_told_why_they_are_closed(self):
        def check(listens):
            self.assertEqual(self.client(listens, "username=ann&resume=message", "no").said()["code"], 1008)
            self.assertEqual(self.client(listens, "username=ann", "x" * 600).said()["code"], 1009)
            with self.assertRaisesRegex(AssertionError, "400"):
                self.client(listens, "username=a:b")
        self.each(check)

    def test_they_answer_pings(self):
        """Who does not is cut off after pong_ms; these stay for many times as long."""
        self.store = self.redis()
        self.node = self.server(REDIS_URL=self.store.url, VN_EVENTS_PING_MS=50, VN_EVENTS_PONG_MS=3000, VN_ROLES="api")
        clients = [self.client(listens, "username=ann") for listens in (with_ws, with_websockets)]
        mute = support.socket.create_connection(("127.0.0.1", self.node.port), timeout=support.BOUND)
        self.addCleanup(mute.close)
        mute.sendall(handshake("/ws?username=ann")[0].encode())
        while mute.recv(65536):
            pass  # it reads, and answers nothing
        for client in clients:
            self.assertTrue(client.lines.empty())
        self.store.client.publish("workflow:events:ann", "still there")
        for client in clients:
            self.assertEqual(client.said(), {"text": "still there"})


if __name__ == "__main__":
    unittest.main()
