# SPDX-License-Identifier: MIT
"""The attack suite: what a captured service tries, from inside a jail, each attack with its control run.

The attacks are in tests/boot/attacks, one static program with a table. Its row makes them all from a default jail. The
control run makes each again from the same jail with the guards taken away that the table names: there it must get
through, or reach the kernel's own answer where the product's kernel does not have what was called.
"""

import mmap
import os
import re

import pytest

from guest import AGENT, CGROUPS, ROOT, Guest

HERE = os.path.dirname(os.path.abspath(__file__))
ATTACK = ROOT + "/firmware/usr/libexec/jailtest/attack"
ABSTRACT_NAME = "jailinit-attack"
# Rows of the list of attacks that this suite's program makes; E17 is the sweep of calls, E04, E23, E24, E25 and the memory
# of E27 are in test_attacks_world.py.
ROWS = ("E01", "E02", "E03", "E05", "E06", "E07", "E08", "E09", "E10", "E11", "E12", "E13", "E14", "E15", "E16", "E18",
        "E19", "E20", "E27", "E28", "E29", "E30")
SWEEPS = ("calls", "proc", "devices", "mounts")
# What a sweep of the same kind must show beyond the list when its guard is gone, and which guards those are.
FILTER, CAPS, USER, GAIN, MOUNTS, GROUP = 1, 2, 4, 8, 16, 256
LINE = re.compile(r"^.*?\b(not ok|ok) \d+ - (E\d\d) (.+): ([^:;]+?)(?:; (.*))?$", re.M)
CONTROL_SYSCTLS = {"user/max_user_namespaces": "64", "vm/memfd_noexec": "0"}


class Tap:
    """What one run printed."""

    def __init__(self, text):
        self.text = text
        self.attacks = {(match[2], match[3]): (match[1] == "ok", match[4], match[5] or "")
                        for match in LINE.finditer(text)}
        plan = re.search(r"\b1\.\.(\d+)$", text, re.M)
        self.plan = int(plan[1]) if plan else None
        self.sweeps = {}
        for match in re.finditer(r"\bsweep (\S+) (.+)$", text, re.M):
            self.sweeps.setdefault(match[1], set()).add(match[2])

    def of(self, row):
        return {name: result for (number, name), result in self.attacks.items() if number == row}


@pytest.fixture(scope="module")
def machine(images, data, rows_options):
    with Guest(images, "attacks", data=data, **rows_options) as guest:
        guest.wait_state("neighbour", "running", timeout=60)
        guest.sh(f"{ATTACK} listen {ABSTRACT_NAME} >/dev/null 2>&1 &")
        guest.wait_for(lambda: f"@{ABSTRACT_NAME}" in guest.read("/proc/net/unix"), "somebody listens at an abstract name")
        yield guest


def run_row(machine, name):
    machine.ctl("start", name)
    machine.wait_state(name, "running")
    log = {}

    def has_ended():
        log["text"] = machine.jailctl("logs", name).out.replace("\r", "")
        return "attack: done" in log["text"]
    machine.wait_for(has_ended, f"the attacks of row {name}", timeout=90, pause=1)
    return Tap(log["text"])


@pytest.fixture(scope="module")
def jailed(machine):
    """All attacks and sweeps, from a default jail."""
    return run_row(machine, "attack")


@pytest.fixture(scope="module")
def networked(machine):
    """The same from a jail with the machine's network."""
    return run_row(machine, "attack-net")


@pytest.fixture(scope="module")
def control(machine, jailed):
    """All attacks, each with its guards taken away. Two limits of the machine are lifted meanwhile as well."""
    assert jailed.plan
    before = {name: machine.read(f"/proc/sys/{name}").strip() for name in CONTROL_SYSCTLS}
    for name, value in CONTROL_SYSCTLS.items():
        machine.write(f"/proc/sys/{name}", value)
    try:
        done = machine.run(ATTACK, "control", str(machine.service("attack").pid), "attack", timeout=120)
    finally:
        for name, value in before.items():
            machine.write(f"/proc/sys/{name}", value)
    return Tap(done.out)


