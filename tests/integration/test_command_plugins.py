"""Programs in another language as plugins: what they declare, what they do wrong, and what that costs."""

import pathlib
import re
import sys
import unittest

import support
from plugin_files import row
from support import amounts, children, request_xml, until
from test_functions import request, valuation

SINNER = pathlib.Path(__file__).with_name("frame_sinner.py")

# By the name of the task: code and message of the failure.
FAILS = {
    "cmd-crash": ("plugin-crashed", "was ended by SIGABRT"),
    "cmd-exit": ("plugin-crashed", "exited with code 3: the licence has expired"),
    "cmd-garbage": ("plugin-protocol", "sent what is no frame|a frame that this protocol does not have"),
    "cmd-half": ("plugin-protocol", "ended in the middle of a frame"),
    "cmd-huge": ("plugin-protocol", "sent a frame that is larger than allowed"),
    "cmd-no-head": ("plugin-protocol", "sent what is no frame|a frame that this protocol does not have"),
    "cmd-type": ("plugin-protocol", "a frame that this protocol does not have"),
    "cmd-status": ("plugin-protocol", "a frame that this protocol does not have"),
    "cmd-id": ("plugin-protocol", "a frame that this protocol does not have"),
    "cmd-nonsense": ("output-", "no amount"),
    "cmd-empty": ("output-empty", "empty"),
    "cmd-hang": ("plugin-deadline", "did not answer"),
    "cmd-retry": ("plugin-retry", "come again"),
    "cmd-failed": ("plugin-failed", "gave no reason"),
}
COSTS_NO_PROCESS = ("cmd-nonsense", "cmd-empty", "cmd-retry", "cmd-failed")

# By what it does instead of saying hello: why it is refused.
REFUSED = {
    "mute": "did not say hello in 8000 ms", "old": "a frame that this protocol does not have",
    "nameless": "name is missing", "babbling": "no frame|does not have", "gone": "exited with code 4: no curve server",
}


