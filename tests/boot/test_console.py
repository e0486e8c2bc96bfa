# SPDX-License-Identifier: MIT
"""The machine steered by typing at its serial console, as a person would: the console row and its jailctl."""

import re

import pytest

from guest import Guest


@pytest.fixture(scope="module")
def machine(images, data, product_rows):
    with Guest(images, "console", data=data) as guest:
        guest.wait_all({name: "running" for name in ("console", "lighttpd", "redis", "jail-logd", "mosquitto")})
        guest.wait_state("console", "running")
        # The shell is there once it answers.
        guest.console.type("")
        guest.console.command("true")
        yield guest


def typed(machine, line, status=0):
    out, found = machine.console.command(line)
    assert found == status, f"{line}: status {found}, wanted {status}:\n{out}"
    return out


def test_list(machine, product_rows):
    """A line per row, with its state."""
    out = typed(machine, "jailctl list")
    for name in product_rows:
        if name != "system":
            assert re.search(rf"^.*\b{name}\b", out, re.M), f"no line about {name}:\n{out}"
    assert re.search(r"^.*\blighttpd\b.*\brunning\b", out, re.M), out


def test_status(machine):
    out = typed(machine, "jailctl status lighttpd")
    assert "running" in out and str(machine.service("lighttpd").pid) in out


def test_stop_start_restart(machine):
    typed(machine, "jailctl stop lighttpd")
    machine.wait_state("lighttpd", "stopped")
    # Like a service manager's status: another exit status for what does not run.
    assert "stopped" in typed(machine, "jailctl status lighttpd", 3)
    typed(machine, "jailctl start lighttpd")
    pid = machine.wait_state("lighttpd", "running").pid
    typed(machine, "jailctl restart lighttpd")
    machine.wait_for(lambda: machine.service("lighttpd").state == "running" and machine.service("lighttpd").pid != pid,
                     "lighttpd runs again")


def test_logs(machine):
    out = typed(machine, "jailctl logs redis")
    assert "Ready to accept connections" in out, out


def test_inspect(machine):
    """The row as PID 1 holds it."""
    out = typed(machine, "jailctl inspect redis")
    assert "ExecStart=/usr/bin/redis-server /etc/redis/redis.conf" in out and "MemoryMax=48M" in out, out


def test_unknown_service(machine):
    out, status = machine.console.command("jailctl status nobody")
    assert status != 0 and "nobody" in out, out


def test_shell_is_jailed(machine):
    """No uid 0, no device of the machine, no network, no way to reboot by itself."""
    assert typed(machine, "id -u").strip() == str(machine.service("console").uid)
    out, status = machine.console.command("reboot -f")
    assert status != 0, out
    out, status = machine.console.command("cat /sys/kernel/notes /dev/vda")
    assert status != 0
    assert typed(machine, "ls -A /sys 2>/dev/null | wc -l").strip() == "0"


def test_exit_gives_a_fresh_shell(machine):
    before = machine.service("console")
    at = machine.console.type("exit")
    machine.wait_for(lambda: machine.service("console").pid not in (0, before.pid) and
                     machine.service("console").state == "running", "a fresh shell")
    machine.console.expect(r"built-in shell.*\$ ", since=at)
    assert typed(machine, "echo fresh").strip() == "fresh"
    # The control channel of the fresh shell works as well.
    assert "running" in typed(machine, "jailctl status console")


def test_nobody_else_has_a_control_channel(machine):
    """jailctl is in the console's jail only, and so is the descriptor."""
    for name, service in machine.services().items():
        if service.pid and name != "console":
            assert not machine.exists(f"/proc/{service.pid}/root/run/jailinit/jailctl"), name
            assert "JAILINIT_CONTROL_FD" not in machine.read(f"/proc/{service.pid}/environ"), name


def test_log_of_a_jail_has_no_control_bytes(machine):
    """What a service prints cannot steer the terminal on which it is shown."""
    pid = machine.service("dropbear").pid
    machine.run("sh", "-c", f"printf 'evil \\033[2Jline\\n' > /proc/{pid}/fd/2")
    out = machine.wait_for(lambda: "evil" in (text := machine.jailctl("logs", "dropbear").out) and text, "the line")
    assert "\x1b" not in out


def test_poweroff_typed(machine):
    """The last one: the machine goes down in order, because somebody typed it."""
    machine.console.type("jailctl poweroff")
    assert machine.wait_exit() == 0
    assert "Kernel panic" not in machine.console.text
