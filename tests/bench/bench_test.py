#!/usr/bin/env python3
"""bench_test.py BENCH_SH PROGRAM: the benchmark runs, and its lines and its table are whole. No figure is judged."""
import json
import pathlib
import subprocess
import sys
import unittest

SCRIPT, PROGRAM = sys.argv[1:3]
TABLE = pathlib.Path(__file__).with_name("table.py")


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)


class Bench(unittest.TestCase):
    def test_each_figure_has_its_rounds_its_counterpart_and_its_row(self):
        ended = run(PROGRAM, "--rounds", "2", "--slice", "5")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        lines = [json.loads(line) for line in ended.stdout.splitlines()]
        found = {(line["name"], line["bytes"]) for line in lines}
        names = {"call", "judged", "inline", "inline-alone", "echo", "echo-2", "host", "host-2", "host-alone"}
        self.assertEqual(found, {(name, size) for name in names for size in (1024, 5120)})
        for line in lines:
            with self.subTest(line["name"]):
                self.assertEqual(line["bench"], "plugins")
                self.assertTrue(not line["against"] or (line["against"], line["bytes"]) in found)
                for key in ("callsPerSecond", "cpuNanoseconds"):
                    spread = line[key]
                    self.assertEqual(len(spread["rounds"]), 2)
                    self.assertGreater(spread["lowest"], 0)
                    self.assertLessEqual(spread["lowest"], spread["median"])
                    self.assertLessEqual(spread["median"], spread["highest"])

        table = run(sys.executable, str(TABLE), text=ended.stdout)
        self.assertEqual((table.returncode, table.stderr), (0, ""))
        rows = table.stdout.splitlines()[1:]
        self.assertEqual([row.split()[0] for row in rows], [line["name"] for line in lines])

    def test_wrong_usage_is_told(self):
        for command in ([PROGRAM, "--rounds", "0"], [SCRIPT, "nothing"], [SCRIPT, "plugins", "nothing"]):
            with self.subTest(command):
                ended = run(*command)
                self.assertEqual((ended.returncode, ended.stdout), (2, ""))
                self.assertNotEqual(ended.stderr, "")

    def test_a_file_that_is_no_plugin_is_told(self):
        ended = run(PROGRAM, "--plugin", str(TABLE))
        self.assertEqual((ended.returncode, ended.stdout), (1, ""))
        self.assertIn("bench-plugins: ", ended.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
