# SPDX-License-Identifier: MIT
"""Attacks by what a service leaves behind: planted links, deep trees, forged log lines, too much memory; with control runs.

The other half of the attack suite (test_attacks.py): here PID 1, the launcher and the log keeper are the victims.
"""

import re

import pytest

from guest import ROOT, Guest
from test_attacks import ATTACK

BASE = ROOT + "/data/services"
STATE = f"{BASE}/attack-state"
CANARY = f"{BASE}/canary"
STRANGER = 12345
RACES_MIN, RACES_MAX = 6, 60


@pytest.fixture(scope="module")
def machine(images, data, rows_options):
    with Guest(images, "attacks-world", data=data, **rows_options) as guest:
        guest.wait_state("neighbour", "running", timeout=60)
        yield guest


@pytest.fixture(name="planted")
def plant(machine):
    """A fresh state directory of somebody else's, and a canary that must stay root's. Gives a function that starts the row."""
    machine.ctl("stop", "attack-state", check=False)
    machine.wait_state("attack-state", "stopped", "failed", "done")
    # Moved away, not removed: one of them is deeper than rm(1) goes.
    machine.sh(f"mkdir -p {BASE}/old && mv {STATE} {BASE}/old/$(date +%s%N) 2>/dev/null; "
               f"rm -rf {STATE} {STATE}.swap {CANARY} && mkdir -p {STATE} {CANARY} && echo canary >{CANARY}/file && "
               f"chmod 700 {CANARY} && chmod 600 {CANARY}/file && chown {STRANGER} {STATE}")

    def start():
        machine.ctl("start", "attack-state", check=False)
        return machine.wait_state("attack-state", "running", "failed", "stopped")
    yield start
    machine.ctl("stop", "attack-state", check=False)


def owner(machine, path):
    return machine.run("stat", "-c", "%u", path).out.strip()


def canary_is_roots(machine):
    return owner(machine, CANARY) == owner(machine, f"{CANARY}/file") == "0"


def mounted_root(machine, pid):
    """What the jail has as its state directory; None when it was ended meanwhile: the read-back after the start does that
    as soon as it sees another name than the row's."""
    try:
        mounts = machine.read(f"/proc/{pid}/mountinfo")
    except OSError:
        return None
    return next((line.split()[3] for line in mounts.splitlines() if line.split()[4] == "/var/lib/attack-state"), None)


def test_control_run_state_directory(machine, planted):
    """The row of these tests starts where nothing is planted, and what was a stranger's becomes its own."""
    machine.sh(f"echo text >{STATE}/file && chown {STRANGER} {STATE}/file")
    service = planted()
    assert service.state == "running", service
    assert owner(machine, STATE) == owner(machine, f"{STATE}/file") == str(service.uid)


@pytest.mark.parametrize("target", ["../canary", "/etc", "/proc/self/cwd", "/data/services/canary"])
def test_e04_link_in_place_of_a_directory(machine, planted, target):
    """A link where the launcher wants a directory: refused, with the step and the path, and not followed."""
    machine.sh(f"rm -rf {STATE} && ln -s {target} {STATE}")
    service = planted()
    assert service.pid == 0 and service.step == "state directory" and "attack-state" in service.text, service
    assert canary_is_roots(machine)


def test_e04_race_of_a_link_and_a_directory(machine, planted):
    """The name is exchanged as fast as it goes while the row starts: the launcher holds what it opened, or refuses."""
    machine.sh(f"ln -s canary {STATE}.swap; {ATTACK} race {STATE} {STATE}.swap >/dev/null 2>&1 & echo $! >/tmp/racer")
    tried, started = 0, 0
    try:
        # Until the launcher has met both, the directory and the link.
        while tried < RACES_MIN or started in (0, tried):
            assert tried < RACES_MAX, f"{started} of {tried} starts: no race was met"
            tried += 1
            service = planted()
            if service.state == "running":
                started += 1
                assert mounted_root(machine, service.pid) in (None, "/services/attack-state", "/services/attack-state.swap")
            machine.ctl("stop", "attack-state", check=False)
            machine.wait_state("attack-state", "stopped", "failed", "done")
            assert canary_is_roots(machine)
        # Control run: who goes by the name hits the canary.
        machine.sh(f"i=0; while [ $i -lt 300 ] && [ $(stat -c %u {CANARY}) = 0 ]; do chown 4242 {STATE}/ 2>/dev/null; "
                   "i=$((i+1)); done", timeout=60)
        assert owner(machine, CANARY) == "4242", "the race is not fast enough to prove anything"
    finally:
        machine.sh("kill $(cat /tmp/racer)")


