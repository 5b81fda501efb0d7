#!/usr/bin/env python3
"""Every benchmark runs in its quick form, and its lines and its table are whole. No figure is judged."""
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import unittest

import counts
import profiling

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ["VN_BUILD_DIR"]) / "bin"
SCRIPT = HERE.parents[1] / "scripts" / "bench.sh"
FLOW = {"tasks/s", "ms/request", "CPU ms/task, server", "CPU ms/task, Redis", "CPU ms/task, all"}


def run(*command, text=None):
    return subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True, timeout=120)


class Bench(unittest.TestCase):
    def quick(self, what):
        """The lines, by case and name."""
        ended = run(sys.executable, "-B", HERE / "bench.py", "--quick", what)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        lines = [json.loads(line) for line in ended.stdout.splitlines()]
        found = {(line["case"], line["name"]): line for line in lines}
        self.assertEqual(len(found), len(lines))
        for line in lines:
            self.check(line, what, found)
        self.check_table(ended.stdout, lines)
        return found

    def check(self, line, what, found):
        with self.subTest(line["name"]):
            self.assertEqual(line["bench"], what)
            self.assertTrue(line["figures"])
            for name in line["against"]:
                self.assertIn((line["case"], name), found)
            for figure, spread in line["figures"].items():
                self.assertTrue(figure)
                self.assertGreaterEqual(spread["lowest"], 0)
                self.assertLessEqual(spread["lowest"], spread["median"])
                self.assertLessEqual(spread["median"], spread["highest"])
                self.assertTrue(spread["rounds"])

    def check_table(self, text, lines):
        table = run(sys.executable, "-B", HERE / "table.py", text=text)
        self.assertEqual((table.returncode, table.stderr), (0, ""))
        for line in lines:
            self.assertIn(f"{line['bench']}: {line['case']}\n", table.stdout)
            for figure in line["figures"]:
                self.assertIn(f" {figure} ", table.stdout)

    def figures(self, line):
        return set(line["figures"])

    def test_flow(self):
        found = self.quick("flow")
        self.assertEqual({name for _, name in found}, {"inline", "host"})
        for line in found.values():
            self.assertEqual(self.figures(line), FLOW)
            self.assertGreater(line["figures"]["tasks/s"]["lowest"], 0)

    def test_floor(self):
        found = {name: line for (_, name), line in self.quick("floor").items()}
        self.assertEqual(found["inline"]["against"], ["sent", "needed"])
        for name in ("sent", "needed"):
            self.assertGreater(found[name]["figures"]["tasks/s"]["lowest"], 0)
        # What is replayed is all that was sent, and more than a task cannot do without.
        commands = {name: found[name]["figures"]["commands/task"]["median"] for name in ("sent", "needed", "commands")}
        self.assertGreater(commands["sent"], commands["needed"])
        self.assertGreater(commands["sent"], 0.5 * commands["commands"])
        self.assertIn("command xadd", found)

    def test_http(self):
        found = self.quick("http")
        self.assertEqual({name for _, name in found}, {"status", "submission", "beast"})
        for line in found.values():
            self.assertLessEqual({"calls/s", "ms, median", "ms, p99"}, self.figures(line))

    def test_script(self):
        self.assertEqual({name for _, name in self.quick("script")}, {"script", "spawn"})

    def test_plugins(self):
        names = {"call", "judged", "inline", "inline-alone", "echo", "echo-2", "host", "host-2", "host-alone"}
        found = self.quick("plugins")
        self.assertEqual(set(found), {(f"{size} bytes", name) for name in names for size in (1024, 5120)})
        for line in found.values():
            self.assertEqual(self.figures(line), {"calls/s", "CPU ns/call"})
            self.assertEqual(len(line["figures"]["calls/s"]["rounds"]), 2)

    def test_documents(self):
        found = self.quick("documents")
        self.assertLessEqual({"MB/s", "peak MB", "us/task"}, self.figures(found["book, 5 KB", "domain"]))
        self.assertIn("peak / size", self.figures(found["server", "large"]))
        self.assertEqual(found["small requests, 2 in flight", "beside"]["against"], ["without"])

    def test_scale(self):
        found = self.quick("scale")
        self.assertEqual(len({case for case, _ in found}), 4)
        for line in found.values():
            self.assertIn("us/task", self.figures(line))

    def test_events(self):
        found = self.quick("events")
        self.assertEqual({name for _, name in found}, {"vnserver"})
        for (case, _), line in found.items():
            if case.endswith(", idle"):
                self.assertEqual(self.figures(line), {"KB/socket"})
            else:
                self.assertEqual(self.figures(line), {"messages/s", "CPU us/message", "ms, median", "ms, p99"})
                self.assertGreater(line["figures"]["messages/s"]["lowest"], 0)
        self.assertEqual(len(found), 4)

    def test_idle(self):
        found = {name: line for (_, name), line in self.quick("idle").items()}
        self.assertEqual(self.figures(found["redis-server"]), {"resident MB", "CPU %"})
        for name in ("vnserver", "with hosts"):
            self.assertEqual(self.figures(found[name]), {"resident MB", "CPU %", "CPU %, its Redis"})
            self.assertEqual(found[name]["against"], ["redis-server"])
        memory = {name: line["figures"]["resident MB"]["median"] for name, line in found.items()}
        self.assertGreater(memory["with hosts"], memory["vnserver"])

    def test_profile(self):
        for line in self.quick("profile").values():  # none where there is no perf
            shares = [spread["median"] for figure, spread in line["figures"].items() if figure.startswith("%, ")]
            self.assertTrue(not shares or abs(sum(shares) - 100) < 0.1, shares)

    def test_a_sample_is_told_by_its_function_and_in_the_kernel_by_the_call(self):
        samples = """7/7
\t 10 vn::hydration::child (/bin/vnserver)
\t 20 main (/bin/vnserver)

7/8
\t 30 _raw_spin_lock ([kernel.kallsyms])
\t 40 __x64_sys_futex ([kernel.kallsyms])

7/8
\t 50 [unknown] (/lib/libexpat.so.1)

9/9
\t 10 lzf_compress (/bin/redis-server)

7/7
\t 11 [unknown] (/bin/redis-server)

"""
        self.assertEqual(profiling.kinds_of(samples, profiling.SERVER, 7, range(0x11, 0x12)), {
            "our code": 1, "threads wake each other": 1, "expat": 1, "child processes": 1, "Lua": 1})

    def test_a_counterpart_that_is_not_there_is_left_out(self):
        lines = [{"bench": "flow", "case": "2x10", "name": "inline", "against": ["bullmq"], "what": "",
                  "figures": {"tasks/s": {"median": 2, "lowest": 1, "highest": 3, "rounds": [1, 2, 3]}}}]
        table = run(sys.executable, "-B", HERE / "table.py", text=json.dumps(lines[0]))
        self.assertEqual(table.returncode, 0)
        self.assertNotIn("bullmq", table.stdout)

    def test_wrong_usage_is_told(self):
        for command in ([BIN / "bench-plugins", "--rounds", "0"], [BIN / "bench-load"], [SCRIPT, "nothing"],
                        [BIN / "bench-events", "--port", "1", "--sockets", "3", "--users", "2", "--redis", "x"],
                        [BIN / "bench-events", "--port", "1"], [SCRIPT, "plugins", "nothing"]):
            with self.subTest(command):
                ended = run(*command)
                self.assertEqual((ended.returncode, ended.stdout), (2, ""))
                self.assertNotEqual(ended.stderr, "")

    def test_a_file_that_is_no_plugin_is_told(self):
        ended = run(BIN / "bench-plugins", "--plugin", HERE / "table.py")
        self.assertEqual((ended.returncode, ended.stdout), (1, ""))
        self.assertIn("bench-plugins: ", ended.stderr)

    def test_an_answer_that_was_not_expected_is_told(self):
        ended = run(BIN / "bench-load", "--port", "1", "--seconds", "0.01")
        self.assertEqual((ended.returncode, ended.stdout), (1, ""))
        self.assertIn("bench-load: ", ended.stderr)


