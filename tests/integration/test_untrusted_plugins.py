"""Files that may not be plugins: of the wrong kind, from the wrong hands, not on the list."""

import hashlib
import os
import shutil
import unittest

import support
from plugin_files import build, drop, listed, row
from support import amounts, request_xml, until


class Untrusted(support.Case):
    def start(self, folder, **more):
        return self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script("cat >/dev/null; echo 1\n"),
                           VN_PLUGIN_DIR=folder, VN_PLUGIN_RESCAN_MS=100, VN_PLUGIN_SETTLE_MS=50, **more)

    def comes_to_be(self, node, file, state):
        try:
            until(lambda: listed(node).get(file) == state, f"{file} is {state}")
        except AssertionError as e:
            raise AssertionError(f"{e}; it is {listed(node).get(file)}")

    def values(self, node):
        return amounts(node.post(request_xml(1, 1)).body)[0][0]

    def test_what_is_no_plugin_for_this_machine(self):
        folder, good = self.folder(), build(AMOUNT="2.00")
        node = self.start(folder)
        drop(folder, "arm.so", good[:18] + b"\xb7\x00" + good[20:])
        drop(folder, "script.so", b"#!/bin/sh\nexit 0\n", mode=0o755)
        drop(folder, "empty.so", b"")
        drop(folder, "head.so", good[:64])
        shutil.copy("/bin/true", folder / "program.so")
        for file, code in {"arm.so": "wrong-kind", "script.so": "wrong-kind", "empty.so": "incomplete",
                           "head.so": "incomplete", "program.so": "refused"}.items():
            self.comes_to_be(node, file, f"refused plugin-{code}")
        self.assertIn("position-independent executable", row(node, "program.so", "refused")["reason"])
        self.assertEqual(self.values(node), "1.00")

    def test_modes_and_owners_that_let_others_write(self):
        folder, good = self.folder(), build(AMOUNT="2.00")
        node = self.start(folder)
        self.assertEqual(os.geteuid(), 0, "these tests give files away")
        for mode, state in ((0o664, "refused plugin-untrusted"), (0o646, "refused plugin-untrusted"),
                            (0o4755, "refused plugin-untrusted"), (0o2755, "refused plugin-untrusted"),
                            (0o444, "offered 1.0")):
            with self.subTest(mode=oct(mode)):
                drop(folder, "a.so", good, mode=mode)
                self.comes_to_be(node, "a.so", state)
                (folder / "a.so").unlink()
                until(lambda: "a.so" not in listed(node), "it is gone")
        drop(folder, "a.so", good)
        self.comes_to_be(node, "a.so", "offered 1.0")
        # Given to another user, its next content is not taken; what was offered was good.
        os.chown(folder / "a.so", 65534, 65534)
        self.comes_to_be(node, "a.so", "offered 1.0, refused plugin-untrusted")
        self.assertEqual(self.values(node), "2.00")
        os.chown(folder / "a.so", 0, 0)
        self.comes_to_be(node, "a.so", "offered 1.0")

    def test_a_folder_that_others_may_write_to(self):
        top = self.folder()
        folder = top / "plugins"
        folder.mkdir(mode=0o755)
        drop(folder, "a.so", build(AMOUNT="2.00"))
        for path, mode in ((folder, 0o777), (folder, 0o1777), (folder, 0o775), (top, 0o777)):
            with self.subTest(path=path, mode=oct(mode)):
                path.chmod(mode)
                node = self.start(folder)
                self.comes_to_be(node, "a.so", "refused plugin-untrusted")
                self.assertTrue(any(str(folder) in w for w in node.get("/plugins").json["warnings"]))
                self.assertEqual(self.values(node), "1.00")
                path.chmod(0o755)
                self.comes_to_be(node, "a.so", "offered 1.0")
                self.assertEqual(self.values(node), "2.00")
                node.stop()

    def test_only_what_the_list_allows(self):
        folder, allowed = self.folder(), self.folder() / "allowed"
        first, second = build(AMOUNT="2.00"), build(AMOUNT="3.00", VERSION="2.0")

        def allow(*contents):
            part = allowed.with_suffix(".part")
            part.write_text("# known files\n" + "".join(f"{hashlib.sha256(c).hexdigest()}  x.so\n" for c in contents))
            part.rename(allowed)

        allow(first)
        node = self.start(folder, VN_PLUGIN_ALLOW_LIST=allowed)
        drop(folder, "a.so", first)
        self.comes_to_be(node, "a.so", "offered 1.0")
        drop(folder, "a.so", second)
        self.comes_to_be(node, "a.so", "offered 1.0, refused plugin-not-allowed")
        self.assertEqual(row(node, "a.so", "refused")["sha256"], hashlib.sha256(second).hexdigest())
        self.assertEqual(self.values(node), "2.00")
        allow(first, second)
        self.comes_to_be(node, "a.so", "offered 2.0")
        self.assertEqual(self.values(node), "3.00")
        # While the list cannot be trusted, what was allowed stays and nothing new comes.
        allowed.chmod(0o666)
        until(lambda: node.get("/plugins").json["warnings"], "there is a warning")
        drop(folder, "b.so", build(NAME="b", TASK="b"))
        self.comes_to_be(node, "b.so", "refused plugin-not-allowed")
        self.assertEqual(self.values(node), "3.00")
        allow(first)
        self.comes_to_be(node, "a.so", "refused plugin-not-allowed")
        self.assertEqual(self.values(node), "1.00")


if __name__ == "__main__":
    unittest.main()
