"""What becomes an event of a user, in which shape and order, on the channel and in the stream that is kept."""

import json
import re
import time
import unittest

import event_listeners
import support
from support import request_xml

SCRIPT = ('cat >/dev/null\n'
          '[ "$VN_VALUATION_NAME" != bad ] || { echo "no <curve>" >&2; exit 65; }\n'
          '[ "$VN_VALUATION_NAME" != slow ] || exec sleep 600\n'
          'echo 7\n')


class EventsPublished(support.Case):
    SHARED = {}
    SCRIPT = SCRIPT

    def setUp(self):
        super().setUp()
        self.client = self.store.client
        self.client.flushdb()
        support.until(lambda: self.client.exists("stream:task:dispatch") and self.node.get("/readyz").status == 200,
                      "its groups are there again")

    def listen(self, user):
        channel = event_listeners.Channel(self.store, user)
        self.addCleanup(channel.close)
        return channel

    def submit(self, user, document, status=200, node=None):
        answer = (node or self.node).post(document, sync=status != 202, headers={"X-User-ID": user} if user else {})
        self.assertEqual(answer.status, status, answer.text)
        return answer.headers["Location"].split("/")[2]

    def kept(self, user):
        return [(entry, fields["epoch"], fields["event"]) for entry, fields in self.client.xrange("vn:events:" + user)]

    def shapes(self, events):
        """The events without what differs in each run."""
        own = ("id", "epoch", "offset", "timestamp", "run_id")
        return [{k: v for k, v in e.items() if k not in own} for e in events]

    def test_a_request_that_succeeds(self):
        channel = self.listen("bob@example.com")
        request = self.submit("bob@example.com", request_xml(2, 3))
        events = channel.read("workflow_completed")
        self.assertEqual(self.shapes(events), [
            {"type": "workflow_received"},
            {"type": "workflow_started", "nodes": 2, "entry_nodes": 1, "tag": ""},
            {"type": "node_started", "node_id": "G0", "group": 0, "tasks": 3},
            {"type": "node_completed", "node_id": "G0", "group": 0, "status": "completed", "counter": 1,
             "result_ref": ""},
            {"type": "node_started", "node_id": "G1", "group": 1, "tasks": 3},
            {"type": "node_completed", "node_id": "G1", "group": 1, "status": "completed", "counter": 0,
             "result_ref": ""},
            {"type": "workflow_completed", "counter": 0}])
        self.assertEqual({e["run_id"] for e in events}, {request})
        self.assertTrue(all(abs(e["timestamp"] - time.time()) < 60 for e in events))
        for text, event in zip(channel.texts, events):
            self.assertEqual(list(event), sorted(event), "the names stand in order")
            self.assertEqual(text, json.dumps(event, separators=(",", ":")))

        kept = self.kept("bob@example.com")
        self.assertEqual([text for _, _, text in kept], channel.texts)
        self.assertEqual([entry for entry, _, _ in kept], [e["id"] for e in events])
        self.assertEqual({epoch for _, epoch, _ in kept}, {str(events[0]["epoch"])})
        self.assertEqual([int(e["id"].split("-")[1]) for e in events], list(range(1, 8)))
        offsets = [e["offset"] for e in events]
        self.assertEqual(offsets, sorted(set(offsets)))
        self.assertGreater(self.client.ttl("vn:events:bob@example.com"), 3000)

        self.submit("bob@example.com", request_xml(1, 1))
        more = channel.read("workflow_completed")[7:]
        self.assertEqual(more[0]["epoch"], events[0]["epoch"])
        self.assertEqual(int(more[0]["id"].split("-")[1]), 8)

    def test_a_request_that_fails_and_is_retried(self):
        channel = self.listen("ann")
        answer = self.node.post(request_xml(1, 1, name="bad"), headers={"X-User-ID": "ann"})
        self.assertEqual(answer.status, 500)
        request = answer.json["requestId"]
        failed = channel.read("workflow_failed")
        self.assertEqual([e["type"] for e in failed],
                         ["workflow_received", "workflow_started", "node_started", "node_failed", "workflow_failed"])
        for event in failed[3:]:
            self.assertEqual((event["node_id"], event["group"], event["run_id"]), ("G0", 0, request))
            self.assertEqual(sorted(event["error"]), ["error_message", "error_type"])
        self.assertEqual(failed[3]["error"], failed[4]["error"])
        self.assertEqual(self.node.request("POST", f"/valuation/{request}/retry").status, 202)
        again = channel.read("workflow_failed")[5:]
        self.assertEqual([e["type"] for e in again],
                         ["workflow_received", "workflow_started", "node_failed", "workflow_failed"])

    def test_a_request_that_fails_before_its_first_group(self):
        channel = self.listen("ann")
        self.node.post("<vnml><project><group><valuation name='x' select='//nowhere'/></group></project></vnml>",
                       headers={"X-User-ID": "ann"})
        events = channel.read("workflow_failed")
        self.assertNotIn("node_failed", [e["type"] for e in events])
        self.assertEqual(events[-1]["node_id"], "")
        self.assertEqual(events[-1]["error"]["error_type"], "hydration-failed")

    def test_a_request_that_is_cancelled(self):
        channel = self.listen("ann")
        request = self.submit("ann", request_xml(1, 1, name="slow"), status=202)
        channel.read("node_started")
        self.assertEqual(self.node.request("DELETE", f"/valuation/{request}").status, 200)
        self.assertEqual(channel.read("workflow_cancelled")[-1]["run_id"], request)

    def test_a_request_whose_time_is_over(self):
        channel = self.listen("ann")
        self.node.post(request_xml(1, 1, name="slow"), headers={"X-User-ID": "ann", "VN-Deadline": "0.3"})
        last = channel.read("workflow_failed")[-1]
        self.assertEqual(last["error"]["error_type"], "request-deadline")

    def test_the_state_is_there_when_the_event_comes(self):
        channel = self.listen("ann")
        request = self.submit("ann", request_xml(1, 1), status=202)
        channel.read("workflow_completed")
        self.assertEqual(self.client.hget(f"state:request:{request}", "status"), "succeeded")
        self.assertEqual(self.node.get(f"/valuation/{request}/results").status, 200)

    def test_an_entry_of_another_program(self):
        for n, where in enumerate(("metadata", "metadataKey")):
            user, request = f"user-{n}", support.new_id()
            channel = self.listen(user)
            self.client.set(f"cache:request:{request}:xml", request_xml(1, 1))
            entry = {"requestId": request, "xmlKey": f"cache:request:{request}:xml"}
            if where == "metadata":
                entry["metadata"] = json.dumps({"x-user-id": user})
            else:
                self.client.hset("cache:request:m:metadata", "x-user-id", user)
                entry["metadataKey"] = "cache:request:m:metadata"
            self.client.xadd("stream:request:ingest", entry)
            self.assertEqual([e["type"] for e in channel.read("workflow_completed")],
                             ["workflow_received", "workflow_started", "node_started", "node_completed",
                              "workflow_completed"])

    def test_without_a_user_there_is_no_event(self):
        everything = self.client.pubsub()
        self.addCleanup(everything.close)
        everything.psubscribe("workflow:events:*")
        for name in (None, "a:b", "x" * 129, "two words", "caf\u00e9".encode("utf-8").decode("latin-1")):
            self.submit(name, request_xml(1, 1))
        self.submit("witness", request_xml(1, 1))
        seen = set()

        def told():
            message = everything.get_message(timeout=0.05)
            if message and message["type"] == "pmessage":
                seen.add(message["channel"])
                return json.loads(message["data"])["type"] == "workflow_completed"
        support.until(told, "the witness is told")
        self.assertEqual(seen, {"workflow:events:witness"})
        self.assertEqual(list(self.client.scan_iter("vn:events:*")), ["vn:events:witness"])

    def test_without_a_user_it_costs_nothing(self):
        def commands(user):
            self.client.config_resetstat()
            self.submit(user, request_xml(2, 2))
            stats = self.client.info("commandstats")
            return {name: stats.get("cmdstat_" + name, {}).get("calls", 0) for name in ("publish", "xrevrange", "expire")}
        self.submit(None, request_xml(1, 1))
        without = commands(None)
        self.assertEqual((without["publish"], without["xrevrange"]), (0, 0))
        with_user = commands("ann")
        self.assertEqual((with_user["publish"], with_user["xrevrange"]), (7, 7))

    def test_a_key_in_the_way_stops_no_request(self):
        self.client.set("vn:events:ann", "something else", ex=100)
        self.submit("ann", request_xml(1, 1))

    def test_what_is_kept_is_bounded(self):
        node = self.server(REDIS_URL=self.store.url + "?db=1", VN_EVENTS_LENGTH=10, VN_EVENTS_KEEP_SECONDS=5,
                           VN_EVENTS_TASKS="true", VNAS_SCRIPT=self.script("cat >/dev/null; echo 7\n"))
        self.submit("ann", request_xml(1, 200), node=node)
        other = support.redis.Redis(unix_socket_path=self.store.socket, db=1, decode_responses=True)
        self.addCleanup(other.close)
        self.assertLess(other.xlen("vn:events:ann"), 250)
        self.assertLessEqual(other.ttl("vn:events:ann"), 5)

    def test_tasks_if_they_are_asked_for(self):
        node = self.server(REDIS_URL=self.store.url + "?db=2", VN_EVENTS_TASKS="true",
                           VNAS_SCRIPT=self.script(SCRIPT))
        channel = self.listen("ann")
        self.submit("ann", request_xml(1, 2), node=node)
        events = [e for e in channel.read("workflow_completed") if e["type"].startswith("task_")]
        self.assertEqual(sorted((e["type"], e["task"], e["attempt"], e["node_id"]) for e in events),
                         [("task_completed", 1, 1, "G0"), ("task_completed", 2, 1, "G0"),
                          ("task_queued", 1, 1, "G0"), ("task_queued", 2, 1, "G0")])
        self.assertEqual(node.post(request_xml(1, 1, name="bad"), headers={"X-User-ID": "ann"}).status, 500)
        failed = [e for e in channel.read("workflow_failed") if e["type"] == "task_failed"]
        self.assertEqual([(e["task"], e["retryable"]) for e in failed], [(1, False)])
        self.assertTrue(failed[0]["error"]["error_type"])
        self.assertTrue(any(re.search(r"\\u003c", text) for text in channel.texts), "as existing publishers escape it")


if __name__ == "__main__":
    unittest.main()
