#!/usr/bin/env python3
"""Reads the lines of a benchmark on standard input and prints each figure beside its counterpart.

Ratios are medians over the rounds of figure / counterpart in the same round: what the machine did meanwhile hits both.
"""
import json
import statistics
import sys


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(line, other, key):
    pairs = zip(line[key]["rounds"], other[key]["rounds"])
    return statistics.median(mine / theirs for mine, theirs in pairs if theirs > 0)


def row(line, counterparts):
    rate, cpu = line["callsPerSecond"], line["cpuNanoseconds"]
    cells = [
        line["name"],
        str(line["bytes"]),
        str(line["inFlight"]),
        number(rate["median"]),
        f"{number(rate['lowest'])}..{number(rate['highest'])}",
        number(cpu["median"] / 1000),
        f"{number(cpu['lowest'] / 1000)}..{number(cpu['highest'] / 1000)}",
    ]
    other = counterparts.get((line["against"], line["bytes"]))
    if other is None:
        return cells + ["", "", "", line["what"]]
    return cells + [
        line["against"],
        f"{ratio(line, other, 'callsPerSecond'):.2f}",
        f"{ratio(line, other, 'cpuNanoseconds'):.2f}",
        line["what"],
    ]


def main():
    lines = [json.loads(text) for text in sys.stdin if text.strip()]
    by_name = {(line["name"], line["bytes"]): line for line in lines}
    head = ["figure", "bytes", "in flight", "calls/s", "spread", "CPU us/call", "spread"]
    head += ["against", "rate x", "CPU x", ""]
    rows = [head] + [row(line, by_name) for line in lines]
    widths = [max(len(r[i]) for r in rows) for i in range(len(head))]
    left = {0, 7, 10}
    for r in rows:
        cells = (c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths)))
        print("  ".join(cells).rstrip())


if __name__ == "__main__":
    main()
