# SPDX-License-Identifier: MIT
"""The product as it is: every daemon really does its work, and is back after it was killed."""

import contextlib
import os
import re
import socket
import struct
import subprocess
import time
import urllib.request

import pytest

import ntp
from conftest import end_state
from guest import AGENT, CGROUPS, ROOT

NTP_PORT = 10123    # board/qemu-x86_64/rootfs/etc/chrony/sources.conf
DAEMONS = ("lighttpd", "mosquitto", "dnsmasq", "chrony", "dropbear", "redis", "rtc", "rtc-web")


def http_get(port, path="/"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.status, answer.read().decode()


def dns_a(port, name):
    """The A records of a name (RFC 1035), asked for by a packet of our own."""
    query = struct.pack("!6H", 0x1234, 0x0100, 1, 0, 0, 0)
    query += b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0" + struct.pack("!2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(query, ("127.0.0.1", port))
        answer = client.recv(512)
    assert answer[:2] == query[:2], "the answer is not to this query"
    code, count = answer[3] & 15, struct.unpack("!H", answer[6:8])[0]
    found, at = [], len(query)
    for _ in range(count):
        kind, _, _, length = struct.unpack("!2HIH", answer[at + 2:at + 12])
        if kind == 1:
            found.append(socket.inet_ntoa(answer[at + 12:at + 16]))
        at += 12 + length
    return code, found


def redis_ask(port, *words):
    """One command in redis' own protocol; the first line of the answer, or the string."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in words))
        answer = client.makefile("rb")
        line = answer.readline().decode().strip()
        return answer.readline().decode().strip() if line.startswith("$") and line != "$-1" else line


def ssh(guest, keys, key, command, *options):
    """Log in with a key and run a command. Standard input stays open: its end would close a terminal at once."""
    argv = ["ssh", "-p", str(guest.port(2222)), "-i", f"{keys}/{key}", "-F", "/dev/null", *options]
    for option in ("IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
                   "LogLevel=ERROR", "PreferredAuthentications=publickey"):
        argv += ["-o", option]
    reader, writer = os.pipe()
    try:
        return subprocess.run([*argv, "dropbear@127.0.0.1", command], capture_output=True, text=True, timeout=40,
                              stdin=reader, check=False)
    finally:
        os.close(reader)
        os.close(writer)


def mqtt_round_trip(port, topic="test/boot", text="forty-two"):
    """What mosquitto_sub got of what mosquitto_pub sent."""
    client = ["-h", "127.0.0.1", "-p", str(port), "-t", topic]
    # Retained: it does not matter who is first. Twice: the second comes as a message to one who listens.
    subprocess.run(["mosquitto_pub", *client, "-m", text, "-r"], check=True, timeout=20, capture_output=True)
    with subprocess.Popen(["mosquitto_sub", *client, "-C", "2", "-W", "20"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as subscriber:
        first = subscriber.stdout.readline().strip()
        subprocess.run(["mosquitto_pub", *client, "-m", text], check=False, timeout=20, capture_output=True)
        second = subscriber.communicate(timeout=30)[0].strip()
    return first if first == second else f"{first}, then {second}"


@contextlib.contextmanager
def time_source():
    """A server at the port that the image names; one of another machine on this host is as good."""
    try:
        server = ntp.serve(NTP_PORT)
    except OSError:
        server = None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.sendto(bytes([0x23]) + bytes(47), ("127.0.0.1", NTP_PORT))
            assert len(client.recv(512)) >= 48, f"port {NTP_PORT} of 127.0.0.1 is taken, and not by a time source"
    yield
    if server:
        # Ends the thread that waits in it.
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def works(guest, name):
    """True once the daemon does its work; raises or returns False before."""
    if name == "lighttpd":
        return http_get(guest.port(80))[0] == 200
    if name == "rtc-web":
        return re.search(r"\d\d:\d\d:\d\d", http_get(guest.port(8080))[1])
    if name == "rtc":
        return works(guest, "rtc-web")
    if name == "mosquitto":
        return mqtt_round_trip(guest.port(1883)) == "forty-two"
    if name == "dnsmasq":
        return dns_a(guest.port(53, "udp"), "gateway.lan")[1] == ["10.0.2.15"]
    if name == "redis":
        return redis_ask(guest.port(6379), "PING") == "+PONG"
    if name == "dropbear":
        with socket.create_connection(("127.0.0.1", guest.port(2222)), timeout=10) as client:
            client.settimeout(10)
            return client.recv(8).startswith(b"SSH-2.0-")
    return guest.service(name).state == "running"


def wait_works(guest, name, timeout=30):
    def does():
        try:
            return works(guest, name)
        except (OSError, subprocess.SubprocessError):
            return False
    guest.wait_for(does, f"{name} does its work", timeout, 0.2)


def test_reaches_all_services(product, product_rows):
    """Every row comes to the state that it is meant for, at its first start."""
    services = product.services()
    assert set(services) == set(product_rows) - {"system"}
    for name, row in product_rows.items():
        if name != "system":
            assert services[name].state == end_state(row) or row.get_one("Duty").startswith("data-"), services[name]
            assert services[name].restarts == 0, services[name]
            assert services[name].errno == 0, services[name]
    assert {*DAEMONS, "jail-logd", "console"} <= set(services)


def test_boot_report_is_on_the_console(product, product_rows):
    """A line per service: its name and state. The shell on the console comes after the report, so as not to be in it."""
    text = product.console.expect(r"\A.*all services are up", 30)[0]
    for name, row in product_rows.items():
        if name != "system" and not row.get_one("Duty").startswith("data-"):
            state = "waiting|running" if row.get_one("TTYPath") else "running"
            assert re.search(rf"^ *{name} +({state})\b", text, re.M), f"no line about {name} in the boot report:\n{text}"


def test_time_to_all_services(product, measured):
    """From PID 1's exec to the exec of the last service; printed, and no slower than a slow machine may be."""
    services = [service for service in product.services().values() if service.state == "running"]
    # Fields 22 of /proc/1/stat: start of PID 1 in clock ticks; its exec of /init follows at once.
    ticks = int(product.read("/proc/1/stat").rsplit(")", 1)[1].split()[19])
    last = max(service.started for service in services)
    measured(f"from PID 1 to all {len(services)} services exec'd: {last - ticks * 10} ms, {last} ms after power on")
    assert last - ticks * 10 < 60000


def test_lighttpd_serves_its_page(product):
    wait_works(product, "lighttpd")
    status, page = http_get(product.port(80))
    assert status == 200 and "<html" in page.lower()


def test_mosquitto_publish_subscribe(product):
    wait_works(product, "mosquitto")
    assert mqtt_round_trip(product.port(1883), "boot/round-trip", "there and back") == "there and back"


def test_dnsmasq_answers(product):
    wait_works(product, "dnsmasq")
    assert dns_a(product.port(53, "udp"), "gateway.lan") == (0, ["10.0.2.15"])
    assert dns_a(product.port(53, "udp"), "host.lan") == (0, ["10.0.2.2"])
    code, found = dns_a(product.port(53, "udp"), "nobody.lan")
    assert code == 3 and not found


def test_redis_over_tcp_and_unix_socket(product):
    """Set over one, get over the other; the socket is reached as a peer would: through its RuntimeDirectory."""
    wait_works(product, "redis")
    assert redis_ask(product.port(6379), "SET", "boot", "there") == "+OK"
    path = f"{ROOT}/run/services/redis/redis.sock"
    answer = product.run(AGENT, "unix", path, stdin=b"GET boot\r\nQUIT\r\n").out
    assert answer == "$5\r\nthere\r\n+OK\r\n"


def test_dropbear_key_login(product, keys):
    """A key that is on /data logs in, into the jail."""
    wait_works(product, "dropbear")
    done = ssh(product, keys, "good", "id -u; cat /etc/hostname 2>/dev/null; ls /; exit 5")
    assert done.returncode == 5, done
    row_uid = str(product.service("dropbear").uid)
    assert done.stdout.split()[0] == row_uid
    assert "sys" not in done.stdout.split(), "a login sees /sys"


def test_dropbear_wrong_key_is_refused(product, keys):
    wait_works(product, "dropbear")
    done = ssh(product, keys, "bad", "id")
    assert done.returncode == 255 and "Permission denied" in done.stderr, done
    assert "uid=" not in done.stdout


def test_dropbear_terminal(product, keys):
    """A login with a terminal gets one of the jail's own."""
    wait_works(product, "dropbear")
    done = ssh(product, keys, "good", "readlink /proc/self/fd/0", "-tt")
    assert done.stdout.strip() == "/dev/pts/0", done


def test_rtc_web_shows_the_devices_time(product):
    """The page of the half without device and without file is what the device says."""
    wait_works(product, "rtc-web")
    page = http_get(product.port(8080))[1]
    device = int(product.read("/sys/class/rtc/rtc0/since_epoch"))
    found = re.search(r"(\w{3}) (\w{3}) +(\d+) (\d\d):(\d\d):(\d\d) (\d{4})", page)
    assert found, page
    shown = time.strptime(" ".join(found.groups()), "%a %b %d %H %M %S %Y")
    assert abs(time.mktime(shown) - time.timezone - device) < 60, (page, device)


def test_rtc_web_cannot_reach_the_device(product):
    """No node, no network but an lo of its own, and the socket's directory is read-only."""
    pid = product.service("rtc-web").pid
    root = f"/proc/{pid}/root"
    assert not product.exists(f"{root}/dev/rtc0")
    assert product.exists(f"/proc/{product.service('rtc').pid}/root/dev/rtc0")
    interfaces = product.read(f"/proc/{pid}/net/dev").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]
    before = product.run("ls", "-la", f"{ROOT}/run/services/rtc").out
    for attempt in ("rm -f /run/rtc/rtc.sock", ": > /run/rtc/planted", "mv /run/rtc/rtc.sock /run/rtc/gone"):
        # All privileges of root do not help: it is the mount that is read-only.
        done = product.run("sh", "-c", attempt, pid=pid, check=False)
        assert done.status != 0 and "ead-only file system" in done.err, done
    assert product.run("ls", "-la", f"{ROOT}/run/services/rtc").out == before


