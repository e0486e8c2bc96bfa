# SPDX-License-Identifier: MIT
"""A private apt directory: the host's mirror, proxy and keys, our suites, and nothing changed on the host."""

import fcntl
import glob
import os
import re
import subprocess
import time

from fetch_error import FetchError

SUITE = "trixie"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LISTS_MAX_AGE_SEC = 24 * 3600


def _deb822_entries(text):
    """The enabled entries of a .sources file as (types, uris, suites, components, options)."""
    for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = {}
        key = None
        for line in stanza.splitlines():
            if line[:1].isspace() and key:
                fields[key] += "\n" + line.strip()
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                fields[key] = value.strip()
        if fields.get("enabled", "yes").lower() in ("no", "false", "off", "0"):
            continue
        yield (fields.get("types", "").split(), fields.get("uris", "").split(),
               fields.get("suites", "").split(), fields.get("components", "").split(),
               fields.get("signed-by", ""))


def _one_line_entries(text):
    """The entries of a sources.list: TYPE [OPTIONS] URI SUITE COMPONENT..."""
    for line in text.splitlines():
        match = re.match(r"\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match:
            kind, options, uri, suite, components = match.groups()
            signed_by = dict(o.split("=", 1) for o in (options or "").split() if "=" in o)
            yield [kind], [uri], [suite], components.split(), signed_by.get("signed-by", "")


def host_codename():
    """The host's release as its archive calls it: bookworm, trixie."""
    with open("/etc/os-release", encoding="utf-8") as release:
        match = re.search(r"(?m)^VERSION_CODENAME=\"?(\w+)", release.read())
    return match.group(1) if match else "stable"


def _without_mirror_list(uri):
    """The first mirror of a mirror+file: list (cloud images have one), any other address as it is."""
    if not uri.startswith("mirror+file:"):
        return uri
    with open(uri[len("mirror+file:"):], encoding="utf-8") as mirrors:
        addresses = [line.split()[0] for line in mirrors if line.strip() and not line.startswith("#")]
    if not addresses:
        raise FetchError(f"{uri} in the host's apt configuration lists no mirror")
    return addresses[0]


def host_mirror(root="/etc/apt"):
    """The (uri, keyring) that the host's own apt configuration uses for Debian's main archive."""
    wanted = {host_codename(), "stable", "testing", SUITE}
    readers = [(os.path.join(root, "sources.list"), _one_line_entries)]
    readers += [(p, _one_line_entries) for p in sorted(glob.glob(root + "/sources.list.d/*.list"))]
    readers += [(p, _deb822_entries) for p in sorted(glob.glob(root + "/sources.list.d/*.sources"))]
    for path, reader in readers:
        try:
            with open(path, encoding="utf-8") as listing:
                text = listing.read()
        except OSError:
            continue
        for types, uris, suites, components, signed_by in reader(text):
            uris = [u for u in uris if not u.startswith("cdrom:")]
            if "deb" in types and uris and wanted & set(suites) and "main" in components:
                key = signed_by if signed_by.startswith("/") else KEYRING
                return _without_mirror_list(uris[0]), key
    raise FetchError(f"{root}/sources.list and sources.list.d name no Debian mirror with main: "
                     "add one, or put the files into a directory and say DL_DIR=")


class AptDir:
    """apt's own configuration, lists and cache below one directory of ours."""

    def __init__(self, path, suites, architecture):
        self.path = path
        self.suites = suites
        self.architecture = architecture
        self.conf = os.path.join(path, "apt.conf")
        self.updated = False

    def _write(self):
        """Writes the configuration; True if it was there before and is the same."""
        uri, keyring = host_mirror()
        for directory in ("lists/partial", "cache/archives/partial", "state"):
            os.makedirs(os.path.join(self.path, directory), exist_ok=True)
        option = f"[signed-by={keyring}]"
        lines = [f"deb {option} {uri} {SUITE} main"]
        for suite in self.suites:
            lines.append(f"deb-src {option} {uri} {suite} main")
            _write_if_changed(self._list_of(suite), lines[-1:])
        conf = [f'Dir::Etc::SourceList "{self.path}/sources.list";', 'Dir::Etc::SourceParts "-";',
                'Dir::Etc::Preferences "-";', 'Dir::Etc::PreferencesParts "-";',
                f'Dir::State "{self.path}/state";', f'Dir::State::Lists "{self.path}/lists";',
                f'Dir::State::status "{self.path}/state/status";', f'Dir::Cache "{self.path}/cache";',
                'Dir::Cache::pkgcache "pkgcache.bin";', 'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
                f'APT::Architecture "{self.architecture}";', "#clear APT::Architectures;",
                f'APT::Architectures {{ "{self.architecture}"; }};',
                'APT::Default-Release "";', 'Acquire::Languages "none";', 'Acquire::Retries "2";',
                # The mirror may be a snapshot: what is taken is pinned by its hash, however old the list.
                'Acquire::Check-Valid-Until "false";', 'Acquire::http::Timeout "20";', 'Acquire::https::Timeout "20";',
                'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
                'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";',
                "#clear APT::Update::Pre-Invoke;", "#clear APT::Update::Post-Invoke;",
                "#clear APT::Update::Post-Invoke-Success;"]
        if os.geteuid() == 0:
            conf.append('APT::Sandbox::User "root";')   # _apt may not read a directory below /root
        same = _write_if_changed(os.path.join(self.path, "sources.list"), lines)
        same &= _write_if_changed(self.conf, conf)
        _write_if_changed(os.path.join(self.path, "state/status"), [])
        return same

    def _list_of(self, suite):
        """A sources.list with this suite only."""
        return os.path.join(self.path, f"sources-{suite}.list")

    def run(self, *command):
        """Runs an apt program with the private configuration; a CompletedProcess with text output."""
        env = dict(os.environ, APT_CONFIG=self.conf, LC_ALL="C")
        return subprocess.run(command, env=env, text=True, capture_output=True, check=False)

    def update(self, force=False):
        """Brings the lists up to date, at most once a day unless forced."""
        if self.updated:
            return
        os.makedirs(self.path, exist_ok=True)
        with open(os.path.join(self.path, "lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            same = self._write()
            stamp = os.path.join(self.path, "updated")
            fresh = os.path.exists(stamp) and time.time() - os.path.getmtime(stamp) < LISTS_MAX_AGE_SEC
            if same and fresh and not force:
                return
            done = self.run("apt-get", "-q", "update", "-o", "APT::Update::Error-Mode=any")
            if done.returncode != 0:
                raise FetchError("the package lists could not be fetched from the host's Debian mirror: "
                                 + first_error(done.stderr) + "; check the network, or put the files "
                                 "into a directory and say DL_DIR=")
            with open(stamp, "w", encoding="utf-8"):
                pass
            self.updated = True

    def source_versions(self, name, suite=""):
        """A source package's versions, in one suite or all, with their files: {version: [(file, sha256)]}."""
        versions = {}
        options = ["-o", f"Dir::Etc::SourceList={self._list_of(suite)}", "-o", "Dir::Cache::pkgcache=",
                   "-o", "Dir::Cache::srcpkgcache="] if suite else []
        for stanza in self.run("apt-cache", *options, "showsrc", name).stdout.split("\n\n"):
            version = re.search(r"(?m)^Version: (\S+)", stanza)
            directory = re.search(r"(?m)^Directory: (\S+)", stanza)
            package = re.search(r"(?m)^Package: (\S+)", stanza)
            sums = re.search(r"(?m)^Checksums-Sha256:\s*\n((?: .*\n?)+)", stanza)
            if version and directory and sums and package and package.group(1) == name:
                files = [line.split() for line in sums.group(1).splitlines()]
                versions[version.group(1)] = [(f"{directory.group(1)}/{f[2]}", f[0]) for f in files]
        return versions

    def package_versions(self, name):
        """The versions of a binary package in the lists: {version: [(file, sha256)]}."""
        versions = {}
        for stanza in self.run("apt-cache", "show", name).stdout.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in stanza.splitlines()
                          if ": " in line and not line.startswith(" "))
            if fields.get("Package") == name and "SHA256" in fields:
                versions[fields["Version"]] = [(fields["Filename"], fields["SHA256"])]
        return versions


def first_error(text):
    """The first line of apt's that says what went wrong, without the mirror's own noise."""
    for line in text.splitlines():
        if line.startswith(("E:", "Err:", "W:")):
            return re.sub(r"^Failed to fetch \S+\s+", "", line.split(":", 1)[1].strip())
    return text.strip().splitlines()[-1] if text.strip() else "apt gave no reason"


def newest(versions):
    """The newest of Debian version strings, by dpkg's own comparison."""
    best = None
    for version in versions:
        if best is None or subprocess.run(["dpkg", "--compare-versions", version, "gt", best],
                                          check=False).returncode == 0:
            best = version
    return best


def upstream(version):
    """Upstream's version within a Debian version: 1:1.2.5+ds-3 is 1.2.5."""
    return re.sub(r"[+~](dfsg|ds).*$", "", version.split(":", 1)[-1].rsplit("-", 1)[0])


def in_series(version, series):
    """Whether a Debian version belongs to an upstream series: 6.12.107-1 to 6.12, 1.2.5-3 to 1.2.5."""
    return (upstream(version) + ".").startswith(series + ".")


def _write_if_changed(path, lines):
    text = "".join(line + "\n" for line in lines)
    try:
        with open(path, encoding="utf-8") as old:
            if old.read() == text:
                return True
    except OSError:
        pass
    with open(path, "w", encoding="utf-8") as new:
        new.write(text)
    return False
