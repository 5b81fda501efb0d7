"""Those who listen to events in the tests."""

import json

import support
from support import request_xml, until
from websocket_client import WebSocket

SCRIPT = "cat >/dev/null; echo 7\n"


class Channel:
    """What is published on the channel of a user, as it comes."""

    def __init__(self, store, user):
        self.pubsub = store.client.pubsub()
        self.pubsub.subscribe("workflow:events:" + user)
        self.texts = []
        support.until(lambda: self.pubsub.get_message(timeout=1), "it is subscribed")

    def read(self, last):
        """The events up to the first one of that type."""
        def seen():
            message = self.pubsub.get_message(timeout=0.05)
            if message and message["type"] == "message":
                self.texts.append(message["data"])
                return json.loads(message["data"])["type"] == last
        support.until(seen, f"a {last} is published")
        return self.events()

    def events(self):
        return [json.loads(text) for text in self.texts]

    def close(self):
        self.pubsub.close()


def types(texts):
    return [json.loads(text)["type"] for text in texts]


def is_last(text):
    return '"workflow_completed"' in text


class Sockets(support.Case):
    """What the tests with sockets use."""

    def opened(self, query, node=None, **options):
        ws = WebSocket((node or self.node).port, "/ws?" + query, **options)
        self.addCleanup(ws.close)
        return ws

    def listening(self, user, *more, node=None, store=None, **options):
        """A socket whose channel is subscribed to."""
        ws = self.opened("&".join(("username=" + user, *more)), node, **options)
        until(lambda: (store or self.store).client.pubsub_numsub("workflow:events:" + user)[0][1] > 0, "subscribed")
        return ws

    def back(self, user, event, *more):
        return self.opened("&".join((f"username={user}", f"epoch={event['epoch']}", f"offset={event['offset']}", *more)))

    def publish(self, user, text, store=None):
        return (store or self.store).client.publish("workflow:events:" + user, text)

    def valued(self, user, node=None, document=request_xml(1, 1)):
        answer = (node or self.node).post(document, headers={"X-User-ID": user})
        self.assertEqual(answer.status, 200, answer.text)
        return answer.headers["Location"].split("/")[2]

    def over_an_interruption(self, ws, is_end):
        """What comes up to the last one and until the interruption is told; the notices."""
        texts, told = [], []
        while not told or not texts or not is_end(texts[-1]):
            text = ws.receive()
            notice = json.loads(text) if text.startswith('{"epoch"') and '"recovered"' in text else None
            told.append(notice) if notice else texts.append(text)
        return texts, told

    def interrupt(self):
        """Cuts what the node listens to Redis with."""
        cut = [client for client in self.store.client.client_list() if client["name"] == "vnserver-events"]
        for client in cut:
            self.store.client.client_kill_filter(_id=client["id"])
        return cut


class SocketsAlone(Sockets):
    """Each test with a server of its own."""

    def started(self, store=None, **settings):
        self.store = store or self.redis()
        self.node = self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(SCRIPT), **settings)
        return self.node

    def stats(self):
        return self.node.get("/admin/stats").json


def ws_count(text):
    return int(json.loads(text)["id"].split("-")[1])
