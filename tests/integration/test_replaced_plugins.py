"""What is done to files while calls run on them, in processes and inline; and what is left after many replacements."""

import os
import pathlib
import unittest

import support
from plugin_files import build, drop, listed, row
from support import amounts, children, request_xml, until

SANITIZED = os.environ.get("VN_TEST_SANITIZED") == "1"
FROZEN = support.BUILD / "tests" / "plugins" / "frozen.so"


class Replaced(support.Case):
    def start(self, settings=""):
        self.plugins = self.folder()
        config = self.folder() / "s.info"
        config.write_text(settings)
        self.node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script("cat >/dev/null; echo 1\n"),
                                VN_PLUGIN_DIR=self.plugins, VN_PLUGIN_RESCAN_MS=100, VN_PLUGIN_SETTLE_MS=50,
                                LOG_LEVEL="info", config=config)

    def comes_to_be(self, file, *states):
        try:
            until(lambda: listed(self.node).get(file) in states, f"{file} is {' or '.join(states)}")
        except AssertionError as e:
            raise AssertionError(f"{e}; it is {listed(self.node).get(file)}")

    def values(self, name="loan"):
        return amounts(self.node.post(request_xml(1, 1, name=name)).body)[0][0]

    def held(self, gate):
        """A request whose call runs on version 1.0 until the gate is there."""
        drop(self.plugins, "a.so", build(AMOUNT="2.00", GATE=str(gate)))
        self.comes_to_be("a.so", "offered 1.0")
        request = self.node.post(request_xml(1, 1), sync=False).json["requestId"]
        until(lambda: row(self.node, "a.so")["running"] == 1, "the call runs")
        return request

    def ends_on_the_first(self, request, gate):
        self.assertEqual(self.node.status(request)["status"], "running")
        gate.touch()
        self.node.wait_status(request, "succeeded")
        self.assertEqual(amounts(self.node.get(f"/valuation/{request}/results").body), [["2.00"]])
        self.assertEqual(self.node.get("/healthz").status, 200)

    def spoil(self):
        """Everything that can be done to a file that is in use; name and what may be listed then."""
        path = self.plugins / "a.so"
        second = build(AMOUNT="3.00", VERSION="2.0")
        yield "overwritten", lambda: path.write_bytes(second), "offered 2.0, draining 1.0"
        yield "truncated", lambda: os.truncate(path, 5000), "offered 1.0, refused plugin-incomplete"
        yield "emptied", lambda: path.write_bytes(b""), "offered 1.0, refused plugin-incomplete"
        yield "filled with zeros", lambda: path.write_bytes(bytes(len(second))), "offered 1.0, refused plugin-wrong-kind"
        yield "removed", path.unlink, "draining 1.0"
        # In two steps, between which the folder may have been looked at.
        yield ("replaced by a folder", lambda: (path.unlink(), path.mkdir()), "offered 1.0, refused plugin-wrong-kind",
               "refused plugin-wrong-kind, draining 1.0")

    def spoil_under_a_call(self):
        for what, do, *states in self.spoil():
            with self.subTest(what=what):
                gate = self.folder() / "open"
                request = self.held(gate)
                do()
                self.comes_to_be("a.so", *states)
                self.ends_on_the_first(request, gate)
                if (self.plugins / "a.so").is_dir():
                    (self.plugins / "a.so").rmdir()
                else:
                    (self.plugins / "a.so").unlink(missing_ok=True)
                until(lambda: "a.so" not in listed(self.node), "it is gone")
                self.assertEqual(self.values(), "1.00")

    def test_a_running_call_in_a_process_never_notices(self):
        self.start()
        self.spoil_under_a_call()

    def test_a_running_call_inline_never_notices(self):
        self.start('plugins { fixed { run "inline" } }\n')
        self.spoil_under_a_call()

    def test_half_a_copy_becomes_a_plugin_with_the_rest(self):
        self.start()
        content = build(AMOUNT="2.00")
        with open(self.plugins / "a.so", "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(content[:len(content) // 2])
            file.flush()
            self.comes_to_be("a.so", "refused plugin-incomplete")
            self.assertEqual(self.values(), "1.00")
            file.write(content[len(content) // 2:])
        self.comes_to_be("a.so", "offered 1.0")
        self.assertEqual(self.values(), "2.00")

    def test_who_waits_for_a_name_gets_it_when_it_is_free(self):
        self.start()
        drop(self.plugins, "b.so", build(NAME="b", AMOUNT="2.00"))
        self.comes_to_be("b.so", "offered 1.0")
        drop(self.plugins, "a.so", build(NAME="a", AMOUNT="3.00"))
        self.comes_to_be("a.so", "refused plugin-name-taken")
        self.assertEqual(self.values(), "2.00")
        (self.plugins / "b.so").unlink()
        self.comes_to_be("a.so", "offered 1.0")
        self.assertEqual(self.values(), "3.00")

    def test_a_folder_that_is_gone_takes_nothing_with_it(self):
        self.start()
        drop(self.plugins, "a.so", build(AMOUNT="2.00"))
        self.comes_to_be("a.so", "offered 1.0")
        away = self.folder() / "away"
        self.plugins.rename(away)
        until(lambda: self.node.get("/plugins").json["warnings"], "there is a warning")
        self.assertEqual(self.values(), "2.00")
        away.rename(self.plugins)
        until(lambda: not self.node.get("/plugins").json["warnings"], "it is over")
        drop(self.plugins, "a.so", build(AMOUNT="3.00", VERSION="2.0"))
        self.comes_to_be("a.so", "offered 2.0")
        self.assertEqual(self.values(), "3.00")

    def test_two_inline_plugins_with_the_same_symbols_keep_apart(self):
        self.start('plugins { a { run "inline" } b { run "inline" } }\n')
        drop(self.plugins, "a.so", build(NAME="a", TASK="first", AMOUNT="2.00"))
        drop(self.plugins, "b.so", build(NAME="b", TASK="second", AMOUNT="3.00"))
        self.comes_to_be("a.so", "offered 1.0")
        self.comes_to_be("b.so", "offered 1.0")
        self.assertEqual([self.values("first"), self.values("second"), self.values("first")], ["2.00", "3.00", "2.00"])

    def test_a_plugin_built_with_the_first_sdk_runs_today(self):
        self.start('tasks { route { name "loan" plugin "frozen" } }\n')
        drop(self.plugins, "frozen.so", FROZEN.read_bytes())
        until(lambda: listed(self.node).get("frozen.so", "").startswith("offered"), "it is offered")
        self.assertEqual(self.values(), "42.50")

    def test_many_replacements_leave_nothing_behind(self):
        self.start()
        pid = self.node.process.pid
        content = build(NAME="fixed", AMOUNT="2.00", VERSION="1.000")

        def replace(n):
            drop(self.plugins, "a.so", content.replace(b"1.000", b"1.%03d" % n))
            until(lambda: listed(self.node).get("a.so", "").startswith(f"offered 1.{n:03}"), f"version {n} is offered")
            self.assertEqual(self.values(), "2.00")

        def used():
            files = len(os.listdir(f"/proc/{pid}/fd"))
            maps = pathlib.Path(f"/proc/{pid}/maps").read_text().count("\n")
            copies = len([f for f in pathlib.Path(self.node.data).rglob("*.so")])
            return files, maps, copies

        def settled():
            return listed(self.node)["a.so"].count(",") == 0 and len(self.hosts()) == 1

        for n in range(1, 11):
            replace(n)
        until(settled, "one version is left")
        files, maps, copies = used()
        for n in range(11, 40 if SANITIZED else 200):
            replace(n)
        until(settled, "one version is left")
        until(lambda: used()[2] <= copies and used()[0] <= files + 5, f"nothing is left: {used()}, not {files, copies}")
        self.assertLess(used()[1], maps + 100)

    def hosts(self):
        return [pid for pid, name in children(self.node.process.pid) if name.startswith("vn-plugin-host")]


if __name__ == "__main__":
    unittest.main()
