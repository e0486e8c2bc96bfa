#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""Stages the firmware root: of the unpacked packages and the boards' own files only what the services need.

Reads the list that `jail-gen payload` writes:
    package NAME                   (packages.py has unpacked it)
    program PATH FILE.svc:LINE     ExecStart= and ExecStartPre=
    files GLOB FILE.svc:LINE       ProgramFiles=
    etc PATH FILE.svc:LINE         EtcFiles=
To each of these comes what it needs in turn: the ELF interpreter and libraries, the interpreter of a script, what a
symbolic link leads to. A link of a board's `links` file is taken when what it leads to is (the applets of busybox).
Copyright files of all packages that anything was taken of go to /usr/share/doc.
"""

import argparse
import os
import re
import shutil
import sys

import elf
import root

LIBRARY_DIRECTORIES = ("/usr/lib/{triplet}", "/usr/lib")    # where Debian's ld.so looks without a cache
LICENSES = "/usr/share/common-licenses/"


class StageError(Exception):
    """What is missing, for whom, and what to do."""


class Closure:
    """The files to ship, as paths of the root, and why each is needed."""

    def __init__(self, roots, triplet):
        self.roots = roots
        self.libraries = [directory.format(triplet=triplet) for directory in LIBRARY_DIRECTORIES]
        self.files = {}      # path -> who asked for it
        self.links = {}

    def add(self, path, why):
        """Take path, all links on the way to it, and what it needs."""
        links, final = self.roots.walk(path)
        if final is None:
            raise StageError(f"{why}: {path} is neither in the packages nor in a board's rootfs/"
                             + (f" ({links[-1]} is a link that leads nowhere)" if links else ""))
        for link in links:
            self.links.setdefault(link, why)
        if final in self.files:
            return
        real = self.roots.find(final)
        if os.path.isdir(real):
            for below in self.roots.files_below(final):
                self.add(below, why)
            return
        self.files[final] = why
        self._add_needs(final, real)

    def _add_needs(self, path, real):
        try:
            found = elf.read(real)
        except elf.NotElf:
            self._add_interpreter(path, real)
            return
        except elf.BadElf as error:
            raise StageError(f"{self.files[path]}: {error}") from None
        if found.interp:
            self.add(found.interp, f"{self.files[path]}: interpreter of {path}")
        for name in found.needed:
            self.add(self._library(name, path, found), f"{self.files[path]}: library of {path}")

    def _add_interpreter(self, path, real):
        with open(real, "rb") as file:
            line = file.readline(256)
        if line.startswith(b"#!") and os.access(real, os.X_OK):
            self.add(line[2:].split()[0].decode(), f"{self.files[path]}: interpreter of the script {path}")

    def _library(self, name, path, needs):
        """The path of the library that ld.so would take."""
        origin = os.path.dirname(path)
        directories = [re.sub(r"\$(ORIGIN|\{ORIGIN\})", origin, d) for d in needs.search] + self.libraries
        for directory in directories:
            final = self.roots.walk(f"{directory}/{name}")[1]
            if final and elf.read(self.roots.find(final)).machine == needs.machine:
                return f"{directory}/{name}"
        raise StageError(f"{self.files[path]}: {path} needs the library {name}, which is not in "
                         f"{' '.join(directories)} of the packages: add its package to Packages=")


def read_list(path):
    """[(kind, what, FILE:LINE)] of jail-gen's list."""
    rows = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            words = line.split()
            if len(words) < 2 or words[0] not in ("package", "program", "files", "etc"):
                raise StageError(f"{path}:{number}: wanted package, program, files or etc, found `{line.strip()}`")
            rows.append((words[0], words[1], words[2] if len(words) > 2 else path))
    return rows


def collect(rows, closure):
    for kind, what, where in rows:
        if kind == "program":
            closure.add(what, f"{where}: program")
        elif kind == "files":
            matches = closure.roots.glob(what)
            if not matches:
                raise StageError(f"{where}: ProgramFiles={what}: no file of the packages or of a board's rootfs/ "
                                 "matches: correct the glob, or add the package to Packages=")
            for match in matches:
                closure.add(match, f"{where}: ProgramFiles={what}")
        elif kind == "etc":
            if closure.roots.walk(what)[1] is None:
                raise StageError(f"{where}: EtcFiles={what}: the file is in no board's rootfs/ and in no package: "
                                 "put it into board/common/rootfs/etc, or correct the name")
            closure.add(what, f"{where}: EtcFiles={what}")


