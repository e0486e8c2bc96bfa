# SPDX-License-Identifier: MIT
"""/data: formatted when blank, never overwritten, checked, kept over reboots, and not needed to run."""

import hashlib
import re
import shutil
import subprocess

import pytest

import data as data_image
from guest import AGENT, ROOT, Guest

VOLATILE = ("chrony", "mosquitto", "dropbear", "redis")


def is_clean(path):
    """e2fsck of the image on the host: nothing to mend, and cleanly unmounted."""
    done = subprocess.run(["e2fsck", "-f", "-n", path], capture_output=True, text=True, check=False)
    state = subprocess.run(["dumpe2fs", "-h", path], capture_output=True, text=True, check=True).stdout
    return done.returncode == 0 and re.search(r"Filesystem state:\s+clean", state) and \
        "needs_recovery" not in state, done.stdout + state


def data_mount(guest):
    for line in guest.read("/proc/1/mountinfo").splitlines():
        words = line.split()
        if words[4] == "/data":
            return words[5].split(",") + words[words.index("-") + 1:]
    return None


def redis(guest, *commands):
    """Commands over redis' unix socket, once it is there; the answers in one line."""
    request = "".join(f"{command}\r\n" for command in (*commands, "QUIT")).encode()

    def answer():
        done = guest.run(AGENT, "unix", f"{ROOT}/run/services/redis/redis.sock", stdin=request, check=False)
        return done.status == 0 and done.out
    return guest.wait_for(answer, "redis answers").removesuffix("+OK\r\n").replace("\r\n", " ").strip()


@pytest.fixture(name="blank")
def blank_disk(tmp_path):
    path = str(tmp_path / "data.img")
    data_image.make_blank(path, 64)
    return path


def test_blank_disk_is_formatted_and_kept(images, blank):
    """First boot of a blank disk: ext4, mounted tightly; orderly down; what was written is there after the next boot."""
    with Guest(images, "data-blank", data=blank) as guest:
        guest.wait_state("redis", "running", timeout=90)
        options = data_mount(guest)
        assert options and {"nosuid", "nodev", "noexec", "ext4"} <= set(options), options
        assert guest.service("redis").degraded == 0
        assert redis(guest, "SET kept yes", "SAVE") == "+OK +OK"
        stat = guest.run("stat", "-c", "%a %u", f"{ROOT}/data/services/redis").out.split()
        assert stat == ["700", str(guest.service("redis").uid)]
        assert guest.run("stat", "-c", "%a %u %s", f"{ROOT}/data/jailinit/random-seed").out.split()[:2] == ["600", "0"]
        seed = guest.run("sha256sum", f"{ROOT}/data/jailinit/random-seed").out.split()[0]
        guest.ctl("poweroff")
        guest.wait_exit()
    clean, why = is_clean(blank)
    assert clean, why
    with Guest(images, "data-kept", data=blank) as guest:
        guest.wait_state("redis", "running", timeout=90)
        assert "formatt" not in "".join(line for line in guest.console.text.splitlines() if "data-format" in line)
        assert redis(guest, "GET kept") == "$3 yes"
        assert guest.run("sha256sum", f"{ROOT}/data/jailinit/random-seed").out.split()[0] != seed, \
            "a seed must not be used twice"


FOREIGN = {"text": b"somebody's data", "late": b"\0" * 65000 + b"late",
           "vfat": b"\xeb\x3c\x90mkfs.fat" + b"\0" * 499 + b"\x55\xaa"}


@pytest.mark.parametrize("what", FOREIGN)
def test_foreign_content_is_never_overwritten(images, blank, what):
    """Anything but zeros in the first 64 KiB: not one byte of the disk changes, and the appliance runs without."""
    with open(blank, "r+b") as file:
        file.write(FOREIGN[what])
    before = hashlib.sha256(open(blank, "rb").read()).hexdigest()
    with Guest(images, f"data-foreign-{what}", data=blank) as guest:
        guest.wait_state("lighttpd", "running", timeout=90)
        guest.wait_state("redis", "running", timeout=90)
        assert data_mount(guest) is None
        assert guest.service("redis").degraded == 1
        assert re.search(r"/dev/vdb", guest.console.text), "the console does not say why there is no /data"
    assert hashlib.sha256(open(blank, "rb").read()).hexdigest() == before


def test_no_data_disk_at_all(images):
    """The appliance runs; what keeps its state in memory instead is shown as degraded."""
    with Guest(images, "data-none", data=None, append="jailinit.data=none") as guest:
        for name in (*VOLATILE, "lighttpd", "rtc-web"):
            guest.wait_state(name, "running", timeout=90)
        assert data_mount(guest) is None
        for name in VOLATILE:
            assert guest.service(name).degraded == 1, name
        assert "degraded" in guest.jailctl("list").out or "degraded" in guest.jailctl("status", "redis").out


def test_damaged_file_system_is_mended(images, data_template, tmp_path):
    """A file system with errors is checked before it is mounted, in a jail that sees only this device."""
    path = str(tmp_path / "data.img")
    shutil.copyfile(data_template, path)
    # Wrong free counts and an error flag, as after a power cut at a bad moment.
    subprocess.run(["debugfs", "-w", "-R", "ssv free_blocks_count 3", path], check=True, capture_output=True)
    subprocess.run(["debugfs", "-w", "-R", "ssv state 2", path], check=True, capture_output=True)
    with Guest(images, "data-damaged", data=path) as guest:
        guest.wait_state("redis", "running", timeout=90)
        assert data_mount(guest) is not None
        assert guest.service("data-check").ended > 0
        guest.ctl("poweroff")
        guest.wait_exit()
    clean, why = is_clean(path)
    assert clean, why


def test_planted_link_is_not_followed(images, data_template, tmp_path):
    """A StateDirectory that is a symbolic link on /data: the service does not start, and says where it stands."""
    path = str(tmp_path / "data.img")
    shutil.copyfile(data_template, path)
    subprocess.run(["debugfs", "-w", "-R", "symlink /services/redis /jailinit", path], check=True, capture_output=True)
    with Guest(images, "data-planted", data=path) as guest:
        guest.wait_state("lighttpd", "running", timeout=90)
        service = guest.wait_for(lambda: (found := guest.service("redis")).errno and found, "redis fails to start", 60)
        assert service.step == "state directory" and "redis" in service.text, service
        assert service.pid == 0


def test_power_cut(images, data, tmp_path):
    """QEMU killed while a service writes: the next boot mends it and comes up."""
    path = str(tmp_path / "cut.img")
    shutil.copyfile(data, path)
    with Guest(images, "data-cut", data=path) as guest:
        guest.wait_state("redis", "running", timeout=90)
        guest.sh(f"dd if=/dev/urandom of={ROOT}/data/services/redis/junk bs=64k count=64 2>/dev/null")
    with Guest(images, "data-after-cut", data=path) as guest:
        guest.wait_state("redis", "running", timeout=90)
        assert data_mount(guest) is not None and guest.service("redis").degraded == 0
