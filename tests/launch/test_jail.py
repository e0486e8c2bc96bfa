# SPDX-License-Identifier: MIT
"""What a jail is, as the service in it sees it and as the machine sees the launcher."""

import os
import re
import socket
import subprocess

import pytest

import jail

CAP_NET_BIND_SERVICE = 1 << 10
SECUREBITS = "0xeb"
COMMON_ROOT = jail.COMMON.replace(str(jail.UID), "0")


@pytest.fixture
def facts(site):
    """All facts of a plain jail."""
    result = site.probe("facts")
    assert result.started, result.text
    assert result.get("ended") == "exit 0"
    return result


def mounts(result):
    """{mount point: (options, file system type)}"""
    found = {}
    for line in result.said("mount"):
        words = line.split(" ")
        found[words[4]] = (set(words[5].split(",")), words[words.index("-") + 1])
    return found


def test_namespaces_are_its_own(facts):
    own = dict(line.split(" ") for line in facts.said("ns"))
    for name in ("mnt", "pid", "net", "ipc", "uts", "cgroup"):
        assert own[name] != os.readlink(f"/proc/self/ns/{name}"), name


@pytest.mark.landlock(6)
def test_network_host_shares_only_the_network(site):
    own = dict(line.split(" ") for line in site.probe("facts", row="Network=host").said("ns"))
    assert own["net"] == os.readlink("/proc/self/ns/net")
    for name in ("mnt", "pid", "ipc", "uts", "cgroup"):
        assert own[name] != os.readlink(f"/proc/self/ns/{name}"), name


def test_identity(facts):
    assert facts.status("Uid").split() == [str(jail.UID)] * 4
    assert facts.status("Gid").split() == [str(jail.UID)] * 4
    assert facts.status("Groups") == ""


def test_no_capability_and_no_way_to_one(facts):
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(facts.status(name), 16) == 0, name
    assert facts.status("NoNewPrivs") == "1"
    assert facts.said("securebits") == [SECUREBITS]
    assert facts.status("Seccomp") == "2" and facts.status("Seccomp_filters") == "1"


def test_root_has_no_capability_either(site):
    result = site.probe("facts", row="", common=COMMON_ROOT)
    assert result.status("Uid").split() == ["0"] * 4
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(result.status(name), 16) == 0, name


def test_memory_is_not_writable_and_executable(site):
    """By the kernel's own rule: the filter here lets all pass. The same attack succeeds without it."""
    result = site.probe("wx", row="MemoryDenyWriteExecute=yes")
    assert result.started, result.text
    if tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 3):
        assert result.said("wx") == ["map EACCES", "later EACCES"]
    assert site.probe("wx").said("wx") == ["map ok", "later ok"]


def test_ambient_capability_alone(site):
    result = site.probe("facts", row="CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_CHOWN\n"
                        "AmbientCapabilities=CAP_NET_BIND_SERVICE")
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(result.status(name), 16) == CAP_NET_BIND_SERVICE, name
    assert int(result.status("CapBnd"), 16) == CAP_NET_BIND_SERVICE | 1


def test_mounts(facts):
    found = mounts(facts)
    read_only = {"ro", "nosuid", "nodev"}
    writable = {"rw", "nosuid", "nodev", "noexec"}
    assert set(found) == {"/", "/usr", "/dev", "/dev/shm", "/proc", "/tmp", "/run", "/var"}
    assert read_only <= found["/"][0] and read_only <= found["/usr"][0]
    for place in ("/tmp", "/run", "/var", "/dev/shm"):
        assert writable <= found[place][0] and found[place][1] == "tmpfs", place
    assert {"ro", "nosuid", "noexec"} <= found["/dev"][0] and found["/dev"][1] == "tmpfs"
    assert {"ro", "nosuid", "nodev", "noexec"} <= found["/proc"][0]
    assert not [line for line in facts.said("mount") if "shared:" in line or "master:" in line]