def make_links(lists, directory):
    """Make the links that the boards' `links` files name, as one more layer of the root."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    for path in lists:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                words = line.split()
                if not words or words[0].startswith("#"):
                    continue
                if len(words) < 3 or not words[0].startswith("/usr/"):
                    raise StageError(f"{path}:{number}: wanted /usr/DIRECTORY TARGET NAME..., found `{line.strip()}`")
                os.makedirs(directory + words[0], exist_ok=True)
                for name in words[2:]:
                    os.symlink(words[1], f"{directory}{words[0]}/{name}")


def add_wanted_links(directory, closure):
    """Of the links in directory those whose target is shipped."""
    for link in root.Roots([directory]).files_below("/usr"):
        on_the_way, final = closure.roots.walk(link)
        if final in closure.files:
            for path in on_the_way:
                closure.links.setdefault(path, f"link {link}")


def copyright_files(closure, index):
    """{path to ship: file of this host}: the copyright file of each package that something was taken of."""
    owners = {}
    with open(index, encoding="utf-8") as file:
        for line in file:
            path, _, package = line.rstrip("\n").rpartition(" ")
            owners[path] = package
    found, licenses = {}, set()
    for package in sorted({owners[path] for path in [*closure.files, *closure.links] if path in owners}):
        path = f"/usr/share/doc/{package}/copyright"
        final = closure.roots.walk(path)[1]
        if final is None:
            raise StageError(f"package {package}: no {path}: its licence cannot be shipped")
        found[path] = closure.roots.find(final)
        with open(found[path], encoding="utf-8", errors="replace") as file:
            licenses.update(re.findall(LICENSES + r"([A-Za-z]+(?:-[0-9]+(?:\.[0-9]+)?)?)", file.read()))
    for name in sorted(licenses):
        final = closure.roots.walk(LICENSES + name)[1]
        if final:
            found[LICENSES + name] = closure.roots.find(final)
    return found


def put(source, target):
    """Copy a file; of its rights only whether it is a program is kept."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(source, target)
    os.chmod(target, 0o755 if os.access(source, os.X_OK) and os.stat(source).st_mode & 0o111 else 0o644)


def write_stage(closure, papers, stage):
    """Make stage anew."""
    shutil.rmtree(stage, ignore_errors=True)
    os.makedirs(f"{stage}/usr")
    os.makedirs(f"{stage}/etc")
    for path in closure.files:
        put(closure.roots.find(path), stage + path)
    for path in closure.links:
        os.makedirs(os.path.dirname(stage + path), exist_ok=True)
        os.symlink(os.readlink(closure.roots.find(path)), stage + path)
    for path, source in papers.items():
        put(source, stage + path)
    for directory, _, _ in os.walk(stage):
        os.chmod(directory, 0o755)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", required=True, help="what jail-gen payload wrote")
    parser.add_argument("--unpacked", required=True, help="the file that names the unpacked packages (packages.py)")
    parser.add_argument("--board", action="append", default=[], help="a rootfs/ directory; the first one wins")
    parser.add_argument("--links", action="append", default=[], help="a list of symbolic links")
    parser.add_argument("--triplet", required=True, help="the target's name in /usr/lib, as x86_64-linux-gnu")
    parser.add_argument("--stage", required=True, help="the directory to make")
    args = parser.parse_args()
    try:
        with open(args.unpacked, encoding="utf-8") as file:
            part = file.read().strip()
        boards = [directory for directory in args.board if os.path.isdir(directory)]
        links = f"{args.stage}.links"
        make_links(args.links, links)
        closure = Closure(root.Roots(boards + [links, f"{part}/root"]), args.triplet)
        collect(read_list(args.list), closure)
        add_wanted_links(links, closure)
        write_stage(closure, copyright_files(closure, f"{part}/files"), args.stage)
    except StageError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
