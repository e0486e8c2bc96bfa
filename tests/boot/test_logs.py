# SPDX-License-Identifier: MIT
"""Logs: nothing is lost when the log keeper dies, and a chatty service slows nobody."""

import re
import time

import pytest

from guest import AGENT, Guest

KILLS, LAST_LINE = 4, "line 00002999"


@pytest.fixture(scope="module")
def machine(images, data, rows_options):
    with Guest(images, "logs", data=data, **rows_options) as guest:
        for name in ("jail-logd", "console"):
            guest.wait_state(name, "running", timeout=60)
        yield guest


def latency(machine, count=20):
    return sorted(int(line) for line in machine.run(AGENT, "latency", str(count), timeout=60).out.split())


def test_log_keeper_killed_under_load(machine):
    """3,000 numbered lines while the log keeper is killed four times: each line is there, once and in order."""
    machine.ctl("start", "counter")
    machine.wait_state("counter", "running")
    for _ in range(KILLS):
        pid = machine.wait_state("jail-logd", "running", timeout=40).pid
        time.sleep(0.3)
        machine.run("kill", "-9", str(pid))
        machine.wait_for(lambda pid=pid: machine.service("jail-logd").pid != pid, "the log keeper is another", 40)
    machine.wait_state("jail-logd", "running", timeout=40)
    assert LAST_LINE not in machine.jailctl("logs", "counter").out, "the lines ended before the last kill"
    machine.wait_for(lambda: LAST_LINE in machine.jailctl("logs", "counter").out, "the last line", 90, 0.5)
    lines = [int(number) for number in re.findall(r"line (\d{8})$", machine.jailctl("logs", "counter").out, re.M)]
    assert lines == list(range(3000)), f"{len(lines)} lines, first gap after " \
        f"{next((a for a, b in zip(lines, lines[1:]) if b != a + 1), None)}"
    assert machine.service("counter").lost == 0
    machine.ctl("stop", "counter")


def test_chatty_service_is_bounded(machine):
    """LogRateMax= holds, what is dropped is counted, and the service itself is not held up by it."""
    machine.ctl("start", "chatty")
    machine.wait_state("chatty", "running")
    lost = machine.wait_for(lambda: machine.service("chatty").lost, "lost bytes are counted", 20)
    time.sleep(2)
    assert machine.service("chatty").lost > lost
    assert machine.service("chatty").state == "running"


def test_chatty_service_does_not_slow_pid1(machine, measured):
    """The time of a control request with a flood going on beside it, against the time without."""
    machine.ctl("start", "chatty")
    machine.wait_state("chatty", "running")
    with_flood = latency(machine)
    machine.ctl("stop", "chatty")
    machine.wait_state("chatty", "stopped")
    without = latency(machine)
    measured(f"PID 1 answers in {without[10]} us; with a flood of log lines in {with_flood[10]} us (medians)")
    assert with_flood[10] < 250000, f"PID 1 is slow under a flood: {with_flood} us, without {without} us"


def test_log_is_there_after_the_end(machine):
    """A failed service's last words are still there."""
    machine.ctl("start", "stubborn")
    machine.wait_state("stubborn", "running")
    machine.wait_for(lambda: "SIGTERM is ignored" in machine.jailctl("logs", "stubborn").out, "its line")
    machine.ctl("stop", "stubborn")
    machine.wait_state("stubborn", "stopped", timeout=10)
    assert "SIGTERM is ignored" in machine.jailctl("logs", "stubborn").out


def test_stderr_is_kept_as_well(machine):
    """Standard output and error are one log; /dev/stdout can be opened by its own name."""
    pid = machine.service("peer").pid
    machine.run("sh", "-c", f"echo by-error > /proc/{pid}/fd/2")
    machine.wait_for(lambda: "by-error" in machine.jailctl("logs", "peer").out, "the line on stderr")