def half_sweep(machine, without, kind):
    """A sweep from the attack row's jail without some guards."""
    pid = machine.service("attack").pid
    return Tap(machine.run(ATTACK, "half", str(pid), "attack", str(without), kind, timeout=60).out).sweeps.get(kind, set())


def list_path(kind):
    return f"{HERE}/attacks/allow/{kind}.txt"


def allowed(kind):
    """The committed list of a sweep; "  # " begins a remark."""
    with open(list_path(kind), encoding="utf-8") as file:
        lines = [line.split("  # ")[0].rstrip() for line in file]
    return {line for line in lines if line and not line.startswith("#")}


def call_names():
    """Number -> name of a system call, for remarks; from the build host's header, if it is there."""
    names = {}
    for path in ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                names.update((match[2], match[1]) for match in re.finditer(r"__NR_(\w+) (\d+)", file.read()))
    return names


def sort_key(line):
    """Numbers by their value."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", line)]


def hold_against_list(kind, found):
    """Equal to the committed list. ATTACKS_WRITE=1 writes the list instead; remarks are kept."""
    if os.environ.get("ATTACKS_WRITE"):
        with open(list_path(kind), encoding="utf-8") as file:
            old = file.read().splitlines()
        remarks = {line.split("  # ")[0].rstrip(): line.split("  # ")[1] for line in old if "  # " in line}
        names = call_names() if kind == "calls" else {}
        with open(list_path(kind), "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in old if line.startswith("#")))
            for line in sorted(found, key=sort_key):
                remark = remarks.get(line) or names.get(line.split()[0])
                file.write(f"{line}  # {remark}\n" if remark else f"{line}\n")
    wanted = allowed(kind)
    assert found == wanted, "\n".join([f"{list_path(kind)} differs:", *[f"+ {line}" for line in sorted(found - wanted)],
                                       *[f"- {line}" for line in sorted(wanted - found)]])


def test_all_attacks_are_made(jailed, control):
    """None was left out, in neither run."""
    assert jailed.plan == len(jailed.attacks) > 80
    assert set(control.attacks) == set(jailed.attacks), set(control.attacks) ^ set(jailed.attacks)
    assert {row for row, _ in jailed.attacks} == set(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_refused(row, jailed):
    """From a default jail nothing gets through."""
    found = jailed.of(row)
    through = {name: result for name, result in found.items() if not result[0]}
    assert found and not through, f"{row}: {through}"


# Where the jail and the kernel say the same; attacks whose note begins so must be these.
SAME_ANSWER = {("E01", "kernel TLS on a socket"), ("E01", "io_uring"), ("E16", "32-bit entry, int 0x80")}


@pytest.mark.parametrize("row", ROWS)
def test_control_run(row, jailed, control):
    """Without its guards the same attack gets through, or ends with an answer of the kernel that the jail did not show."""
    failed = {name: result for name, result in control.of(row).items() if not result[0]}
    assert not failed, f"{row}: without its guards it should get through: {failed}"
    same = {(row, name) for name, result in control.of(row).items() if result[1] == jailed.of(row)[name][1]}
    assert same == {attack for attack in SAME_ANSWER if attack[0] == row}, same


# With the machine's network a jail reaches what listens there, as README.md says.
NETWORK_HOST_REACHES = {("E20", "a port of another service")}


def test_refused_with_the_machines_network(networked):
    """Network=host opens the network, and nothing else."""
    through = {attack for attack, result in networked.attacks.items() if not result[0]}
    assert networked.plan == len(networked.attacks) > 80
    assert through == NETWORK_HOST_REACHES, through ^ NETWORK_HOST_REACHES


@pytest.mark.parametrize("kind", SWEEPS)
def test_sweep(kind, jailed):
    """E08, E09, E11, E17, E19: what there is in a default jail is what the committed list says, line by line."""
    hold_against_list(kind, jailed.sweeps.get(kind, set()))


def test_sweep_of_the_device_filter(machine, jailed):
    """E09: a root with all capabilities and no nodev, but in the jail's control group, opens only the nodes of /dev."""
    assert jailed.sweeps["devices-tried"] == {"11264"}
    found = half_sweep(machine, FILTER | CAPS | USER | GAIN | MOUNTS, "devices")
    hold_against_list("devices-of-the-group", found)


