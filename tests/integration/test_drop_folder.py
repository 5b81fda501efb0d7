"""Plugins dropped into a running server: under load, bad in every way, replaced, removed."""

import hashlib
import os
import subprocess
import threading
import unittest

import support
from plugin_files import build, drop, listed, row
from support import amounts, children, request_xml, until


class DropFolder(support.Case):
    def setUp(self):
        super().setUp()
        self.folder_of_plugins = self.folder()
        self.node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script("cat >/dev/null; echo 1\n"),
                                VN_PLUGIN_DIR=self.folder_of_plugins, VN_PLUGIN_RESCAN_MS=200,
                                VN_PLUGIN_START_TIMEOUT_MS=8000)

    def drop(self, name, content, **how):
        drop(self.folder_of_plugins, name, content, **how)

    def comes_to_be(self, file, state):
        try:
            until(lambda: listed(self.node).get(file) == state, f"{file} is {state}")
        except AssertionError as e:
            raise AssertionError(f"{e}; it is {listed(self.node).get(file)}")

    def values(self):
        return amounts(self.node.post(request_xml(1, 1)).body)

    def test_a_plugin_dropped_under_load_is_used_and_no_request_fails(self):
        answers, stop = [], threading.Event()

        def client():
            while not stop.is_set():
                answers.append(self.node.post(request_xml(1, 2)))

        threads = [threading.Thread(target=client) for _ in range(50)]
        for t in threads:
            t.start()
        try:
            until(lambda: len(answers) > 20, "requests are answered")
            self.drop("fixed.so", build(AMOUNT="2.00"))
            until(lambda: any(b"2.00" in a.body for a in list(answers)), "the plugin values tasks")
            self.drop("fixed.so", build(AMOUNT="3.00", VERSION="2.0"))
            until(lambda: any(b"3.00" in a.body for a in list(answers)), "its replacement does")
        finally:
            stop.set()
            for t in threads:
                t.join()
        self.assertEqual({a.status for a in answers}, {200})
        self.assertEqual(self.values(), [["3.00"]])
        self.assertEqual(row(self.node, "fixed.so")["failures"], 0)

    def test_every_bad_file_is_refused_and_seen_while_others_are_used(self):
        good = build(NAME="good", TASK="loan", AMOUNT="2.00")
        folder = self.folder_of_plugins
        self.drop("good.so", good)
        self.drop("half.so", good[:len(good) // 2])
        self.drop("text.so", b"not a plugin\n")
        self.drop("abi.so", build(NAME="abi", ABI=9))
        self.drop("entry.so", build(NO_ENTRY=True))
        self.drop("absent.so", build(NAME="absent", ABSENT=True))
        self.drop("crash.so", build(NAME="crash", CRASH=True))
        self.drop("hang.so", build(NAME="hang", HANG=True))
        self.drop("writable.so", build(NAME="writable", TASK="w"), mode=0o666)
        self.drop("taken.so", build(NAME="taken", TASK="loan"))
        self.drop("missing.so", self.with_missing_library())
        self.drop("narrow.so", good[:4] + b"\x01" + good[5:])
        (folder / "folder.so").mkdir()
        (folder / "link.so").symlink_to(folder / "good.so")
        os.mkfifo(folder / "fifo.so")
        refused = {"half.so": "incomplete", "text.so": "wrong-kind", "abi.so": "refused", "entry.so": "refused",
                   "absent.so": "refused", "crash.so": "refused", "hang.so": "refused", "writable.so": "untrusted",
                   "taken.so": "name-taken", "missing.so": "refused", "narrow.so": "wrong-kind",
                   "folder.so": "wrong-kind", "link.so": "wrong-kind", "fifo.so": "wrong-kind"}
        for file, code in refused.items():
            self.comes_to_be(file, f"refused plugin-{code}")
        self.comes_to_be("good.so", "offered 1.0")
        self.assertEqual(self.values(), [["2.00"]])
        self.assertIn("good.so", row(self.node, "taken.so", "refused")["reason"])
        self.assertIn("no_such_function_anywhere", row(self.node, "absent.so", "refused")["reason"])
        self.assertIn("libvn-gone.so", row(self.node, "missing.so", "refused")["reason"])
        for file in refused:
            self.assertTrue(row(self.node, file, "refused")["reason"], file)

    def with_missing_library(self):
        folder = self.folder()
        library = folder / "libvn-gone.so"
        subprocess.run(["clang-19", "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)], check=True,
                       input=b"int vn_gone(void) { return 1; }")
        return build(NAME="missing", TASK="m", libraries=(f"-L{folder}", "-Wl,--no-as-needed", "-lvn-gone"))

    def test_replaced_overwritten_truncated_removed(self):
        self.drop("fixed.so", build(AMOUNT="2.00"))
        self.comes_to_be("fixed.so", "offered 1.0")
        self.drop("fixed.so", build(AMOUNT="3.00", VERSION="2.0"))
        self.comes_to_be("fixed.so", "offered 2.0")
        self.assertEqual(self.values(), [["3.00"]])

        path = self.folder_of_plugins / "fixed.so"
        path.write_bytes(build(AMOUNT="4.00", VERSION="3.0"))  # in place
        self.comes_to_be("fixed.so", "offered 3.0")
        self.assertEqual(self.values(), [["4.00"]])

        os.truncate(path, 100)
        self.comes_to_be("fixed.so", "offered 3.0, refused plugin-incomplete")
        self.assertEqual(self.values(), [["4.00"]])
        path.write_bytes(build(AMOUNT="4.00", VERSION="3.0"))
        self.comes_to_be("fixed.so", "offered 3.0")
        path.unlink()
        until(lambda: "fixed.so" not in listed(self.node), "it is gone")
        self.assertEqual(self.values(), [["1.00"]])

    def test_a_running_call_ends_on_the_version_it_began_with(self):
        gate = self.folder() / "open"
        self.drop("fixed.so", build(AMOUNT="2.00", GATE=str(gate)))
        self.comes_to_be("fixed.so", "offered 1.0")
        request = self.node.post(request_xml(1, 1), sync=False).json["requestId"]
        until(lambda: row(self.node, "fixed.so")["running"] == 1, "the call runs")
        self.drop("fixed.so", build(AMOUNT="3.00", VERSION="2.0"))
        self.comes_to_be("fixed.so", "offered 2.0, draining 1.0")
        self.assertEqual(self.values(), [["3.00"]])
        gate.touch()
        self.node.wait_status(request, "succeeded")
        self.assertEqual(amounts(self.node.get(f"/valuation/{request}/results").body), [["2.00"]])
        self.comes_to_be("fixed.so", "offered 2.0")

    def test_five_hundred_files_at_once(self):
        for i in range(500):
            self.drop(f"p{i:03}.so", build(NAME="p000", TASK="loan").replace(b"p000", b"p%03d" % i)
                      if i else build(NAME="p000", TASK="loan"))
        until(lambda: len(listed(self.node)) == 500, "all are judged", 4 * support.BOUND)
        states = listed(self.node)
        self.assertEqual(sum(s.startswith("offered") for s in states.values()), 1)
        self.assertEqual(self.values(), [["7.00"]])

    def test_what_valued_a_task_is_recorded(self):
        content = build(AMOUNT="2.00")
        self.drop("fixed.so", content)
        self.comes_to_be("fixed.so", "offered 1.0")
        self.values()
        with support.redis.Redis(unix_socket_path=self.node_store(), decode_responses=True) as redis:
            update = redis.xrevrange("stream:task:updates", count=1)[0][1]
        self.assertEqual((update["executor"], update["plugin"]),
                         ("host", f"fixed 1.0 {hashlib.sha256(content).hexdigest()}"))

    def node_store(self):
        return self.node.log("redis")[0]["where"].removeprefix("unix://")

    def test_sigterm_leaves_no_host(self):
        gate = self.folder() / "never"
        self.drop("fixed.so", build(GATE=str(gate)))
        self.comes_to_be("fixed.so", "offered 1.0")
        self.node.post(request_xml(1, 2), sync=False)
        until(lambda: row(self.node, "fixed.so")["running"] == 2, "both calls run")
        hosts = [pid for pid, name in children(self.node.process.pid) if name.startswith("vn-plugin-host")]
        self.assertEqual(len(hosts), 2)
        self.node.process.terminate()
        until(lambda: self.node.log("stopping"), "it stops")
        self.node.stop()
        self.assertEqual([pid for pid in hosts if os.path.exists(f"/proc/{pid}")], [])


if __name__ == "__main__":
    unittest.main()
