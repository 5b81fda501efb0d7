"""A program in another language as a plugin: one process for all tasks, by the frame protocol."""

import os
import time
import unittest

import support
from plugin_files import row
from support import amounts, until

TASKS = int(os.environ.get("VN_TEST_TASKS", "10000"))
WORKER = support.SOURCE / "sdk" / "examples" / "frame_worker.py"


def request(quantities):
    tasks = "".join(f"<valuation name='frame-worker' number='{n}'><quantity>{q}</quantity>"
                    "<analytics><price><amount>1</amount></price></analytics></valuation>"
                    for n, q in enumerate(quantities))
    return f"<vnml><project><market name='M'/><model name='m'/><group name='G'>{tasks}</group></project></vnml>"


class FrameProgram(support.Case):
    def setUp(self):
        super().setUp()
        settings = self.folder() / "s.info"
        settings.write_text(f'plugins {{ frame-worker {{ command "/usr/bin/python3 -B {WORKER}" }} }}\n')
        # The default would answer as well, with something else.
        self.node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script("cat >/dev/null; echo 1\n"),
                                VN_PLUGIN_DIR=self.folder(), VN_PLUGIN_HOSTS=2, LOG_LEVEL="info", config=settings)
        until(lambda: self.row()["state"] == "offered", "the program is offered")

    def row(self):
        return row(self.node, "plugins.frame-worker")

    def test_all_tasks_of_a_large_request(self):
        quantities = range(1, TASKS + 1)
        began = time.monotonic()
        answer = self.node.post(request(quantities), timeout=10 * support.BOUND)
        took = time.monotonic() - began
        self.assertEqual(answer.status, 200, answer.body[:2000])
        self.assertEqual(amounts(answer.body), [[f"{100 * q}.00" for q in quantities]])
        print(f"\n{TASKS} tasks in {took:.1f} s, {TASKS / took:.0f} a second")
        used = self.row()
        self.assertEqual((used["calls"], used["failures"], used["restarts"]), (TASKS, 0, 0))
        self.assertLessEqual(used["hosts"], 2)

    def test_what_it_refuses_is_not_tried_again(self):
        answer = self.node.post(request([1, "many", 3]))
        self.assertEqual(answer.status, 500)
        failures = answer.json["detail"]["failures"]
        self.assertEqual([(f["code"], f["attempt"]) for f in failures], [("plugin-invalid", 1)])
        self.assertIn("the task has no quantity", failures[0]["error"])
        self.assertEqual(self.row()["restarts"], 0)


if __name__ == "__main__":
    unittest.main()
