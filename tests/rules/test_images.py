# SPDX-License-Identifier: MIT
"""What is in the images: nothing of the build machine, no secret, and the same bytes wherever they are built."""

import filecmp
import os
import re
import shutil
import socket
import subprocess

import pytest
import tree

PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\r?\n(?:[A-Za-z-]+: [^\n]*\r?\n)*\r?\n?[A-Za-z0-9+/=]{40}")
OPENSSH_KEY = b"openssh-key-v1\0"
# The well-known keys that this library tests itself with; they are in its public sources and secure nothing.
PUBLISHED_KEYS = r"firmware:/usr/lib/[^/]+/libgnutls\.so\.30\.[0-9.]+"
PASSWORD_HASH = re.compile(rb"^[a-z_][a-z0-9_-]*:(\$[0-9a-z]+\$[^:]+|[./0-9A-Za-z]{13}):", re.M)
CACHE = os.path.abspath(os.environ.get("JAILINIT_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "jailinit"))


def unpack_initramfs(directory):
    with subprocess.Popen(["zstd", "-dc", f"{tree.IMAGES}/initramfs.cpio.zst"], stdout=subprocess.PIPE) as zstd:
        # Device nodes need root and hold nothing: leave them out.
        subprocess.run(["cpio", "-idm", "--quiet", "--no-absolute-filenames", "--nonmatching", "dev/*"],
                       stdin=zstd.stdout, cwd=directory, check=True)


@pytest.fixture(scope="module", name="contents")
def unpacked(tmp_path_factory):
    """(image, path, content) of every file in the images and of the kernel."""
    directory = tmp_path_factory.mktemp("images")
    os.mkdir(f"{directory}/initramfs")
    unpack_initramfs(f"{directory}/initramfs")
    subprocess.run(["unsquashfs", "-q", "-n", "-no-xattrs", "-d", f"{directory}/firmware",
                    f"{tree.IMAGES}/firmware.squashfs"], check=True, capture_output=True)
    found = []
    for image in ("initramfs", "firmware"):
        for top, _, names in os.walk(f"{directory}/{image}"):
            for name in names:
                path = f"{top}/{name}"
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as file:
                        found.append((image, path[len(f"{directory}/{image}"):], file.read()))
    with open(f"{tree.IMAGES}/bzImage", "rb") as file:
        found.append(("bzImage", "", file.read()))
    assert len(found) > 50
    shutil.rmtree(directory)
    return found


def ours(contents):
    return [entry for entry in contents if entry[0] == "initramfs"]


def hits(contents, *needles):
    return [f"{image}:{path}: {needle.decode(errors='replace')}" for image, path, data in contents for needle in needles
            if needle in data]


def test_no_build_paths(contents):
    """No path of the tree, the output or the cache."""
    needles = {tree.ROOT, tree.OUT, CACHE}
    home = os.path.expanduser("~")
    if home.count("/") > 1:
        needles.add(home + "/")
    assert not hits(contents, *[path.encode() for path in needles if path.count("/") > 1])


def test_no_build_paths_in_debug_files():
    """What is beside the images for a debugger is the same everywhere, too."""
    for program in tree.target_programs():
        with open(f"{tree.TARGET}/{program}.debug", "rb") as file:
            data = file.read()
        for path in (tree.ROOT, tree.OUT, CACHE):
            assert path.encode() not in data, f"{program}.debug names {path}"


def test_no_host_name(contents):
    """The build machine is not named (short names would be found by chance)."""
    names = {socket.gethostname(), socket.gethostname().split(".")[0], socket.getfqdn()}
    wanted = [name.encode() for name in names if len(name) >= 6 and name not in ("localhost", "debian", "builder")]
    assert not hits(contents, *wanted)


def test_no_private_key(contents):
    found = [f"{image}:{path}" for image, path, data in contents if PRIVATE_KEY.search(data) or
             (OPENSSH_KEY in data and not data.startswith(b"\x7fELF"))]
    found = [name for name in found if not re.fullmatch(PUBLISHED_KEYS, name)]
    found += [f"{image}:{path}" for image, path, _ in contents
              if re.search(r"(host_key|id_(rsa|dsa|ecdsa|ed25519)|\.key|\.pem|\.p12|\.pfx)$", path) and "cert" not in path]
    assert not found


def test_key_scan_sees_a_key(tmp_path):
    """The scan above finds a key when there is one."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{tmp_path}/key"], check=True)
    with open(f"{tmp_path}/key", "rb") as file:
        assert PRIVATE_KEY.search(b"\n" + file.read())


def test_no_password(contents):
    """No shadow file, no password hash, no password file of a daemon."""
    assert not [path for _, path, _ in contents if re.search(r"/(shadow|gshadow|\.htpasswd|passwd\.mosquitto)-?$", path)]
    found = [f"{image}:{path}" for image, path, data in contents
             if "/etc/" in path and len(data) < 1 << 16 and PASSWORD_HASH.search(data)]
    assert not found


def test_no_test_hook(contents):
    """Nothing of the boot tests is in the product."""
    assert not hits(contents, b"jailinit.test", b"/test-home")


def test_initramfs_has_only_ours(contents):
    """Everything of ours, and nothing of the payload."""
    paths = {path for _, path, _ in ours(contents)}
    wrong = [path for path in paths if not re.match(
        r"/init$|/lib/jailinit/[a-z-]+$|/etc/jailinit/services\.tab$|/etc/jailinit/seccomp/[a-z0-9_-]+\.bpf$", path)]
    assert not wrong, f"unexpected in the initramfs: {wrong}"
    assert {"/init", "/etc/jailinit/services.tab", "/lib/jailinit/jail-launch", "/lib/jailinit/jail-logd",
            "/lib/jailinit/jailctl"} <= paths


def test_firmware_has_nothing_of_ours(contents):
    """The payload holds no program of ours and no table: a jail shares no inode with PID 1."""
    programs = {data for _, path, data in ours(contents) if not path.startswith("/etc/")}
    assert not [path for image, path, data in contents if image == "firmware" and data in programs]
    assert not [path for image, path, _ in contents if image == "firmware" and "jailinit" in os.path.basename(path)]


@pytest.fixture(scope="module", name="elsewhere")
def second_build(tmp_path_factory):
    """The tree as it stands, copied to another place and built there from the cached parts."""
    directory = f"{tmp_path_factory.mktemp('second')}/a/longer/path/to/the/tree"
    for path in tree.files():
        os.makedirs(os.path.dirname(f"{directory}/{path}"), exist_ok=True)
        shutil.copy2(f"{tree.ROOT}/{path}", f"{directory}/{path}", follow_symlinks=False)
    git = ["git", "-C", directory, "-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "copy"], check=True)
    os.mkdir(f"{directory}/build")
    shutil.copy(f"{tree.OUT}/.config", f"{directory}/build/.config")
    # Not this make's own flags and job server: a build of its own.
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("O", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "V")}
    environment["JAILINIT_CACHE"] = CACHE
    done = subprocess.run(["make", "-C", directory, "-j2"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"the copy of the tree does not build:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    yield directory
    shutil.rmtree(directory)


@pytest.mark.parametrize("path", [f"target/{program}" for program in tree.target_programs()] +
                         ["images/initramfs.cpio.zst", "images/firmware.squashfs", "images/bzImage"])
def test_bit_identical(elsewhere, path):
    """The same sources give the same bytes in another directory."""
    assert filecmp.cmp(f"{tree.OUT}/{path}", f"{elsewhere}/build/{path}", shallow=False), \
        f"{path} depends on where it is built: compare {tree.OUT}/{path} with a build elsewhere (diffoscope)"


def test_build_leaves_the_tree_clean(elsewhere):
    """Everything that a build makes is in the output directory, which git ignores."""
    status = subprocess.run(["git", "-C", elsewhere, "status", "--porcelain"], capture_output=True, text=True,
                            check=True).stdout
    assert not status, f"a build changes or adds:\n{status}"
