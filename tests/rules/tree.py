# SPDX-License-Identifier: MIT
"""What the rules look at: the tree as git knows it, its rooms, and what was built."""

import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(ROOT, os.environ.get("O", "build"))
TARGET = f"{OUT}/target"
IMAGES = f"{OUT}/images"


def files(*suffixes):
    """Every file that is, or is about to be, in git (paths relative to the tree), with one of the suffixes."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"], check=True,
                            capture_output=True).stdout.decode().split("\0")
    return sorted(path for path in set(listed)
                  if path and os.path.isfile(f"{ROOT}/{path}") and (not suffixes or path.endswith(suffixes)))


def text(path):
    with open(f"{ROOT}/{path}", encoding="utf-8") as file:
        return file.read()


def lines(path):
    return text(path).splitlines()


def layers():
    """src/LAYERS: room -> the rooms it may use."""
    rows = [line.partition(":") for line in lines("src/LAYERS") if line and not line.startswith("#")]
    return {room.strip(): uses.split() for room, _, uses in rows}


def variables(path):
    """The plain `NAME := words` of a .mk file, continuation lines joined."""
    joined = re.sub(r"\\\n\s*", " ", text(path))
    return {match[1]: match[2].split() for match in re.finditer(r"^(\w+)\s*:?=\s*(.*)$", joined, re.M)}


def room_variable(room, name):
    path = f"src/{room}/room.mk"
    return variables(path).get(f"{room}_{name}", []) if os.path.exists(f"{ROOT}/{path}") else []


def programs():
    """Program -> its room."""
    return {room_variable(room, "PROG")[0]: room for room in layers() if room_variable(room, "PROG")}


def target_programs():
    """The programs that go to the device."""
    return {name: room for name, room in programs().items()
            if "target" in (room_variable(room, "FLAVOURS") or ["target"])}


def shell_scripts():
    """Files of the tree that a shell runs."""
    found = []
    for path in files():
        with open(f"{ROOT}/{path}", "rb") as file:
            first = file.readline(64)
        if re.match(rb"#!\s*/(usr/)?bin/(env )?(ba|da)?sh\b", first):
            found.append(path)
    return found