class Counts(unittest.TestCase):
    """What is kept is held against what is counted; both by hand here."""
    BUILT_OF = {"clang": "19.1", "expat": "expat_2.5.0", "processor": "x86_64"}
    STAGES = {"judge": 1000, "read": 500}

    def judged(self, stages, **built_of):
        kept = [{"builtOf": {**self.BUILT_OF, "expat": "expat_2.7.1"}, "stages": {"judge": 1, "read": 1}},
                {"builtOf": self.BUILT_OF, "stages": self.STAGES}]
        with contextlib.redirect_stdout(io.StringIO()):
            return counts.judge_instructions(kept, stages, {**self.BUILT_OF, **built_of})

    def test_a_stage_that_costs_more_or_less_is_told(self):
        self.assertEqual(self.judged({"judge": 1020, "read": 490}), [])
        self.assertEqual(self.judged({"judge": 1021, "read": 500}),
                         ["instructions, judge: 1,021 (+2.1 %), where 1,000 are kept"])
        self.assertEqual(self.judged({"judge": 1000, "read": 489}),
                         ["instructions, read: 489 (-2.2 %), where 500 are kept"])

    def test_a_stage_that_is_new_or_gone_is_told(self):
        self.assertEqual(self.judged({**self.STAGES, "sign": 7}), ["instructions, sign: 7, where 0 are kept"])
        self.assertEqual(self.judged({"judge": 1000}), ["instructions, read: 0 (-100.0 %), where 500 are kept"])

    def test_built_of_something_else_only_the_sum_is_judged(self):
        self.assertEqual(self.judged({"judge": 700, "read": 800}, clang="20.1"), [])
        self.assertEqual(self.judged({"judge": 1000, "read": 900}, clang="20.1"),
                         ["instructions, all: 1,900 (+26.7 %), where 1,500 are kept"])
        with self.assertRaises(counts.CannotCount):
            self.judged(self.STAGES, processor="aarch64")

    def test_a_command_more_or_less_is_told(self):
        kept = {"set": 44, "xread": 7, "strlen": 1}
        self.assertEqual(counts.judge_redis(kept, {"set": 44, "xread": 11, "strlen": 1}), [])
        self.assertEqual(counts.judge_redis(kept, {"set": 45, "xread": 12}),
                         ["Redis commands, set: 45 (+2.3 %), where 44 are kept",
                          "Redis commands, strlen: 0 (-100.0 %), where 1 are kept",
                          "Redis commands, xread: 12 (+71.4 %), where 7 are kept"])

    def test_what_most_requests_needed_more_of_is_no_growth(self):
        seen = [{"xack": 3}] + [{"xack": 4, "unlink": 1}] * 18 + [{"xack": 5, "get": 1}]
        self.assertEqual(counts.usual(seen, {"xack": 3}), {"xack": 3})
        self.assertEqual(counts.usual(seen, {"xack": 2}), {"xack": 3})
        self.assertEqual(counts.usual(seen, {"xack": 9}), {"xack": 4})
        self.assertEqual(counts.usual(seen, {}), {"xack": 4, "unlink": 1})

    def test_what_callgrind_wrote_is_read(self):
        lines = ["fn=counted::judge(x)", "0 9", "cfn=malloc", "calls=3 0", "0 90", "fn=counted::request(y)", "0 5",
                 "cfn=counted::judge(x)", "calls=2 0", "0 99", "cfn=free", "calls=1 0", "0 7",
                 "cfn=counted::judge(x)", "calls=1 0", "0 1", "fn=main", "cfn=counted::judge(x)", "calls=1 0", "0 5"]
        self.assertEqual(counts.executed(iter(lines)), {"judge": 100})

    def test_where_nothing_can_be_counted_the_reason_is_told(self):
        ended = subprocess.run([sys.executable, "-B", HERE / "counts.py", "instructions"], capture_output=True,
                               text=True, env={**os.environ, "PATH": "/nonexistent"}, timeout=60)
        self.assertEqual((ended.returncode, ended.stdout), (77, "counts: skipped: valgrind is not installed\n"))


if __name__ == "__main__":
    unittest.main()
