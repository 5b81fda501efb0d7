"""Celery's chords doing what a request does: a group is a chord of its tasks; its callback adds that of the next group.

    celery_chords.py            adds requests: answers each line of JSON with one
    celery_chords.py worker     runs them, in two processes; ends when its standard input does
"""
import json
import os
import statistics
import sys
import threading
import time

import redis
from celery import Celery, chord

SOCKET, DATABASE = os.environ["BENCH_SOCKET"], os.environ["BENCH_DATABASE"]
DOCUMENT = "x" * int(os.environ["BENCH_BYTES"])
URL = f"redis+socket://{SOCKET}?virtual_host={DATABASE}"

app = Celery("celery_chords", broker=URL, backend=URL)
app.conf.update(task_ignore_result=False, result_expires=300, worker_prefetch_multiplier=16, task_default_queue="bench",
                worker_hijack_root_logger=False, broker_connection_retry_on_startup=True)
store = redis.Redis(unix_socket_path=SOCKET, db=int(DATABASE))


@app.task(name="noop")
def noop(document):
    return document


@app.task(name="group_ended")
def group_ended(results, request):
    request = {**request, "group": request["group"] + 1}
    if request["group"] < request["groups"]:
        add_group(request)
    else:
        store.lpush("ended:" + request["id"], 1)
        store.expire("ended:" + request["id"], 60)


def add_group(request):
    chord([noop.s(DOCUMENT) for _ in range(request["tasks"])])(group_ended.s(request))


def ask(question):
    begin = time.monotonic()
    milliseconds, begun, guard = [], [0], threading.Lock()

    def keep_adding():
        while time.monotonic() - begin < question["seconds"]:
            with guard:
                if question["calls"] and begun[0] >= question["calls"]:
                    return
                begun[0] += 1
                request = {"id": f"{os.getpid()}-{begin}-{begun[0]}", "group": 0, "groups": question["groups"],
                           "tasks": question["tasks"]}
            added = time.monotonic()
            add_group(request)
            if not store.blpop("ended:" + request["id"], timeout=110):
                raise TimeoutError("a request did not end")
            with guard:
                milliseconds.append(1000 * (time.monotonic() - added))

    threads = [threading.Thread(target=keep_adding) for _ in range(question["inFlight"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"calls": len(milliseconds), "seconds": time.monotonic() - begin, "median": statistics.median(milliseconds)}


def main():
    if sys.argv[1:] == ["worker"]:
        worker = app.Worker(pool="prefork", concurrency=2, loglevel="ERROR", without_gossip=True, without_mingle=True,
                            without_heartbeat=True)

        def end():
            # Not by sys.stdin: its processes are forks, which would find its lock taken and wait for ever.
            while os.read(0, 1):
                pass
            # Its processes end with it; it would wait for what nobody needs any more.
            worker.terminate()
            os._exit(0)

        threading.Thread(target=end, daemon=True).start()
        print("ready", flush=True)
        worker.start()
        return
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(ask(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
