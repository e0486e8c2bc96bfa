# SPDX-License-Identifier: MIT
"""Services that fail, hang or take too much: each is held to its row, and the others are not disturbed."""

import time

import pytest

from guest import AGENT, CGROUPS, Guest

QUIET = ("captive", "peer", "neighbour", "after-once", "jail-logd", "console")


@pytest.fixture(scope="module")
def machine(images, data, rows_options):
    with Guest(images, "supervision", data=data, **rows_options) as guest:
        for name in QUIET:
            guest.wait_state(name, "running", timeout=60)
        yield guest


@pytest.fixture(autouse=True)
def undisturbed(machine):
    """Whatever a test does, the well-behaved services keep their pids, and no process is left in a stopped one."""
    before = {name: service.pid for name, service in machine.services().items() if name in QUIET}
    yield
    after = {name: service.pid for name, service in machine.services().items() if name in QUIET}
    assert before == after, "another service was disturbed"


def exit_code(service):
    return service.wait >> 8 if service.wait & 127 == 0 else -(service.wait & 127)


def test_always_failing_is_backed_off(machine):
    """Each wait doubles up to the longest; the status says how it ended and when it is tried again."""
    def settled():
        service = machine.service("crash")
        return service.state == "backoff" and service.next - service.ended >= 1900 and service
    service = machine.wait_for(settled, "crash waits its longest", 30)
    assert exit_code(service) == 3
    assert service.next - service.ended <= 2100
    restarts = service.restarts
    time.sleep(4.5)
    assert 1 <= machine.service("crash").restarts - restarts <= 3


def test_stop_and_start_of_a_failing_service(machine):
    machine.ctl("stop", "crash")
    machine.wait_state("crash", "stopped")
    restarts = machine.service("crash").restarts
    time.sleep(2.5)
    assert machine.service("crash").restarts == restarts, "a stopped service was started again"
    machine.ctl("start", "crash")
    machine.wait_for(lambda: machine.service("crash").ended > 0 and machine.service("crash").state in
                     ("backoff", "starting", "running", "waiting"), "crash is tried again")
    machine.ctl("stop", "crash")


def test_death_by_signal_is_told(machine):
    machine.ctl("start", "aborts")
    service = machine.wait_state("aborts", "failed")
    assert service.wait & 127 == 6, service


def test_oneshot_and_what_comes_after(machine):
    assert machine.service("once").state == "done"
    assert machine.service("after-once").started >= machine.service("once").ended > 0


def test_requires_a_failed_one(machine):
    """Requires= of a oneshot that failed: it does not start, and the reason is the other's."""
    assert machine.service("once-fails").state == "failed"
    assert exit_code(machine.service("once-fails")) == 7
    service = machine.service("needs-failed")
    assert service.started == 0 and service.pid == 0 and service.state in ("waiting", "blocked", "failed"), service


def test_start_pre_fails(machine):
    """ExecStartPre= ends with 9: ExecStart= never runs, and the status says so."""
    machine.ctl("start", "pre-fails")
    service = machine.wait_state("pre-fails", "failed")
    assert service.errno != 0 and "pre" in service.step, service
    assert "9" in service.text, service


def test_stubborn_is_killed(machine):
    """SIGTERM is ignored: TimeoutStopSec= later the whole group is killed."""
    machine.ctl("start", "stubborn")
    machine.wait_state("stubborn", "running")
    time.sleep(0.5)
    begin = time.monotonic()
    machine.ctl("stop", "stubborn")
    service = machine.wait_state("stubborn", "stopped", timeout=10)
    took = time.monotonic() - begin
    assert 0.9 <= took < 5, f"stopped after {took:.1f} s"
    assert service.wait & 127 == 9