def test_memory_is_bounded(site):
    line = next(m for m in site.probe("facts", row="TmpfsSizeMax=1M").said("mount") if " /tmp " in m)
    assert "size=1024k" in line and "nr_inodes=256" in line


def test_dev(facts):
    nodes = {}
    for line in facts.said("dir"):
        where, name, mode, owner, number = line.split(" ")
        if where == "/dev":
            nodes[name] = (mode, owner, number)
    assert set(nodes) == {"null", "zero", "full", "random", "urandom", "tty", "fd", "stdin", "stdout", "stderr", "shm"}
    for name, number in {"null": "1:3", "zero": "1:5", "full": "1:7", "random": "1:8", "urandom": "1:9",
                         "tty": "5:0"}.items():
        assert nodes[name] == ("020666", "0:0", number)


def test_proc_shows_the_jail_only(facts):
    assert set(line.split(" ")[1] for line in facts.said("dir") if line.startswith("/proc ")) == \
        {"self", "thread-self", facts.said("pid")[0]}
    assert facts.said("meminfo") == ["/proc/meminfo ENOENT"]


def test_nothing_can_be_written_but_its_own_places(site):
    result = site.probe(*(f"write={path}" for path in ("/x", "/usr/x", "/etc/x", "/dev/x", "/proc/self/comm", "/run/x",
                                                       "/var/x", "/var/lib/x", "/tmp/x", "/var/tmp/x", "/dev/shm/x")))
    assert result.said("write") == ["/x EROFS", "/usr/x EROFS", "/etc/x EROFS", "/dev/x EROFS",
                                    "/proc/self/comm EROFS", "/run/x EACCES", "/var/x EACCES", "/var/lib/x EACCES",
                                    "/tmp/x ok", "/var/tmp/x ok", "/dev/shm/x ok"]


def test_writable_places_are_new_at_each_start(site):
    for _ in range(2):
        result = site.probe("read=/tmp/x", "write=/tmp/x", "read=/dev/shm/x", "write=/dev/shm/x")
        assert result.said("read") == ["/tmp/x ENOENT", "/dev/shm/x ENOENT"]
        assert result.said("write") == ["/tmp/x ok", "/dev/shm/x ok"]


def test_files_are_the_three(facts):
    assert sorted(line.split(" ")[0] for line in facts.said("fd")) == ["0", "1", "2"]


def test_process_state(facts):
    assert facts.said("hostname") == ["demo"] and facts.said("cwd") == ["/"]
    assert facts.said("sid") == facts.said("pid") and facts.said("umask") == ["0022"]
    assert int(facts.status("SigIgn"), 16) == 0 and int(facts.status("SigBlk"), 16) == 0
    assert facts.said("interface") == ["lo up"]
    assert next(line for line in facts.said("cgroup") if line.startswith("0:")) == "0::/"


def test_limits(site):
    result = site.probe("facts", row="LimitNOFILE=99\nLimitCORE=0\nLimitFSIZE=1M\nLimitMEMLOCK=4096\nLimitAS=1G\n"
                        "LimitDATA=64M\nLimitSTACK=1M\nLimitRTPRIO=0\nLimitSIGPENDING=99\nLimitMSGQUEUE=0\n"
                        "UMask=0077\nNice=7\n"
                        "OOMScoreAdjust=500\nWorkingDirectory=/tmp")
    assert result.started, result.text
    assert result.said("limit") == ["nofile 99 99", "nproc 1000 1000", "core 0 0", "fsize 1048576 1048576",
                                    "memlock 4096 4096", "as 1073741824 1073741824", "data 67108864 67108864",
                                    "stack 1048576 1048576", "rtprio 0 0", "sigpending 99 99", "msgqueue 0 0"]
    assert (result.said("umask"), result.said("nice"), result.said("oom"), result.said("cwd")) == \
        (["0077"], ["7"], ["500"], ["/tmp"])


