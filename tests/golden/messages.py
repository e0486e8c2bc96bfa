# SPDX-License-Identifier: MIT
"""Finds the messages in the C sources, and tells which of them no case has brought up."""

import os
import re

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src")
ROOMS = ("conf", "gen")

# function -> which of its arguments (from 0) is the format
FORMATS = {"err_set": 2, "err_prefix": 1, "complain": 1, "check_report": 3, "report": 1, "report_at": 2,
           "fprintf": 1,
           "word_wrong": 4}

# What no input can bring up, and why it is there all the same.
UNREACHABLE = {
    "the device's own parser: %s": "jail-gen reads back what it wrote; it would be a mistake of its printer",
    "%s: wanted a name of a-z, 0-9, _ and -, found '%.48s'": "service_parse(): jail-gen reads .svc files with all "
    "their mistakes; tests/unit/test_table.c",
    "%s:%u: wanted Key=value, found [%.48s]": "the same",
    "SystemCallErrorNumber= wants the name of an errno, or kill": "the table's own parser has refused it",
    "RestrictAddressFamilies= knows no such family": "the same",
    "make %s a link of %s": "a disk that fails between two files",
    "libseccomp makes no filter for machine %#x": "a libseccomp that is not the pinned one",
    "libseccomp could not make the filter": "the same",
    "filter: machine %#x call %d args %#llx %#llx %#llx: ours says %#x, libseccomp's %#x; %s":
        "a mistake of jail-gen; tests/unit/test_filter.c makes one for each instruction",
    "SeccompProfile=%s: %s": "a profile that is there and cannot be read",
    "filter: %u instructions, at most %d: allow fewer calls": "all calls there are make fewer",
    "filter: %u instructions, wanted 1 to %d": "jail-gen checks what it made itself; tests/unit/test_filter.c",
    "filter: instruction %u (code %#x k %#x jt %u jf %u) is not sound": "the same",
    "filter: the last instruction is not a return": "the same",
    "filter: a memory word is read that may not have been written": "the same",
    "wanted [service %s] back as it was written, found another": "the same",
}


def arguments_at(text, start):
    """The arguments of the call whose "(" is at start, as source text."""
    depth, quoted, current, found, i = 0, False, "", [], start
    while i < len(text):
        c = text[i]
        if quoted:
            current += c
            if c == "\\":
                i += 1
                current += text[i]
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
            current += c
        elif c in "([{":
            depth += 1
            current += c if depth > 1 else ""
        elif c in ")]}":
            depth -= 1
            if depth == 0:
                return found + [current]
            current += c
        elif c == "," and depth == 1:
            found.append(current)
            current = ""
        else:
            current += c
        i += 1
    return found


def format_of(argument):
    """The text of "literals" put together; a macro between them (PRIu32) can be anything."""
    pieces = re.findall(r'"((?:[^"\\]|\\.)*)"|(\b[A-Z][A-Za-z0-9_]*\b)', argument)
    text = "".join(literal if not macro else "\0" for literal, macro in pieces)
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def pattern_of(text):
    """A regular expression for what printf makes of text."""
    parts = re.split(r"(%%|%[-0-9.*]*(?:z|l|ll|h)?[a-zA-Z]?\0?|\0)", text)
    return "".join("%" if part == "%%" else ".*?" if part[:1] in ("%", "\0") else re.escape(part) for part in parts)


def all_messages():
    """[(FILE:LINE, format)]"""
    found = []
    for room in ROOMS:
        directory = os.path.join(SOURCES, room)
        for name in sorted(os.listdir(directory)):
            if not name.endswith(".c"):
                continue
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                text = file.read()
            for match in re.finditer(r"\b(" + "|".join(FORMATS) + r")\(", text):
                call = arguments_at(text, match.end() - 1)
                index = FORMATS[match[1]]
                if len(call) <= index or '"' not in call[index] or (match[1] == "fprintf" and call[0] != "stderr"):
                    continue
                line = text.count("\n", 0, match.start()) + 1
                found.append((f"src/{room}/{name}:{line}", format_of(call[index])))
    return found


def missing(output):
    """The messages that are not in output."""
    def counts(text):
        # Only places to put other messages into say nothing of their own.
        return re.sub(r"%[-0-9.*]*l*[a-zA-Z]|[\s:=()\[\].]|in|service|system", "", text)
    return [(where, text) for where, text in all_messages()
            if counts(text) and text not in UNREACHABLE and not re.search(pattern_of(text), output)]