def test_memory_hog_is_stopped_inside_its_limit(machine):
    """The kernel kills the hog's group and nobody else's."""
    before = machine.read("/proc/vmstat")
    machine.ctl("start", "hog")
    service = machine.wait_state("hog", "failed", timeout=60)
    assert service.wait & 127 == 9, service
    events = dict(line.split() for line in machine.read(f"{CGROUPS}/hog/memory.events").splitlines())
    assert int(events["oom_kill"]) >= 1 or int(events["oom_group_kill"]) >= 1
    assert before


def test_fork_bomb_is_stopped_inside_its_limit(machine):
    """No more processes than TasksMax=; PID 1 goes on answering; stop ends all of them."""
    machine.ctl("start", "fork-bomb")
    machine.wait_state("fork-bomb", "running")
    machine.wait_for(lambda: int(machine.read(f"{CGROUPS}/fork-bomb/pids.current")) >= 16, "the bomb is at its limit")
    assert int(machine.read(f"{CGROUPS}/fork-bomb/pids.current")) <= int(machine.read(f"{CGROUPS}/fork-bomb/pids.max"))
    events = dict(line.split() for line in machine.read(f"{CGROUPS}/fork-bomb/pids.events").splitlines())
    assert int(events["max"]) > 0
    times = [int(line) for line in machine.run(AGENT, "latency", "10", timeout=60).out.split()]
    assert sorted(times)[5] < 1000000, f"PID 1 needs {times} us to answer"
    machine.ctl("stop", "fork-bomb")
    machine.wait_state("fork-bomb", "stopped", timeout=20)
    assert machine.pids("fork-bomb") == []


def test_restart_while_running(machine):
    machine.ctl("start", "stubborn")
    first = machine.wait_state("stubborn", "running").pid
    machine.ctl("restart", "stubborn")
    machine.wait_for(lambda: machine.service("stubborn").state == "running" and
                     machine.service("stubborn").pid not in (0, first), "stubborn runs again", 10)
    machine.ctl("stop", "stubborn")
    machine.wait_state("stubborn", "stopped", timeout=10)


def test_unknown_names_and_verbs_are_refused(machine):
    for name in ("nobody", "", "../captive", "captive "):
        done = machine.ctl("status", name, check=False)[1] if name else None
        assert done is None or done.errno != 0, name


def test_pid1_does_not_grow_over_1000_restarts(machine, measured):
    """The same memory, files and mounts after 1,000 restarts of a service as before."""
    def facts():
        status = dict(line.split(":\t", 1) for line in machine.read("/proc/1/status").splitlines() if ":\t" in line)
        return {"rss": int(status["VmRSS"].split()[0]), "data": int(status["VmData"].split()[0]),
                "fds": len(machine.run("ls", "/proc/1/fd", check=False).out.split()),
                "mounts": len(machine.read("/proc/1/mountinfo").splitlines()),
                "groups": len(machine.run("find", CGROUPS, "-type", "d").out.split())}

    def settled():
        """The same twice in a row: nothing is being started or cleaned up at the moment."""
        first = facts()
        time.sleep(0.3)
        return first if facts() == first else None

    def restarts():
        return machine.service("quick").restarts
    # The only other row that starts anything by itself.
    machine.ctl("stop", "crash")
    machine.ctl("start", "quick")
    machine.wait_for(lambda: restarts() >= 50, "50 restarts", 60)
    machine.ctl("stop", "quick")
    machine.wait_state("quick", "stopped")
    before, base = machine.wait_for(settled, "PID 1 is at rest"), restarts()
    begin = time.monotonic()
    machine.ctl("start", "quick")
    machine.wait_for(lambda: restarts() >= base + 1000, "1,000 restarts", 600, 2)
    took = time.monotonic() - begin
    machine.ctl("stop", "quick")
    machine.wait_state("quick", "stopped")
    after = machine.wait_for(settled, "PID 1 is at rest")
    measured(f"1,000 restarts in {took:.1f} s; PID 1 before and after: {after}")
    assert after == before
    zombies = [line for line in machine.run("ps", "-o", "stat,comm").out.splitlines() if line.startswith("Z")]
    assert not zombies, zombies
