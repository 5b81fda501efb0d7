"""What a benchmark tells: one JSON object a line.

    {"bench":"flow","case":"2x10, 20 in flight","name":"vnserver","against":["bullmq"],"what":"...","figures":{
     "tasks/s":{"median":..,"lowest":..,"highest":..,"rounds":[..]},...}}

name and case are unique in a bench; those in against have the same case and as many rounds, each measured beside ours.
"""
import json
import statistics
import sys


def spread(rounds):
    values = [float(f"{value:.5g}") for value in rounds]
    return {"median": float(f"{statistics.median(values):.5g}"), "lowest": min(values), "highest": max(values),
            "rounds": values}


def tell(bench, case, name, figures, against=(), what=""):
    """figures: values of all rounds, by the name of what was measured."""
    line = {"bench": bench, "case": case, "name": name, "against": list(against), "what": what,
            "figures": {figure: spread(rounds) for figure, rounds in figures.items()}}
    print(json.dumps(line), flush=True)


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def note_missing(peer, why):
    note(f"{peer} is left out: {why}")


class Rounds:
    """Measures several things in turn, round after round, so that a noisy neighbour hits them alike."""

    def __init__(self, bench, case, rounds):
        self.bench, self.case, self.rounds = bench, case, rounds
        self.things = []

    def add(self, name, measure, against=(), what=""):
        """measure(): a dict of figures; the first call warms up and does not count."""
        self.things.append((name, measure, against, what))

    def run(self, warm_up=True):
        if warm_up:
            for _, measure, _, _ in self.things:
                measure()
        found = {name: {} for name, _, _, _ in self.things}
        for _ in range(self.rounds):
            for name, measure, _, _ in self.things:
                for figure, value in measure().items():
                    found[name].setdefault(figure, []).append(value)
        for name, _, against, what in self.things:
            tell(self.bench, self.case, name, found[name], [a for a in against if a in found], what)
        return found
