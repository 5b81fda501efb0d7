#!/usr/bin/python3
"""What a request of 2 groups x 10 no-op tasks costs, in what can be counted however busy a machine is, held against what
is kept in counts.json. docs/performance.md, "What guards the figures", says more.

    counts.py instructions|redis [--accept]

instructions: what is executed for its documents and by its plugin, stage by stage. redis: the commands that Redis executes
for it. Exit code 1 if more or less is counted than is kept, 77 if nothing can be counted here. --accept: what is counted
is kept from now on. VN_BUILD_DIR names the build.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

import request_texts
from programs import BIN, BUILD, HERE, real_redis, vnserver

FILE = HERE / "counts.json"
SKIPPED = 77
SHAPE = (2, 10)
# Of a stage. Two runs of one program do not differ; what else is changed in the same file may move a little.
ALLOWED = 0.02
# Of all stages together, where the libraries or the compiler are others.
ALLOWED_ELSEWHERE = 0.1
FEWEST_REQUESTS, MOST_REQUESTS = 20, 200
# Who reads a stream reads it more often if what it waits for comes in two parts: so many more or less say nothing.
BY_TIMING = {"xread": 4, "xreadgroup": 2, "xlen": 4, "mget": 2}
# By finish_tasks.lua, once in each run.
WITH_EACH_PART = {"evalsha", "hmget", "unlink", "xack", "xdel", "xrange"}


class CannotCount(Exception):
    pass


def outcome(command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, **more)


def executed(lines):
    """What callgrind counted below each function of the namespace counted that the one named request calls."""
    sums, inside, callee = {}, False, None
    for line in lines:
        if line.startswith("fn="):
            inside = line.startswith("fn=counted::request(")
        elif line.startswith("cfn="):
            callee = re.match(r"cfn=counted::(\w+)", line)
        elif line.startswith("calls="):
            cost = int(next(lines).split()[1])
            if inside and callee:
                sums[callee[1]] = sums.get(callee[1], 0) + cost
    return sums


def instructions():
    """Of one request by stage, and what the program was built of."""
    if not shutil.which("valgrind"):
        raise CannotCount("valgrind is not installed")
    program = BIN / "bench-counted"
    with tempfile.TemporaryDirectory(prefix="vn-counts-") as folder:
        request, out = pathlib.Path(folder, "request.xml"), pathlib.Path(folder, "out")
        request.write_text(request_texts.shape(*SHAPE))
        # Nothing else of the environment, and nothing of the C library that only some processors run.
        environment = {"PATH": os.environ["PATH"], "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load"}
        ended = outcome(["valgrind", "--tool=callgrind", "--toggle-collect=counted::all_rounds*",
                         f"--callgrind-out-file={out}", "--compress-strings=no", "--compress-pos=no", program, request],
                        env=environment)
        if ended.returncode != 0:
            works = outcome(["valgrind", "--tool=none", "true"])
            if works.returncode != 0:
                raise CannotCount(f"valgrind does not run here: {works.stderr[-500:].strip()}")
            raise RuntimeError(f"bench-counted under callgrind: {ended.stderr[-2000:]}")
        told = json.loads(ended.stdout)
        rounds = told.pop("rounds")
        with open(out) as lines:
            stages = {stage: round(sum_ / rounds) for stage, sum_ in executed(lines).items()}
    return stages, {**told, "processor": platform.machine()}


def compared(what, kept, counted, allowed):
    """What is not as it is kept, a line each. allowed: by how much each may differ."""
    lines = []
    for name in sorted(kept.keys() | counted.keys()):
        before, now = kept.get(name, 0), counted.get(name, 0)
        if abs(now - before) > allowed(name, before):
            share = f" ({100 * (now - before) / before:+.1f} %)" if before else ""
            lines.append(f"{what} {name}: {now:,}{share}, where {before:,} are kept")
    return lines


def judge_instructions(kept, stages, built_of):
    """kept: [{"builtOf", "stages"}]. What is wrong."""
    here = [k for k in kept if k["builtOf"].get("processor") == built_of["processor"]]
    if not here:
        raise CannotCount(f"nothing is kept for {built_of['processor']}")
    nearest = max(here, key=lambda k: len(k["builtOf"].items() & built_of.items()))
    if nearest["builtOf"] == built_of:
        return compared("instructions,", nearest["stages"], stages, lambda _, before: ALLOWED * before)
    print(f"counts: this is built of {built_of}; nearest of what is kept: {nearest['builtOf']}; only the sum is judged")
    return compared("instructions,", {"all": sum(nearest["stages"].values())}, {"all": sum(stages.values())},
                    lambda _, before: ALLOWED_ELSEWHERE * before)


def commands_of(node, store, text):
    def calls():
        return {name.removeprefix("cmdstat_"): s["calls"] for name, s in store.client.info("commandstats").items()}
    before = calls()
    answer = node.post(text)
    if answer.status != 200:
        raise RuntimeError(f"the request was answered {answer.status}: {answer.text}")
    needed = {name: n - before.get(name, 0) for name, n in calls().items() if n > before.get(name, 0) and name != "info"}
    # Results of a group are written in as many parts as it happens to be; with each of them one XACK, and another with the
    # entry of the request. Counted as if there were one part of each group.
    more = needed.get("xack", 0) - 1 - SHAPE[0]
    return {name: n - more if name in WITH_EACH_PART else n for name, n in needed.items()}


def judge_redis(kept, counted):
    return compared("Redis commands,", kept, counted, lambda name, _: BY_TIMING.get(name, 0))


def usual(seen, kept):
    """Of each command, how often the tenth of the requests that needed it least needed it: what came in two parts, or fell
    due meanwhile, is no part of a request. Within that tenth, what is nearest to what is kept."""
    counted = {}
    for name in sorted(set().union(*seen)):
        needed = sorted(one.get(name, 0) for one in seen)
        least, most = needed[0], needed[len(needed) // 10]
        counted[name] = min(max(least, kept.get(name, 0)), most) if kept else most
    return {name: n for name, n in counted.items() if n}


def redis(kept):
    """The commands of one request alone, by name, those in scripts as well. kept: nothing if it is to be kept."""
    text = request_texts.shape(*SHAPE)
    with real_redis() as store, vnserver(store) as node:
        for _ in range(FEWEST_REQUESTS // 2):
            commands_of(node, store, text)
        seen = []
        while len(seen) < FEWEST_REQUESTS or (len(seen) < MOST_REQUESTS and judge_redis(kept, counted)):
            seen.append(commands_of(node, store, text))
            counted = usual(seen, kept)
    return counted


def keep(figures):
    FILE.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"counts: written to {FILE.name}")


def show(what, counted):
    each = ", ".join(f"{name} {n:,}" for name, n in counted.items())
    print(f"counts: {what} of a request: {sum(counted.values()):,}: {each}")


def run(what, accept):
    figures = json.loads(FILE.read_text())
    if what == "instructions":
        counted, built_of = instructions()
        if accept:
            others = [k for k in figures["instructions"] if k["builtOf"] != built_of]
            return keep({**figures, "instructions": others + [{"builtOf": built_of, "stages": counted}]})
        show("instructions", counted)
        wrong = judge_instructions(figures["instructions"], counted, built_of)
    else:
        counted = redis({} if accept else figures["redis"])
        if accept:
            return keep({**figures, "redis": counted})
        show("Redis commands", counted)
        wrong = judge_redis(figures["redis"], counted)
    if wrong:
        for line in wrong:
            print(f"counts: {line}")
        build = os.path.relpath(BUILD, HERE.parents[1])
        sys.exit("counts: if that is as it should be, keep it: "
                 f"VN_BUILD_DIR={build} tests/bench/counts.py {what} --accept")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["instructions", "redis"])
    parser.add_argument("--accept", action="store_true", help="keep what is counted")
    options = parser.parse_args()
    try:
        run(options.what, options.accept)
    except CannotCount as why:
        print(f"counts: skipped: {why}")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
