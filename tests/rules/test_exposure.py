# SPDX-License-Identifier: MIT
"""The jail on a scale of others: each row as a systemd unit, weighed by `systemd-analyze security`.

A row may be exposed by 1.1 with the machine's network, by 0.5 without. One that cannot keep to that says so in its .svc,
`# exposure: 1.6 because ...`, and that number is its own ceiling.
"""

import os
import re
import shutil
import subprocess

import pytest
import tree

JAIL_GEN = f"{tree.OUT}/host/jail-gen"
TABLE = f"{tree.OUT}/gen/services.tab"
GROUPS = f"{tree.ROOT}/board/common/seccomp"
WITH_NETWORK, WITHOUT = 1.1, 0.5
ANALYZE = shutil.which("systemd-analyze")

pytestmark = pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not installed")


def rows():
    """Row -> its lines of the table."""
    with open(TABLE, encoding="utf-8") as file:
        return {match[1]: match[2] for match in re.finditer(r"^\[service (\S+)\]\n(.*?)^End=", file.read(), re.M | re.S)}


def sources():
    """Row -> its .svc, of any board."""
    return {os.path.basename(path)[:-len(".svc")]: path for path in tree.files(".svc") if path.startswith("board/")}


def excuse(row):
    """(ceiling, why) of its .svc, or None."""
    found = [line for line in tree.lines(sources()[row]) if re.match(r"#\s*exposure:", line)]
    if not found:
        return None
    assert len(found) == 1, f"{row}: one '# exposure:' line, found {len(found)}"
    match = re.fullmatch(r"# exposure: (\d\.\d) because (.{10,})", found[0])
    assert match, f"{row}: wanted '# exposure: 1.6 because ...', found '{found[0]}'"
    return float(match[1]), match[2]


def weigh(unit):
    """(exposure, the findings that count) of a unit file. What systemd does not know in it is an error."""
    done = subprocess.run([ANALYZE, "security", "--offline=true", "--no-pager", str(unit)], capture_output=True,
                          text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    overall = re.search(r"Overall exposure level for \S+: (\d+\.\d)", done.stdout)
    assert overall, done.stdout + done.stderr
    assert not done.stderr, done.stderr
    return float(overall[1]), [line for line in done.stdout.splitlines() if re.search(r"\s0\.\d\s*$", line)]


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    directory = tmp_path_factory.mktemp("units")
    subprocess.run([JAIL_GEN, "unit", "--arch", "x86_64", "--groups", GROUPS, TABLE, "-o", directory], check=True)
    return directory


@pytest.mark.parametrize("row", sorted(rows()) if os.path.exists(TABLE) else [])
def test_exposure(row, units):
    """At most its ceiling."""
    own = excuse(row)
    usual = WITH_NETWORK if "Network=host" in rows()[row] else WITHOUT
    exposure, findings = weigh(f"{units}/{row}.service")
    ceiling = own[0] if own else usual
    assert exposure <= ceiling, f"{row}: {exposure}, at most {ceiling}:\n" + "\n".join(findings)
    assert not own or own[0] > usual, f"{row}: its '# exposure:' line allows no more than every row may have; remove it"


@pytest.mark.parametrize("guard", ["NoNewPrivileges", "SystemCallFilter", "RestrictNamespaces", "CapabilityBoundingSet",
                                   "ProtectSystem", "PrivateNetwork", "RestrictRealtime", "DevicePolicy"])
def test_scale_sees_it(guard, units, tmp_path):
    """Control run: without this guard the same row weighs more."""
    with open(f"{units}/lighttpd.service", encoding="utf-8") as file:
        lines = file.readlines()
    less = tmp_path / "lighttpd.service"
    without = [line for line in lines if not line.startswith(f"{guard}=")]
    if guard == "DevicePolicy":  # PrivateDevices= and ProtectClock= each make one of their own
        without = [line for line in without if not line.startswith(("PrivateDevices=", "ProtectClock="))]
    assert len(without) < len(lines)
    less.write_text("".join(without), encoding="utf-8")
    assert len(weigh(less)[1]) > len(weigh(f"{units}/lighttpd.service")[1])
