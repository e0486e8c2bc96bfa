# SPDX-License-Identifier: MIT
"""One pinned file: from the download directory, DL_DIR, the mirror, or the place it was published at."""

import glob
import hashlib
import os
import shutil
import sys

from fetch_apt import first_error, host_mirror, in_series, newest, upstream
from fetch_error import FetchError
from fetch_lock import Pin, read_sources, wanted_files

# Where an archive keeps what has left the mirror: an address with {day} and {path} in it, "" = nowhere.
ARCHIVE = os.environ.get("DEBIAN_ARCHIVE", "")


def say(text):
    """A line for the user that is not the tool's result."""
    print(text, file=sys.stderr, flush=True)


def sha256_of(path):
    """The sha256 of a file as hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def on_mirror(path):
    """The address of a file of Debian's archive on the host's mirror."""
    return f"{host_mirror()[0].rstrip('/')}/{path}"


class Fetcher:
    """Fetches pins into one directory. A file gets its final name only when its hash is right."""

    def __init__(self, directory, apt, taken, dl_dir="", strict=False):
        self.directory = directory
        self.apt = apt
        self.taken = taken
        self.dl_dir = dl_dir
        self.strict = strict
        os.makedirs(directory, exist_ok=True)

    def fetch(self, pins):
        """The paths of the pins' files; all of one source or package, for a replacement is of all."""
        paths = [self._present(pin) or self._from_dl_dir(pin) for pin in pins]
        if all(paths):
            return paths
        missing = [pin for pin, path in zip(pins, paths) if not path]
        reason = self._from_mirror(missing)
        if not reason:
            return [os.path.join(self.directory, pin.file) for pin in pins]
        if not self.strict:
            replaced = self._newest_of_series(pins[0])
            if replaced:
                return replaced
        self._from_publisher(missing, reason)
        return [os.path.join(self.directory, pin.file) for pin in pins]

    def _present(self, pin):
        path = os.path.join(self.directory, pin.file)
        if not os.path.exists(path):
            return None
        if sha256_of(path) == pin.sha256:
            return path
        say(f"note: {path} is not the pinned file (its sha256 differs), fetching it anew")
        os.unlink(path)
        return None

    def _from_dl_dir(self, pin):
        if not self.dl_dir:
            return None
        given = os.path.join(self.dl_dir, pin.file)
        if not os.path.exists(given):
            say(f"note: {pin.file} is not in DL_DIR={self.dl_dir}, trying the mirror")
            return None
        found = sha256_of(given)
        if found != pin.sha256:
            raise FetchError(f"{given}: hash mismatch: toolchain/lock wants sha256 {pin.sha256}, the file has "
                             f"{found}; replace the file by the right one or remove it")
        path = os.path.join(self.directory, pin.file)
        self._remove_leftovers(pin)
        try:
            shutil.copyfile(given, self._partial(pin))
            os.replace(self._partial(pin), path)
        except OSError as error:
            if os.path.exists(self._partial(pin)):
                os.unlink(self._partial(pin))
            raise FetchError(f"{path}: it cannot be written: {error.strerror}") from error
        return path

    def _from_mirror(self, pins):
        """Fetches by the mirror's signed lists; the reason why not, or an empty string."""
        self.apt.update()
        for pin in pins:
            listed = self._listed(pin)
            if not listed:
                self.apt.update(force=True)
                listed = self._listed(pin)
            if not listed:
                return f"{pin.name} {pin.version} has gone from the mirror"
            if listed != pin.sha256:
                raise FetchError(f"{pin.file}: hash mismatch: toolchain/lock wants sha256 {pin.sha256}, the mirror's "
                                 f"signed list says {listed}; do not use either before you know why they differ")
            reason = self._download(on_mirror(pin.path), pin)
            if reason:
                return reason
        return ""

    def _listed(self, pin):
        """The sha256 that the signed lists have for a pin, or None."""
        files = self._versions(pin.kind, pin.name).get(pin.version, [])
        return dict((path.rsplit("/", 1)[-1], sha256) for path, sha256 in files).get(pin.file)

    def _versions(self, kind, name):
        return self.apt.source_versions(name) if kind == "source" else self.apt.package_versions(name)

    def _newest_of_series(self, pin):
        """Fetches what replaces a pin that has gone, in a loud way; the paths, [] if nothing does."""
        source = read_sources().get(pin.name) if pin.kind == "source" else None
        series = source.series if source else upstream(pin.version)
        versions = (self.apt.source_versions(pin.name, source.suite) if source
                    else self._versions(pin.kind, pin.name))
        versions.pop(pin.version, None)
        pins = self.newest_pins(pin.kind, pin.name, series, versions, source)
        if pins:
            say(f"WARNING: {pin.name} {pin.version} has gone from the mirror: TAKING {pins[0].version} INSTEAD, "
                "as the mirror's signed list has it. `make lock` pins it; STRICT=1 refuses it")
        return [os.path.join(self.directory, p.file) for p in pins]

    def newest_pins(self, kind, name, series, versions, source):
        """Pins of the newest version of a series whose files the mirror really has, fetched; [] if none.

        A mirror can list what it does not hold.
        """
        candidates = [version for version in versions if in_series(version, series)]
        while candidates:
            version = newest(candidates)
            candidates.remove(version)
            files = wanted_files(source, versions[version]) if source else versions[version]
            pins = [Pin(kind, name, version, path, sha256) for path, sha256 in files]
            reasons = [self._present(p) is None and self._download(on_mirror(p.path), p) for p in pins]
            if not any(reasons):
                return pins
            say(f"note: {name} {version} is in the mirror's list, but not whole on the mirror "
                f"({next(filter(None, reasons))})")
        return []

    def _from_publisher(self, pins, reason):
        """Fetches from where the file was published: the project's own site, else an archive that is named."""
        sources = read_sources()
        for pin in pins:
            if self._present(pin):
                continue
            places = [ARCHIVE.format(day=self.taken, path=pin.path)] if ARCHIVE else []
            site = sources[pin.name].site if pin.kind == "source" and pin.name in sources else "-"
            if site != "-" and ".orig." in pin.file:
                places.insert(0, site.format(version=upstream(pin.version)))
            reasons = [self._download(place, pin) for place in places]
            if all(reasons):
                strict = " (STRICT=1 takes no other version)" if self.strict else ""
                elsewhere = f"; nor is it where it was published ({reasons[-1]})" if reasons else ""
                raise FetchError(f"{pin.file}: {reason}{elsewhere}: check the network, run `make lock` to pin what the "
                                 "mirror has now, or say DL_DIR= (a directory that has it) or DEBIAN_ARCHIVE= (an "
                                 f"address with {{day}} and {{path}}){strict}")

    def _partial(self, pin):
        return os.path.join(self.directory, f".{pin.file}.{os.getpid()}")

    def _remove_leftovers(self, pin):
        """What a fetch of this file left behind that was killed."""
        for path in glob.glob(os.path.join(glob.escape(self.directory), f".{glob.escape(pin.file)}.*")):
            pid = path.rsplit(".", 1)[-1]
            if not (pid.isdigit() and os.path.exists(f"/proc/{pid}")):
                os.unlink(path)

    def _download(self, uri, pin):
        """Downloads and checks one file; the reason why not, or an empty string."""
        partial = self._partial(pin)
        self._remove_leftovers(pin)
        try:
            done = self.apt.run("/usr/lib/apt/apt-helper", "-q", "download-file", uri, partial,
                                f"SHA256:{pin.sha256}")
            if done.returncode != 0 or not os.path.exists(partial):
                return f"{uri}: {first_error(done.stderr)}"
            if sha256_of(partial) != pin.sha256:
                raise FetchError(f"{uri}: hash mismatch: wanted sha256 {pin.sha256}, found {sha256_of(partial)}; "
                                 "the mirror or something on the way changed the file")
            os.replace(partial, os.path.join(self.directory, pin.file))
            return ""
        finally:
            for leftover in (partial, partial + ".FAILED"):
                if os.path.exists(leftover):
                    os.unlink(leftover)