@pytest.mark.parametrize("limit", ["LimitAS=8M", "LimitDATA=8M"])
def test_memory_of_a_process(site, limit):
    """More than the limit is refused; without it the same is had."""
    assert site.probe("hoard", row=limit).said("hoard") == ["16M ENOMEM"]
    assert site.probe("hoard").said("hoard") == ["16M ok"]


def test_signals_ignored_by_the_starter_are_not_inherited(site):
    result = site.probe("facts", prefix=("sh", "-c", 'trap "" PIPE HUP USR1; exec "$@"', "sh"))
    assert int(result.status("SigIgn"), 16) == 0


def test_environment(site):
    result = site.probe("facts", row="Environment=A=1 PATH=/usr/bin\nStateDirectory=st\nRuntimeDirectory=rt")
    env = dict(line.split("=", 1) for line in result.said("env"))
    assert env == {"A": "1", "PATH": "/usr/bin", "HOME": "/var/lib/st", "USER": "demo", "LOGNAME": "demo",
                   "STATE_DIRECTORY": "/var/lib/st", "RUNTIME_DIRECTORY": "/run/rt"}


def test_program_of_ours_is_started_from_its_fd(site):
    result = site.start("ExecStart=jailinit:logd facts", "-p", jail.PROBE)
    assert result.said("argv0") == ["logd"]
    assert sorted(line.split(" ")[0] for line in result.said("fd")) == ["0", "1", "2"]


# Devices and terminals

def test_device_allow(site):
    result = site.probe("facts", "read=/dev/kmsg", "write=/dev/net/tun", row="DeviceAllow=/dev/kmsg w\n"
                        "DeviceAllow=/dev/net/tun rw")
    assert f"/dev kmsg 020200 {jail.UID}:{jail.UID} 1:11" in result.said("dir")
    assert result.said("read")[-1] == "/dev/kmsg EACCES"


def test_pty(site):
    result = site.probe("facts", row="Pty=yes")
    assert mounts(result)["/dev/pts"][1] == "devpts"
    assert [line for line in result.said("dir") if line.startswith("/dev ptmx 120777")]
    assert not [line for line in site.probe("facts").said("dir") if "ptmx" in line]


def test_terminal(site):
    master, slave = os.openpty()
    os.write(master, b"typed\n")
    result = site.probe("ids", "read=/dev/tty", row=f"TTYPath={os.ttyname(slave)}")
    os.set_blocking(master, False)
    text = os.read(master, 100000).decode()
    os.close(master)
    os.close(slave)
    assert result.started
    pid = re.search(r"pid (\d+)", text).group(1)
    assert f"sid {pid}\r\n" in text and "read /dev/tty ok" in text
    assert "ENXIO" in site.probe("read=/dev/tty").said("read")[0]


# Directories of the service and of its peers

def test_state_directory(site):
    for _ in range(2):
        result = site.probe("facts", "write=/var/lib/st/x", row="StateDirectory=st\nStateDirectoryMode=0710")
        assert result.said("write") == ["/var/lib/st/x ok"]
        assert {"rw", "nosuid", "nodev", "noexec"} <= mounts(result)["/var/lib/st"][0]
    at = os.stat(f"{site.data}/st")
    assert (at.st_uid, at.st_gid, at.st_mode & 0o7777) == (jail.UID, jail.UID, 0o710)
    assert os.stat(f"{site.data}/st/x").st_uid == jail.UID


def test_state_directory_gets_the_row_s_new_owner(site):
    os.makedirs(f"{site.data}/st/a/b")
    for name in ("x", "a/b/y"):
        with open(f"{site.data}/st/{name}", "w", encoding="ascii"):
            pass
    os.symlink("/etc/passwd", f"{site.data}/st/link")
    assert site.probe("write=/var/lib/st/a/b/y", row="StateDirectory=st").said("write") == ["/var/lib/st/a/b/y ok"]
    for name in ("", "a", "a/b", "a/b/y", "x", "link"):
        assert os.lstat(f"{site.data}/st/{name}").st_uid == jail.UID, name
    assert os.stat("/etc/passwd").st_uid == 0


