# SPDX-License-Identifier: MIT
"""Daemons that are off in the product, in an appliance of their own: each does its work, in the jail of its row."""

import re

import pytest

import dns
import table
from guest import AGENT, ROOT, Guest
from test_jails import (one_jail, one_row, test_dev, test_etc, test_etc_passwd,  # noqa: F401
                        test_filter_is_the_rows_own, test_identity, test_launcher, test_limits, test_mounts,
                        test_namespaces, test_no_sys, test_nothing_of_ours_below, test_open_files, test_privileges,
                        test_proc)
from test_product import http_get
from wire import OWN_MAC, Neighbour

DAEMONS = ("avahi", "nginx", "node-exporter", "unbound")
PORTS = [("tcp", port) for port in (5335, 8000, 9100)]
HERE, THERE = "192.168.77.1", "192.168.77.2"
FORGED = "192.0.2.66"


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", DAEMONS)


class ClosedGuest(Guest):
    """A machine that reaches nothing beneath it: what avahi and unbound send stays in QEMU. Forwarded TCP works."""

    def argv(self):
        argv = super().argv()
        network = [index for index, word in enumerate(argv) if word.startswith("user,id=net,")]
        assert len(network) == 1, f"not closed: {argv}"
        argv[network[0]] += ",restrict=on"
        return argv


@pytest.fixture(scope="module")
def product_rows(images):
    """What these daemons' table says; named as the product's, for the tests that come from test_jails."""
    with open(images.daemons_table, "rb") as file:
        return table.parse(file.read())


@pytest.fixture(scope="module")
def neighbour():
    with Neighbour("neighbour.local", THERE) as found:
        yield found


@pytest.fixture(scope="module")
def product(images, data, neighbour):
    with ClosedGuest(images, "daemons", firmware=images.daemons_firmware, appended=[images.agent, images.daemons],
                     data=data, ports=PORTS, devices=neighbour.devices()) as guest:
        guest.wait_all({name: "running" for name in (*DAEMONS, "jail-logd", "console")})
        yield guest


def metrics(guest):
    """Name with labels -> value."""
    lines = http_get(guest.port(9100), "/metrics")[1].splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def resolve(guest, name):
    """avahi's answer through its socket, which is what a service with SocketFrom=avahi sees."""
    request = f"RESOLVE-HOSTNAME-IPV4 {name}\n".encode()
    return guest.run(AGENT, "unix", f"{ROOT}/run/services/avahi-daemon/socket", stdin=request).out.split()


def works(guest, name):
    """True once the daemon does its work; raises or returns False before."""
    if name == "avahi":
        return resolve(guest, "jailinit.local")[:1] == ["+"]
    if name == "nginx":
        return http_get(guest.port(8000))[0] == 200
    if name == "node-exporter":
        return "node_uname_info" in http_get(guest.port(9100), "/metrics")[1]
    return dns.ask_tcp(guest.port(5335), "gateway.lan").code == 0


def wait_works(guest, name, timeout=30):
    def does():
        try:
            return works(guest, name)
        except (AssertionError, OSError):
            return False
    guest.wait_for(does, f"{name} does its work", timeout, 0.2)


def test_unbound_knows_its_zone(product):
    wait_works(product, "unbound")
    port = product.port(5335)
    assert ("host.lan", dns.A, "10.0.2.2") in dns.ask_tcp(port, "host.lan").records
    assert ("15.2.0.10.in-addr.arpa", dns.PTR, "gateway.lan") in \
        dns.ask_tcp(port, "15.2.0.10.in-addr.arpa", dns.PTR).records
    nobody = dns.ask_tcp(port, "nobody.lan")
    assert nobody.code == dns.NXDOMAIN and not [record for record in nobody.records if record[1] == dns.A]


def test_unbound_by_udp(product):
    wait_works(product, "unbound")
    found = product.run("nslookup", "-type=a", "-port=5335", "gateway.lan", "127.0.0.1").out
    assert "Address: 10.0.2.15" in found


