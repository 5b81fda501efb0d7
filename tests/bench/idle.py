"""What a server costs that has nothing to do: resident memory and processor time, as started and with host processes of a
plugin that were used, beside a redis-server that nobody talks to."""
import contextlib
import pathlib
import time

import request_texts
from programs import children, real_redis, until, vnserver
from report import tell


def family(pid):
    return [pid, *(child for child, _ in children(pid))]


def resident_megabytes(pid):
    """Of a process and all below it; what they share counts for each."""
    texts = [pathlib.Path("/proc", str(each), "status").read_text() for each in family(pid)]
    return sum(int(line.split()[1]) for text in texts for line in text.splitlines() if line.startswith("VmRSS:")) / 1024


def running_seconds(pid):
    """As programs.processor_seconds(), but what an idle process needs is less than its ticks: by the clocks of processes,
    whose numbers Linux makes of theirs."""
    return sum(time.clock_gettime(~each << 3 | 2) for each in family(pid))


def percent(pids, seconds):
    """What each of them needs of a processor meanwhile."""
    begin, before = time.monotonic(), [running_seconds(pid) for pid in pids]
    time.sleep(seconds)
    spent = [running_seconds(pid) - b for pid, b in zip(pids, before)]
    took = time.monotonic() - begin
    return [100 * each / took for each in spent]


def run(options):
    with contextlib.ExitStack() as open_ones:
        stores = [open_ones.enter_context(real_redis()) for _ in range(3)]
        fresh, used = (open_ones.enter_context(vnserver(store)) for store in stores[:2])
        used.post(request_texts.shape(2, 10, "noop-host"))
        until(lambda: children(used.process.pid), "host processes run")
        pids = [it.process.pid for it in (fresh, used, *stores)]
        percent(pids, 2.5 * options.seconds)  # until they have settled
        rounds = [percent(pids, 2.5 * options.seconds) for _ in range(min(options.rounds, 3))]
        cpu = list(zip(*rounds))
        for name, what, n in (("vnserver", "as started", 0), ("with hosts", "after a request to them", 1)):
            tell("idle", "nothing to do", name, {"resident MB": [resident_megabytes(pids[n])],
                 "CPU %": cpu[n], "CPU %, its Redis": cpu[2 + n]}, ["redis-server"], what)
        tell("idle", "nothing to do", "redis-server", {"resident MB": [resident_megabytes(pids[4])],
             "CPU %": cpu[4]}, what="one without clients")
