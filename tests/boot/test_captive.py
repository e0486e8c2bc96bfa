# SPDX-License-Identifier: MIT
"""What a service can do that an attacker has taken over: attacks from inside a jail, each with its control run."""

import contextlib
import socket
import threading

import pytest

from captive import Captive
from guest import AGENT, CGROUPS, ROOT, Guest
from jail import Jail

PROBE = "/firmware/usr/libexec/jailtest/probe"
SYS = {"mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "ptrace": 101,
       "process_vm_readv": 310, "reboot": 169, "kexec_load": 246, "init_module": 175, "finit_module": 313, "bpf": 321,
       "perf_event_open": 298, "userfaultfd": 323, "fanotify_init": 300, "io_uring_setup": 425, "keyctl": 250,
       "add_key": 248, "request_key": 249, "open_by_handle_at": 304, "name_to_handle_at": 303, "acct": 163,
       "swapon": 167, "quotactl": 179, "iopl": 172, "ioperm": 173, "settimeofday": 164, "clock_settime": 227,
       "adjtimex": 159, "sethostname": 170, "setdomainname": 171, "fsopen": 430, "fsmount": 432, "move_mount": 429,
       "open_tree": 428, "mount_setattr": 442, "mknod": 133, "syslog": 103, "lookup_dcookie": 212, "kcmp": 312,
       "personality": 135, "setuid": 105, "setgid": 106, "setgroups": 116, "vhangup": 153, "pidfd_getfd": 438}


@pytest.fixture(scope="module")
def machine(images, data, rows_options):
    with Guest(images, "captive", data=data, **rows_options) as guest:
        for name in ("captive", "peer", "neighbour"):
            guest.wait_state(name, "running", timeout=60)
        yield guest


@pytest.fixture(name="captive")
def connection(machine):
    with Captive(machine, 9001) as captive:
        yield captive


class Target:
    """A server on the host's side of the uplink, counting what reaches it."""

    def __init__(self, kind):
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind(("127.0.0.1", 0))
        self.port, self.hits = self.socket.getsockname()[1], 0
        if kind == socket.SOCK_STREAM:
            self.socket.listen()
        threading.Thread(target=self.serve, args=(kind,), daemon=True).start()

    def serve(self, kind):
        while True:
            try:
                if kind == socket.SOCK_STREAM:
                    self.socket.accept()[0].close()
                else:
                    self.socket.recvfrom(100)
            except OSError:
                return
            self.hits += 1


@pytest.fixture(name="tcp_target")
def tcp():
    target = Target(socket.SOCK_STREAM)
    yield target
    target.socket.close()


@pytest.fixture(name="udp_target")
def udp():
    target = Target(socket.SOCK_DGRAM)
    yield target
    target.socket.close()


def test_serves_the_network_without_one(machine, captive):
    """It answers through the passed socket, and has no network interface but its own lo."""
    assert captive.allowed("env")
    pid = machine.service("captive").pid
    assert [line.split(":")[0].strip() for line in machine.read(f"/proc/{pid}/net/dev").splitlines()[2:]] == ["lo"]
    assert captive.denied("connect", "10.0.2.2", 80) in ("ENETUNREACH", "EPERM", "EACCES")


def test_environment(machine, captive):
    """What it was told: its own settings, the passed sockets and their names, and nothing of PID 1's environment."""
    found = dict(word.partition("=")[::2] for word in captive.allowed("env").split(" "))
    assert found["CAPTIVE"] == "yes"
    assert found["LISTEN_FDS"] == "2" and found["LISTEN_FDNAMES"] == "control:datagram"
    assert found["LISTEN_PID"] == Jail(machine, "captive").status()["NSpid"].split()[-1]
    assert not set(found) - {"CAPTIVE", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "PATH", "HOME", "USER", "LOGNAME",
                             "SHELL", "LANG", "STATE_DIRECTORY", "RUNTIME_DIRECTORY"}, found


def test_no_leaked_files(captive):
    """Standard streams and the two passed sockets; nothing else (the connection itself comes next)."""
    fds = dict(word.split("=", 1) for word in captive.allowed("fds").split(" "))
    assert set(fds) == {"0", "1", "2", "3", "4", "5"}, fds
    assert fds["0"] == "/dev/null"
    assert fds["1"].startswith("pipe:") and fds["3"].startswith("socket:") and fds["4"].startswith("socket:")


@contextlib.contextmanager
def without_cgroup_programs(machine):
    """The control run: what holds passed sockets hangs on the control group they were made in, which is PID 1's."""
    group = f"{CGROUPS}/../init"
    attached = machine.run(AGENT, "bpf", "list", group).out
    assert {"connect4", "connect6", "sendmsg4", "sendmsg6", "bind4", "bind6"} <= set(attached.split())
    machine.sh(f"rm -f /tmp/resume; {AGENT} bpf suspend {group} /tmp/resume >/dev/null 2>&1 &")
    machine.wait_for(lambda: not machine.run(AGENT, "bpf", "list", group).out, "the programs are detached")
    try:
        yield
    finally:
        machine.write("/tmp/resume", "")
        machine.wait_for(lambda: len(machine.run(AGENT, "bpf", "list", group).out.splitlines()) ==
                         len(attached.splitlines()), "the programs are attached again")


