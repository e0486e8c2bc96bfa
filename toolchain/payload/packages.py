#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""Debian packages of the payload: which, in which version, and their files unpacked.

    packages.py lock    write the `package` lines of the lock file for all .svc files
    packages.py unpack  fetch what the lock file names and unpack it into a directory of the cache

Environment: DL_DIR and STRICT=1 as for toolchain/fetch.
Packages are unpacked without running a maintainer script, with /bin, /sbin and /lib* merged into /usr.
"""

import argparse
import datetime
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

import root

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from fetch_apt import AptDir  # noqa: E402
from fetch_error import FetchError  # noqa: E402
from fetch_file import Fetcher  # noqa: E402
from fetch_lock import Pin, read_lock, read_sources, write_lock  # noqa: E402

# Wanted besides what the services name: the licence texts that copyright files refer to.
LICENSE_PACKAGES = ["base-files"]

# Part of the name of an unpacked tree: count up when unpacking changes what it writes.
UNPACK_FORM = 1


def fail(text):
    raise FetchError(text)


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def wanted_names(services):
    """Every package that a .svc file names in Packages=."""
    names = set()
    for path in services:
        for line in read_lines(path):
            if line.startswith("Packages="):
                names.update(line.partition("=")[2].split())
    if not names:
        fail("no .svc file names a package (Packages=)")
    return sorted(names)


def private_apt(args):
    """The directory that toolchain/fetch uses too."""
    suites = sorted({source.suite for source in read_sources().values()})
    return AptDir(f"{args.cache}/apt", suites, args.arch)


def write_status(path, arch):
    """A dpkg status file in which one package provides all of not-needed, in a version that is never too old."""
    assumed = [line for line in read_lines(f"{HERE}/not-needed") if line and not line.startswith("#")]
    with open(path, "w", encoding="utf-8") as file:
        file.write("Package: jailinit-assumed\nStatus: install ok installed\nMaintainer: none\nVersion: 1\n"
                   f"Architecture: {arch}\nDescription: what the payload does without\n"
                   f"Provides: {', '.join(f'{name} (= 999:1)' for name in assumed)}\n\n")


def resolve(apt, names, arch):
    """names and all that they depend on, as apt resolves them from nothing, as pins."""
    with tempfile.NamedTemporaryFile(prefix="status-", dir=apt.path) as status:
        write_status(status.name, arch)
        done = apt.run("apt-get", "-q", "-s", "-o", f"Dir::State::status={status.name}", "install",
                       "--no-install-recommends", *names)
    found = re.findall(r"^Inst ([^ :]+)\S* \((\S+) ", done.stdout, re.M)
    if done.returncode != 0 or not found:
        fail(f"apt cannot resolve what {' '.join(names)} depend on: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    shown = apt.run("apt-cache", "show", *[f"{name}={version}" for name, version in found]).stdout
    pins = set()
    for stanza in shown.split("\n\n"):
        field = dict(re.findall(r"^(Package|Version|Filename|SHA256): (\S+)$", stanza, re.M))
        if (field.get("Package"), field.get("Version")) in found:
            pins.add(Pin("package", field["Package"], field["Version"], field["Filename"], field["SHA256"]))
    lacking = {name for name, _ in found} - {pin.name for pin in pins}
    if lacking:
        fail(f"apt has no description of {' '.join(sorted(lacking))}")
    return sorted(pins)


def command_lock(args):
    """Pin the packages of all .svc files; the pins of sources stay as they are."""
    names = wanted_names(args.services)
    apt = private_apt(args)
    apt.update(force=True)
    packages = resolve(apt, names + LICENSE_PACKAGES, args.arch)
    sources = [pin for pin in read_lock()[0] if pin.kind != "package"]
    write_lock(sources + packages, datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d"))
    print(f"{len(packages)} packages for {' '.join(names)}")


def command_unpack(args):
    """Have all pinned packages unpacked in the cache and say where."""
    pins, taken = read_lock()
    pins = [pin for pin in pins if pin.kind == "package"]
    lacking = set(wanted_names(args.services) + LICENSE_PACKAGES) - {pin.name for pin in pins}
    if lacking:
        fail(f"toolchain/lock does not pin {' '.join(sorted(lacking))}, which a .svc file names in Packages=: "
             "run `make lock`")
    files = [pin.file for pin in pins]
    part = part_of(args.cache, pins, files)
    if not os.path.isdir(part):
        fetcher = Fetcher(f"{args.cache}/dl", private_apt(args), taken, os.environ.get("DL_DIR", ""),
                          os.environ.get("STRICT") == "1")
        files = [os.path.basename(fetcher.fetch([pin])[0]) for pin in pins]
        part = part_of(args.cache, pins, files)    # another one if something was taken instead of a pin
    if not os.path.isdir(part):
        unpack_all(pins, files, args.cache, part)
    os.makedirs(os.path.dirname(args.out), exist_ok=True)
    with open(args.out, "w", encoding="utf-8") as file:
        file.write(part + "\n")


def part_of(cache, pins, files):
    """Where the unpacked tree of these package files is, or will be."""
    text = "".join(f"{pin.sha256} {file}\n" for pin, file in zip(pins, files)) + f"{UNPACK_FORM}\n"
    return f"{cache}/parts/payload-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def merged(name):
    """The path of an archive member on a device with merged /usr, "" for the root itself."""
    path = os.path.normpath("/" + name)
    if path == "/":
        return ""
    if path.split("/")[1] in root.MERGED:
        path = "/usr" + path
    return path


def unpack_one(deb, directory, index, package):
    """Unpack one .deb below directory; a line `PATH PACKAGE` per file goes to index."""
    process = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
        for member in archive:
            path = merged(member.name)
            if not path or (member.issym() and path[len("/usr/"):] in root.MERGED):
                continue
            real = directory + path
            if member.isdir():
                os.makedirs(real, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(real), exist_ok=True)
            if member.issym():
                os.symlink(member.linkname, real)
            elif member.islnk():
                os.link(directory + merged(member.linkname), real)
            elif member.isreg():
                with open(real, "wb") as file:
                    shutil.copyfileobj(archive.extractfile(member), file)
                # No setuid, setgid or sticky bit of a package ever gets as far as an image.
                os.chmod(real, member.mode & 0o755 | 0o644)
            else:
                fail(f"{deb}: {member.name} is neither a file nor a link nor a directory")
            index.write(f"{path} {package}\n")
    if process.wait() != 0:
        fail(f"{deb}: dpkg-deb cannot unpack it; remove the file and run make again")


def unpack_all(pins, files, cache, part):
    """Unpack beside the final place, then rename: a part is there whole or not at all."""
    os.makedirs(os.path.dirname(part), exist_ok=True)
    work = tempfile.mkdtemp(dir=os.path.dirname(part), prefix="payload-unfinished-")
    try:
        os.chmod(work, 0o755)
        os.mkdir(f"{work}/root")
        with open(f"{work}/files", "w", encoding="utf-8") as index:
            for pin, file in zip(pins, files):
                unpack_one(f"{cache}/dl/{file}", f"{work}/root", index, pin.name)
        try:
            os.rename(work, part)
        except OSError:
            if not os.path.isdir(part):    # else another build was faster, with the same tree
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("lock", "unpack"))
    parser.add_argument("--cache", required=True, help="JAILINIT_CACHE")
    parser.add_argument("--arch", required=True, help="Debian's name of the target architecture")
    parser.add_argument("--out", help="unpack: where to write the name of the unpacked tree")
    parser.add_argument("services", nargs="+", help="all .svc files of the tree")
    args = parser.parse_args()
    try:
        {"lock": command_lock, "unpack": command_unpack}[args.command](args)
    except FetchError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