def test_control_of_the_sweeps(machine, jailed):
    """Each sweep sees more once its guard is gone."""
    calls = half_sweep(machine, FILTER, "calls")
    more = {line.split()[0] for line in calls - jailed.sweeps["calls"] if line.endswith(("allowed", "by-arguments"))}
    assert {"165", "272", "101", "319"} <= more, "mount, unshare, ptrace, memfd_create"
    proc = half_sweep(machine, USER | CAPS | MOUNTS, "proc")
    assert {"rw /proc/cmdline", "rw /proc/sys/kernel/poweroff_cmd"} <= proc - jailed.sweeps["proc"]
    mounts = half_sweep(machine, MOUNTS, "mounts")
    assert any(line.split()[1] == "devtmpfs" for line in mounts)


def test_host_name_is_the_machines(machine, control):
    """E30: the control run changed a host name, the jail's; with the uts namespace gone as well it is the machine's."""
    assert control.attacks["E30", "sethostname"][1] == "through"
    name = machine.read("/proc/sys/kernel/hostname")
    assert "attacked" not in name
    pid = str(machine.service("attack").pid)
    try:
        machine.run(ATTACK, "control", pid, "attack", "E30", "-uts", timeout=30)
        assert machine.read("/proc/sys/kernel/hostname").strip() == "attacked"
    finally:
        machine.write("/proc/sys/kernel/hostname", name)


def test_machine_is_unharmed(machine, jailed, networked, control):
    """After all of it every service that ran still does, the clock is right, and the page cache is what is on the disk (E01)."""
    assert jailed and networked and control
    assert machine.service("neighbour").restarts == 0
    firmware = f"{ROOT}/firmware/usr"
    hashes = f"find {firmware} -xdev -type f | sort | xargs sha256sum | sha256sum"
    before = machine.sh(hashes, timeout=60).out
    machine.write("/proc/sys/vm/drop_caches", "3")
    assert machine.sh(hashes, timeout=60).out == before, "the page cache held something else than the firmware's device"


def test_control_of_the_page_cache(machine):
    """E01: the comparison above sees a page cache that differs from the disk: here the disk is changed below a file."""
    mark = "attack-page-cache-mark"
    file = f"{ROOT}/data/{mark}"
    machine.sh(f"echo {mark} >{file} && sync")
    cached = machine.sh(f"sha256sum {file}").out
    with open(machine.options["data"], "r+b") as disk, mmap.mmap(disk.fileno(), 0) as content:
        place = content.find(f"{mark}\n".encode())
        assert place > 0, "the file is not on the disk"
        while place > 0:
            content[place] = ord("X")
            place = content.find(f"{mark}\n".encode())
    assert machine.sh(f"sha256sum {file}").out == cached, "the page cache is the file's own"
    machine.write("/proc/sys/vm/drop_caches", "3")
    assert machine.sh(f"sha256sum {file}").out != cached


# What belongs to other work, and is not counted as passed.
NOT_YET_HERE = {
    "E12": "the jailctl part",
    "E20": "the control port part",
    "E21": "supervision: notify sockets",
    "E22": "supervision: notify messages",
    "E26": "control port: entering a jail",
    "E31": "control port: authorisation",
}


def test_summary(jailed, control, record_property, capsys):
    """Says what the suite holds and what is not yet here."""
    reached = sum(1 for attack, result in control.attacks.items() if result[0] and result[1] != "through")
    text = (f"attacks: {len(jailed.attacks)} refused, {len(control.attacks) - reached} control runs got through, "
            f"{reached} reached the kernel's own answer; not yet here: {len(NOT_YET_HERE)} ({', '.join(NOT_YET_HERE)})")
    record_property("attacks", text)
    with capsys.disabled():
        print(f"\n{text}")
