#!/usr/bin/python3 -B
"""A worker of somebody else, from the Redis contract alone: external_worker.py <unix socket of Redis> <name>. No TTLs,
no heartbeat, nothing deleted. May be killed at any time."""

import sys
import time

import redis

import book

DISPATCH, GROUP = "stream:task:dispatch", "task-workers"


def work(client, entry, fields):
    document = client.get(fields["payloadKey"])
    if document is not None:
        amount, wait = book.value(document)
        time.sleep(wait)
        client.set(fields["resultKey"], document.replace("<amount>1</amount>", f"<amount>{amount}.00</amount>", 1))
        names = ("requestId", "groupIdx", "groupName", "taskId", "resultKey", "attempt")
        client.xadd("stream:task:updates", {**{n: fields[n] for n in names}, "status": "completed"})
    client.xack(DISPATCH, GROUP, entry)


def main():
    client = redis.Redis(unix_socket_path=sys.argv[1], decode_responses=True)
    while True:
        try:
            for _, entries in client.xreadgroup(GROUP, sys.argv[2], {DISPATCH: ">"}, count=1, block=200):
                for entry, fields in entries:
                    work(client, entry, fields)
        except redis.RedisError:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