def test_attack_connect_through_the_passed_tcp_socket(machine, tcp_target):
    """shutdown() on the listening socket and connect() with it, which belongs to the machine's network."""
    with Captive(machine, 9001) as captive:
        assert captive.denied("tcp", "10.0.2.2", tcp_target.port) in ("EACCES", "EPERM")
        assert captive.denied("tcp", "127.0.0.1", 9002) in ("EACCES", "EPERM")
        assert tcp_target.hits == 0
        # Landlock alone refuses it as well.
        with without_cgroup_programs(machine):
            assert captive.denied("tcp", "10.0.2.2", tcp_target.port) in ("EACCES", "EPERM")
        assert tcp_target.hits == 0
    # The listener is dead now. PID 1 sees that before the next start and makes it anew.
    machine.ctl("restart", "captive")
    machine.wait_state("captive", "running")
    with Captive(machine, 9001) as again:
        assert again.allowed("env")
        assert again.denied("tcp", "10.0.2.2", tcp_target.port) in ("EACCES", "EPERM")
    machine.ctl("restart", "captive")
    machine.wait_state("captive", "running")


def test_attack_datagrams_through_the_passed_udp_socket(machine, captive, udp_target):
    """A datagram to anywhere; and, as the control run, the same once the control group's programs are taken away."""
    assert captive.denied("udp", "10.0.2.2", udp_target.port) in ("EACCES", "EPERM")
    assert captive.denied("udp-connect", "10.0.2.2", udp_target.port) in ("EACCES", "EPERM")
    assert udp_target.hits == 0
    with without_cgroup_programs(machine):
        assert captive.allowed("udp", "10.0.2.2", udp_target.port) == "6"
        machine.wait_for(lambda: udp_target.hits == 1, "the datagram of the control run arrives")
    assert captive.denied("udp", "10.0.2.2", udp_target.port) in ("EACCES", "EPERM")
    assert udp_target.hits == 1


def test_datagrams_are_answered(machine):
    """The guard lets answers out: who asked gets one, from the very socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, Captive(machine, 9001) as captive:
        client.settimeout(10)
        client.sendto(b"question", ("127.0.0.1", machine.port(9004, "udp")))
        assert captive.allowed("udp-answer") == "8"
        assert client.recv(100) == b"question"


def test_control_run_attacks_succeed_without_guards(machine, tcp_target, udp_target):
    """The same probe with passed sockets in an empty network namespace, but without the jail's guards, gets out."""
    done = machine.run(ROOT + PROBE, "unguarded", "9101", "9102", f"connect 10.0.2.2 {tcp_target.port}",
                       f"tcp 10.0.2.2 {tcp_target.port}", f"udp 10.0.2.2 {udp_target.port}")
    own, tcp_answer, udp_answer = done.out.splitlines()
    assert own.startswith("errno"), "a socket of its own should not get out of an empty network namespace"
    assert tcp_answer == "ok 0", done
    assert udp_answer == "ok 6", done
    machine.wait_for(lambda: tcp_target.hits == 1 and udp_target.hits == 1, "both control runs arrive")


def test_peer_socket(machine, captive):
    """SocketFrom=: enough to connect, not to delete, not to put something there."""
    machine.wait_state("peer", "running")
    assert captive.allowed("unix", "/run/peer/peer.sock") == "hello-from-peer"
    assert captive.denied("unlink", "/run/peer/peer.sock") == "EROFS"
    assert captive.denied("write", "/run/peer/planted") == "EROFS"
    # The peer comes back in another jail; the same mount shows its new socket.
    machine.ctl("restart", "peer")
    machine.wait_state("peer", "running")
    machine.wait_for(lambda: captive.ask("unix", "/run/peer/peer.sock") == "ok hello-from-peer", "the peer's new socket")


def test_a_stranger_has_no_peer_socket(machine):
    with Captive(machine, 9002) as neighbour:
        assert neighbour.denied("ls", "/run/peer") == "ENOENT"


def test_what_it_sees(captive):
    """Its root is its view, /etc what the row names, /srv/www the bind; no /sys, no foreign process."""
    assert set(captive.allowed("ls", "/").split()) >= {"bin", "dev", "etc", "lib", "proc", "run", "tmp", "usr", "var", "srv"}
    assert captive.denied("ls", "/sys") == "ENOENT" or captive.allowed("ls", "/sys") == ""
    assert "captive.conf" in captive.allowed("ls", "/etc").split()
    assert "index.html" in captive.allowed("ls", "/srv/www")
    pids = [name for name in captive.allowed("ls", "/proc").split() if name.isdigit()]
    assert len(pids) <= 2, pids
    assert captive.denied("ls", "/proc/sys") == "ENOENT"
    assert captive.denied("read", "/proc/1/environ") in ("ENOENT", "EACCES", "EPERM")


