"""Events as server-sent events and by polling."""

import http.client
import json
import threading
import unittest

import support
from support import request_xml, until

SCRIPT = ('cat >/dev/null\n'
          '[ "$VN_VALUATION_NAME" != bad ] || exit 65\n'
          'until [ "$VN_VALUATION_NAME" != slow ] || [ -e "$0.open" ]; do sleep 0.02; done\n'
          'echo 7\n')


class Stream:
    """Server-sent events as an EventSource reads them."""

    def __init__(self, node, target, **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=support.BOUND)
        self.connection.request("GET", target, headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.last_id = None
        self.retry = None
        self.comments = 0

    def event(self):
        """(id, data) of the next one; None at the end."""
        data = []
        while line := self.response.readline():
            text = line.decode(errors="surrogateescape").rstrip("\n")
            if text.startswith(":"):
                self.comments += 1
            elif text.startswith("retry: "):
                self.retry = int(text[7:])
            elif text.startswith("id: "):
                self.last_id = text[4:]
            elif text.startswith("data: "):
                data.append(text[6:])
            elif not text and data:
                return self.last_id, "\n".join(data)
        return None

    def until(self, kind):
        found = []
        while (one := self.event()) is not None:
            found.append(json.loads(one[1]))
            if found[-1]["type"] == kind:
                return found
        raise AssertionError(f"the stream ended before {kind}: {found}")

    def all(self):
        found = []
        while (one := self.event()) is not None:
            found.append(json.loads(one[1]))
        return found

    def close(self):
        self.response.close()
        self.connection.close()


class EventStreams(support.Case):
    SHARED = {"VN_EVENTS_HEARTBEAT_MS": 200, "VN_EVENTS_RETRY_MS": 1234}
    SCRIPT = SCRIPT

    def stream(self, target, **headers):
        opened = Stream(self.node, target, **{name.replace("_", "-"): v for name, v in headers.items()})
        self.addCleanup(opened.close)
        return opened

    def listening(self, user, more=""):
        opened = self.stream(f"/events?username={user}{more}")
        until(lambda: self.store.client.pubsub_numsub("workflow:events:" + user)[0][1] > 0, "subscribed")
        return opened

    def submit(self, user, document=request_xml(1, 1), sync=True):
        answer = self.node.post(document, sync=sync, headers={"X-User-ID": user})
        return answer.headers["Location"].split("/")[2] if answer.status < 300 else answer.json["requestId"]

    def test_a_user_watches(self):
        opened = self.listening("s1")
        self.assertEqual(opened.response.headers["Content-Type"], "text/event-stream")
        request = self.submit("s1")
        events = opened.until("workflow_completed")
        self.assertEqual([e["type"] for e in events], ["workflow_received", "workflow_started", "node_started",
                                                       "node_completed", "workflow_completed"])
        self.assertEqual({e["run_id"] for e in events}, {request})
        self.assertEqual(opened.last_id, events[-1]["id"])
        self.assertEqual(opened.retry, 1234)
        self.store.client.publish("workflow:events:s1", "two\nlines")
        self.assertEqual(opened.event(), (events[-1]["id"], "two\nlines"))
        while opened.comments < 3:
            opened.response.readline().startswith(b":") and setattr(opened, "comments", opened.comments + 1)

    def test_who_comes_back(self):
        self.submit("s2")
        kept = [json.loads(f["event"]) for _, f in self.store.client.xrange("vn:events:s2")]
        again = self.stream("/events?username=s2", Last_Event_ID=kept[1]["id"])
        events = again.until("recovered")
        self.assertEqual(events[:-1], kept[2:])
        self.assertTrue(events[-1]["recovered"])
        lost = self.stream("/events?username=s2", Last_Event_ID="1-1")
        self.assertFalse(lost.until("recovered")[-1]["recovered"])
        # The position of that notice is one to come back to.
        offset = lost.last_id
        self.assertTrue(self.stream("/events?username=s2", Last_Event_ID=offset).until("recovered")[-1]["recovered"])

    def test_filters(self):
        opened = self.listening("s3", "&type=workflow_completed")
        first, second = self.submit("s3"), self.submit("s3")
        self.assertEqual([opened.until("workflow_completed")[0]["run_id"] for _ in "ab"], [first, second])

    def test_a_request_from_its_start_to_its_end(self):
        gate = self.gate()
        request = self.submit("s4", request_xml(1, 1, name="slow"), sync=False)
        opened = self.stream(f"/valuation/{request}/events")
        before = opened.until("node_started")
        self.assertEqual(before[0]["type"], "workflow_received")
        self.submit("s4")
        gate.touch()
        self.addCleanup(gate.unlink)
        after = opened.all()
        self.assertEqual([e["type"] for e in after], ["node_completed", "workflow_completed"])
        self.assertEqual({e["run_id"] for e in before + after}, {request})
        self.assertEqual(self.stream(f"/valuation/{request}/events").all(), before + after)
        rest = self.stream(f"/valuation/{request}/events", Last_Event_ID=before[-1]["id"]).all()
        self.assertEqual(rest[:2], after)
        self.assertEqual(self.stream(f"/valuation/{request}/events", Last_Event_ID=after[-1]["id"]).status, 204)

    def gate(self):
        """Opens what the script waits for at slow valuations."""
        for line in support.pathlib.Path(f"/proc/{self.node.process.pid}/environ").read_text().split("\0"):
            if line.startswith("VNAS_SCRIPT="):
                return support.pathlib.Path(line.split("=", 1)[1] + ".open")
        raise AssertionError("no script")

    def test_a_request_that_failed_and_was_retried(self):
        request = self.submit("s5", request_xml(1, 1, name="bad"))
        self.assertEqual(self.stream(f"/valuation/{request}/events").all()[-1]["type"], "workflow_failed")
        self.assertEqual(self.node.request("POST", f"/valuation/{request}/retry").status, 202)
        self.node.wait_status(request, "failed")
        types = [e["type"] for e in self.stream(f"/valuation/{request}/events").all()]
        self.assertEqual((types.count("workflow_failed"), types[-1]), (2, "workflow_failed"))

    def test_a_request_of_which_nothing_is_kept(self):
        request = self.submit("s6")
        self.store.client.delete("vn:events:s6")
        self.assertEqual(self.stream(f"/valuation/{request}/events").all(), [])

    def test_polling(self):
        gate = self.gate()
        request = self.submit("s7", request_xml(1, 1, name="slow"), sync=False)
        self.submit("s7")

        def polled():
            answer = self.node.get(f"/api/v1/runs/{request}/events").json
            return len(answer["events"]) == 3 and answer
        answer = until(polled, "the group has begun")
        self.assertEqual((answer["run_id"], answer["status"]), (request, "RUNNING"))
        gate.touch()
        self.addCleanup(gate.unlink)
        self.node.wait_status(request, "succeeded")
        answer = self.node.get(f"/api/v1/runs/{request}/events").json
        self.assertEqual((answer["status"], answer["events"][-1]["type"]), ("COMPLETED", "workflow_completed"))
        self.assertEqual({e["run_id"] for e in answer["events"]}, {request})

    def test_head_and_http_1_0(self):
        head = self.node.request("HEAD", "/events?username=a")
        self.assertEqual((head.status, head.headers["Content-Type"]), (200, "text/event-stream"))
        request = self.submit("s8")
        with support.socket.create_connection(("127.0.0.1", self.node.port), timeout=support.BOUND) as s:
            s.sendall(f"GET /valuation/{request}/events HTTP/1.0\r\n\r\n".encode())
            text = b""
            while data := s.recv(65536):
                text += data
        head, body = text.split(b"\r\n\r\n", 1)
        self.assertNotIn(b"chunked", head.lower())
        self.assertIn(b"workflow_completed", body)

    def test_who_hangs_up_is_forgotten(self):
        opened = self.listening("s9")
        opened.close()
        until(lambda: self.store.client.pubsub_numsub("workflow:events:s9")[0][1] == 0, "nobody listens")

    def test_the_server_stops(self):
        node = self.server(REDIS_URL=self.store.url + "?db=1")
        opened = Stream(node, "/events?username=a")
        self.addCleanup(opened.close)
        ended = []
        thread = threading.Thread(target=lambda: ended.append(opened.all()))
        thread.start()
        self.assertEqual(node.stop(), 0)
        thread.join(support.BOUND)
        self.assertEqual(ended, [[]])


if __name__ == "__main__":
    unittest.main()
