# SPDX-License-Identifier: MIT
"""Each jail of the product, read from outside: namespaces, privileges, mounts, files and limits are what its row says."""

import re

import pytest

import table
from conftest import end_state
from guest import CGROUPS, ROOT
from images import Images
from jail import NAMESPACES, Jail, namespaces

CAP_NAMES = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT
SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()
# Written into every jail's /etc by the build; the rest is EtcFiles=.
GENERATED_ETC = {"/etc/passwd", "/etc/group", "/etc/hosts", "/etc/nsswitch.conf"}
STANDARD_DEV = {"null", "zero", "full", "random", "urandom", "tty", "fd", "stdin", "stdout", "stderr", "shm"}
LAUNCHER_UID = "61183"


def capability_mask(names):
    return sum(1 << CAP_NAMES.index(name.removeprefix("CAP_")) for name in names.split())


def running_rows():
    """Names of the product's rows that run, at collection time."""
    import os
    images = Images(os.path.join(os.path.dirname(__file__), "../..", os.environ.get("O", "build")))
    with open(images.table, "rb") as file:
        rows = table.parse(file.read())
    return [name for name, row in rows.items() if name != "system" and end_state(row) == "running"]


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", running_rows())


@pytest.fixture(name="jail")
def one_jail(product, name):
    return Jail(product, name)


@pytest.fixture(name="row")
def one_row(product_rows, name):
    return product_rows[name]


def test_namespaces(product, jail, row):
    """None of them is PID 1's, but the network of a row that says so."""
    init, own = namespaces(product, 1), jail.namespaces()
    for kind in NAMESPACES:
        if kind == "net" and row.get_one("Network", "none") == "host":
            assert own[kind] == init[kind]
        else:
            assert own[kind] != init[kind], f"{jail.name} shares the {kind} namespace with PID 1"


def test_privileges(jail, row):
    """Capabilities are those the row names, in every set; nothing can be gained; a filter is loaded."""
    status = jail.status()
    ambient = capability_mask(row.get_one("AmbientCapabilities"))
    bounding = capability_mask(row.get_one("CapabilityBoundingSet"))
    for which, wanted in (("CapInh", ambient), ("CapPrm", ambient), ("CapEff", ambient), ("CapAmb", ambient),
                          ("CapBnd", bounding)):
        assert int(status[which], 16) == wanted, f"{jail.name}: {which} is {status[which]}, wanted {wanted:x}"
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert int(status["Seccomp_filters"]) >= 1


def test_filter_is_the_rows_own(product, jail, images):
    """As many instructions were loaded as the row's file has."""
    size = int(product.run("stat", "-c", "%s", f"{ROOT}/etc/jailinit/seccomp/{jail.name}.bpf").out)
    assert product.service(jail.name).filter == size // 8 > 0


def test_identity(product, jail, row):
    """uid and gid are the row's, all four of them; no group but those of SocketFrom=; nobody else's uid."""
    status, service = jail.status(), product.service(jail.name)
    assert status["Uid"].split() == [str(service.uid)] * 4
    gid = row.get_one("Group") or row.get_one("User")
    assert status["Gid"].split() == [gid] * 4
    assert row.get_one("User") == str(service.uid) != "0"
    peers = row.get_one("SocketFrom").split()
    wanted = {str(product.service(peer).uid) for peer in peers}
    assert set(status["Groups"].split()) == wanted
    others = {other.uid for name, other in product.services().items() if name != jail.name}
    assert service.uid not in others


def test_launcher(product, jail):
    """What stays as process 1 of the jail has no privilege either, and an own filter."""
    launcher = product.service(jail.name).launcher
    status = dict(line.split(":\t", 1) for line in product.read(f"/proc/{launcher}/status").splitlines() if ":\t" in line)
    assert status["NSpid"].split()[-1] == "1"
    assert status["Uid"].split() == [LAUNCHER_UID] * 4
    for which in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[which], 16) == 0, f"launcher of {jail.name}: {which}={status[which]}"
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert jail.status()["NSpid"].split()[-1] != "1"


