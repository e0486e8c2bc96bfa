#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""Runs jail-gen on small inputs and compares what it says and writes with what is expected.

    tests/golden/run.py [--update] JAIL-GEN [CASE...]

A case is a directory in cases/:
    cmd        first line: the arguments of jail-gen ("*.svc" is all of them). Further lines:
                   show PATH    after the run, show this file, or this directory with all below it
                   times N FILE make N services of this .svc: NAME-01.svc, NAME-02.svc ...
                   from TEXT    leave out the output before the first line that has TEXT
    root       the staged root, in words; see staged.py. Without it cases/../root is taken
    .config    without it: a firmware device, and all .svc files of the case enabled
    expected   "exit N", the output (standard error last), and what was shown
    all else   input files. In a .tab file "End=NAME CRC" gets the right checksum
Each case runs in a directory of its own, so that its messages have no path of this machine. --update writes
`expected` anew; read the difference before you believe it.

At the end every message of src/conf and src/gen must have come up in some case; see messages.py.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import zlib

import messages
import staged

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "cases")
TIMEOUT_SEC = 60
OWN_FILES = {"cmd", "root", "expected"}


def fill_checksums(data):
    """Put the right number for the word CRC of each End= line."""
    def replace(match):
        return b"%sEnd=%s %08x" % (match["body"], match["name"], zlib.crc32(match["body"]))
    return re.sub(rb"(?ms)(?P<body>^\[[^\n]*\n(?:(?!\[)[^\n]*\n)*?)End=(?P<name>\S+) CRC$", replace, data)


def default_config(directory):
    names = sorted(name[:-4] for name in os.listdir(directory) if name.endswith(".svc"))
    return 'CONFIG_SYSTEM_FIRMWARE_DEVICE="/dev/vda"\n' + "".join(
        f"CONFIG_SVC_{name.upper().replace('-', '_')}=y\n" for name in names)


def multiply(directory, count, name):
    """count files NAME-NN.svc instead of NAME.svc."""
    path = os.path.join(directory, name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    os.unlink(path)
    for number in range(1, count + 1):
        with open(f"{path[:-4]}-{number:02}.svc", "w", encoding="utf-8") as file:
            file.write(text.replace("NUMBER", f"{number:02}"))


def prepare(case, directory, orders):
    """Copy the case's input into directory and make what it leaves to us."""
    for name in sorted(os.listdir(case)):
        if name in OWN_FILES:
            continue
        with open(os.path.join(case, name), "rb") as file:
            data = file.read()
        with open(os.path.join(directory, name), "wb") as file:
            file.write(fill_checksums(data) if name.endswith(".tab") else data)
    for word, argument in orders:
        if word == "times":
            multiply(directory, int(argument.split()[0]), argument.split()[1])
    if not os.path.exists(os.path.join(directory, ".config")):
        with open(os.path.join(directory, ".config"), "w", encoding="ascii") as file:
            file.write(default_config(directory))
    words = os.path.join(case, "root")
    staged.make(words if os.path.exists(words) else os.path.join(HERE, "root"), os.path.join(directory, "root"))


def show(directory, path):
    """A file, or a directory with all below it, as text."""
    whole = os.path.join(directory, path)
    mode = os.lstat(whole).st_mode if os.path.lexists(whole) else None
    if mode is None:
        return f"-- {path}: not there\n"
    if os.path.islink(whole):
        return f"-- {path} -> {os.readlink(whole)}\n"
    if os.path.isdir(whole):
        return f"-- {path}/ {mode & 0o7777:04o}\n" + "".join(
            show(directory, f"{path}/{name}") for name in sorted(os.listdir(whole)))
    with open(whole, encoding="utf-8", errors="replace") as file:
        return f"-- {path} {mode & 0o7777:04o}\n{file.read()}"


def run(jail_gen, case):
    """What the case gives: exit status, output, files."""
    with open(os.path.join(case, "cmd"), encoding="utf-8") as file:
        command, *rest = file.read().splitlines()
    orders = [line.split(" ", 1) for line in rest]
    with tempfile.TemporaryDirectory() as directory:
        prepare(case, directory, orders)
        files = sorted(name for name in os.listdir(directory) if name.endswith(".svc"))
        arguments = [path for word in shlex.split(command) for path in (files if word == "*.svc" else [word])]
        done = subprocess.run([jail_gen, *arguments], cwd=directory, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=TIMEOUT_SEC, check=False,
                              env={"LC_ALL": "C", "ASAN_OPTIONS": "detect_leaks=1"})
        output = (done.stdout + done.stderr).decode("utf-8", errors="replace")
        for word, argument in orders:
            if word == "from":
                output = output[max(output.find(argument), 0):]
        text = f"exit {done.returncode}\n{output}"
        for word, argument in orders:
            if word == "show":
                text += show(directory, argument)
    return text


def check(jail_gen, name, update):
    """(passed, what the case gave)"""
    case = os.path.join(CASES, name)
    path = os.path.join(case, "expected")
    found = run(jail_gen, case)
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write(found)
    try:
        with open(path, encoding="utf-8") as file:
            wanted = file.read()
    except FileNotFoundError:
        wanted = ""
    print(f"{'ok  ' if found == wanted else 'FAIL'} {name}")
    if found != wanted:
        print(f"--- wanted\n{wanted}--- found\n{found}---")
    return found == wanted, found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write what is found as what is expected")
    parser.add_argument("jail_gen", help="the program to test")
    parser.add_argument("case", nargs="*", help="run these only (then messages are not counted)")
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.jail_gen)
    names = arguments.case or sorted(os.listdir(CASES))
    passed, output = 0, ""
    for name in names:
        good, found = check(program, name, arguments.update)
        passed += good
        output += found
    failed = len(names) - passed
    if not arguments.case:
        missing = messages.missing(output)
        for where, text in missing:
            print(f"FAIL no case brings up the message of {where}: {text}")
        passed, failed = passed + (not missing), failed + bool(missing)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
