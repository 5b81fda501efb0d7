"""A real browser for the tests: Debian's chromium, driven by playwright-core (tests/browser)."""

import json
import os
import subprocess

import support

# What scripts/setup.sh browser has put there.
MODULES = support.SOURCE / "build" / "browser"
HERE = support.SOURCE / "tests" / "browser"


def node(script, *arguments, **options):
    """A program of tests/browser, running."""
    if not (MODULES / "node_modules").is_dir():
        raise AssertionError("scripts/setup.sh browser was not run")
    env = {**os.environ, "VN_BROWSER": str(MODULES), "VN_TEST_BOUND": str(support.BOUND)}
    return subprocess.Popen(["node", str(HERE / script), *map(str, arguments)], env=env, text=True,
                            stdout=subprocess.PIPE, **options)


class Browser:
    """browser.open(port=80) does what commands.open of tests/browser/browser.mjs does."""

    def __init__(self):
        self.process = node("browser.mjs", stdin=subprocess.PIPE)

    def __getattr__(self, name):
        def do(**arguments):
            self.process.stdin.write(json.dumps({"do": name, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError("the browser has ended")
            answer = json.loads(line)
            if "error" in answer:
                raise AssertionError(f"{name}: {answer['error']}")
            return answer["answer"]
        return do

    def until(self, condition, what):
        """What is seen when the condition holds for it."""
        seen = None

        def holds():
            nonlocal seen
            seen = self.look()
            return condition(seen) and seen
        try:
            return support.until(holds, what)
        except AssertionError as late:
            raise AssertionError(f"{late}; seen: {json.dumps(seen)[-3000:]}") from None

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(support.BOUND)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
