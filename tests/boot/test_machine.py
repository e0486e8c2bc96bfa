# SPDX-License-Identifier: MIT
"""The machine around the jails: what PID 1 sets up early, and the words it takes from the kernel command line."""

import re
import struct

import pytest

from conftest import end_state
from guest import ROOT, Guest

SYSCTLS = {"user/max_user_namespaces": "0", "kernel/unprivileged_bpf_disabled": "1", "fs/suid_dumpable": "0",
           "kernel/kptr_restrict": "2", "kernel/dmesg_restrict": "1", "kernel/yama/ptrace_scope": "2",
           "fs/protected_symlinks": "1", "fs/protected_hardlinks": "1", "net/ipv4/tcp_syncookies": "1",
           "net/ipv4/conf/all/rp_filter": "1", "kernel/randomize_va_space": "2"}


def mounts(guest):
    return {words[4]: (set(words[5].split(",")), words[words.index("-") + 1])
            for words in map(str.split, guest.read("/proc/1/mountinfo").splitlines())}


def test_early_mounts(product):
    """proc, sys, dev, devpts, run, cgroup2 and the firmware, each as tight as it works with."""
    found = mounts(product)
    for target, kind, wanted in (("/", "tmpfs", {"ro", "nosuid", "nodev"}), ("/proc", "proc", {"nosuid", "nodev", "noexec"}),
                                 ("/sys", "sysfs", {"nosuid", "nodev", "noexec"}), ("/dev", "devtmpfs", {"nosuid"}),
                                 ("/dev/pts", "devpts", {"nosuid", "noexec"}), ("/run", "tmpfs", {"nosuid", "nodev", "noexec"}),
                                 ("/sys/fs/cgroup", "cgroup2", {"nosuid", "nodev", "noexec"}),
                                 ("/firmware", "squashfs", {"ro", "nosuid", "nodev"})):
        options, found_kind = found[target]
        assert found_kind == kind and wanted <= options, f"{target}: {found_kind} {options}"


def test_cgroup_controllers(product):
    """All controllers of this kernel, for a group per service."""
    base = f"{ROOT}/sys/fs/cgroup"
    assert set(product.read(f"{base}/cgroup.subtree_control").split()) >= {"cpu", "io", "memory", "pids"}
    assert set(product.read(f"{base}/services/cgroup.subtree_control").split()) >= {"cpu", "io", "memory", "pids"}


@pytest.mark.parametrize("name", SYSCTLS)
def test_hardening(product, name):
    assert product.read(f"/proc/sys/{name}").strip() == SYSCTLS[name]


def test_hostname_and_lo(product, product_rows):
    assert product.read("/proc/sys/kernel/hostname").strip() == product_rows["system"].get_one("Hostname", "jailinit")
    flags = int(product.read("/sys/class/net/lo/flags"), 16)
    assert flags & 1, "lo is down"


def test_uplink(product):
    """The kernel's own ip= gave the machine its address."""
    assert "10.0.2.15" in product.run("ip", "-4", "addr", "show", "dev", "eth0").out


def test_watchdog_is_fed(product, product_rows):
    """Its timeout is the row's, and what is left of it never falls below half."""
    device = "/sys/class/watchdog/watchdog0"
    assert product.read(f"{device}/state").strip() == "active"
    wanted = product_rows["system"].get_one("RuntimeWatchdogSec", "30s")
    assert product.read(f"{device}/timeout").strip() == wanted.rstrip("s")


def test_pid1_maps_nothing_writable_and_executable(product, measured):
    assert not re.search(r"^\S+ \S*wx", product.read("/proc/1/maps"), re.M)
    status = product.read("/proc/1/status")
    measured("PID 1 " + ", ".join(re.sub(r"\s+", " ", line) for line in
                                  re.findall(r"^(?:VmRSS|RssAnon|VmData):.*$", status, re.M)))
    assert int(re.search(r"^VmRSS:\s+(\d+)", status, re.M)[1]) < 4096


def test_random_seed(product):
    """Kept on /data, for root only."""
    found = product.run("stat", "-c", "%a %u %h %s", f"{ROOT}/data/jailinit/random-seed").out.split()
    assert found[:3] == ["600", "0", "1"] and int(found[3]) >= 32


def test_malformed_control_messages(product):
    """Wrong sizes and kinds on the console's channel are dropped and counted; the next good one is answered."""
    for message in (b"", b"x", b"\0" * 7, struct.pack("<II", 1, 1), struct.pack("<II", 99, 1) + bytes(32),
                    struct.pack("<II", 2, 1) + b"A" * 32, b"\xff" * 4000):
        product.run("/bin/agent", "ctl", "raw", stdin=message, check=False)
    assert product.service("console").state == "running"


def test_option_skip_and_unknown_word(images, data, product_rows):
    """jailinit.skip=NAME leaves a row down; a word that is not understood is said, and changes nothing."""
    with Guest(images, "option-skip", data=None,
               append="jailinit.skip=lighttpd,redis jailinit.data=none jailinit.nonsense=1 jailinit.color=no") as guest:
        for name, row in product_rows.items():
            if name not in ("system", "lighttpd", "redis") and end_state(row) == "running":
                guest.wait_state(name, "running", timeout=60)
        for name in ("lighttpd", "redis"):
            assert guest.service(name).pid == 0 and guest.service(name).started == 0
        assert "jailinit.nonsense" in guest.console.text
        at_prompt = guest.console.raw.split("BusyBox")[0]
        assert "\x1b[3" not in at_prompt, "colours in spite of jailinit.color=no"
    assert data
