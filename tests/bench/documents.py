"""Request documents through all that is done to them apart from valuing, beside the reference semantics in Python; and
what a large one does to a server and to small requests beside it."""
import concurrent.futures
import importlib.util
import json
import subprocess
import sys

import request_texts
from programs import HERE, LONGEST, call, folder, load, peak_megabytes, real_redis, vnserver
from report import Rounds, note_missing, tell

SIZES = [("5 KB", 5_000), ("1 MB", 1_000_000), ("10 MB", 10_000_000)]
QUICK_SIZES = [("5 KB", 5_000)]
STAGES = ["admit", "read", "hydrate", "store", "tasks", "judge", "complete", "response"]


def ours(file, options):
    got = call("bench-documents", "--request", file, "--seconds", min(options.seconds, 1))
    megabytes = got["bytes"] / 1e6
    rounds = got["rounds"]
    spent = {stage: sum(r[stage] for r in rounds) / len(rounds) for stage in STAGES}
    figures = {"MB/s": megabytes / sum(spent.values()), "peak MB": got["peakKilobytes"] / 1024,
               "us/task": 1e6 * sum(spent.values()) / got["tasks"]}
    return {**figures, **{f"MB/s, {stage}": megabytes / max(s, 1e-9) for stage, s in spent.items()}}


def reference(file, seconds):
    ended = subprocess.run([sys.executable, "-B", HERE / "reference_run.py", file, str(seconds)], capture_output=True,
                           text=True, timeout=LONGEST)
    if ended.returncode != 0:
        raise RuntimeError(f"the reference failed: {ended.stderr[-500:]}")
    got = json.loads(ended.stdout)
    return {"MB/s": file.stat().st_size / 1e6 / got["seconds"], "peak MB": got["peakKilobytes"] / 1024}


def stages(options, path):
    has_lxml = importlib.util.find_spec("lxml") is not None
    if not has_lxml:
        note_missing("the reference in Python", "python3-lxml is not installed")
    shapes = [("book", request_texts.book), ("selected", request_texts.selected)]
    for shape, text in shapes:
        for size_name, size in QUICK_SIZES if options.quick else SIZES:
            (path / "case").mkdir(exist_ok=True)
            file = path / "case" / "request.xml"
            file.write_text(text(size))
            rounds = Rounds("documents", f"{shape}, {size_name}", min(options.rounds, 3))
            rounds.add("domain", lambda f=file: ours(f, options), ["reference"], "parse, hydrate, tasks, response")
            # It needs longer than a benchmark should for a book of 10 MB: it copies the whole document for each task.
            if has_lxml and (shape, size_name) in [("book", "5 KB"), ("selected", "5 KB"), ("selected", "1 MB"),
                                                   ("selected", "10 MB")]:
                rounds.add("reference", lambda f=file: reference(f, 0.1), what="the same in Python with lxml")
            rounds.run(warm_up=False)


def beside(options, path):
    """A request of 10 MB whose ten tasks select 1 MB each, while small ones are answered."""
    large, small = path / "large.xml", path / "small.xml"
    large.write_text(request_texts.selected(50_000 if options.quick else 9_900_000))
    small.write_text(request_texts.book(5_000))
    seconds = 0.2 if options.quick else 2

    def small_ones(node):
        got = load(node.port, "/valuation?sync=Y", seconds, 2, small)
        return {"ms, median": got["milliseconds"]["median"], "ms, p99": got["milliseconds"]["p99"]}

    with real_redis() as store:
        with vnserver(store) as node:
            small_ones(node)
            before = peak_megabytes(node.process.pid)
            load(node.port, "/valuation?sync=Y", 0.05, 1, large, calls=1)
            peak = peak_megabytes(node.process.pid)
            tell("documents", "server", "large", {
                "peak MB": [peak], "peak MB before": [before], "peak / size": [peak / (large.stat().st_size / 2**20)]},
                what="one request, ten tasks that select a tenth each")
        with vnserver(store) as node, concurrent.futures.ThreadPoolExecutor(1) as pool:
            def with_large():
                running = pool.submit(load, node.port, "/valuation?sync=Y", seconds, 1, large)
                try:
                    return small_ones(node)
                finally:
                    running.result()

            rounds = Rounds("documents", "small requests, 2 in flight", min(options.rounds, 3))
            rounds.add("beside", with_large, ["without"], "while large ones run, one after the other")
            rounds.add("without", lambda: small_ones(node), what="with nothing beside")
            rounds.run()


def run(options):
    with folder() as path:
        stages(options, path)
        beside(options, path)
