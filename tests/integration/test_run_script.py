"""The first command of the README: from nothing running to a response, and down again."""

import os
import pathlib
import signal
import subprocess
import unittest

import support
from support import until

SCRIPT = support.SOURCE / "scripts" / "run.sh"


def processes_with(setting):
    """Ids of the processes that have it in their environment."""
    found = []
    for process in pathlib.Path("/proc").iterdir():
        try:
            if process.name.isdigit() and setting.encode() in (process / "environ").read_bytes():
                found.append(process.name)
        except OSError:
            pass  # it has ended
    return found


class RunScript(support.Case):
    def start(self, *arguments):
        self.data = str(self.folder())
        env = {**os.environ, "VN_PRESET": support.BUILD.name, "HTTP_PORT": "0", "VN_DATA_DIR": self.data}
        # Where the tests run in the background Ctrl-C is ignored, and a shell cannot undo that.
        started = subprocess.Popen([SCRIPT, *arguments], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.addCleanup(started.stdout.close)
        self.addCleanup(started.kill)
        return started

    def test_once_prints_the_response_and_leaves_nothing_running(self):
        run = self.start("--once")
        printed, _ = run.communicate(timeout=2 * support.BOUND)
        self.assertEqual(run.returncode, 0, printed)
        self.assertIn("</vnml>", printed)
        # The script's own watch over the stop may be in its last tenth of a second.
        until(lambda: not processes_with(self.data), "nothing runs any more")

    def test_serves_until_it_is_interrupted(self):
        run = self.start()
        lines = []
        until(lambda: lines.append(run.stdout.readline()) or "Ctrl-C" in lines[-1] or run.poll() is not None,
              "it says how to stop it")
        self.assertIsNone(run.poll(), "".join(lines))
        url = next(line.split()[3] for line in lines if line.startswith("vnserver answers at"))
        asked = subprocess.run(["curl", "-fsS", url + "/readyz"], capture_output=True, text=True)
        self.assertEqual(asked.stdout, '{"status":"ok"}', asked.stderr)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(2 * support.BOUND), 0)

    def test_a_wrong_use_is_told(self):
        self.assertEqual(self.start("--twice").wait(support.BOUND), 2)


if __name__ == "__main__":
    unittest.main()
