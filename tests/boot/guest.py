# SPDX-License-Identifier: MIT
"""One machine under QEMU: started, steered through the agent, and always ended."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

import qemu
from channel import Channel, ChannelError
from serial_console import SerialConsole

AGENT = "/bin/agent"
NO_CHANNEL = 77    # tests/boot/agent/ctl.c
ROOT = "/proc/1/root"
CGROUPS = ROOT + "/sys/fs/cgroup/services"
# What a test may reach through 127.0.0.1 of the host.
PORTS = [("tcp", port) for port in (80, 1883, 2222, 6379, 8080, 9001, 9002, 9003)] + [("udp", 53), ("udp", 9004)]


class Service(dict):
    """One service's state as PID 1 tells it; numbers are numbers."""

    def __getattr__(self, key):
        return self[key]


def unescape(text):
    """The texts of `agent ctl` have blanks and the like as %xx."""
    parts = text.split("%")
    return parts[0] + "".join(chr(int(part[:2], 16)) + part[2:] for part in parts[1:])


class Guest:
    """A machine; used as a context manager, it is killed at the end whatever happens."""

    def __init__(self, images, name, **options):
        """options: firmware, initramfs, appended (list of cpio files), data (image file, None = no disk), append
        (kernel words), memory (MB), reboot (let it reboot), ports (instead of PORTS), devices (further arguments
        of QEMU)."""
        self.images, self.name, self.options = images, name, options
        self.log = f"{images.logs}/boot-{name}.log"
        self.dir = tempfile.mkdtemp(prefix="guest-")
        self.process = self.channel = self.console = self.qmp = self.qmp_file = None
        self.deadline = 0.0
        self.ports = {}

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    # Starting and ending

    def initramfs(self):
        """The product's initramfs with the test's own archives behind it."""
        path = f"{self.dir}/initramfs"
        with open(path, "wb") as out:
            for part in [self.options.get("initramfs", self.images.initramfs), *self.appended()]:
                with open(part, "rb") as file:
                    shutil.copyfileobj(file, out)
                # The kernel takes a further archive at any 4-byte boundary.
                out.write(b"\0" * (-out.tell() % 4))
        return path

    def appended(self):
        return self.options.get("appended", [self.images.agent])

    def argv(self):
        """The board's own QEMU command, with the agent's port and a console that the test can type into."""
        options, images = self.options, self.images
        forwards = [qemu.Forward(proto, qemu.free_port(proto), guest) for proto, guest in options.get("ports", PORTS)]
        self.ports = {(forward.proto, forward.guest): forward.host for forward in forwards}
        argv = qemu.command(
            images.board, kernel=images.kernel, initramfs=self.initramfs(),
            firmware=options.get("firmware", images.firmware), data=options.get("data"), accel="tcg",
            ram_mb=options.get("memory", images.ram_mb), forwards=forwards, serial="chardev:serial",
            append=f"{images.command_line} rdinit=/test-init {options.get('append', '')}".strip(),
            extra=["-chardev", f"socket,id=serial,path={self.dir}/serial,server=on,wait=off,logfile={self.log}",
                   "-chardev", f"socket,id=agent,path={self.dir}/agent,server=on,wait=off",
                   "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent,name=jailinit.test",
                   "-qmp", f"unix:{self.dir}/qmp,server=on,wait=off"])
        if not options.get("reboot"):
            argv += ["-no-reboot"]
        return argv + options.get("devices", [])

    def start(self):
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        self.deadline = time.monotonic() + self.options.get("lifetime", 420)
        self.process = qemu.start(self.argv(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # The last that QEMU does with its command line is to open the disks; until then it may still end.
        self.qmp = self.wait_for(lambda: self.connect("qmp"), "QEMU's monitor", 20)
        self.console = SerialConsole(self.wait_for(lambda: self.connect("serial"), "QEMU's serial line", 20))
        self.channel = Channel(self.wait_for(lambda: self.connect("agent"), "QEMU's end of the agent's port", 20))
        self.qmp_file = self.qmp.makefile("rw")
        self.qmp_events = []
        self.qmp_file.readline()    # its greeting
        self.monitor("qmp_capabilities")
        self.read_ports()
        if self.options.get("agent_wait", True):
            self.wait_agent()
        return self

    def connect(self, name):
        """A socket of QEMU's, None while it is not there."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(f"{self.dir}/{name}")
        except OSError:
            connection.close()
            return None
        return connection

    def wait_agent(self, timeout=60):
        """The agent greets once its port is there."""
        try:
            self.channel.answer(timeout)
        except ChannelError as error:
            raise AssertionError(f"the machine {self.name} did not come up: {error}; console: {self.log}\n"
                                 f"{self.log_tail()}") from error

    def stop(self):
        for thing in (self.channel, self.console, self.qmp_file, self.qmp):
            if thing:
                thing.close()
        if self.process:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            self.process.stdout.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def wait_exit(self, timeout=40):
        """Wait for QEMU's own end (the machine powered off, or reset without being allowed to)."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            assert time.monotonic() < deadline, \
                f"the machine {self.name} is still up after {timeout} s; console: {self.log}\n{self.log_tail()}"
            time.sleep(0.05)
        self.console.reader.join(5)
        self.qmp_events += [json.loads(line) for line in self.qmp_file]
        return self.process.returncode

    def monitor(self, command, **arguments):
        """One QMP command; events that come in between are kept."""
        json.dump({"execute": command, "arguments": arguments}, self.qmp_file)
        self.qmp_file.flush()
        while True:
            message = json.loads(self.qmp_file.readline())
            if "event" in message:
                self.qmp_events.append(message)
            else:
                assert "return" in message, f"QEMU refused {command}: {message}"
                return message["return"]

    def events(self):
        """Names of what happened to the machine, as QEMU tells it."""
        return [message["event"] for message in self.qmp_events]

    def read_ports(self):
        text = self.monitor("human-monitor-command", **{"command-line": "info usernet"})
        for words in map(str.split, text.splitlines()):
            if words and words[0].endswith("[HOST_FORWARD]"):
                self.ports[words[0][:3].lower(), int(words[5])] = int(words[3])

    def port(self, number, protocol="tcp"):
        return self.ports[protocol, number]

    def log_tail(self, lines=40):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return "".join(file.readlines()[-lines:])
        except OSError as error:
            return str(error)

    # What the agent does

    def run(self, *argv, stdin=b"", timeout=15, check=True, pid=0):
        """Run a command in the guest, beside PID 1; with pid in all namespaces of that process."""
        result = self.channel.run(argv, stdin, timeout, pid)
        assert not check or (result.status == 0 and not result.timed_out), f"in the machine {self.name}: {result}"
        return result

    def sh(self, script, **options):
        return self.run("sh", "-c", script, **options)

    def read(self, path):
        return self.channel.read(path).decode(errors="replace")

    def write(self, path, content):
        self.channel.write(path, content.encode() if isinstance(content, str) else content)

    def exists(self, path):
        return self.run("test", "-e", path, check=False).status == 0

    def wait_for(self, condition, what, timeout=15, pause=0.05):
        """Until condition() is true; returns what it returned."""
        deadline = time.monotonic() + timeout
        while True:
            result = condition()
            if result:
                return result
            assert not self.process or self.process.poll() is None, f"QEMU ended: {self.process.stdout.read()}"
            assert time.monotonic() < self.deadline, f"the machine {self.name} has been up for too long"
            assert time.monotonic() < deadline, \
                f"{what}: not within {timeout} s in the machine {self.name}; console: {self.log}"
            time.sleep(pause)

    # What PID 1 says

    def borrowing(self, *argv, timeout=30):
        """Run a part of the agent that borrows the console row's channel; while that row is being started it has to wait."""
        deadline = time.monotonic() + timeout
        while True:
            result = self.run(*argv, check=False, timeout=timeout)
            if result.status != NO_CHANNEL or time.monotonic() > deadline:
                return result
            time.sleep(0.1)

    def ctl(self, verb, name="", check=True, timeout=30):
        """One control request; returns (services, the final answer)."""
        result = self.borrowing(AGENT, "ctl", verb, *([name] if name else []), timeout=timeout)
        services, done = {}, None
        for line in result.out.splitlines():
            kind, *pairs = line.split(" ")
            fields = Service((key, int(value) if value.lstrip("-").isdigit() else unescape(value))
                             for key, _, value in (pair.partition("=") for pair in pairs))
            if kind == "service":
                services[fields.name] = fields
            else:
                done = fields
        assert done is not None, f"no answer to {verb} {name}: {result}\nconsole: {self.log}\n{self.log_tail()}"
        assert not check or done.errno == 0, f"{verb} {name}: {done}"
        return services, done

    def jailctl(self, *words, check=True, timeout=30):
        """The product's own jailctl."""
        result = self.borrowing(AGENT, "ctl", "exec", *words, timeout=timeout)
        assert not check or result.status == 0, f"in the machine {self.name}: {result}"
        return result

    def services(self):
        return self.ctl("list")[0]

    def service(self, name):
        return self.ctl("status", name)[0][name]

    def wait_state(self, name, *states, timeout=20):
        """Until the service is in one of the states; returns its status."""
        seen = {}

        def is_there():
            seen.update(self.service(name))
            return seen["state"] in states
        try:
            self.wait_for(is_there, name, timeout)
        except AssertionError as error:
            raise AssertionError(f"service {name}: wanted {' or '.join(states)}, found {seen}; "
                                 f"console: {self.log}") from error
        return Service(seen)

    def wait_all(self, expected, timeout=60):
        """Until every service is in the state that expected (name -> state) says."""
        seen = {}

        def are_there():
            seen.update(self.services())
            return all(seen[name].state == state for name, state in expected.items())
        try:
            self.wait_for(are_there, "all services", timeout, 0.2)
        except AssertionError as error:
            bad = [str(dict(seen.get(name, {"name": name, "state": "not there"}))) for name, state in expected.items()
                   if name not in seen or seen[name].state != state]
            raise AssertionError("\n".join([str(error), *bad])) from error
        return seen

    def pids(self, name):
        """All processes of a service, as the host sees them."""
        return [int(pid) for pid in self.read(f"{CGROUPS}/{name}/cgroup.procs").split()]
