#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The supervisor's table as a diagram: diagram.py > states.md (a rule test compares the two)."""

import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
# What is asked for in every state would hide the rest: it is told in words.
ASKED = {"START", "STOP", "RESTART", "SHUTDOWN"}
TEXT = """\
# What a service goes through

Made from [table.def](table.def) by diagram.py; change the table, not this file.
An arrow has the input that leads along it and, behind the slash, what PID 1 does.
`again`, `done` and `failed` are what Restart= makes of an end or of a launch that failed.

"""


def cells():
    """(state, input, next, after, effects) of each CELL() line."""
    pattern = re.compile(r"^CELL\((\w+),\s*(\w+),\s*(\w+),\s*(\w+),\s*([\w| ]+)\)$", re.M)
    found = pattern.findall((HERE / "table.def").read_text())
    return [tuple(part.strip() for part in cell) for cell in found]


def arrows(table):
    """One line for all inputs that lead from one state to another with the same effects."""
    grouped = {}
    for state, given, target, after, effects in table:
        if given in ASKED and state not in ("STOPPED", "RUNNING"):
            continue
        for end in sorted({a for s, _, _, a, _ in table if a != "KEEP"}) if target == "AFTER" else [target]:
            grouped.setdefault((state, end, effects), []).append(given)
    for (state, end, effects), given in grouped.items():
        done = " | ".join(e.lower() for e in effects.split(" | ") if e not in ("NOTIFY", "NONE"))
        label = ", ".join(g.lower().replace("_", " ") for g in given) + (f" / {done}" if done else "")
        yield f"    {state} --> {end}: {label}"


def table_of_requests(table):
    """What START, STOP, RESTART and SHUTDOWN do in each state."""
    columns = ["START", "STOP", "RESTART", "SHUTDOWN"]
    yield "| state | " + " | ".join(c.lower() for c in columns) + " |"
    yield "|---|" + "---|" * len(columns)
    for state in dict.fromkeys(cell[0] for cell in table):
        row = {given: (target, after) for s, given, target, after, _ in table if s == state}
        texts = []
        for column in columns:
            target, after = row.get(column, ("", ""))
            texts.append((target + (f", then {after}" if after not in ("KEEP", "") else "")).lower() or "-")
        yield f"| {state.lower()} | " + " | ".join(texts) + " |"


def main():
    table = cells()
    print(TEXT + "```mermaid\nstateDiagram-v2\n    [*] --> STOPPED")
    print("\n".join(arrows(table)))
    print("```\n\n" + "\n".join(table_of_requests(table)))


if __name__ == "__main__":
    main()