def test_mounts(jail, row):
    """Everything from the firmware is read-only; what is writable is nosuid, nodev and noexec; nothing propagates."""
    mounts = jail.mounts()
    for mount in mounts.values():
        assert not [word for word in mount.propagation if word.startswith(("shared", "master"))], mount
        assert "nosuid" in mount.options, mount
        if "rw" in mount.options:
            assert "noexec" in mount.options, mount
        if mount.target not in ("/dev", "/dev/pts"):
            assert "nodev" in mount.options or mount.target.startswith("/dev/"), mount
        assert mount.kind in ("squashfs", "tmpfs", "proc", "ext4", "devpts"), mount
    assert "ro" in mounts["/"].options and mounts["/"].kind == "squashfs"
    assert mounts["/"].root == f"/views/{jail.name}"
    assert "ro" in mounts["/usr"].options and mounts["/usr"].root == "/usr"
    assert "ro" in mounts["/dev"].options and mounts["/dev"].kind == "tmpfs"
    for place in ("/tmp", "/run", "/var"):
        assert mounts[place].kind == "tmpfs" and "rw" in mounts[place].options
    wanted = {"/", "/usr", "/dev", "/dev/shm", "/proc", "/tmp", "/run", "/var"}
    wanted |= {"/dev/pts"} if row.get_one("Pty") == "yes" else set()
    wanted |= {f"/var/lib/{name}" for name in row.get("StateDirectory", [])}
    wanted |= {f"/run/{name}" for name in row.get("RuntimeDirectory", [])}
    wanted |= {f"/run/{name}" for name in row.get_one("SocketFrom").split()}
    wanted |= {bind.partition(":")[2] for bind in row.get_one("BindReadOnlyPaths").split()}
    wanted |= {"/run/jailinit/jailctl"} if row.get_one("ControlSocket") == "yes" else set()
    assert set(mounts) == wanted


def test_proc(jail):
    """/proc shows the jail's own processes only, and nothing else of the machine."""
    mount = jail.mounts()["/proc"]
    assert "subset=pid" in mount.super_options
    assert mount.super_options & {"hidepid=invisible", "hidepid=2"}
    assert not jail.guest.run("ls", f"/proc/{jail.pid}/root/proc/sys", check=False).out
    assert not jail.guest.exists(f"/proc/{jail.pid}/root/proc/kmsg")


def test_no_sys(jail):
    assert not jail.guest.exists(f"/proc/{jail.pid}/root/sys/kernel")
    assert not [mount for mount in jail.mounts().values() if mount.kind in ("sysfs", "cgroup2", "cgroup")]


def test_etc(jail, row):
    """EtcFiles=, the generated files, and nothing else."""
    wanted = GENERATED_ETC | {path for line in row.get("EtcFiles", []) for path in line.split()}
    found = set(jail.find("/etc", "!", "-type", "d"))
    assert wanted <= found | GENERATED_ETC
    assert found <= wanted | {"/etc/hostname", "/etc/resolv.conf", "/etc/services", "/etc/protocols", "/etc/shells"}, \
        f"{jail.name}: not asked for: {found - wanted}"


def test_etc_passwd(jail, row):
    """The jail's own user is in its passwd, with the number that it has, and no other service's is."""
    passwd = [line.split(":") for line in jail.guest.read(f"/proc/{jail.pid}/root/etc/passwd").splitlines()]
    assert row.get_one("User") in [fields[2] for fields in passwd]
    assert len(passwd) <= 3, passwd
    assert not [fields for fields in passwd if fields[1] not in ("x", "*", "!")]