def test_unbound_recursion_and_signatures(product, neighbour):
    """It goes out to the servers of the Internet, in whose place a forger sits: what is not signed is not believed.
    Control run: who asks for an unchecked answer gets the forged one, so it was the check that kept it back."""
    wait_works(product, "unbound")
    product.run("ifconfig", "eth1", HERE, "netmask", "255.255.255.0", "up")
    product.run("arp", "-s", THERE, OWN_MAC)
    product.run("ip", "route", "replace", "default", "via", THERE)
    neighbour.forged = FORGED
    port = product.port(5335)

    def ask(name, flags):
        """unbound drops a question on which it has been at work for 2 s (discard-timeout), and expects it again."""
        def answer():
            try:
                return dns.ask_tcp(port, name, flags=flags)
            except ConnectionError:
                return None
        return product.wait_for(answer, f"an answer about {name}", 40)
    checked = ask("www.example.org", dns.RECURSE)
    assert "www.example.org" in neighbour.asked
    assert checked.code == dns.SERVFAIL and not checked.records, (checked.code, checked.records)
    unchecked = ask("www.example.net", dns.RECURSE | dns.UNCHECKED)
    assert ("www.example.net", dns.A, FORGED) in unchecked.records, (unchecked.code, unchecked.records)


def test_nginx_serves_its_page(product):
    """It has no network, only the socket; its master and its worker are all that runs."""
    wait_works(product, "nginx")
    status, page = http_get(product.port(8000))
    assert status == 200 and "<html" in page.lower()
    pid = product.service("nginx").pid
    interfaces = product.read(f"/proc/{pid}/net/dev").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]
    titles = [product.read(f"/proc/{pid}/cmdline").replace("\0", " ") for pid in product.pids("nginx")]
    assert sorted(re.findall(r"nginx: (\w+) process", " ".join(titles))) == ["master", "worker"], titles


def test_node_exporter_tells_what_it_can_see(product):
    """Each of its collectors succeeds: how full /data is, the clock, the kernel, and what was put there for it."""
    wait_works(product, "node-exporter")
    product.write(f"{ROOT}/data/services/node-exporter/boot.prom", "boot_test_answer 42\n")
    found = metrics(product)
    success = {name: value for name, value in found.items() if name.startswith("node_scrape_collector_success")}
    collectors = {re.search(r'collector="(\w+)"', name)[1] for name in success}
    assert collectors == {"filesystem", "textfile", "timex", "uname"}
    assert set(success.values()) == {1}, success
    assert found["boot_test_answer"] == 42
    size = next(value for name, value in found.items() if name.startswith("node_filesystem_size_bytes"))
    assert 32 << 20 < size < 64 << 20
    assert "node_timex_sync_status" in found


def test_node_exporter_cannot_look_around(product):
    """Its row says what it cannot see: nothing of the machine's other processes, memory or interfaces."""
    pid = product.service("node-exporter").pid
    for path in ("/proc/stat", "/proc/meminfo", "/proc/loadavg", "/proc/diskstats", "/sys/class"):
        assert not product.exists(f"/proc/{pid}/root{path}"), path
    assert not [name for name in metrics(product) if re.match("node_(cpu|memory|load|network|disk)", name)]


def test_avahi_publishes(product, neighbour):
    """An interface that comes up later: whoever is on the cable finds the machine and its web page."""
    wait_works(product, "avahi")
    product.run("ifconfig", "eth1", HERE, "netmask", "255.255.255.0", "up")
    assert HERE in neighbour.find("jailinit.local", dns.A)
    assert neighbour.find("_http._tcp.local", dns.PTR)[0] == "jailinit._http._tcp.local"
    assert neighbour.find("jailinit._http._tcp.local", dns.SRV)[0] == (80, "jailinit.local")


def test_avahi_resolves(product, neighbour):
    """The name of somebody else, asked for on the cable, answered there, told to a program of this machine."""
    product.run("ifconfig", "eth1", HERE, "netmask", "255.255.255.0", "up")
    assert HERE in neighbour.find("jailinit.local", dns.A)
    answer = resolve(product, "neighbour.local")
    assert answer[0] == "+" and answer[-2:] == ["neighbour.local", THERE], answer
    assert "neighbour.local" in neighbour.asked


def test_killed_and_back(product, name):
    """kill -9: it is back in a new jail and works; what the last run left behind does not stop it."""
    before = product.services()
    product.run("kill", "-9", str(before[name].pid))

    def is_back():
        now = product.service(name)
        return now.state == "running" and now.pid not in (0, before[name].pid)
    product.wait_for(is_back, f"{name} is back", 20)
    wait_works(product, name)
    after = product.services()
    assert after[name].restarts == before[name].restarts + 1
    assert all(after[other].pid == before[other].pid for other in before if other != name)
