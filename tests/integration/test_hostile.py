"""Documents that want to cost more than they are worth: each costs only itself, and others go on."""

import os
import pathlib
import socket
import threading
import time
import unittest

import support
from support import BY_THE_RULE, BOUND, request_xml, until

# Issue 2 allows half a second of processor time; what a clock on the wall shows is more, above all under sanitizers and
# beside other tests. Without the limits these documents would take hours.
REJECTED_WITHIN = 60
SMALL_WITHIN = 15


def with_data(data, expression):
    return (f"<vnml><project><data>{data}</data><group name='g'><valuation name='v'>"
            f"<x select=\"{expression}\"/><analytics><price><amount>1</amount></price></analytics></valuation></group>"
            "</project></vnml>")


def selects_of_selects(depth):
    """Each level is two selects of the level before: 2 to the power of the depth."""
    levels = "<l0><e/><e/></l0>"
    for n in range(1, depth + 1):
        levels += f"<l{n}><a select='/vnml/project/l{n - 1}'/><b select='/vnml/project/l{n - 1}'/></l{n}>"
    return (f"<vnml><project>{levels}<group name='g'><valuation name='v'><x select='/vnml/project/l{depth}'/>"
            "<analytics><price><amount>1</amount></price></analytics></valuation></group></project></vnml>")


def links_of_links(count):
    """A task for each item, and each task takes all items: what is made grows with the square."""
    items = "<i>" + "x" * 100 + "</i>"
    return (f"<vnml><project><items>{items * count}</items><group name='g'>"
            "<valuation name='v' use='vn:link(/vnml/project/items, i)'><y select='/vnml/project/items'/></valuation>"
            "</group></project></vnml>")


