# SPDX-License-Identifier: MIT
"""src/LAYERS: who may include, link and call whom."""

import os
import re
import subprocess

import pytest
import tree

LAYERS = tree.layers()
LIBRARIES = {"mbedtls": ("tls", "keep"), "psa": ("tls", "keep"), "yyjson": ("proto", "controld", "jailctl", "gen"),
             "seccomp": ("gen",)}


def includes(path):
    return re.findall(r'^\s*#\s*include\s+(["<])([^">]+)[">]', tree.text(path), re.M)


def sources(room):
    return [path for path in tree.files(".c", ".h", ".def") if path.startswith(f"src/{room}/")]


def test_arrows_go_down():
    """No cycle, and no arrow to a program."""
    programs = set(tree.programs().values())
    for room, uses in LAYERS.items():
        assert not set(uses) & programs, f"src/LAYERS: {room} may not use a program's room"
        todo, seen = list(uses), set()
        while todo:
            used = todo.pop()
            assert used != room, f"src/LAYERS: {room} uses itself by way of others"
            if used not in seen:
                seen.add(used)
                todo += LAYERS[used]


def test_every_directory_has_a_line():
    rooms = {path.split("/")[1] for path in tree.files() if path.startswith("src/") and path.count("/") > 1}
    assert rooms <= set(LAYERS), f"rooms without a line in src/LAYERS: {rooms - set(LAYERS)}"


@pytest.mark.parametrize("room", LAYERS)
def test_includes(room):
    """Quoted includes name the room they are from, and only rooms that src/LAYERS allows."""
    wrong = []
    for path in sources(room):
        for kind, name in includes(path):
            if kind != '"':
                continue
            used = name.split("/")[0] if "/" in name else None
            if used != room and used not in LAYERS[room]:
                wrong.append(f"{path} includes \"{name}\"")
            elif not os.path.exists(f"{tree.ROOT}/src/{name}"):
                wrong.append(f"{path} includes \"{name}\", which is not below src/")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", LAYERS)
def test_third_party_includes(room):
    """A third-party library is used in its own few places only."""
    wrong = [f"{path} includes <{name}>" for path in sources(room) for _, name in includes(path)
             for library, rooms in LIBRARIES.items()
             if re.match(rf"{library}(/|\.h$)", name) and room not in rooms]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("program,room", tree.programs().items())
def test_link_line(program, room):
    """A program links what its room may use, and the rooms these use."""
    allowed, todo = set(), list(LAYERS[room])
    while todo:
        used = todo.pop()
        if used not in allowed:
            allowed.add(used)
            todo += LAYERS[used]
    linked = set(tree.room_variable(room, "USES"))
    assert linked <= allowed, f"{program} links {linked - allowed}, which src/LAYERS does not allow"


def symbols(archive, option):
    listed = subprocess.run(["nm", "-P", option, archive], capture_output=True, text=True, check=True).stdout
    return {line.split()[0] for line in listed.splitlines() if len(line.split()) >= 2}


def test_calls():
    """What a room's objects call is defined in a room that it may use: a declaration typed by hand is no way round."""
    archives = {room: f"{tree.TARGET}/{room}.a" for room in LAYERS if os.path.exists(f"{tree.TARGET}/{room}.a")}
    assert archives, f"no room was built in {tree.TARGET}"
    defined = {}
    for room, archive in archives.items():
        for name in symbols(archive, "--defined-only"):
            defined.setdefault(name, set()).add(room)
    wrong = [f"{room} calls {name} of {'/'.join(defined[name])}" for room, archive in archives.items()
             for name in symbols(archive, "-u") if name in defined and not defined[name] & {room, *LAYERS[room]}]
    assert not wrong, "\n".join(wrong)