def test_state_directory_in_memory(site):
    for _ in range(2):
        result = site.probe("read=/var/lib/st/x", "write=/var/lib/st/x", row="StateDirectory=st", options=("-V",))
        assert result.said("read") == ["/var/lib/st/x ENOENT"] and result.said("write") == ["/var/lib/st/x ok"]
    assert not os.listdir(site.data)


def test_runtime_directory_and_its_peer(site):
    """Enough to connect to the peer's socket, not to remove it; the view holds over the peer's own first start."""
    row = "SocketFrom=peer"
    before = site.probe("facts", row=row, options=("-P", "peer:61300"))
    assert before.status("Groups") == "61300"
    assert site.probe(row="RuntimeDirectory=peer").started
    at = os.stat(f"{site.run_dir}/peer")
    assert (at.st_uid, at.st_mode & 0o7777) == (jail.UID, 0o750)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{site.run_dir}/peer/s")
        listener.listen()
        os.chown(f"{site.run_dir}/peer/s", jail.UID, 61300)
        os.chown(f"{site.run_dir}/peer", jail.UID, 61300)
        result = site.probe("connect=/run/peer/s", "unlink=/run/peer/s", "write=/run/peer/x", row=row,
                            options=("-P", "peer:61300"))
    assert (result.said("connect"), result.said("unlink"), result.said("write")) == \
        (["/run/peer/s ok"], ["/run/peer/s EROFS"], ["/run/peer/x EROFS"])


def test_bind_read_only(site):
    os.makedirs(f"{site.firmware}/srv/www")
    with open(f"{site.firmware}/srv/www/page", "w", encoding="ascii") as out:
        out.write("hello")
    os.symlink("/srv/www/page", f"{site.firmware}/srv/link")
    result = site.probe("facts", "read=/opt/page", "read=/run/site/page", "write=/run/site/page", "read=/run/one",
                        row="BindReadOnlyPaths=/srv/www:/opt /srv/www:/run/site /srv/link:/run/one")
    assert result.said("read") == ["/opt/page ok", "/run/site/page ok", "/run/one ok"]
    assert result.said("write") == ["/run/site/page EROFS"] or result.said("write") == ["/run/site/page EACCES"]
    for place in ("/opt", "/run/site", "/run/one"):
        assert {"ro", "nosuid", "nodev"} <= mounts(result)[place][0]


def test_control_socket(site):
    result = site.probe("facts", "read=/run/jailinit/jailctl", "write=/run/jailinit/jailctl", row="ControlSocket=yes",
                        options=("-x", "1"))
    assert result.said("read") == ["/run/jailinit/jailctl ok"]
    assert result.said("write")[0] != "/run/jailinit/jailctl ok"
    assert "JAILINIT_CONTROL_FD=3" in result.said("env")
    assert sorted(line.split(" ")[0] for line in result.said("fd")) == ["0", "1", "2", "3"]


# Sockets

LISTEN = "ListenStream=127.0.0.1:1\nListenDatagram=127.0.0.1:2"


@pytest.mark.landlock(4)
def test_listening_sockets_are_passed(site):
    result = site.probe("facts", row=LISTEN + "\nFileDescriptorName=web dns")
    files = dict(line.split(" ", 1) for line in result.said("fd"))
    assert sorted(files) == ["0", "1", "2", "3", "4"] and files["3"].startswith("socket:")
    env = dict(line.split("=", 1) for line in result.said("env"))
    assert (env["LISTEN_FDS"], env["LISTEN_FDNAMES"], env["LISTEN_PID"]) == ("2", "web:dns", result.said("pid")[0])


