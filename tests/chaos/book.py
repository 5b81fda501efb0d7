"""Requests whose response is known beforehand, and three programs that value them: a script, a program that speaks the
frame protocol, and an external worker. The amount of a task is made from its number and from the amounts of the group
before, so that a result in the wrong place, or a group that started early, shows in the response."""

import os
import pathlib
import re

MODULUS = 1_000_003


def amount(number, earlier):
    return (31 * number + sum(earlier)) % MODULUS + 1


class Request:
    """shape: for each group a list of (valuation name, number, seconds to wait). Of each group the first task fails as
    often as fails says, if a script values it; note makes documents larger."""

    def __init__(self, shape, fails=0, note=""):
        self.shape, self.fails, self.note = shape, fails, note

    @property
    def tasks(self):
        return sum(len(g) for g in self.shape)

    def expected(self):
        """As support.amounts() reads a response."""
        earlier, groups = [], []
        for group in self.shape:
            earlier = [amount(number, earlier) for _, number, _ in group]
            groups.append([f"{a}.00" for a in earlier])
        return groups

    def xml(self):
        text = ["<vnml><project>"]
        for g, group in enumerate(self.shape):
            text.append(f"<group name='G{g}'>")
            earlier = "".join(f"<amount select='/vnml/project/group[{g}]/valuation[{t + 1}]/analytics/price/amount'/>"
                              for t in range(len(self.shape[g - 1]))) if g else ""
            for t, (name, number, wait) in enumerate(group):
                text.append(f"<valuation name='{name}'><analytics><price><amount>1</amount></price></analytics>"
                            f"<number>{number}</number><wait>{wait}</wait><fails>{0 if t else self.fails}</fails>"
                            f"<earlier>{earlier}</earlier><note>{self.note}</note></valuation>")
            text.append("</group>")
        text.append("</project></vnml>")
        return "".join(text)


def value(document):
    """What the programs in Python do: amount and seconds to wait."""
    earlier = re.search(r"<earlier>(.*)</earlier>", document, re.S)
    amounts = re.findall(r"<amount[^>]*>\s*(\d+)", earlier[1]) if earlier else []
    return (amount(int(re.search(r"<number>(\d+)", document)[1]), [int(a) for a in amounts]),
            float(re.search(r"<wait>([\d.]+)", document)[1]))


def write_script(folder, runs=None):
    """A script that values; with runs it adds a line 'group task attempt' to that file when it starts."""
    note = f'echo "$VN_REQUEST_ID $VN_GROUP_INDEX $VN_TASK_ID $VN_ATTEMPT" >>{runs}\n' if runs else ""
    path = pathlib.Path(folder) / "value.sh"
    path.write_text(f"""#!/bin/sh
{note}set -- $(awk -v RS='<' -F '>' '
    $1 == "number" {{ number = $2 }}
    $1 == "wait" {{ wait = $2 }}
    $1 == "fails" {{ fails = $2 }}
    $1 == "earlier" {{ inside = 1 }}
    $1 == "/earlier" {{ inside = 0 }}
    inside && $1 ~ /^amount/ {{ sum += $2 }}
    END {{ if (number == "") exit 1; print (31 * number + sum) % {MODULUS} + 1, wait, fails }}')
[ $# -eq 3 ] && [ "$VN_ATTEMPT" -gt "$3" ] || exit 1
[ "$2" = 0 ] || sleep "$2"
echo "$1.00"
""")
    path.chmod(0o755)
    return str(path)


def write_frame_program(folder):
    """A long-lived program for valuations named 'framed'."""
    path = pathlib.Path(folder) / "framed.py"
    path.write_text(f"""#!/usr/bin/python3 -BS
import json, os, socket, sys, time
sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})
import book

stream = (server := socket.socket(fileno=int(os.environ["VN_FD"]))).makefile("rb")

def send(head, payload=b""):
    frame = json.dumps(head).encode() + b"\\n" + payload
    server.sendall(len(frame).to_bytes(4, "big") + frame)

while size := stream.read(4):
    head, _, payload = stream.read(int.from_bytes(size, "big")).partition(b"\\n")
    head = json.loads(head)
    if head["type"] == "stop":
        break
    if head["type"] == "hello":
        description = {{"name": "framed", "version": "1.0.0", "tasks": ["framed"]}}
        send({{"type": "hello", "protocol": 1, "description": description}})
    elif head["type"] == "call":
        amount, wait = book.value(payload.decode())
        time.sleep(wait)
        send({{"type": "result", "id": head["id"], "status": "ok"}}, b"%d.00" % amount)
""")
    path.chmod(0o755)
    return str(path)
