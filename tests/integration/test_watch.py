"""The page GET /watch in a real browser: what it shows while requests move, also over restarts of the server."""

import json
import re
import signal
import unittest

import support
from browser import Browser
from support import request_xml, until
from token_maker import Secret

SECRET = "of those who make tokens in this test"
# A task ends when there is a file for it, or for all.
GATED = 'cat >/dev/null; until [ -e {0}/all ] || [ -e {0}/$VN_TASK_ID ]; do sleep 0.02; done; echo 7\n'
FILES = ("watch.html", "watch.css", "watch.svg", "page.js", "feed.js", "run.js", "show.js", "state.js", "list.js",
         "server.js", "examples.js")
HARMLESS = re.compile("Failed to load resource|WebSocket connection to .* failed|Failed to fetch|ERR_")


class Page(support.Case):
    """What the page is made of; no browser is needed."""

    SHARED = {}

    def test_its_files(self):
        for path, file in [("/watch", "watch.html")] + [(f"/watch/{file}", file) for file in FILES]:
            answer = self.node.get(path)
            self.assertEqual(answer.status, 200, path)
            self.assertEqual(answer.body, (support.SOURCE / "server/api/watch" / file).read_bytes())
            kind = {"html": "text/html", "css": "text/css", "svg": "image/svg+xml", "js": "text/javascript"}
            self.assertEqual(answer.headers["Content-Type"], kind[file.split(".")[1]] + "; charset=utf-8")
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            policy = answer.headers["Content-Security-Policy"].split("; ")
            self.assertLessEqual({"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'none'",
                                  "frame-ancestors 'none'", "base-uri 'none'"}, set(policy))
            self.assertNotIn("unsafe", answer.headers["Content-Security-Policy"])
            self.assertEqual(answer.headers["Cache-Control"], "no-cache")
            head = self.node.request("HEAD", path)
            self.assertEqual((head.status, head.body, head.headers["ETag"]), (200, b"", answer.headers["ETag"]))
        self.assertEqual({f.name for f in (support.SOURCE / "server/api/watch").iterdir()}, set(FILES))

    def test_what_a_client_has_is_not_sent_again(self):
        tag = self.node.get("/watch").headers["ETag"]
        for known in (tag, "W/" + tag, f'"other", {tag}', "*"):
            answer = self.node.get("/watch", **{"If-None-Match": known})
            self.assertEqual((answer.status, answer.body, answer.headers["ETag"]), (304, b"", tag))
        self.assertEqual(self.node.get("/watch", **{"If-None-Match": '"other"'}).status, 200)

    def test_there_are_no_other_files(self):
        for path in ("/watch/", "/watch/watch.cpp", "/watch/..%2fwatch.cpp", "/watch/page.js/x"):
            self.assertIn(self.node.get(path).status, (400, 404), path)

    def test_nothing_in_it_is_of_another_place_or_inline(self):
        for file in FILES:
            text = (support.SOURCE / "server/api/watch" / file).read_text()
            self.assertEqual(re.findall(r"https?://(?!www\.w3\.org/2000/svg)[^\s\"]+", text), [], file)
            dangerous = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b| on\w+=\"|style="
            self.assertEqual(re.findall(dangerous, text), [], file)

    def test_it_can_be_turned_off(self):
        node = self.server(REDIS_URL=self.store.url, VN_EVENTS_PAGE="false", VN_ROLES="api")
        for path in ("/watch", "/watch/page.js"):
            self.assertEqual(node.get(path).json["code"], "not-found")


