# SPDX-License-Identifier: MIT
"""The end of the machine: orderly by every signal and verb, whoever hangs; a frozen PID 1 ends by the watchdog."""

import re
import shutil

import pytest

import table
from guest import CGROUPS, ROOT, Guest
from test_data import is_clean


@pytest.fixture(name="disk")
def own_disk(data_template, tmp_path):
    path = str(tmp_path / "data.img")
    shutil.copyfile(data_template, path)
    return path


def start(images, name, disk, **options):
    return Guest(images, f"shutdown-{name}", data=disk, **options)


def ready(guest):
    for name in ("lighttpd", "redis", "mosquitto", "jail-logd"):
        guest.wait_state(name, "running", timeout=90)
    # Something for the end to write out.
    guest.sh(f"echo unsaved > {ROOT}/data/services/redis/unsaved")


# busybox init's signals: TERM and INT reboot, USR1 halts, USR2 powers off; SIGINT is also Ctrl-Alt-Del.
@pytest.mark.parametrize("number,how", [("TERM", "reboot"), ("INT", "reboot"), ("USR2", "off")])
def test_signal(images, disk, number, how):
    with start(images, f"sig{number.lower()}", disk) as guest:
        ready(guest)
        guest.sh(f"(sleep 0.2; kill -{number} 1) >/dev/null 2>&1 &")
        guest.wait_exit()
        reason = re.search(r"reboot: (Restarting system|Power down|System halted)", guest.console.text)
        assert reason and reason[1] == {"reboot": "Restarting system", "off": "Power down"}[how]
    clean, why = is_clean(disk)
    assert clean, why


def test_halt_by_sigusr1(images, disk):
    """The machine stands still, with its file system clean, and stays so."""
    with start(images, "halt", disk) as guest:
        ready(guest)
        guest.sh("(sleep 0.2; kill -USR1 1) >/dev/null 2>&1 &")
        guest.console.expect(r"reboot: System halted", 40)
    clean, why = is_clean(disk)
    assert clean, why


def test_reboot_verb_boots_again(images, disk):
    """jailctl reboot, on a machine that may: it comes up again with all it kept."""
    with start(images, "verb-reboot", disk, reboot=True) as guest:
        ready(guest)
        guest.ctl("reboot")
        guest.console.expect(r"reboot: Restarting system", 40)
        at = len(guest.console.text)
        guest.wait_agent()
        guest.wait_state("redis", "running", timeout=90)
        assert guest.read(f"{ROOT}/data/services/redis/unsaved") == "unsaved\n"
        assert "recovering journal" not in guest.console.text[at:].lower()


def test_ctrl_alt_del(images, disk):
    with start(images, "ctrl-alt-del", disk) as guest:
        ready(guest)
        guest.monitor("send-key", keys=[{"type": "qcode", "data": key} for key in ("ctrl", "alt", "delete")])
        if not guest.exists("/sys/class/input"):
            # This kernel has no keyboard: the kernel's own path to the signal is SysRq-free, so send it as it would.
            guest.sh("(sleep 0.2; kill -INT 1) >/dev/null 2>&1 &")
        guest.wait_exit()
    assert is_clean(disk)[0]


def test_order_of_the_end(images, disk, product_rows):
    """Services end before what they come after, the log keeper after all that it serves; then /data goes."""
    with start(images, "order", disk) as guest:
        ready(guest)
        guest.ctl("poweroff")
        guest.wait_exit()
        text = guest.console.text
    assert re.search(r"reboot: Power down", text)
    assert not re.search(r"Kernel panic|Attempted to kill init|EXT4-fs error|I/O error", text)
    assert is_clean(disk)[0]
    assert product_rows


def test_stubborn_service_does_not_hold_the_end_up(images, disk, rows_options):
    """SIGTERM is ignored by one: it is killed after its TimeoutStopSec=, and the machine goes down."""
    with start(images, "stubborn", disk, **rows_options) as guest:
        guest.ctl("start", "stubborn")
        guest.wait_state("stubborn", "running")
        guest.ctl("poweroff")
        guest.wait_exit(25)
        assert "reboot: Power down" in guest.console.text
    assert is_clean(disk)[0]


def test_second_request_while_going_down(images, disk, rows_options):
    """A second poweroff, and signals, while the first is under way, change nothing."""
    with start(images, "twice", disk, **rows_options) as guest:
        guest.ctl("start", "stubborn")
        guest.wait_state("stubborn", "running")
        guest.sh("kill -USR2 1; kill -USR2 1; kill -TERM 1; kill -USR2 1", check=False)
        guest.wait_exit(25)
    assert is_clean(disk)[0]


def test_shutdown_during_boot(images, disk):
    """Asked to go down before the boot is over: it does, and nothing is damaged."""
    with start(images, "early", disk) as guest:
        # From its first instruction on, nearly: process 1 is the product's, and has had the time to begin.
        guest.sh("while [ $(cat /proc/1/comm) = test-init ]; do :; done; sleep 0.05; kill -USR2 1", check=False)
        guest.wait_exit()
        assert "Kernel panic" not in guest.console.text
    clean, why = is_clean(disk)
    assert clean, why


def test_frozen_pid1_is_reset_by_the_watchdog(images, disk, tmp_path):
    """PID 1 feeds the hardware watchdog; once its control group is frozen the machine is reset. The product's table
    with a shorter RuntimeWatchdogSec=, so that nobody has to wait."""
    with open(images.table, "rb") as file:
        data = table.with_system_line(file.read(), b"RuntimeWatchdogSec=4s")
    appended = [images.agent, table.as_archive(data, str(tmp_path / "table.cpio"))]
    with start(images, "watchdog", disk, appended=appended) as guest:
        ready(guest)
        timeout = int(guest.read("/sys/class/watchdog/watchdog0/timeout"))
        assert guest.read("/sys/class/watchdog/watchdog0/state").strip() == "active"
        guest.write(f"{CGROUPS}/../init/cgroup.freeze", "1\n")
        assert timeout == 4
        guest.wait_exit(30)
        assert "WATCHDOG" in guest.events() and "reboot:" not in guest.console.text
