#!/usr/bin/env python3
"""Reads the lines of benchmarks on standard input and prints each figure beside its counterparts.

Ratios are medians over the rounds of figure / counterpart in the same round: what the machine did meanwhile hits both.
"""
import json
import statistics
import sys


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def ratio(mine, theirs):
    pairs = [m / t for m, t in zip(mine["rounds"], theirs["rounds"]) if t > 0]
    return f"{statistics.median(pairs):.2f}" if pairs else "-"


def rows_of(line, found):
    """One for each figure."""
    for figure, spread in line["figures"].items():
        others = []
        for name in line["against"]:
            theirs = found.get((line["bench"], line["case"], name), {}).get("figures", {}).get(figure)
            if theirs:
                others.append(f"{ratio(spread, theirs)} x {name}")
        several = len(spread["rounds"]) > 1
        yield [line["name"], figure, number(spread["median"]),
               f"{number(spread['lowest'])}..{number(spread['highest'])}" if several else "", ", ".join(others),
               line["what"]]


def main():
    lines = [json.loads(text) for text in sys.stdin if text.strip()]
    found = {(line["bench"], line["case"], line["name"]): line for line in lines}
    head = ["name", "figure", "median", "spread", "against", ""]
    tables = {}
    for line in lines:
        tables.setdefault((line["bench"], line["case"]), []).extend(rows_of(line, found))
    for (bench, case), rows in tables.items():
        print(f"{bench}: {case}")
        widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
        last = None
        for r in [head, *rows]:
            # A name stands once.
            shown = ["" if r[0] == last else r[0], *r[1:5], "" if r[0] == last else r[5]]
            last = r[0]
            cells = (c.rjust(w) if i in (2, 3) else c.ljust(w) for i, (c, w) in enumerate(zip(shown, widths)))
            print("  " + "  ".join(cells).rstrip())
        print()


if __name__ == "__main__":
    main()
