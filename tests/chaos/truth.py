"""What has to be true in Redis when everything has ended. Each function gives a list of sentences: what is wrong."""

from support import amounts

INGEST = ("stream:request:ingest", "vn:ingest:high", "vn:ingest:low")
DISPATCH = ("stream:task:dispatch", "vn:dispatch:high", "vn:dispatch:low")
WORK = {**dict.fromkeys(INGEST, "orchestrator-main"), **dict.fromkeys(DISPATCH, "task-workers")}
FINAL = ("succeeded", "failed", "cancelled")


def step(entry_id):
    ms, n = entry_id.split("-")
    return int(ms), int(n)


def entries(client, stream):
    return client.xrange(stream) if client.exists(stream) else []


def streams_not_empty(client):
    wrong = []
    for stream, group in WORK.items():
        if not client.exists(stream):
            continue
        length = client.xlen(stream)
        pending = client.xpending(stream, group)["pending"]
        if length or pending:
            wrong.append(f"{stream} has {length} entries, {pending} pending")
    return wrong


def keys_without_bound(client):
    """Streams are bounded by their length instead."""
    return [f"{key} has no TTL" for key in client.scan_iter(count=1000)
            if client.type(key) != "stream" and client.ttl(key) == -1]


def lifecycle_wrong(client, ids):
    """Every request has one final event, and a group starts only after the one before it has ended."""
    events = {}
    for entry, fields in entries(client, "stream:request:lifecycle"):
        events.setdefault(fields["requestId"], []).append((entry, fields))
    wrong = []
    for request in ids:
        told = events.get(request, [])
        final = [f["status"] for _, f in told if f["status"] in FINAL]
        if len(final) != 1:
            wrong.append(f"{request} has {len(final)} final events: {final}")
        elif told[-1][1]["status"] != final[0]:
            wrong.append(f"{request}: {told[-1][1]['status']} was told after its end")
        steps = [(f["status"], int(f["group"])) for _, f in told if f["status"].startswith("group_")]
        if len(steps) != len(set(steps)):
            wrong.append(f"{request}: a step of a group was told twice: {steps}")
    return wrong


def groups_early(client, ids):
    """A group that started before a task of the one before it had its result. Our workers tell a success in the step
    that stores the result; when a worker of others stored one nobody knows: it may have died before it could tell."""
    done, wrong = {}, []
    for entry, f in entries(client, "stream:task:updates"):
        if f["status"] == "completed" and f.get("node") not in (None, "injected"):
            done.setdefault((f["requestId"], int(f["groupIdx"]), int(f["taskId"])), step(entry)[0])
    for entry, f in entries(client, "stream:request:lifecycle"):
        request, g = f["requestId"], int(f.get("group", 0))
        if f["status"] != "group_started" or g == 0 or request not in ids:
            continue
        expected = int(client.hget(f"state:request:{request}:group:{g - 1}", "expected") or 0)
        for t in range(1, expected + 1):
            told = done.get((request, g - 1, t))
            if told is not None and told > step(entry)[0]:
                wrong.append(f"{request}: group {g} started before task {t} of group {g - 1} had a result")
    return wrong


def counted_twice(client):
    """Our workers tell a success only with the result that counts."""
    seen, wrong = set(), []
    for _, f in entries(client, "stream:task:updates"):
        task = (f["requestId"], f["groupIdx"], f["taskId"])
        if f["status"] == "completed" and f.get("node") and f["node"] != "injected":
            if task in seen:
                wrong.append(f"task {task} was counted twice")
            seen.add(task)
    return wrong


def outcome_wrong(client, request, book, reasons=()):
    """The request has succeeded with the right response, or failed with one of the reasons."""
    state = client.hgetall(f"state:request:{request}")
    status = state.get("status")
    if status == "failed":
        failure = client.get(f"cache:request:{request}:failure") or "no failure"
        return [] if any(f'"code":"{r}"' in failure for r in reasons) else [f"{request} failed: {failure}"]
    if status != "succeeded":
        return [f"{request} is {status}"]
    response = client.get(state["responseKey"])
    if response is None:
        return [f"{request} has succeeded without a response"]
    wrong = [] if amounts(response) == book.expected() else [
        f"{request}: the response is {amounts(response)}, not {book.expected()}"]
    for g, group in enumerate(book.shape):
        h = client.hgetall(f"state:request:{request}:group:{g}")
        told = tuple(h.get(f) for f in ("expected", "completed", "failed", "status"))
        if told != (str(len(group)), str(len(group)), "0", "completed"):
            wrong.append(f"{request}: group {g} says {told}, not {len(group)} of {len(group)}")
    return wrong