class Commands(support.Case):
    def start(self, sections, **more):
        config = self.folder() / "s.info"
        config.write_text("plugins\n{\n" + sections + "}\n")
        return self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script("cat >/dev/null; echo 1\n"),
                           VN_PLUGIN_DIR=self.folder(), VN_PLUGIN_HOSTS=1, VN_PLUGIN_START_TIMEOUT_MS=8000,
                           VN_PLUGIN_GRACE_MS=200, VN_PLUGIN_RESTART_PAUSE_MS=10, MAX_TASK_RETRIES=1,
                           TASK_WAIT_TIMEOUT_MS=8000, config=config, **more)

    def offered(self, node, name="sinner"):
        return until(lambda: [p for p in node.get("/plugins").json["plugins"] if p["file"] == f"plugins.{name}"],
                     f"{name} is judged")[0]

    def programs(self, node):
        return len([p for p, name in children(node.process.pid) if name.startswith("python")])

    def command(self, how="", more=""):
        return f'command "{sys.executable} -B {SINNER} {how}" {more}'

    def test_what_it_declares_is_used(self):
        node = self.start(f"sinner {{ {self.command()} }}\n")
        listed = self.offered(node)
        self.assertEqual((listed["state"], listed["name"], listed["version"], listed["run"]),
                         ("offered", "sinner", "2.5", "command"))
        self.assertEqual((listed["capabilities"]["functions"], listed["capabilities"]["schemes"]), (["shout"], ["cmd"]))
        self.assertEqual(amounts(node.post(request_xml(1, 5, name="cmd-ok")).body), [["5.00"] * 5])
        self.assertEqual(amounts(node.post(request_xml(1, 1, name="other")).body), [["1.00"]])
        answer = node.post(request(valuation("<a use=\"vn:shout('hi', 'you')\"/><b href='cmd:x'/>")))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn(b"<a>HI-YOU</a>", answer.body)
        self.assertIn(b"<b>cmd:x</b>", answer.body)

    def test_the_names_of_the_settings_take_the_place_of_its_own(self):
        node = self.start(f"sinner {{ {self.command(more=chr(10) + 'tasks ' + chr(34) + 'mine,cmd-prints' + chr(34))} }}\n")
        listed = self.offered(node)
        self.assertEqual((listed["state"], listed["capabilities"]["tasks"]), ("offered", ["mine", "cmd-prints"]))
        self.assertEqual({name: amounts(node.post(request_xml(1, 1, name=name)).body)[0][0]
                          for name in ("mine", "cmd-prints", "cmd-ok")},
                         {"mine": "5.00", "cmd-prints": "5.00", "cmd-ok": "1.00"})

    def test_what_it_does_wrong_costs_that_call(self):
        node = self.start(f"sinner {{ {self.command()} }}\n")
        self.offered(node)
        restarts = 0
        for name, (code, message) in FAILS.items():
            with self.subTest(name=name):
                answer = node.post(request_xml(1, 1, name=name))
                self.assertEqual(answer.status, 500, answer.body)
                failed = answer.json["detail"]["failures"][-1]
                self.assertTrue(failed["code"].startswith(code), failed)
                self.assertRegex(failed["error"], message)
                # The next call finds a process that works.
                self.assertEqual(amounts(node.post(request_xml(1, 2, name="cmd-ok")).body), [["5.00"] * 2])
                restarts += name not in COSTS_NO_PROCESS
                self.assertEqual(row(node, "plugins.sinner")["restarts"], restarts)
        self.assertEqual(row(node, "plugins.sinner")["failures"], len(FAILS) - 2)  # outputs are judged by the server
        until(lambda: self.programs(node) == 1, "one process is left")

    def test_the_calls_behind_a_crash_are_tried_elsewhere_and_count_no_attempt(self):
        node = self.start(f"sinner {{ {self.command()} }}\n", VN_TASKS_MAX_RUNNING=50)
        self.offered(node)
        tasks = "".join(f"<valuation name='{name}'><analytics><price><amount>1</amount></price></analytics></valuation>"
                        for name in ["cmd-ok"] * 10 + ["cmd-crash"] + ["cmd-ok"] * 20)
        answer = node.post(f"<vnml><project><group name='G'>{tasks}</group></project></vnml>")
        self.assertEqual(answer.status, 500)
        failures = answer.json["detail"]["failures"]
        self.assertEqual([(f["taskId"], f["code"]) for f in failures], [(11, "plugin-crashed")])
        self.assertEqual(row(node, "plugins.sinner")["calls"], 31)

    def test_what_does_not_say_hello_well_is_refused_with_the_reason(self):
        sections = "".join(f"{how} {{ {self.command(how)} }}\n" for how in REFUSED)
        node = self.start(sections + f"sinner {{ {self.command()} }}\n"
                          "nowhere { command \"/no/such/program\" }\n")
        for how, why in {**REFUSED, "nowhere": "could not be started: No such file or directory"}.items():
            with self.subTest(how=how):
                listed = self.offered(node, how)
                self.assertEqual(listed["state"], "refused")
                self.assertTrue(re.search(why, listed["reason"]), listed["reason"])
        self.assertEqual(amounts(node.post(request_xml(1, 1, name="cmd-ok")).body), [["5.00"]])
        until(lambda: self.programs(node) == 1, "one process is left")

    def test_what_cannot_start_yet_is_offered_when_it_can(self):
        gate = self.folder() / "open"
        late = self.script(f"[ -e {gate} ] || {{ echo no curve server >&2; exit 4; }}\n"
                           f"exec {sys.executable} -B {SINNER}\n")
        node = self.start(f'late {{ command "{late}" }}\n', VN_PLUGIN_RESCAN_MS=100)
        listed = self.offered(node, "late")
        self.assertEqual(listed["state"], "refused")
        self.assertIn("no curve server", listed["reason"])
        self.assertEqual(amounts(node.post(request_xml(1, 1, name="cmd-ok")).body), [["1.00"]])
        gate.touch()
        until(lambda: self.offered(node, "late")["state"] == "offered", "it is offered")
        self.assertEqual(amounts(node.post(request_xml(1, 1, name="cmd-ok")).body), [["5.00"]])
        self.assertEqual(node.stop(), 0)

    def test_one_that_never_starts_does_not_hold_up_the_stop(self):
        node = self.start(f"mute {{ {self.command('mute')} }}\n", VN_PLUGIN_RESCAN_MS=100)
        self.assertEqual(self.offered(node, "mute")["state"], "refused")
        until(lambda: self.programs(node), "it is tried again")
        self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