def test_where_it_can_write(captive):
    """/tmp, /run, /var and its own directories, and nowhere else; nothing written can be executed."""
    for path in ("/tmp/x", "/var/lib/captive/x", "/run/captive/x", "/dev/shm/x", "/var/tmp/x"):
        captive.allowed("write", path, "text")
    for path in ("/x", "/usr/x", "/etc/x", "/usr/libexec/jailtest/probe", "/srv/www/x", "/dev/x", "/etc/captive.conf"):
        assert captive.denied("write", path, "text") in ("EROFS", "ETXTBSY", "EACCES"), path
    for path in ("/tmp", "/var/lib/captive", "/run/captive", "/dev/shm"):
        captive.allowed("write", f"{path}/script", "#!/usr/libexec/jailtest/probe")
        assert captive.denied("exec", f"{path}/script") == "EACCES", f"{path} is not noexec"


def test_tmpfs_size(captive):
    """TmpfsSizeMax= of 1M holds for the whole of the private memory file system."""
    total, number = captive.allowed("fill", "/tmp/fill").split()
    assert int(total) <= 1 << 20 and int(number) == 28, "wanted ENOSPC at the latest after 1M"


def test_device(captive):
    """DeviceAllow=/dev/rtc0 r: it opens for reading, not for writing; other devices cannot be made."""
    captive.allowed("open", "/dev/rtc0", "r")
    assert captive.denied("open", "/dev/rtc0", "w") in ("EACCES", "EPERM", "EROFS")
    assert captive.denied("syscall", SYS["mknod"], 0, 0o20666, 0x103) in ("EPERM", "ENOSYS", "EFAULT")


@pytest.mark.parametrize("call", SYS)
def test_system_calls_are_refused(captive, call):
    """Calls that change the machine or look into others: refused by the filter, without arguments being looked at."""
    answer = captive.ask("syscall", SYS[call], *([0xffffffff] * 2 if call in ("setuid", "setgid") else []))
    assert answer.startswith(("errno 1", "errno 38", "killed 31")) or \
        (call == "personality" and answer.startswith("ok")) or \
        (call in ("setuid", "setgid") and answer == "errno 22"), f"{call}: {answer}"


def test_address_families(captive):
    """RestrictAddressFamilies= default: AF_UNIX, AF_INET, AF_INET6 and no other."""
    for family in (1, 2, 10):
        assert captive.ask("syscall", 41, family, 1, 0) == "ok"
    for family in (16, 17, 38, 40, 21, 33, 44):
        assert captive.ask("syscall", 41, family, 3, 0).startswith("errno"), f"family {family}"


def test_umask_nice_and_oom(machine):
    """UMask=, Nice= and OOMScoreAdjust= are in force."""
    jail = Jail(machine, "captive")
    assert jail.status()["Umask"] == "0027"
    assert jail.read("stat").rsplit(")", 1)[1].split()[16] == "3"
    assert jail.read("oom_score_adj").strip() == "100"
    assert jail.cgroup("cpu.weight") == "50" and jail.cgroup("cpu.max").split()[0] == "60000"


def test_fresh_memory_after_a_restart(machine):
    """What was planted in /tmp, /run, /var and /dev/shm is gone; the state and runtime directories are not."""
    kept = ("/var/lib/captive/kept", "/run/captive/kept")
    gone = ("/tmp/planted", "/run/planted", "/var/planted", "/dev/shm/planted", "/var/lib/planted", "/var/tmp/planted")
    root = f"/proc/{machine.service('captive').pid}/root"
    for path in gone + kept:
        machine.write(root + path, "planted")
    machine.ctl("restart", "captive")
    root = f"/proc/{machine.wait_state('captive', 'running').pid}/root"
    for path in gone:
        assert not machine.exists(root + path), f"{path} lived through a restart"
    for path in kept:
        assert machine.read(root + path) == "planted"


def test_listening_socket_survives_a_restart(machine):
    """A connection made while the service is down waits for it; none is refused."""
    machine.ctl("stop", "captive")
    machine.wait_state("captive", "stopped")
    with Captive(machine, 9001) as waiting:
        machine.ctl("start", "captive")
        machine.wait_state("captive", "running")
        assert waiting.allowed("env")


def test_foreign_namespace_cannot_be_seen(machine, captive):
    """hidepid and an own pid namespace: no process of another jail has a number here."""
    for pid in (machine.service("peer").pid, machine.service("neighbour").pid):
        assert captive.denied("ls", f"/proc/{pid}") == "ENOENT"
        assert captive.ask("syscall", 62, pid, 0).startswith("errno"), "kill(2) reaches a foreign process"
