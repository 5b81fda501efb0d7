"""vnctl as clients and operators use it: what it prints, and its exit codes."""

import json
import os
import subprocess
import unittest

import support
from plugin_files import VNCTL, build, drop, listed
from support import request_xml, until


def vnctl(*words, server=None, stdin=None, **variables):
    env = {k: v for k, v in os.environ.items() if not k.startswith("VN")}
    if server:
        env["VNCTL_SERVER"] = f"http://127.0.0.1:{server.port}"
    return subprocess.run([str(VNCTL), *map(str, words)], input=stdin, capture_output=True, text=True,
                          timeout=support.BOUND, env={**env, **variables})


class Requests(support.Case):
    SHARED = {}
    SCRIPT = '[ "$VN_VALUATION_NAME" != bad ] || exit 65; cat >/dev/null; echo 7\n'

    def call(self, code, *words, **how):
        done = vnctl(*words, server=self.node, **how)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_submit_status_results_watch(self):
        request = self.call(0, "submit", "-", stdin=request_xml(2, 3)).stdout.strip()
        watched = self.call(0, "watch", request).stdout.splitlines()
        self.assertEqual(watched[-1], "succeeded  group 2/2  tasks 3/3")
        self.assertEqual(self.call(0, "status", request).stdout.strip(), watched[-1])
        self.assertEqual(json.loads(self.call(0, "--json", "status", request).stdout)["requestId"], request)
        self.assertIn("<amount>7.00</amount>", self.call(0, "results", request).stdout)
        self.assertIn("<amount>7.00</amount>", json.loads(self.call(0, "results", request, "--json").stdout)["response"])
        last = self.call(0, "watch", request, "--json").stdout.splitlines()[-1]
        self.assertEqual(json.loads(last)["status"], "succeeded")

    def test_submit_and_wait(self):
        file = self.folder() / "r.xml"
        file.write_text(request_xml(1, 2))
        self.assertIn("<amount>7.00</amount>", self.call(0, "submit", file, "--wait").stdout)

    def test_failures_have_their_codes(self):
        bad = self.folder() / "bad.xml"
        bad.write_text(request_xml(1, 1, name="bad"))
        self.assertIn("failed", self.call(1, "submit", bad, "--wait").stdout)
        self.assertIn("malformed-xml", self.call(1, "submit", "-", stdin="<a>").stderr)
        self.assertEqual(self.call(2, "submit", "/no/such/file").stderr, "vnctl: /no/such/file cannot be read\n")
        for words in ((), ("dance",), ("status",), ("submit", "-", "--timeout", "0")):
            self.call(2, *words)
        for what in ("status", "results", "watch"):
            self.call(3, what, support.new_id())
            self.call(3, what, "../../healthz")
        self.assertIn("127.0.0.1:1", self.call(4, "--server", "http://127.0.0.1:1", "plugins").stderr)

    def test_waiting_has_an_end(self):
        gate = self.folder() / "open"
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script(support.waits_for(gate)))
        done = vnctl("submit", "-", "--wait", "--timeout", "1", server=node, stdin=request_xml(1, 1))
        self.assertEqual(done.returncode, 5, done.stderr)
        request = done.stderr.splitlines()[0]
        self.assertEqual(vnctl("watch", request, "--timeout", "1", server=node).returncode, 5)
        gate.touch()
        self.assertEqual(vnctl("watch", request, server=node).returncode, 0)

    def test_plugins_are_listed(self):
        plugins = self.folder()
        drop(plugins, "a.so", build(NAME="alpha", TASK="loan"))
        drop(plugins, "b.so", b"no")
        node = self.server(REDIS_URL=self.redis().url, VN_PLUGIN_DIR=plugins)
        until(lambda: len(listed(node)) == 2, "both are judged")
        # Beside those that come with the server.
        lines = [l for l in vnctl("plugins", server=node).stdout.splitlines() if l.startswith(("a.so", "b.so"))]
        self.assertRegex(lines[0], r"^a\.so  offered  alpha 1\.0  host  calls 0  failures 0  hosts 0  [0-9a-f]{12}$")
        self.assertRegex(lines[1], r"^b\.so  refused .*not a shared object")
        told = json.loads(vnctl("--json", "plugins", server=node).stdout)
        self.assertLessEqual({"a.so", "b.so"}, {p["file"] for p in told["plugins"]})


class Functions(support.Case):
    def setUp(self):
        self.plugins = self.folder()
        drop(self.plugins, "f.so", build(NAME="f", FUNCTIONS=True))

    def call(self, code, *words):
        done = vnctl("functions", *words, VN_PLUGIN_DIR=str(self.plugins))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_functions_are_listed_with_their_arguments(self):
        self.assertIn("plus(first: integer, second: integer): integer  Adds two numbers.\n",
                      self.call(0, "--list").stdout)
        listed = json.loads(self.call(0, "--list", "--json").stdout)
        self.assertIn(("plus", "f", "1.0"), [(f["name"], f["plugin"], f["version"]) for f in listed])

    def test_functions_are_called_without_a_server(self):
        self.assertEqual(self.call(0, "call", "plus", "5", "7").stdout, "12\n")
        self.assertEqual(self.call(0, "call", "plus", "-5", "7").stdout, "2\n")
        self.assertEqual(json.loads(self.call(0, "--json", "call", "plus", "5", "7").stdout), {"result": "12"})

    def test_bad_arguments_are_one_clear_line_and_code_2(self):
        for words in (("plus", "5"), ("plus", "1", "2", "3"), ("plus", "5", "x"), ("nonsense", "1"), ()):
            with self.subTest(words=words):
                done = self.call(2, "call", *words)
                self.assertEqual(done.stdout, "")
                if words:
                    self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_bad_plugin_does_not_hide_the_others(self):
        drop(self.plugins, "a.so", build(NAME="a", CRASH=True))
        done = self.call(0, "call", "plus", "5", "7")
        self.assertEqual(done.stdout, "12\n")
        self.assertIn("a.so: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