def test_chrony_corrects_the_clock(product, images):
    """With a time source at hand the clock, put wrong by an hour, is right again; chrony alone may do this."""
    with time_source():
        product.wait_state("chrony", "running")
        product.run("date", "-s", f"@{int(time.time()) - 3600}")
        product.ctl("restart", "chrony")

        def is_right():
            return abs(int(product.run("date", "+%s").out) - time.time()) < 5
        product.wait_for(is_right, "the clock is right again", 180, 1)
    able = {name for name, service in product.services().items() if service.pid and
            int(re.search(r"^CapEff:\s*(\w+)", product.read(f"/proc/{service.pid}/status"), re.M)[1], 16) >> 25 & 1}
    assert able == {"chrony"}, f"CAP_SYS_TIME: {able}"


@pytest.mark.parametrize("name", [*DAEMONS, "jail-logd", "console"])
def test_killed_and_back(product, name):
    """kill -9 of the service: it is back with another pid and works again, and nobody else was touched."""
    before = product.services()
    pid = product.wait_state(name, "running").pid
    product.run("kill", "-9", str(pid))

    def is_back():
        now = product.service(name)
        return now.state == "running" and now.pid not in (0, pid)
    product.wait_for(is_back, f"{name} is back", 20)
    wait_works(product, name)
    after = product.services()
    assert after[name].restarts == before[name].restarts + 1
    for other in before:
        if other != name:
            assert after[other].pid == before[other].pid, f"{other} was touched: {before[other]} {after[other]}"