def test_dev(jail, row):
    """The standard nodes and DeviceAllow=, made for this jail, nothing of devtmpfs."""
    wanted = set(STANDARD_DEV)
    wanted |= {line.split()[0].split("/")[2] for line in row.get("DeviceAllow", [])}
    wanted |= {"pts", "ptmx"} if row.get_one("Pty") == "yes" else set()
    tty = row.get_one("TTYPath")
    wanted |= {tty.split("/")[2]} if tty else set()
    assert set(jail.listdir("/dev")) == wanted
    for line in row.get("DeviceAllow", []):
        device, access = line.split()
        mode = jail.guest.run("stat", "-c", "%a %u", f"/proc/{jail.pid}/root{device}").out.split()
        assert mode == ["%o" % sum({"r": 0o400, "w": 0o200}[letter] for letter in access), row.get_one("User")]


def test_limits(jail, row):
    """cgroup and rlimits are what the row says, or the key's default."""
    assert jail.cgroup("memory.max") == str(table.size(row.get_one("MemoryMax", "32M")) or "max")
    assert jail.cgroup("memory.swap.max") == "0" if jail.guest.exists(f"{CGROUPS}/{jail.name}/memory.swap.max") else True
    assert jail.cgroup("memory.oom.group") == "1"
    assert int(jail.cgroup("pids.max")) >= int(row.get_one("TasksMax", "64"))
    assert int(jail.cgroup("pids.max")) <= int(row.get_one("TasksMax", "64")) + 1
    assert jail.cgroup("cpu.weight") == row.get_one("CPUWeight", "100")
    quota = row.get_one("CPUQuota", "infinity")
    limit, period = jail.cgroup("cpu.max").split()
    assert limit == "max" if quota == "infinity" else int(limit) * 100 == int(quota.rstrip("%")) * int(period)
    assert jail.cgroup("cgroup.max.descendants") == "0"
    limits = jail.limits()
    assert limits["Max open files"] == str(table.size(row.get_one("LimitNOFILE", "1024")))
    assert limits["Max core file size"] == "0"
    assert limits["Max locked memory"] == "65536"


def test_open_files(jail, row):
    """No descriptor was handed down but standard streams and what the row passes."""
    links = jail.guest.run("ls", "-l", f"/proc/{jail.pid}/fd").out
    assert "/firmware" not in links and "/run/services" not in links
    assert f"memfd:{'launch'}" not in links
    stray = [line for line in links.splitlines() if re.search(r"-> /(proc|sys|data)(/|$)", line)]
    assert not stray, stray


def test_nothing_of_ours_below(product, jail):
    """No file of the initramfs under the jail's root, not even beneath its mounts."""
    root = f"/proc/{jail.pid}/root"
    for path in ("/init", "/sbin/jailinit", "/lib/jailinit/jail-launch", "/etc/jailinit/services.tab", "/firmware", "/data"):
        assert not product.exists(root + path), f"{jail.name} sees {path}"
    # Everything that is mounted there, laid bare one mount after the other, in a copy of the jail's namespace.
    script = ("cd /; for i in 1 2 3 4 5 6 7 8 9; do umount -l / 2>/dev/null || break; done; "
              "ls -A / 2>/dev/null; ls -A /sbin /lib/jailinit /etc/jailinit 2>/dev/null")
    found = product.run("unshare", "-m", "sh", "-c", script, pid=jail.pid, check=False).out.split()
    assert not set(found) & {"init", "jailinit", "jail-launch", "services.tab"}, found


def test_jails_differ_from_each_other(product):
    """No two jails share a namespace, but the machine's network."""
    own = {name: Jail(product, name).namespaces() for name in running_rows()}
    host_net = namespaces(product, 1)["net"]
    for kind in NAMESPACES:
        seen = {}
        for name, spaces in own.items():
            if kind == "net" and spaces[kind] == host_net:
                continue
            assert spaces[kind] not in seen, f"{name} and {seen[spaces[kind]]} share a {kind} namespace"
            seen[spaces[kind]] = name


def test_pid1_is_beside_the_services(product):
    assert product.read("/proc/1/cgroup").strip().endswith(":/init")
    assert product.read(f"{ROOT}/sys/fs/cgroup/init/cgroup.procs").split() == ["1"]