class Watch(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.store = self.redis()
        self.gate = self.folder()
        self.settings = {"REDIS_URL": self.store.url, "VNAS_SCRIPT": self.script(GATED.format(self.gate)),
                         "VN_LEASE_MS": 2000, "VN_NODE_SWEEP_MS": 200, "VN_NODE_SHUTDOWN_GRACE_MS": 500,
                         "VN_EVENTS_TASKS": "true"}

    def start(self, **settings):
        self.settings.update(settings)
        self.node = self.server(**self.settings)

    def restart(self):
        self.node = self.server(**{**self.settings, "HTTP_PORT": self.node.port})

    def open(self, **options):
        self.browser.open(port=self.node.port, **options)

    def submitted(self, user, document):
        """Submitted on the page, and watched there; its id."""
        self.browser.submit(user=user, document=document)
        seen = self.browser.until(lambda s: s["link"] == "live" and s["log"], "it is watched")
        self.assertEqual(seen["error"], "")
        return self.kept(user)[0]["run_id"]

    def kept(self, user):
        return [json.loads(fields["event"]) for _, fields in self.store.client.xrange(f"vn:events:{user}")]

    def assert_whole(self, user, request):
        """The log is what is kept of the request: all of it, in order, each once."""
        wanted = [event["id"] for event in self.kept(user) if event["run_id"] == request]
        seen = self.browser.until(lambda s: len([row for row in s["log"] if row["id"]]) >= len(wanted), "all are there")
        self.assertEqual([row["id"] for row in seen["log"] if row["id"]], wanted)
        return seen

    def test_a_request_is_submitted_and_seen_moving(self):
        self.start()
        self.open()
        request = self.submitted("ann", request_xml(2, 3))
        begun = self.browser.until(lambda s: s["groups"] and s["groups"][0]["cells"] == ["queued"] * 3, "it has begun")
        self.assertEqual(begun["status"], "running")
        self.assertEqual([(g["name"], g["status"]) for g in begun["groups"]],
                         [("1. G0", "running"), ("2. …", "waiting")])
        (self.gate / "2").touch()
        one = self.browser.until(lambda s: "completed" in s["groups"][0]["cells"], "one is done")
        self.assertEqual(one["groups"][0]["cells"], ["queued", "completed", "queued"])
        self.assertEqual(one["groups"][0]["counts"], "1 of 3 tasks done")
        (self.gate / "all").touch()
        self.browser.until(lambda s: s["status"] == "succeeded", "it has ended")
        seen = self.assert_whole("ann", request)
        self.assertEqual([(g["name"], g["status"], g["counts"], g["cells"]) for g in seen["groups"]],
                         [(f"{n + 1}. G{n}", "completed", "3 of 3 tasks done", ["completed"] * 3) for n in range(2)])
        self.assertIn(request, seen["list"])
        self.assertEqual(self.browser.errors(), [])

    def test_without_events_of_tasks_counts_come_from_the_status(self):
        self.start(VN_EVENTS_TASKS="false")
        self.open()
        request = self.submitted("ann", request_xml(1, 3))
        (self.gate / "3").touch()
        seen = self.browser.until(lambda s: s["groups"] and s["groups"][0]["counts"].startswith("1 of 3"), "one is done")
        self.assertEqual(seen["groups"][0]["cells"], [])
        (self.gate / "all").touch()
        self.browser.until(lambda s: s["status"] == "succeeded", "it has ended")
        self.assert_whole("ann", request)

    def test_one_is_picked(self):
        self.start()
        (self.gate / "all").touch()
        ids = {}
        for user in ("ann", "bob", None):
            answer = self.node.post(request_xml(1, 2), headers={"X-User-ID": user} if user else {})
            ids[user] = answer.headers["Location"].split("/")[2]
        self.open()
        self.browser.choose(id=ids["bob"])
        self.browser.until(lambda s: s["link"] == "live" and s["status"] == "succeeded", "it is watched")
        self.assert_whole("bob", ids["bob"])
        self.browser.pick(id=ids["ann"])
        self.browser.until(lambda s: s["link"] == "live" and len(s["log"]) > 5, "the user is found")
        self.assert_whole("ann", ids["ann"])
        self.browser.pick(id=ids[None])
        seen = self.browser.until(lambda s: s["status"] == "succeeded" and s["log"], "its state is shown")
        self.assertEqual((seen["link"], [row["type"] for row in seen["log"]]), ("idle", ["note"]))
        self.browser.pick(id=support.new_id())
        seen = self.browser.until(lambda s: s["error"], "it says so")
        self.assertIn("request-not-found", seen["error"])
        # The address says what is watched.
        self.open(path=f"/watch#request={ids['ann']}")
        self.browser.until(lambda s: s["link"] == "live" and s["status"] == "succeeded", "it is watched again")
        self.assert_whole("ann", ids["ann"])

    def test_mistakes_are_told(self):
        self.start()
        self.open()
        self.browser.submit(user="ann", document="<vnml>\n</project>")
        seen = self.browser.until(lambda s: s["error"], "it says so")
        self.assertIn("Line 2", seen["error"])
        self.assertIn("malformed-xml", seen["error"])

    def over_a_restart(self, how):
        self.start()
        self.open()
        request = self.submitted("ann", request_xml(3, 4))
        (self.gate / "1").touch()
        self.browser.until(lambda s: s["groups"] and s["groups"][0]["cells"].count("completed") == 1, "it moves")
        self.node.stop(how)
        cut = self.browser.until(lambda s: s["link"] == "waiting", "the page notices")
        self.assertRegex(cut["linkText"], r"^Cut off, next try in \d+ s$")
        # It goes on where the page cannot see it.
        other = self.server(**self.settings)
        (self.gate / "all").touch()
        until(lambda: len([e for e in self.kept("ann") if e["type"] == "node_completed"]) >= 1, "it goes on")
        self.restart()
        seen = self.browser.until(lambda s: s["link"] == "live" and s["status"] == "succeeded", "it is back")
        seen = self.assert_whole("ann", request)
        self.assertEqual([g["counts"] for g in seen["groups"]], ["4 of 4 tasks done"] * 3)
        self.browser.until(lambda s: [row["what"] for row in s["log"] if row["type"] == "note"] ==
                           ["Connected again: nothing is missing."], "it says so")
        self.assertEqual(other.stop(), 0)
        # It was away, and nothing else went wrong.
        self.assertEqual([text for text in self.browser.errors() if not HARMLESS.search(text)], [])

    def test_the_server_is_stopped_and_started_again(self):
        self.over_a_restart(signal.SIGTERM)

    def test_the_server_is_killed_and_started_again(self):
        self.over_a_restart(signal.SIGKILL)

    def test_again_and_again(self):
        self.start()
        self.open()
        request = self.submitted("ann", request_xml(1, 4))
        for n in range(1, 4):
            self.node.stop(signal.SIGKILL)
            self.browser.until(lambda s: s["link"] == "waiting", "the page notices")
            self.restart()
            self.browser.hurry()
            self.browser.until(lambda s: s["link"] == "live", "it is back")
            (self.gate / str(n)).touch()
            self.browser.until(lambda s: s["groups"][0]["cells"].count("completed") == n, f"{n} are done")
        (self.gate / "all").touch()
        self.browser.until(lambda s: s["status"] == "succeeded", "it has ended")
        self.assert_whole("ann", request)

    def test_what_is_kept_no_more_is_read_anew(self):
        self.start()
        self.open()
        request = self.submitted("ann", request_xml(1, 3))
        self.browser.until(lambda s: s["groups"] and s["groups"][0]["cells"] == ["queued"] * 3, "it has begun")
        self.node.stop()
        other = self.server(**self.settings)
        (self.gate / "1").touch()
        until(lambda: other.status(request)["groups"][0]["completed"] == 1, "one is done")
        # The page's position is in none of what is left.
        self.store.client.xtrim("vn:events:ann", maxlen=1, approximate=False)
        self.restart()
        self.browser.until(lambda s: s["link"] == "live" and any("read anew" in row["what"] for row in s["log"]),
                           "it says that something is missing")
        self.browser.until(lambda s: [(g["cells"], g["counts"]) for g in s["groups"]] ==
                           [(["completed", "queued", "queued"], "1 of 3 tasks done")], "it shows the state")
        (self.gate / "all").touch()
        seen = self.browser.until(lambda s: s["status"] == "succeeded", "it goes on")
        self.assertEqual(len([row for row in seen["log"] if row["type"] == "workflow_completed"]), 1)

    def test_redis_is_gone_for_a_moment(self):
        self.start()
        self.open()
        request = self.submitted("ann", request_xml(1, 3))
        for client in self.store.client.client_list():
            if client["name"] == "vnserver-events":
                self.store.client.client_kill_filter(_id=client["id"])
        seen = self.browser.until(lambda s: [row for row in s["log"] if row["type"] == "note"], "it is told")
        self.assertEqual((seen["log"][-1]["what"], seen["link"]),
                         ("The server was cut off from Redis for a moment: nothing is missing.", "live"))
        (self.gate / "all").touch()
        self.browser.until(lambda s: s["status"] == "succeeded", "it goes on")
        self.assert_whole("ann", request)

    def test_texts_of_others_are_only_texts(self):
        self.settings["VNAS_SCRIPT"] = self.script("echo '<img src=x onerror=alert(1)>' >&2; exit 65\n")
        self.start()
        self.open()
        name = "&lt;img src=x onerror='alert(1)'>"
        document = request_xml(1, 1).replace("name='G0'", f'name="{name}"')
        request = self.submitted("ann", document)
        seen = self.browser.until(lambda s: s["status"] == "failed", "it has failed")
        self.assertIn("<img src=x onerror='alert(1)'>", seen["groups"][0]["name"])
        foreign = {"run_id": request, "type": "<b>x</b>", "group": 1e9, "task": {"a": []},
                   "node_id": "<script>alert(1)</script>"}
        self.store.client.publish("workflow:events:ann", json.dumps(foreign))
        self.store.client.publish("workflow:events:ann", json.dumps({**foreign, "type": 7, "timestamp": "no"}))
        self.store.client.publish("workflow:events:ann", json.dumps(
            {**foreign, "type": "node_started", "epoch": 1, "offset": 1, "id": "1-1", "group": 5e8}))
        seen = self.browser.until(lambda s: any("<script>" in row["what"] for row in s["log"]), "it is shown as text")
        self.assertEqual(seen["images"], 0)
        self.assertEqual(len(seen["groups"]), 1)
        self.assertEqual(self.browser.errors(), [])

    def test_a_token_is_the_first_message_and_in_no_address(self):
        self.start()
        (self.gate / "all").touch()
        self.open(closeSockets=0)
        self.browser.submit(user="ann", document=request_xml(1, 1), token="a.b.c")
        socket = until(lambda: [s for s in self.browser.sockets() if s["said"]], "it has spoken")[0]
        self.assertIn("resume=message", socket["target"])
        self.assertNotIn("a.b.c", socket["target"])
        self.assertNotIn("username", socket["target"])
        said = json.loads(socket["said"][0])
        self.assertEqual(set(said), {"token", "epoch", "offset"})
        self.assertEqual(said["token"], "a.b.c")
        self.assertIn(said["offset"], [event["offset"] for event in self.kept("ann")])

    def test_whoever_has_a_token_watches_what_is_theirs(self):
        secret = self.folder() / "secret"
        secret.write_text(SECRET)
        self.start(VN_EVENTS_TOKEN_SECRET_FILE=secret)
        self.open()
        self.browser.submit(user="ann", document=request_xml(1, 2), token=Secret(SECRET).token("ann"))
        self.browser.until(lambda s: s["link"] == "live" and s["log"], "it is watched")
        request = self.kept("ann")[0]["run_id"]
        self.node.stop(signal.SIGKILL)
        self.restart()
        (self.gate / "all").touch()
        self.browser.until(lambda s: s["status"] == "succeeded", "it has ended")
        self.assert_whole("ann", request)
        for token in ("", Secret("x" * 40).token("ann"), Secret(SECRET).token("ann", seconds=-600)):
            self.open()
            self.browser.submit(user="ann", document=request_xml(1, 1), token=token)
            self.browser.until(lambda s: s["link"] == "refused", "it is refused")

    def test_it_tries_for_ever_with_growing_pauses(self):
        self.start()
        (self.gate / "all").touch()
        self.open(closeSockets=1001)
        self.browser.stopClock()
        self.browser.submit(user="ann", document=request_xml(1, 1))
        self.browser.until(lambda s: s["link"] == "waiting", "it is cut off")
        first = self.browser.run(ms=10_000)
        self.assertTrue(2 <= first <= 6, first)
        self.browser.run(ms=30_000)
        # From here on 15 s each, more or less.
        later = self.browser.run(ms=300_000)
        self.assertTrue(300 / 20 - 1 <= later <= 300 / 12 + 1, later)

    def test_who_is_refused_is_told_and_not_asked_again(self):
        self.start()
        (self.gate / "all").touch()
        self.open(closeSockets=1008)
        self.browser.stopClock()
        self.browser.submit(user="ann", document=request_xml(1, 1))
        seen = self.browser.until(lambda s: s["link"] == "refused", "it says so")
        self.assertEqual(seen["linkText"], "Refused: as the test has it")
        self.assertEqual(self.browser.run(ms=60_000), 0)

    def test_the_keyboard_reaches_everything(self):
        self.start()
        self.open()
        reached = self.browser.tabs(count=14)
        wanted = ["To the request", "user", "token", "Use", "example", "file", "document", "Submit", "id", "Watch",
                  "list-again"]
        self.assertEqual([name for name in reached if name in wanted][:len(wanted)], wanted)

    def test_a_plain_event_source_comes_back_by_itself(self):
        self.start(VN_EVENTS_RETRY_MS=100)
        self.open()
        self.browser.source(path="/events?username=ann")
        until(lambda: self.browser.heard()["state"] == 1, "it listens")
        self.node.post(request_xml(1, 1), sync=False, headers={"X-User-ID": "ann"})
        until(lambda: len(self.browser.heard()["events"]) >= 4, "it hears")
        self.node.stop(signal.SIGKILL)
        other = self.server(**self.settings)
        (self.gate / "all").touch()
        until(lambda: self.kept("ann")[-1]["type"] == "workflow_completed", "it goes on")
        self.restart()
        kept = [json.dumps(event) for event in self.kept("ann")]

        def heard():
            return [json.dumps(json.loads(e["data"])) for e in self.browser.heard()["events"]
                    if '"recovered"' not in e["data"]]
        until(lambda: len(heard()) >= len(kept), "it is back")
        self.assertEqual(heard(), kept)
        self.assertEqual(other.stop(), 0)

    def test_a_plain_event_source_of_one_request_ends_with_it(self):
        self.start(VN_EVENTS_RETRY_MS=100)
        self.open()
        request = self.node.post(request_xml(1, 2), sync=False, headers={"X-User-ID": "ann"}).json["requestId"]
        self.browser.source(path=f"/valuation/{request}/events")
        until(lambda: len(self.browser.heard()["events"]) >= 5, "it hears")
        self.node.stop()
        self.restart()
        (self.gate / "all").touch()
        # Told that there is nothing more, it does not ask again.
        until(lambda: self.browser.heard()["state"] == 2, "it ends")
        ids = [e["id"] for e in self.browser.heard()["events"] if '"recovered"' not in e["data"]]
        self.assertEqual(ids, [event["id"] for event in self.kept("ann")])


if __name__ == "__main__":
    unittest.main()
