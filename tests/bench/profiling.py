"""Where the processor time of server and Redis goes while requests are valued, by what was being done: samples of perf, each
told by the function it was taken in, in the kernel by what the kernel was called for."""
import collections
import re
import shutil
import subprocess

import request_texts
from flow import name_of
from programs import LONGEST, folder, load, processor_seconds, real_redis, vnserver
from report import note_missing, tell

SHAPE = (2, 10, 20)
# Each sample counts for the first that fits its function, as NAME (FILE); one in the kernel, its whole stack.
KERNEL = [
    ("threads wake each other", r"_sys_futex"),
    ("sockets, epoll", r"sock|tcp_|epoll|_sys_(send|recv)"),
    ("files", r"_sys_p?(write|read)|sync|ext4|xfs|_sys_close"),
    ("kernel, other", ""),
]
COMMON = [
    ("malloc, free", r"malloc|free|calloc|realloc|operator (new|delete)|unlink_chunk|systrim|\(.*jemalloc"),
    ("copying, comparing", r"^(__)?(mem|str)\w+ .*libc\.so"),
    ("threads wake each other", r"pthread|lll_lock|^futex"),
]
SERVER = [
    ("expat", r"\(.*libexpat"),
    ("pugixml", r"\(.*libpugixml|pugi::"),
    *COMMON,
    ("the plugin", r"^vn::(detail::|document).*\((?!.*/vnserver\))"),
    ("Boost.Redis", r"boost::redis"),
    ("Asio, coroutines", r"boost::asio"),
    ("other Boost", r"boost::"),
    ("our code", r"\bvn::|^std::.*/vnserver\)"),
    ("C library", r"\(.*(libc|libstdc\+\+)\.so"),
    ("other", ""),
]
REDIS = [
    ("Lua", r"^lua"),
    *COMMON,
    ("append-only file", r"[Aa]ppend[Oo]nly|[Aa]of|^rio|^rdb|^lzf|^crc|fwrite"),
    ("keys and hashes", r"^dict|siphash|lookupKey|Expire|^hashType|^ht"),
    ("streams", r"^stream|^lp|^rax"),
    ("sorted sets", r"^z[sz]|^zset"),
    ("reading commands, answering", r"Client|[Rr]eply|processMultibulk|processInput|processCommand|lookupCommand"),
    ("numbers and texts", r"printf|sds|u?ll2string|string2ll|[cC]reate\w*Object|DecodedObject|strto"),
    ("other", ""),
]


def first_that_fits(kinds, text):
    return next(kind for kind, pattern in kinds if re.search(pattern, text))


def lua_of(program):
    """Where its Lua is: redis-server names only what its modules may call, and Lua is in one piece."""
    names = subprocess.run(["nm", "-D", "--defined-only", program], capture_output=True, text=True, timeout=LONGEST)
    found = [int(words[0], 16) for words in map(str.split, names.stdout.splitlines())
             if re.match(r"lua(L?_|open_)", words[-1])]
    return range(min(found), max(found) + 1) if found else range(0)


def kinds_of(samples, kinds, pid, lua=range(0)):
    """How many samples are of each kind. samples: what perf script prints."""
    found = collections.Counter()
    for sample in samples.split("\n\n"):
        head, *stack = sample.strip("\n").splitlines() or [""]
        if not stack:
            continue
        address, leaf = stack[0].split(None, 1)
        if int(head.split("/")[0]) != pid:
            found["child processes"] += 1
        elif leaf.endswith("([kernel.kallsyms])"):
            found[first_that_fits(KERNEL, sample)] += 1
        else:
            is_lua = "/redis-" in leaf and int(address, 16) in lua
            found["Lua" if is_lua else first_that_fits(kinds, leaf)] += 1
    return found


def sampled(pid, out, seconds):
    return subprocess.Popen(["perf", "record", "-q", "-F", "999", "-g", "-p", str(pid), "-o", out, "--", "sleep",
                             str(seconds)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def run(options):
    if not shutil.which("perf"):
        note_missing("the profile", "perf is not installed")
        return
    groups, tasks, in_flight = SHAPE
    seconds = 3 * options.seconds
    with folder() as path, real_redis() as store, vnserver(store) as node:
        body = path / "request.xml"
        body.write_text(request_texts.shape(groups, tasks))
        load(node.port, "/valuation?sync=Y", options.seconds, in_flight, body)
        watched = [("server", node.process.pid, SERVER, range(0)),
                   ("Redis", store.process.pid, REDIS, lua_of(shutil.which("redis-server")))]
        recorders = [sampled(pid, path / name, seconds) for name, pid, *_ in watched]
        before = [processor_seconds(pid) for _, pid, *_ in watched]
        calls = load(node.port, "/valuation?sync=Y", seconds, in_flight, body)["calls"]
        spent = [processor_seconds(pid) - b for (_, pid, *_), b in zip(watched, before)]
        for (name, pid, kinds, lua), recorder, cpu in zip(watched, recorders, spent):
            _, errors = recorder.communicate(timeout=LONGEST)
            if recorder.returncode != 0:
                note_missing(f"the profile of {name}", f"perf does not run here: {errors.strip()[-300:]}")
                continue
            samples = subprocess.run(["perf", "script", "-F", "pid,tid,ip,sym,dso", "-i", path / name],
                                     capture_output=True, text=True, timeout=LONGEST).stdout
            found = kinds_of(samples, kinds, pid, lua)
            figures = {"CPU us/task": [1e6 * cpu / (calls * groups * tasks)]}
            for kind, count in found.most_common():
                figures[f"%, {kind}"] = [100 * count / found.total()]
            tell("profile", name_of(*SHAPE), name, figures, what=f"{found.total()} samples")