class Hostile(support.Case):
    SCRIPT = BY_THE_RULE

    @classmethod
    def setUpClass(cls):
        cls.root = support.new_folder(cls.addClassCleanup)
        cls.outside = support.new_folder(cls.addClassCleanup)
        (cls.outside / "secret.xml").write_text("<market><password>swordfish</password></market>")
        cls.SHARED = {"VN_FILES_ROOTS": cls.root, "VN_FILES_TIMEOUT_MS": 1000, "VN_FILES_MAX_BYTES": "1mb",
                      "VN_DOCUMENTS_THREADS": 2}
        super().setUpClass()

    def small_requests_while(self, work):
        """What work() gives; meanwhile small requests are answered quickly."""
        slowest, stop, problems = 0.0, threading.Event(), []

        def small():
            nonlocal slowest
            while not stop.is_set():
                began = time.monotonic()
                try:
                    answer = self.node.post(request_xml(1, 1), timeout=BOUND)
                    if answer.status != 200:
                        problems.append(answer.text)
                except OSError as e:
                    problems.append(e)
                slowest = max(slowest, time.monotonic() - began)
        beside = threading.Thread(target=small)
        beside.start()
        began = time.monotonic()
        try:
            return work()
        finally:
            took = time.monotonic() - began
            stop.set()
            beside.join()
            self.assertEqual(problems, [])
            # On a busy machine all is slow; held up is who waits for as long as the other works.
            self.assertLess(slowest, max(SMALL_WITHIN, 0.7 * took))

    def test_expressions_that_would_run_for_hours(self):
        bombs = {
            "siblings of siblings": ("<a/>" * 10_000, "/vnml/project/data[count(//a/following-sibling::a) > 0]"),
            "all for each": ("<a/>" * 10_000, "//a[count(//a) > 0]"),
            "nothing follows": ("<a/>" * 100_000, "//a[not(following-sibling::b)]"),
            "nested": ("<a/>", "/vnml/project/data[" + "(" * 2000 + "1" + ")" * 2000 + "]"),
            "predicates": ("<a/>" * 3000, "//a[//a[//a[//a]]][2]"),
            "preceding": ("<a><b/></a>" * 5000, "//b[count(preceding::b) = count(following::b)]"),
            "strings": ("<a>" + "x" * 200_000 + "</a>" + "<b/>" * 2000,
                        "//b[contains(concat(/vnml,/vnml,/vnml,/vnml), concat(/vnml,'y'))]"),
        }
        for name, (data, expression) in bombs.items():
            with self.subTest(name):
                began = time.monotonic()
                answer = self.small_requests_while(lambda: self.node.post(with_data(data, expression)))
                self.assertLess(time.monotonic() - began, REJECTED_WITHIN)
                self.assertIn(answer.status, (200, 500))
                if answer.status == 500:
                    self.assertEqual(answer.json["detail"]["stage"], "hydration")
                    self.assertTrue(answer.json["detail"]["error"])

    def test_many_bombs_at_once(self):
        body = with_data("<a/>" * 10_000, "//a[count(//a) > 0]")
        answers = []

        def work():
            threads = [threading.Thread(target=lambda: answers.append(self.node.post(body).status)) for _ in range(6)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
        work()
        self.assertEqual(answers, [500] * 6)
        self.assertEqual(self.node.post(request_xml(1, 1)).status, 200)
        until(lambda: not support.children(self.node.process.pid), "no process is left")

    def test_documents_that_grow_while_they_are_hydrated(self):
        for name, body, stage in (("selects", selects_of_selects(40), "document"),
                                  ("links", links_of_links(5000), "hydration")):
            with self.subTest(name):
                answer = self.small_requests_while(lambda: self.node.post(body))
                self.assertEqual(answer.status, 500, answer.text[:300])
                self.assertEqual(answer.json["detail"]["stage"], stage)

    def test_files_outside_of_the_roots_are_out_of_reach(self):
        os.symlink(self.outside / "secret.xml", self.root / "link.xml")
        os.symlink(self.outside, self.root / "folder")
        os.mkfifo(self.root / "pipe.xml")
        (self.root / "large.xml").write_text("<market>" + "x" * 2_000_000 + "</market>")
        (self.root / "doctype.xml").write_text("<!DOCTYPE m [<!ENTITY e SYSTEM 'secret.xml'>]><market>&e;</market>")
        (self.root / "sub").mkdir()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.root / "socket.xml"))
        self.addCleanup(listener.close)
        up = os.path.relpath(self.outside / "secret.xml", self.root)
        for name in ("link.xml", "folder/secret.xml", "pipe.xml", "sub", "socket.xml", "large.xml", "doctype.xml", up,
                     "/dev/zero", "/dev/stdin", "/proc/self/environ", "/etc/passwd", str(self.outside / "secret.xml"),
                     "//" + str(self.outside / "secret.xml"), "sub/../../" + up, "%2e%2e/" + up, "x\x7f.xml",
                     "./" * 3000 + "link.xml", "none.xml"):
            with self.subTest(name[:60]):
                body = (f"<vnml><project><market name='M' href='file:{name}'/><group name='g'><valuation name='v'>"
                        "<m select='/vnml/project/market'/></valuation></group></project></vnml>")
                answer = self.node.post(body)
                self.assertEqual(answer.status, 500, answer.text[:200])
                self.assertNotIn("swordfish", answer.text)
                self.assertNotIn("root:", answer.text)
        for other in ("http://127.0.0.1:1/x", "s3://bucket/x", "ftp://x/y", "javascript:1", "data:text/xml,<a/>"):
            with self.subTest(other):
                body = f"<vnml><project><market name='M' href='{other.replace('<', '&lt;')}'/></project></vnml>"
                self.assertEqual(self.node.post(body).status, 500)

    def test_slow_and_broken_clients_cost_only_themselves(self):
        peers = []
        self.addCleanup(lambda: [p.close() for p in peers])
        for n in range(60):
            peer = socket.create_connection(("127.0.0.1", self.node.port), timeout=BOUND)
            peers.append(peer)
            peer.sendall((b"", b"POST", b"POST /valuation HTTP/1.1\r\nHost: a\r\n", b"\x16\x03\x01\x02\x00\x01",
                          b"POST /valuation?sync=Y HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\n"
                          b"Content-Length: 1000\r\n\r\n<vnml>", b"\r\n\r\n\r\n\r\n")[n % 6])
        self.small_requests_while(lambda: self.assertEqual(self.node.post(request_xml(2, 20)).status, 200))

    def test_documents_of_many_small_pieces(self):
        for piece in ("<a/>", "<a b='c'>d</a>", "&lt;", "<!--x-->", "<?p?>", "<![CDATA[x]]>"):
            with self.subTest(piece):
                body = "<vnml><project>" + piece * (4_000_000 // len(piece)) + "</project></vnml>"
                answer = self.small_requests_while(lambda: self.node.post(body))
                self.assertIn(answer.status, (200, 400), answer.text[:200])
        self.assertLess(int(pathlib.Path(f"/proc/{self.node.process.pid}/statm").read_text().split()[1]) * 4096, 2**31)


if __name__ == "__main__":
    unittest.main()
