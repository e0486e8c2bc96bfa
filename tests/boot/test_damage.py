# SPDX-License-Identifier: MIT
"""A damaged service table: what is intact and marked Rescue=yes runs, the reason is said, the machine is reachable."""

import re

import pytest

import table
from guest import Guest

RESCUE = ("console", "jail-logd")


@pytest.fixture(name="append_table")
def table_appender(images, tmp_path):
    """A function: bytes of a table -> an archive that puts it into the initramfs."""
    def make(data):
        return [images.agent, table.as_archive(data, str(tmp_path / "table.cpio"))]
    return make


@pytest.fixture(name="product_table")
def product_bytes(images):
    with open(images.table, "rb") as file:
        return file.read()


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def assert_rescue(guest, reason):
    """The rescue rows run, no other does, and the console says why."""
    for name in RESCUE:
        guest.wait_state(name, "running", timeout=90)
    for name, service in guest.services().items():
        assert (service.pid != 0) == (name in RESCUE), service
    assert re.search(reason, guest.console.text), f"the console does not say {reason!r}"
    # Reachable: a person can type.
    guest.console.type("")
    assert guest.console.command("jailctl list")[1] == 0


@pytest.mark.parametrize("section", ["lighttpd", "redis"])
def test_flipped_byte_in_a_row(images, data, append_table, product_table, section):
    """The checksum of one section does not fit: rescue, with the section named."""
    at = product_table.index(f"[service {section}]".encode()) + len(section) + 20
    with Guest(images, f"damage-{section}", data=data, appended=append_table(flip(product_table, at))) as guest:
        assert_rescue(guest, rf"services\.tab.*{section}|{section}.*services\.tab")
        done = guest.ctl("start", "mosquitto", check=False)[1]
        assert done.errno != 0 or guest.service("mosquitto").pid == 0


def test_truncated_table(images, data, append_table, product_table):
    """The end is missing, with a rescue row in it or not: what is whole of them runs."""
    cut = product_table[:product_table.rindex(b"[service ") + 30]
    rows = table.parse(cut)
    with Guest(images, "damage-truncated", data=data, appended=append_table(cut)) as guest:
        for name in RESCUE:
            if name in rows:
                guest.wait_state(name, "running", timeout=90)
        guest.console.expect(r"services\.tab", 60)


def test_damaged_rescue_row_is_not_started(images, data, append_table, product_table):
    """A rescue row that is damaged itself is not trusted."""
    at = product_table.index(b"[service jail-logd]") + 30
    with Guest(images, "damage-logd", data=data, appended=append_table(flip(product_table, at))) as guest:
        guest.wait_state("console", "running", timeout=90)
        services = guest.services()
        assert "jail-logd" not in services or services["jail-logd"].pid == 0


def test_empty_table(images, data, append_table):
    """No row at all: PID 1 stays up, says so, and still goes down in order."""
    with Guest(images, "damage-empty", data=data, appended=append_table(b"")) as guest:
        guest.console.expect(r"services\.tab", 60)
        guest.sh("(sleep 0.2; kill -USR2 1) >/dev/null 2>&1 &")
        guest.wait_exit()
        assert "Kernel panic" not in guest.console.text


def test_intact_rows_with_a_bad_check(images, data, append_table, product_table):
    """Every checksum is right but the table as a whole is not (two rows with one uid): rescue, too."""
    parts = table.sections(product_table)
    uid = table.parse(product_table)["redis"].get_one("User")
    out = b""
    for name, body, end in parts:
        if name == "mosquitto":
            body = re.sub(rb"^User=.*$", b"User=" + uid.encode(), body, flags=re.M)
            end = table.end_line(name, body)
        out += body + end
    with Guest(images, "damage-check", data=data, appended=append_table(out)) as guest:
        assert_rescue(guest, r"mosquitto|redis")


def test_rescue_option(images, data):
    """jailinit.rescue on the kernel command line."""
    with Guest(images, "option-rescue", data=data, append="jailinit.rescue") as guest:
        assert_rescue(guest, r"rescue")


def test_no_firmware(images, data):
    """The firmware's disk is not a squashfs: PID 1 says so, and stays up to go down in order."""
    with Guest(images, "damage-firmware", data=data, firmware=images.kernel) as guest:
        guest.console.expect(r"(?i)firmware.*vda|vda.*firmware", 60)
        guest.sh("(sleep 0.2; kill -TERM 1) >/dev/null 2>&1 &")
        guest.wait_exit()
        assert "Kernel panic" not in guest.console.text
