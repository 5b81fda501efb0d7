"""Unusual but legal: names, encodings, sizes, clients, and signals at odd moments."""

import concurrent.futures
import signal
import socket
import unittest
from xml.etree import ElementTree

import support
from support import BOUND, BY_THE_RULE, amounts, request_xml, until

NAMES = r"""
printf '<valuation name="x"><n>' ; printf '%s|%s' "$VN_GROUP_NAME" "$VN_VALUATION_NAME" |
sed 's/&/\&amp;/g; s/</\&lt;/g'; echo '</n></valuation>'
"""


class Odd(support.Case):
    SHARED = {"VN_HTTP_WRITE_TIMEOUT_MS": 1000, "VN_TASKS_RETRY_BASE_MS": 10}
    SCRIPT = BY_THE_RULE

    def test_names_of_any_kind_reach_the_script(self):
        odd = ["", "a b", "Zürich", "$(reboot)", "`id`", "a;b|c&amp;d", "--help", "x=y", "'", "..", "*", "%s%n", "&lt;b>",
               "&#10;", "\u4e2d\u6587", "n" * 5000]
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script(NAMES))
        for name in odd:
            with self.subTest(name[:20]):
                quoted = name.replace('"', "&quot;")
                body = (f'<vnml><project><group name="{quoted}"><valuation name="{quoted}"/></group></project>'
                        "</vnml>").encode()
                answer = node.post(body)
                self.assertEqual(answer.status, 200, answer.text[:300])
                plain = ElementTree.fromstring(f'<a b="{quoted}"/>').get("b")
                got = ElementTree.fromstring(answer.body).findtext("project/group/valuation/n")
                self.assertEqual(got.split("|", 1)[0] if "|" not in plain else got[:len(plain)], plain or "group-0")
                status = node.status(answer.headers["Location"].split("/")[2])
                self.assertEqual(status["groups"][0]["name"], plain or "group-0")

    def test_a_name_too_long_for_the_environment_fails_only_its_task(self):
        body = request_xml(1, 1, "n" * 200_000)
        answer = self.node.post(body)
        self.assertIn(answer.status, (200, 500))
        self.assertEqual(self.node.post(request_xml(1, 1)).status, 200)

    def test_encodings(self):
        text = "<?xml version='1.0' encoding='{}'?><vnml><project><note>é</note></project></vnml>"
        for encoding in ("utf-8", "iso-8859-1", "utf-16", "us-ascii"):
            with self.subTest(encoding):
                document = text.format(encoding).replace("é", "&#233;" if encoding == "us-ascii" else "é")
                answer = self.node.post(document.encode(encoding))
                self.assertEqual(answer.status, 200, answer.text[:300])
                self.assertEqual(ElementTree.fromstring(answer.body).findtext("project/note"), "é")
        answer = self.node.post("<vnml><project><note>é</note></project></vnml>".encode("latin-1"),
                                headers={"Content-Type": "text/xml; charset=iso-8859-1"})
        self.assertEqual(ElementTree.fromstring(answer.body).findtext("project/note"), "é")
        marked = "\ufeff<vnml><project/></vnml>".encode()
        self.assertEqual(self.node.post(marked).status, 200)

    def test_who_does_not_read_its_large_answer_costs_only_itself(self):
        note = "<note>" + "x" * 8_000_000 + "</note>"
        body = f"<vnml><project>{note}</project></vnml>".encode()
        request = self.node.post(body, sync=False).json["requestId"]
        self.node.wait_status(request, "succeeded")
        peers = []
        self.addCleanup(lambda: [p.close() for p in peers])
        for _ in range(10):
            peer = socket.socket()
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.connect(("127.0.0.1", self.node.port))
            peer.sendall(f"GET /valuation/{request}/results HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            peers.append(peer)
        self.assertEqual(self.node.post(request_xml(2, 4)).status, 200)
        path = f"/valuation/{request}/results"
        until(lambda: sum(r["path"] == path and not r["answered"] for r in self.node.log("request answered")) == 10,
              "the server gives up on them")

    def test_more_connections_than_allowed_wait_or_are_closed(self):
        node = self.server(REDIS_URL=self.redis().url, VN_HTTP_MAX_CONNECTIONS=5)
        held = []

        def hold():
            peer = socket.create_connection(("127.0.0.1", node.port), timeout=BOUND)
            self.addCleanup(peer.close)
            peer.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            try:
                if peer.recv(1000).startswith(b"HTTP/1.1 200"):
                    held.append(peer)
            except ConnectionError:
                pass  # those that asked whether it is ready are not gone yet
            return len(held) == 5
        until(hold, "as many as allowed are held")
        with socket.create_connection(("127.0.0.1", node.port), timeout=BOUND) as more:
            for peer in held:
                peer.close()
            try:
                more.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                self.assertIn(more.recv(1000)[:12], (b"HTTP/1.1 200", b"HTTP/1.1 503", b""))
            except ConnectionError:
                pass  # refused: as good
        until(lambda: node.answers("/livez"), "it answers again")

    def test_signals_at_any_moment_of_a_start_end_it_in_order(self):
        def once(n):
            node = support.Server(ready=False, REDIS_URL=self.store.url, VN_NODE_SHUTDOWN_GRACE_MS=100)
            try:
                if n:
                    until(lambda: len(node.lines) >= n or node.process.poll() is not None, "it has begun")
                return node.stop(), n
            finally:
                node.close()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            codes = list(pool.map(once, [1, 2, 3] * 4))
        self.assertEqual([c for c, _ in codes], [0] * 12)

    def test_signals_that_mean_nothing_end_nothing(self):
        for how in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGWINCH, signal.SIGCONT):
            self.node.process.send_signal(how)
            self.assertEqual(self.node.get("/readyz").status, 200)

    def test_a_hundred_groups_of_a_request_that_is_stopped_and_continued(self):
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script(BY_THE_RULE))
        request = node.post(request_xml(100, 2), sync=False).json["requestId"]
        url = None
        for stop in range(3):
            until(lambda: node.status(request)["currentGroup"] > 5 + 20 * stop, "some groups are done")
            url = node.log("redis")[0]["where"]
            self.assertEqual(node.stop(), 0)
            node = self.server(REDIS_URL=url, VNAS_SCRIPT=self.script(BY_THE_RULE))
        node.wait_status(request, "succeeded")
        self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body),
                         [[f"{100 * (g + 1) + t}.00" for t in (1, 2)] for g in range(100)])


if __name__ == "__main__":
    unittest.main()