@pytest.mark.landlock(4)
def test_listening_socket_is_no_way_out(site):
    assert site.probe("hole", row=LISTEN).said("hole") == ["EACCES"]


@pytest.mark.landlock(6)
def test_listening_socket_is_one_without_landlock(site):
    """The control of the test above: where the row has the network anyway, nothing closes the hole."""
    assert site.probe("hole", row=LISTEN + "\nNetwork=host").said("hole") == ["open"]


# The launcher

def test_end_is_told_as_it_was(site):
    assert site.probe("exit=3").get("ended") == "exit 3"
    assert site.probe("kill=11").get("ended") == "signal 11"
    assert site.probe("sleep=20000", options=("-K", "15")).get("ended") == "signal 15"


def test_jail_ends_with_its_program(site):
    assert site.probe("orphan").get("ended") == "exit 0"
    assert not site.left_over()


@pytest.mark.parametrize("signal", (1, 2, 15, 10, 11, 19 + 1))
def test_signals_do_not_end_the_launcher(site, signal):
    result = site.probe("sleep=200", "exit=4", options=("-k", str(signal)))
    assert result.get("ended") == "exit 4" and result.get("launched") == "exit 0"


def test_launcher_is_nobody_s_tracer(site):
    """A service that made the launcher its tracer and stops would otherwise never end."""
    result = site.probe("traceme", "sleep=20000")
    assert result.said("traceme") == ["launcher ok"]
    assert result.get("launched") == "exit 0" and result.get("timeout") is None


def test_launcher_waits_as_nobody(site):
    with subprocess.Popen(site.command("ExecStart=/usr/bin/probe sleep=700"), stdout=subprocess.PIPE,
                          text=True) as running:
        pid = running.stdout.readline().split()[1]
        assert running.stdout.readline() == "started\n"
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        files = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        root = os.stat(f"/proc/{pid}/root/.")
        owner = os.stat(f"/proc/{pid}/maps").st_uid
        running.wait()
    assert fields["Uid"].split() == fields["Gid"].split() == [str(jail.LAUNCHER_UID)] * 4
    assert fields["Groups"].strip() == ""
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(fields[name], 16) == 0, name
    assert fields["Seccomp"] == "2" and fields["NoNewPrivs"] == "1"
    assert len(files) == 1 and files[0].startswith("socket:")
    assert root.st_ino == os.stat(site.view).st_ino
    assert owner == 0, "a process that can be dumped would own its files"


def test_launcher_refuses_to_be_any_process(site):
    del site
    done = subprocess.run([jail.LAUNCHER], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "jail-launch(8)" in done.stderr


# ExecStartPre=

def test_commands_before_run_in_the_same_jail(site):
    result = site.start("ExecStart=/usr/bin/probe read=/tmp/x facts\n"
                        "ExecStartPre=/usr/bin/probe write=/tmp/x\nExecStartPre=/usr/bin/probe orphan")
    assert result.started and result.said("read")[0] == "/tmp/x ok"
    assert len([line for line in result.said("dir") if re.match(r"/proc \d+ ", line)]) == 1


@pytest.mark.landlock(4)
def test_command_before_leaves_nothing_behind_walls(site):
    """Landlock's scope of signals does not keep the launcher from ending what is left."""
    result = site.start(f"ExecStart=/usr/bin/probe facts\nExecStartPre=/usr/bin/probe orphan\n{LISTEN}")
    assert len([line for line in result.said("dir") if re.match(r"/proc \d+ ", line)]) == 1


@pytest.mark.landlock(4)
def test_command_before_gets_no_socket(site):
    result = site.start(f"ExecStart=/usr/bin/probe\nExecStartPre=/usr/bin/probe facts\n{LISTEN}")
    assert sorted(line.split(" ")[0] for line in result.said("fd")) == ["0", "1", "2"]
    assert not [line for line in result.said("env") if line.startswith("LISTEN")]
