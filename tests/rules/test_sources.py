# SPDX-License-Identifier: MIT
"""What holds for every file of the tree."""

import glob
import os
import re
import shutil
import subprocess

import tree

C_LIKE = (".c", ".h", ".def")
HASH_LIKE = (".py", ".mk", ".sh", ".svc", ".config", "Makefile", "Kconfig")


def test_spdx():
    """The first lines say the licence."""
    lacking = []
    for path in tree.files(*C_LIKE, *HASH_LIKE):
        if path.startswith("tests/golden/"):
            continue
        if "SPDX-License-Identifier: MIT" not in "\n".join(tree.lines(path)[:3]):
            lacking.append(path)
    assert not lacking, f"no SPDX-License-Identifier: MIT in the first three lines of: {' '.join(lacking)}"


def test_shell_scripts():
    """shellcheck has nothing to say."""
    assert shutil.which("shellcheck"), "shellcheck is not installed: apt install shellcheck"
    scripts = [f"{tree.ROOT}/{path}" for path in tree.shell_scripts()]
    if scripts:
        done = subprocess.run(["shellcheck", "-x", *scripts], capture_output=True, text=True, cwd=tree.ROOT, check=False)
        assert done.returncode == 0, done.stdout


def test_no_machine_paths():
    """No path, mirror or host of the machine somebody developed on."""
    pattern = re.compile(r"(?<![\w.}-])/(?:root|home)/\w|(?<![\w.-])/work/|/shared/|https?://(?:deb|security|ftp)[.\w]*debian")
    found = []
    for path in tree.files():
        if path == "tests/rules/test_sources.py":
            continue
        with open(f"{tree.ROOT}/{path}", "rb") as file:
            for number, line in enumerate(file.read().decode(errors="replace").splitlines(), 1):
                if pattern.search(line):
                    found.append(f"{path}:{number}: {line.strip()[:80]}")
    assert not found, "\n".join(found)


def test_no_left_overs():
    """Nothing unfinished."""
    words = "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3])
    found = [f"{path}:{number}" for path in tree.files(*C_LIKE, *HASH_LIKE)
             for number, line in enumerate(tree.lines(path), 1) if re.search(rf"\b({words})\b", line)]
    assert not found, " ".join(found)


def test_c_style():
    """No typedef of ours, no variable-length arrays by alloca, tabs for indentation."""
    found = []
    for path in tree.files(".c", ".h"):
        for number, line in enumerate(tree.lines(path), 1):
            if re.match(r"\s*typedef\b", line) or re.search(r"\balloca\s*\(", line):
                found.append(f"{path}:{number}: {line.strip()}")
            if re.match(r" {2,}\S", line) and not re.match(r" +\*", line):
                found.append(f"{path}:{number}: indented with blanks")
    assert not found, "\n".join(found)


def test_header_guards():
    """#ifndef ROOM_FILE_H"""
    wrong = []
    for path in tree.files(".h"):
        if path.startswith("src/"):
            guard = re.sub(r"\W", "_", path[len("src/"):]).upper()
            if f"#ifndef {guard}\n#define {guard}\n" not in tree.text(path):
                wrong.append(f"{path}: wanted the guard {guard}")
    assert not wrong, "\n".join(wrong)


def test_file_names():
    """No file that could hold anything."""
    wrong = [path for path in tree.files() if re.search(r"(^|/)(util|utils|common|misc)\.[ch]$", path)]
    assert not wrong, " ".join(wrong)


def test_no_binaries():
    """What is in git can be read."""
    binary = []
    for path in tree.files():
        with open(f"{tree.ROOT}/{path}", "rb") as file:
            if b"\0" in file.read(65536) and not path.startswith(("tests/fuzz/", "tests/golden/")):
                binary.append(path)
    assert not binary, " ".join(binary)


def test_sources_are_listed():
    """Every C file of a room is in its room.mk, and none that does not exist."""
    for room in tree.layers():
        listed = set(tree.room_variable(room, "SRCS"))
        there = {os.path.basename(path) for path in tree.files(".c") if path.startswith(f"src/{room}/")}
        assert listed == there, f"src/{room}/room.mk: not listed {there - listed}, not there {listed - there}"


def test_keys_are_used():
    """Every key of a row does something: its field is read outside the table's own files."""
    fields = re.findall(r"^KEY\((\w+), (\w+),", tree.text("src/conf/keys.def"), re.M)
    assert len(fields) > 50
    # cgroup.c is what becomes of a row's limits, not a part of the table.
    code = "\n".join(tree.text(path) for path in tree.files(".c", ".h")
                     if path == "src/conf/cgroup.c" or re.match("src/(?!conf/)", path))
    scripts = "\n".join(tree.text(path) for path in tree.files() if path.startswith("toolchain/payload/"))
    unused = [name for name, field in fields
              if not re.search(rf"(->|\.){field}\b", code) and f"{name}=" not in scripts and f'"{name}"' not in scripts]
    assert not unused, f"keys.def: nothing reads {' '.join(unused)}"


def test_system_keys_are_used():
    fields = re.findall(r"^KEY\((\w+), (\w+),", tree.text("src/conf/system.def"), re.M)
    # cgroup.c is what becomes of a row's limits, not a part of the table.
    code = "\n".join(tree.text(path) for path in tree.files(".c", ".h")
                     if path == "src/conf/cgroup.c" or re.match("src/(?!conf/)", path))
    checks = "\n".join(tree.text(path) for path in tree.files(".c") if path.startswith("src/conf/"))
    unused = [name for name, field in fields if not re.search(rf"(->|\.){field}\b", code + checks)]
    assert not unused, f"system.def: nothing reads {' '.join(unused)}"


def test_man_pages():
    """A page beside each program, and for the table."""
    pages = {os.path.basename(path) for path in tree.files(*[f".{section}" for section in "158"])}
    for program, room in tree.programs().items():
        found = [path for path in glob.glob(f"{tree.ROOT}/src/{room}/{program}.[18]")]
        assert found, f"src/{room} has no man page {program}.8 or {program}.1"
    assert "services.tab.5" in pages or os.path.exists(f"{tree.OUT}/man/services.tab.5"), "no man page services.tab.5"


def test_man_pages_are_well_formed():
    """groff has no complaint."""
    groff = shutil.which("groff")
    assert groff, "groff is not installed: apt install groff-base"
    for path in tree.files(*[f".{section}" for section in "158"]):
        if path.startswith("src/"):
            done = subprocess.run([groff, "-mandoc", "-Tutf8", "-ww", "-z", f"{tree.ROOT}/{path}"], capture_output=True,
                                  text=True, check=False)
            assert done.returncode == 0 and not done.stderr, f"{path}: {done.stderr}"
