# SPDX-License-Identifier: MIT
"""What PID 1 reads back of each jail: clean as shipped, and telling as soon as somebody tampers with one."""

import json
import re
import stat

import pytest

import cpio
from conftest import end_state
from guest import CGROUPS, Guest


def verify(guest, *names, check=True):
    """(exit status, name -> what jailctl says of it)."""
    result = guest.jailctl("verify", "-o", "json", *names, check=check)
    return result.status, {reading["name"]: reading for reading in json.loads(result.out)["services"]}


def failed(reading):
    """what -> (declared, effective) of the comparisons that do not hold."""
    return {entry["what"]: (entry["declared"], entry["effective"])
            for entry in reading["compared"] if not entry["holds"]}


def test_all_rows_hold(product, product_rows):
    """Every row that runs was read back at its start, and still is what it declares."""
    running = {name for name, row in product_rows.items() if name != "system" and end_state(row) == "running"}
    status, readings = verify(product)
    assert set(readings) == running
    for name, reading in readings.items():
        assert reading["holds"], f"{name}: {failed(reading)}, {reading['error']}"
        what = {entry["what"] for entry in reading["compared"]}
        assert {"Uid", "CapBnd", "NoNewPrivs", "Seccomp", "namespace pid", "namespace net", "mount /", "mount /usr",
                "options of /proc", "cgroup", "memory.max", "pids.max", "oom_score_adj"} <= what
        assert reading["checks"] >= 35
    assert status == 0


def test_table_for_people(product):
    lines = product.jailctl("verify", "redis").out.splitlines()
    assert lines[0].startswith("redis: ") and lines[0].endswith("checks hold")
    assert lines[1].split() == ["WHAT", "HOLDS", "DECLARED", "EFFECTIVE"]
    assert [line.split() for line in lines if line.startswith("NoNewPrivs")] == [["NoNewPrivs", "yes", "1", "1"]]


def test_what_does_not_run(product):
    """No jail, nothing to read back."""
    result = product.jailctl("verify", "data-check", check=False)
    assert result.status == 1 and "does not run" in result.err


@pytest.mark.parametrize("tamper,undo,what,effective", [
    ("mount -o remount,bind,rw,nosuid,nodev none /", "mount -o remount,bind,ro,nosuid,nodev none /", "mount /", "rw"),
    ("mount -o remount,bind,rw,nosuid,nodev none /tmp", "mount -o remount,bind,rw,nosuid,nodev,noexec none /tmp",
     "mount /tmp", "rw,nosuid,nodev tmpfs"),
    ("mount -t tmpfs none /var/log", "umount /var/log", "mount /var/log", "rw"),
    ("mount --make-shared /usr", "mount --make-private /usr", "mount /usr", "ro,nosuid,nodev,shared"),
])
def test_mounts_tampered_with(product, tamper, undo, what, effective):
    """From outside, with all rights, in the jail's mount namespace; and clean again once it is undone."""
    pid = product.service("mosquitto").pid
    product.run(*tamper.split(), pid=pid)
    try:
        status, readings = verify(product, "mosquitto", check=False)
        assert status == 1
        assert set(failed(readings["mosquitto"])) == {what}
        assert failed(readings["mosquitto"])[what][1].startswith(effective)
    finally:
        product.run(*undo.split(), pid=pid)
    assert verify(product, "mosquitto")[1]["mosquitto"]["holds"]


@pytest.mark.parametrize("file,value", [("memory.max", "max"), ("pids.max", "max"), ("cpu.weight", "10000"),
                                        ("cgroup.max.descendants", "5"), ("memory.oom.group", "0")])
def test_limits_tampered_with(product, file, value):
    path = f"{CGROUPS}/mosquitto/{file}"
    before = product.read(path).strip()
    product.write(path, value)
    try:
        status, readings = verify(product, "mosquitto", check=False)
        assert status == 1
        assert failed(readings["mosquitto"]) == {file: (before, value)}
    finally:
        product.write(path, before)
    assert verify(product, "mosquitto")[0] == 0


def test_oom_score_tampered_with(product):
    path = f"/proc/{product.service('mosquitto').pid}/oom_score_adj"
    product.write(path, "-500")
    try:
        assert failed(verify(product, "mosquitto", check=False)[1]["mosquitto"]) == {"oom_score_adj": ("0", "-500")}
    finally:
        product.write(path, "0")


def test_only_told_when_asked(product):
    """Reading back changes nothing: the service that was tampered with above is still the same process."""
    service = product.service("mosquitto")
    assert service.state == "running" and service.restarts == 0


@pytest.fixture(name="weak", scope="module")
def weak_machine(images, tmp_path_factory):
    """The product with a launcher that leaves the bounding set as it is; the rest of it is the product's."""
    with open(f"{images.out}/boot/weak-launch", "rb") as file:
        entry = cpio.Entry("lib/jailinit/jail-launch", stat.S_IFREG | 0o755, file.read())
    path = str(tmp_path_factory.mktemp("weak") / "weak.cpio")
    cpio.write(path, cpio.archive([entry]), False)
    with Guest(images, "verify-weak", appended=[images.agent, path], append="jailinit.data=none") as guest:
        yield guest


def test_launcher_without_a_guard(weak, product_rows):
    """Control run of all of the above: a jail that lacks one guard is stopped, and the console says why."""
    names = [name for name, row in product_rows.items() if name != "system" and end_state(row) == "running"]
    why = r".*failed.*: verify: CapBnd: declared [0-9a-f]{16}, found 000001ffffffffff \(1 of "

    def told():
        with open(weak.log, encoding="utf-8", errors="replace") as file:
            text = file.read()
        return all(re.search(name + why, text) for name in names)
    weak.wait_for(told, "every row failed in the step verify", 60, 0.3)
    weak.wait_for(lambda: not any(weak.pids(name) for name in names), "every jail empty")
