"""vnctl as clients and operators use it: what it prints, and its exit codes."""

import hashlib
import json
import os
import pty
import subprocess
import threading
import unittest

import support
from plugin_files import VNCTL, build, drop, listed
from redis_places import free_port
from support import request_xml, until


def vnctl(*words, server=None, stdin=None, **variables):
    env = {k: v for k, v in os.environ.items() if not k.startswith("VN")}
    if server:
        env["VNCTL_SERVER"] = f"http://127.0.0.1:{server.port}"
    return subprocess.run([str(VNCTL), *map(str, words)], input=stdin, capture_output=True, text=True,
                          timeout=support.BOUND, env={**env, **variables})


class Terminal:
    """vnctl on a pseudo terminal."""

    def __init__(self, server, *words):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen([str(VNCTL), "--server", f"http://127.0.0.1:{server.port}", *words],
                                        stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self.text = ""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        try:
            while part := os.read(self.master, 4096):
                self.text += part.decode()
        except OSError:  # how a terminal ends whose last writer has gone
            pass

    def shows(self, text):
        try:
            until(lambda: text in self.text, f"the terminal shows {text!r}")
        except AssertionError as e:
            raise AssertionError(f"{e}; it shows {self.text!r}")

    def ends(self):
        code = self.process.wait(support.BOUND)
        self.reader.join()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        os.close(self.master)


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
        done = vnctl("submit", "-", "--wait", "--timeout", "6", server=node, stdin=request_xml(1, 1))
        self.assertEqual(done.returncode, 5, done.stderr)
        request = done.stderr.splitlines()[0]
        self.assertEqual(vnctl("watch", request, "--timeout", "3", server=node).returncode, 5)
        gate.touch()
        self.assertEqual(vnctl("watch", request, server=node).returncode, 0)

    def test_the_bar_moves_on_a_terminal(self):
        gates = self.folder()
        wait = f"cat >/dev/null; until [ -e {gates}/$VN_TASK_ID ]; do sleep 0.02; done; echo 7\n"
        node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script(wait))
        request = node.post(request_xml(1, 3), sync=False).json["requestId"]
        with Terminal(node, "watch", request) as terminal:
            bars = ["[..............................] running  group 1/1  tasks 0/3",
                    "[##########....................] running  group 1/1  tasks 1/3",
                    "[####################..........] running  group 1/1  tasks 2/3"]
            for task, bar in enumerate(bars, 1):
                terminal.shows(bar)
                (gates / str(task)).touch()
            terminal.shows("[##############################] succeeded  group 1/1  tasks 3/3")
            self.assertEqual(terminal.ends(), 0)
        # One line that is written again and again, and ended once.
        self.assertEqual(terminal.text.count("\n"), 1)
        self.assertTrue(terminal.text.endswith("\r\n"))
        self.assertTrue(all(part.endswith("\x1b[K") for part in terminal.text.strip("\r\n").split("\r")))

    def test_a_bar_of_what_fails_or_takes_too_long_is_ended_as_well(self):
        gate = self.folder() / "open"
        node = self.server(REDIS_URL=self.redis().url, MAX_TASK_RETRIES=1,
                           VNAS_SCRIPT=self.script(f"cat >/dev/null; until [ -e {gate} ]; do sleep 0.02; done; exit 1\n"))
        request = node.post(request_xml(1, 2), sync=False).json["requestId"]
        node.wait_status(request, "running")
        with Terminal(node, "watch", request, "--timeout", "6") as terminal:
            self.assertEqual(terminal.ends(), 5)
        self.assertIn("\nvnctl: the request has not ended within 6 s", terminal.text.replace("\r\n", "\n"))
        gate.touch()
        node.wait_status(request, "failed")
        with Terminal(node, "watch", request) as terminal:
            terminal.shows("] failed  group 1/1")
            self.assertEqual(terminal.ends(), 1)
        self.assertTrue(terminal.text.endswith("\r\n"))

    def test_watching_outlives_a_restart_of_the_server(self):
        store, gate = self.redis(), self.folder() / "open"
        settings = {"REDIS_URL": store.url, "VNAS_SCRIPT": self.script(support.waits_for(gate)), "VN_LEASE_MS": 1000}
        port = free_port()
        node = self.server(**settings, VN_NODE_SHUTDOWN_GRACE_MS=100, HTTP_PORT=port)
        request = node.post(request_xml(1, 1), sync=False).json["requestId"]
        with Terminal(node, "watch", request) as terminal:
            terminal.shows("tasks 0/1")
            node.stop()
            again = self.server(**settings, HTTP_PORT=port)
            gate.touch()
            again.wait_status(request, "succeeded")
            terminal.shows("succeeded")
            self.assertEqual(terminal.ends(), 0)

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

    def call(self, code, *words, **variables):
        done = vnctl("functions", *words, **(variables or {"VN_PLUGIN_DIR": str(self.plugins)}))
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

    def configure(self, text):
        config = self.folder() / "s.info"
        config.write_text(text)
        return "--config", str(config)

    def test_the_drop_folder_and_the_sections_of_plugins_are_those_of_the_settings(self):
        where = f'plugin {{ dir "{self.plugins}" }}\n'
        self.assertEqual(self.call(0, *self.configure(where), "call", "plus", "5", "7", LANG="C").stdout, "12\n")
        data = self.folder()
        (data / "plugins").mkdir()
        drop(data / "plugins", "n.so", build(NAME="named", FUNCTIONS=True, FUNCTION="secret_sum", NEEDS="key"))
        by_file = self.configure(f'data_dir "{data}"\nplugins {{ n {{ settings {{ key "1" }} }} }}\n')
        by_both = self.configure(f'data_dir "{data}"\nplugins {{ named {{ settings {{ key "1" }} }}\n'
                                 f' n {{ settings {{ key "2" }} }} }}\n')
        without = self.configure(f'data_dir "{data}"\n')
        # One that has its section by another name is asked again with that: then it lacks the key.
        for config in (by_file, without):
            told = self.call(2, *config, "call", "secret_sum", "1", "2", LANG="C").stderr
            self.assertIn("the setting key is missing", told)
        self.assertEqual(self.call(0, *by_both, "call", "secret_sum", "1", "2", LANG="C").stdout, "3\n")

    def test_a_drop_folder_on_the_command_line_goes_before_that_of_the_settings(self):
        config = self.configure(f'plugin {{ dir "{self.folder()}" }}\n')
        self.call(2, *config, "call", "plus", "5", "7", LANG="C")
        self.assertEqual(self.call(0, *config, "--plugins", self.plugins, "call", "plus", "5", "7", LANG="C").stdout,
                         "12\n")

    def test_what_the_server_would_not_open_is_not_opened(self):
        hashes = self.folder() / "allowed"
        hashes.write_text(hashlib.sha256(b"another").hexdigest() + "\n")
        config = self.configure(f'plugin {{ dir "{self.plugins}" allow_list "{hashes}" }}\n')
        self.assertIn("not in the list", self.call(2, *config, "call", "plus", "5", "7", LANG="C").stderr)
        hashes.write_text(hashlib.sha256((self.plugins / "f.so").read_bytes()).hexdigest() + "  f.so\n")
        self.assertEqual(self.call(0, *config, "call", "plus", "5", "7", LANG="C").stdout, "12\n")

    def test_wrong_settings_are_wrong_usage(self):
        for config in (self.configure("nonsense 1\n"), ("--config", "/no/such/file")):
            done = self.call(2, *config, "call", "plus", "5", "7")
            self.assertEqual(done.stdout, "")
            self.assertTrue(done.stderr.startswith("vnctl: "), done.stderr)

    def test_a_bad_plugin_does_not_hide_the_others(self):
        drop(self.plugins, "a.so", build(NAME="a", CRASH=True))
        done = self.call(0, "call", "plus", "5", "7")
        self.assertEqual(done.stdout, "12\n")
        self.assertIn("a.so: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
