# SPDX-License-Identifier: MIT
"""toolchain/lock: every third-party file by kind, name, version, place in Debian's archive and sha256."""

import os
from typing import NamedTuple

from fetch_error import FetchError

HERE = os.path.dirname(os.path.abspath(__file__))
LOCK = os.path.join(HERE, "lock")
SOURCES = os.path.join(HERE, "sources")
HEADER = """\
# SPDX-License-Identifier: MIT
#
# Every third-party file, pinned. `make lock` writes this file; do not edit it by hand.
# taken: {taken} (the day: Debian's archive of that day has all of them)
#
# KIND NAME VERSION FILE SHA256
"""


class Pin(NamedTuple):
    """One file. `path` is its place below the root of Debian's archive."""
    kind: str       # source, or package (a binary one)
    name: str
    version: str
    path: str
    sha256: str

    @property
    def file(self):
        """The name of the file in the download directory."""
        return self.path.rsplit("/", 1)[-1]


class Source(NamedTuple):
    """One row of toolchain/sources, see there."""
    name: str
    suite: str
    series: str
    files: list
    site: str


def read_lock(path=LOCK):
    """(pins, the day they were taken as YYYYMMDD)."""
    pins, taken = [], ""
    try:
        with open(path, encoding="utf-8") as lock:
            lines = lock.read().splitlines()
    except OSError as error:
        raise FetchError(f"{path} cannot be read ({error.strerror}): restore it, or run `make lock`") from error
    for number, line in enumerate(lines, 1):
        if line.startswith("# taken: "):
            taken = line.split()[2]
        if not line or line.startswith("#"):
            continue
        fields = line.split()
        if len(fields) != 5 or fields[0] not in ("source", "package") or len(fields[4]) != 64:
            raise FetchError(f"{path}:{number}: wanted KIND NAME VERSION FILE SHA256, found: {line}")
        pins.append(Pin(*fields))
    return pins, taken


def write_lock(pins, taken, path=LOCK):
    """Writes the lock whole or not at all."""
    order = sorted(set(pins), key=lambda pin: (pin.kind != "source", pin.name, pin.version, pin.path))
    with open(path + ".new", "w", encoding="utf-8") as lock:
        lock.write(HEADER.format(taken=taken))
        for pin in order:
            lock.write(" ".join(pin) + "\n")
    os.replace(path + ".new", path)


def read_sources(path=SOURCES):
    """The rows of toolchain/sources by name."""
    sources = {}
    with open(path, encoding="utf-8") as table:
        for line in table:
            if line.strip() and not line.startswith("#"):
                name, suite, series, files, site = line.split()
                sources[name] = Source(name, suite, series, files.split(","), site)
    return sources


def wanted_files(source, files):
    """Of a source package's files those that the row in toolchain/sources asks for."""
    return [f for f in files if not f[0].endswith(".asc")
            and any(f".{part}.tar." in f[0] for part in source.files)]