def test_e25_hard_link(machine, planted):
    """A second name of a file of root's in a tree that is to be given away: refused, and the file stays root's."""
    machine.sh(f"ln {CANARY}/file {STATE}/mine")
    service = planted()
    assert service.pid == 0 and service.step == "state directory" and "2 names" in service.text, service
    assert canary_is_roots(machine)
    # Control run: chown(1) gives it away.
    machine.sh(f"chown -R 4242 {STATE}")
    assert owner(machine, f"{CANARY}/file") == "4242"


def test_e25_link_in_a_tree(machine, planted):
    """A link in a tree that is given away: the link is, what it leads to is not."""
    machine.sh(f"ln -s ../canary/file {STATE}/link && ln -s ../canary {STATE}/directory")
    service = planted()
    assert service.state == "running", service
    assert canary_is_roots(machine) and owner(machine, f"{STATE}/link") == str(service.uid)
    machine.sh(f"chown 4242 {STATE}/link")
    assert owner(machine, f"{CANARY}/file") == "4242", "the control run: by its name the link is followed"


@pytest.mark.parametrize("levels,starts", [(3, True), (60, False)])
def test_e24_deep_paths(machine, planted, levels, starts):
    """Directories that are deeper than a path can be long are not walked to their end; the control run's few are."""
    machine.run(ATTACK, "deep", STATE, str(levels))
    service = planted()
    if starts:
        assert service.state == "running", service
    else:
        assert service.pid == 0 and service.step == "state directory" and "nested deeper" in service.text, service
    assert machine.service("neighbour").state == "running"


def test_e23_forged_log_lines(machine):
    """What a service writes is its own lines and nothing that a terminal obeys."""
    machine.ctl("start", "attack-log")
    machine.wait_for(lambda: "forge: done" in machine.jailctl("logs", "attack-log").out, "the forged lines", pause=0.5)
    shown = machine.jailctl("logs", "attack-log").raw_out
    assert not re.search(rb"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]", shown.replace(b"\r\n", b"\n")), "control bytes are shown"
    assert b"\r" not in shown.replace(b"\r\n", b"\n")
    shown.decode()      # it is UTF-8 throughout
    assert b"forged" in shown and b"cleared" in shown
    for name in ("console", "jail-logd", "neighbour"):
        assert b"forged" not in machine.jailctl("logs", name).raw_out, f"a forged line is in the log of {name}"
    # Control run: the same program, read as it writes.
    raw = machine.sh(f"timeout 1 {ATTACK} forge", check=False).raw_out
    assert b"\x1b[2J" in raw and b"\xff\xfe" in raw and b"\0" in raw


def test_e27_memory(machine, planted):
    """48 MiB in a group of 4 MiB end that jail and no other; the control run, outside the group, gets them."""
    service = planted()
    assert service.state == "running", service
    group = 256
    done = machine.run(ATTACK, "half", str(service.pid), "attack-state", str(group), "memory", timeout=40)
    assert "sweep memory 50331648" in done.out, done
    done = machine.run(ATTACK, "half", str(service.pid), "attack-state", "0", "memory", timeout=40, check=False)
    assert "sweep memory" not in done.out, done
    machine.wait_state("attack-state", "failed", "stopped", "done")
    assert machine.service("neighbour").restarts == 0 and machine.service("peer").state == "running"