def test_killed_launcher(product):
    """kill -9 of a launcher ends its jail, and the service is back in a new one."""
    before = product.service("lighttpd")
    product.run("kill", "-9", str(before.launcher))

    def is_back():
        now = product.service("lighttpd")
        return now.state == "running" and now.pid != before.pid and now.launcher != before.launcher
    product.wait_for(is_back, "lighttpd is back", 20)
    assert not product.exists(f"/proc/{before.pid}")
    wait_works(product, "lighttpd")


def test_nothing_of_ours_is_left(product):
    """The initramfs is empty, PID 1's root is read-only, and there is one launcher per running service."""
    assert product.run("test", "-e", f"{ROOT}/init", check=False).status != 0
    mounts = product.read("/proc/1/mountinfo").splitlines()
    root = [line for line in mounts if line.split()[4] == "/"]
    assert root and "ro" in root[-1].split()[5].split(","), root
    # kill -9 at the end of everything above left no cgroup with a stray process in it.
    for name, service in product.services().items():
        pids = set(product.pids(name)) if product.exists(f"{CGROUPS}/{name}") else set()
        assert service.pid == 0 or service.pid in pids


def test_pid1_sleeps_while_nothing_happens(product):
    """At rest PID 1 is woken by its watchdog and little else."""
    def wakeups():
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", product.read("/proc/1/status"), re.M)[1])
    before = wakeups()
    product.run("sleep", "3")
    assert wakeups() - before < 100
