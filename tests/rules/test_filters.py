# SPDX-License-Identifier: MIT
"""What the seccomp filters allow: no more than containers are given by default, and the default group stays small."""

import json
import os
import re
import subprocess

import pytest
import tree

JAIL_GEN = f"{tree.OUT}/host/jail-gen"
TABLE = f"{tree.OUT}/gen/services.tab"
GROUPS = f"{tree.ROOT}/board/common/seccomp"
# Debian's golang-github-containers-common; never part of the tree.
PROFILE = "/usr/share/containers/seccomp.json"
DEFAULT_MAX = 120
INSTRUCTION_BYTES = 8
INSTRUCTIONS_MAX = 1024


def rows():
    """Row -> its lines of the table."""
    with open(TABLE, encoding="utf-8") as file:
        return {match[1]: match[2] for match in re.finditer(r"^\[service (\S+)\]\n(.*?)^End=", file.read(), re.M | re.S)}


def allowed(row, arch="x86_64"):
    """The system calls that a row's filter allows."""
    out = subprocess.run([JAIL_GEN, "seccomp", "--arch", arch, "--groups", GROUPS, "--table", TABLE, "--list", row],
                         check=True, capture_output=True, text=True).stdout
    return {line.split()[0] for line in out.splitlines() if not line.startswith(("#", "\t"))}


def containers_allow(capabilities):
    """What a container with these capabilities is given by the profile, for amd64."""
    with open(PROFILE, encoding="utf-8") as file:
        profile = json.load(file)
    names = set()
    for rule in profile["syscalls"]:
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        if rule["action"] != "SCMP_ACT_ALLOW":
            continue
        if "amd64" not in includes.get("arches", ["amd64"]) or "amd64" in excludes.get("arches", []):
            continue
        if not set(includes.get("caps", [])) <= capabilities or set(excludes.get("caps", [])) & capabilities:
            continue
        names.update(rule["names"])
    return names


@pytest.mark.skipif(not os.path.exists(PROFILE), reason=f"{PROFILE} is not installed")
@pytest.mark.parametrize("row", sorted(rows()) if os.path.exists(TABLE) else [])
def test_no_more_than_containers(row):
    """E17: a subset of the containers' default profile with the row's capabilities."""
    named = re.search(r"^CapabilityBoundingSet=(.*)$", rows()[row], re.M)
    assert allowed(row) - containers_allow(set(named[1].split()) if named else set()) == set()


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_default_is_small(arch):
    """A row that says nothing gets the default group."""
    plain = [row for row, text in rows().items() if "SystemCallFilter=" not in text]
    assert plain
    assert 60 < len(allowed(plain[0], arch)) <= DEFAULT_MAX


def test_every_row_has_its_filter():
    """A file for each row, of whole instructions; equal ones are one file."""
    contents = {}
    for row in rows():
        path = f"{tree.OUT}/gen/seccomp/{row}.bpf"
        size = os.path.getsize(path)
        assert size and size % INSTRUCTION_BYTES == 0 and size <= INSTRUCTION_BYTES * INSTRUCTIONS_MAX
        with open(path, "rb") as file:
            contents.setdefault(file.read(), set()).add(os.stat(path).st_ino)
    assert all(len(inodes) == 1 for inodes in contents.values())


def test_same_filters_each_time(tmp_path):
    """Made again, they are the same bytes."""
    subprocess.run([JAIL_GEN, "seccomp", "--arch", "x86_64", "--groups", GROUPS, "--table", TABLE, "-o", tmp_path],
                   check=True, capture_output=True)
    for row in rows():
        with open(f"{tree.OUT}/gen/seccomp/{row}.bpf", "rb") as first, open(f"{tmp_path}/{row}.bpf", "rb") as second:
            assert first.read() == second.read()
