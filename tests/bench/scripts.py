"""Tasks that a script values, scripts/vnas.sh, beside a loop that starts the same script as often and as many at once."""
import resource

import request_texts
from flow import Flow
from programs import call, folder, real_redis, vnserver
from report import Rounds
from support import SOURCE

# The loop is as fast with 4: a task of ours has its place also on the way from and to Redis.
AT_ONCE = 16
SPENT = "CPU ms/task, scripts and who starts them"
SHAPE = (1, 500, 2)  # more tasks at hand than run at once


def run(options):
    script = SOURCE / "scripts" / "vnas.sh"
    groups, tasks, in_flight = (1, 4, 1) if options.quick else SHAPE
    with folder() as path, real_redis() as store, vnserver(store, VN_TASKS_MAX_RUNNING=AT_ONCE,
                                                           VNAS_SCRIPT=script) as node:
        body, document = path / "request.xml", path / "task.xml"
        body.write_text(request_texts.shape(groups, tasks, "scripted"))
        document.write_text(request_texts.shape(1, 1, "scripted"))
        one = Flow(store, groups, tasks, in_flight, options.seconds)

        def bare():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            got = call("bench-spawn", "--script", script, "--document", document, "--at-once", AT_ONCE, "--seconds",
                       options.seconds)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            return {"tasks/s": got["calls"] / got["seconds"], SPENT: 1000 * spent / got["calls"]}

        def ours():
            got = one.ours(node, body)
            return {"tasks/s": got["tasks/s"], SPENT: got["CPU ms/task, server"]}

        rounds = Rounds("script", f"vnas.sh, {AT_ONCE} at once", options.rounds)
        rounds.add("script", ours, ["spawn"], "vnserver, script executor")
        rounds.add("spawn", bare, what="bare posix_spawn loop")
        rounds.run()
