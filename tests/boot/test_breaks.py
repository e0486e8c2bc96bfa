# SPDX-License-Identifier: MIT
"""Fail closed: what a step of the launch needs is taken away, and the service does not start; its status says which
step, which errno and which path. (Every step is broken in the launcher's own test on the build host as well.)"""

import shutil

import pytest

from guest import AGENT, ROOT, Guest

VIEW = "/firmware/views/breakable"
# Mount points of a view in the order in which the launcher fills them: one of them missing breaks its step.
PLACES = ("usr", "tmp", "run", "var", "dev", "proc")
LACKING = [("usr", "usr"), ("tmp", "writable"), ("run", "writable"), ("var", "writable"), ("dev", "dev"), ("proc", "proc")]


@pytest.fixture(scope="module")
def machine(images, data, rows_options):
    with Guest(images, "breaks", data=data, **rows_options) as guest:
        for name in ("peer", "jail-logd", "console"):
            guest.wait_state(name, "running", timeout=60)
        guest.wait_state("after-once", "running", timeout=60)
        yield guest


class Broken:
    """Operations in PID 1's mount namespace (agent fs), undone at the end."""

    def __init__(self, guest, do, undo):
        self.guest, self.do, self.undo = guest, do, undo

    def __enter__(self):
        self.guest.run(AGENT, "fs", *self.do, pid=1)

    def __exit__(self, *_):
        self.guest.run(AGENT, "fs", *self.undo, pid=1)


def assert_fails(machine, step, text, number=0, name="breakable"):
    """It does not start, nothing of it runs, and its status tells the step, the errno and the path."""
    machine.ctl("start", name)
    service = machine.wait_state(name, "failed")
    assert service.step == step, service
    assert text in service.text, service
    assert service.errno == number if number else service.errno > 0, service
    assert service.pid == 0 and machine.pids(name) == []
    assert step in machine.jailctl("status", name, check=False).out


def assert_starts(machine, name="breakable"):
    """The control run: with everything in its place it starts."""
    machine.ctl("start", name)
    machine.wait_state(name, "running")
    machine.ctl("stop", name)
    machine.wait_state(name, "stopped")


def test_control_run(machine):
    assert_starts(machine)


@pytest.mark.parametrize("place,step", LACKING)
def test_mount_point_is_missing(machine, place, step):
    there = [f"mkdir:{VIEW}/{name}" for name in PLACES if name != place]
    with Broken(machine, [f"tmpfs:{VIEW}", *there], [f"umount:{VIEW}"]):
        assert_fails(machine, step, place, 2)


def test_view_is_missing(machine):
    with Broken(machine, ["tmpfs:/firmware/views"], ["umount:/firmware/views"]):
        assert_fails(machine, "view", VIEW, 2)


def test_bind_target_is_missing(machine):
    with Broken(machine, [f"tmpfs:{VIEW}", *[f"mkdir:{VIEW}/{name}" for name in PLACES]], [f"umount:{VIEW}"]):
        assert_fails(machine, "bind paths", "/srv/www", 2)


def test_program_is_missing(machine):
    with Broken(machine, ["tmpfs:/firmware/usr"], ["umount:/firmware/usr"]):
        machine.ctl("start", "breakable")
        service = machine.wait_state("breakable", "failed")
        assert service.step in ("exec", "bind paths"), service


def test_staging_directory_is_missing(machine):
    with Broken(machine, ["rename:/run/jail:/run/jail-away"], ["rename:/run/jail-away:/run/jail"]):
        assert_fails(machine, "memory", "/run/jail", 2)


def test_state_directory_is_a_link(machine):
    path = "/data/services/breakable"
    with Broken(machine, [f"rename:{path}:{path}-away", f"symlink:/etc:{path}"], [f"unlink:{path}",
                                                                                  f"rename:{path}-away:{path}"]):
        assert_fails(machine, "state directory", path)


def test_state_directory_is_a_file(machine):
    path = "/data/services/breakable"
    with Broken(machine, [f"rename:{path}:{path}-away", f"file:{path}"], [f"unlink:{path}", f"rename:{path}-away:{path}"]):
        assert_fails(machine, "state directory", path)


def test_runtime_directory_is_a_file(machine):
    path = "/run/services/breakable"
    with Broken(machine, [f"rename:{path}:{path}-away", f"file:{path}"], [f"unlink:{path}", f"rename:{path}-away:{path}"]):
        assert_fails(machine, "runtime directory", path)


def test_peers_directory_is_a_link(machine):
    path = "/run/services/peer"
    with Broken(machine, [f"rename:{path}:{path}-away", f"symlink:/etc:{path}"], [f"unlink:{path}",
                                                                                  f"rename:{path}-away:{path}"]):
        assert_fails(machine, "socket from", path)


def test_device_is_missing(machine):
    with Broken(machine, ["rename:/dev/rtc0:/dev/rtc0-away"], ["rename:/dev/rtc0-away:/dev/rtc0"]):
        assert_fails(machine, "dev", "/dev/rtc0", 2)


@pytest.mark.parametrize("kind,steps", [("mnt", ("namespaces",)), ("ipc", ("namespaces",)), ("uts", ("namespaces",)),
                                        ("cgroup", ("namespaces",)), ("net", ("network begin", "namespaces", "network"))])
def test_namespace_cannot_be_made(machine, kind, steps):
    path = f"/proc/sys/user/max_{kind}_namespaces"
    before = machine.read(path)
    machine.write(path, "0\n")
    try:
        machine.ctl("start", "breakable")
        service = machine.wait_state("breakable", "failed")
        assert service.step in steps and service.errno == 28, service
    finally:
        machine.write(path, before)


def test_limit_cannot_be_set(machine):
    """LimitNOFILE= beyond what the kernel gives anybody."""
    before = machine.read("/proc/sys/fs/nr_open")
    machine.write("/proc/sys/fs/nr_open", "512\n")
    try:
        assert_fails(machine, "limits", "NOFILE", 1)
    finally:
        machine.write("/proc/sys/fs/nr_open", before)


def test_filter_is_missing(machine):
    """A row whose filter is not in the initramfs does not start at all."""
    service = machine.service("no-filter")
    assert service.pid == 0 and service.started == 0, service
    machine.ctl("start", "no-filter", check=False)
    service = machine.service("no-filter")
    assert service.pid == 0 and service.errno != 0 and "no-filter.bpf" in service.text, service


def test_nothing_is_left_behind(machine):
    """After all of this: no mount, no process, no file more than before a good start, and it still starts."""
    assert_starts(machine)
    mounts = [line.split()[4] for line in machine.read("/proc/1/mountinfo").splitlines()]
    assert not [target for target in mounts if target.startswith(("/run/jail", "/firmware/"))], mounts
    assert machine.run("ls", "-A", f"{ROOT}/run/jail").out == ""


def test_kernel_without_landlock(images, data_template, tmp_path, rows_options):
    """Landlock is a guard of rows with passed sockets, and of those with the machine's network: without it they do not
    start, others do."""
    disk = shutil.copyfile(data_template, tmp_path / "data.img")
    with Guest(images, "no-landlock", data=str(disk), append="lsm=yama", **rows_options) as guest:
        guest.wait_state("peer", "running", timeout=60)
        service = guest.wait_for(lambda: (found := guest.service("captive")).errno and found, "captive fails to start", 30)
        assert service.step == "landlock" and service.pid == 0, service
        networked = guest.wait_for(lambda: (found := guest.service("neighbour")).errno and found, "neighbour fails to start", 30)
        assert networked.step == "landlock" and networked.pid == 0, networked
