# SPDX-License-Identifier: MIT
"""The tools that make the images: what they leave out, what they refuse, and in which words."""

import os
import shlex
import struct
import subprocess
import sys

import pytest
import tree

for folder in ("payload", "image", "run"):
    sys.path.insert(0, f"{tree.ROOT}/toolchain/{folder}")
import cpio      # noqa: E402
import elf       # noqa: E402
import ntp       # noqa: E402
import qemu      # noqa: E402
import root      # noqa: E402
import stage     # noqa: E402


def make_tree(directory, files):
    """{path: content}; a content that begins with -> is a symbolic link."""
    for path, content in files.items():
        os.makedirs(os.path.dirname(f"{directory}/{path}"), exist_ok=True)
        if content.startswith("->"):
            os.symlink(content[2:], f"{directory}/{path}")
        else:
            with open(f"{directory}/{path}", "w", encoding="utf-8") as file:
                file.write(content)
            os.chmod(f"{directory}/{path}", 0o755 if content.startswith("#!") else 0o644)
    return str(directory)


@pytest.fixture(name="roots")
def two_layers(tmp_path):
    board = make_tree(tmp_path / "board", {"etc/a.conf": "board", "usr/share/x/page": "x"})
    packages = make_tree(tmp_path / "packages", {
        "etc/a.conf": "package", "usr/sbin/tool": "#!/bin/sh\n", "usr/bin/sh": "->dash", "usr/bin/dash": "shell",
        "usr/bin/loop": "->loop", "usr/bin/lost": "->nowhere", "usr/bin/abs": "->/bin/dash",
        "usr/share/doc/dash/copyright": "see /usr/share/common-licenses/GPL-2.",
        "usr/share/common-licenses/GPL-2": "text", "usr/share/x/y/deep": "deep"})
    return root.Roots([board, packages])


@pytest.mark.parametrize("path,links,final", [
    ("/usr/bin/dash", [], "/usr/bin/dash"),
    ("/bin/sh", ["/usr/bin/sh"], "/usr/bin/dash"),
    ("/usr/bin/abs", ["/usr/bin/abs"], "/usr/bin/dash"),
    ("/usr/sbin/../bin/./sh", ["/usr/bin/sh"], "/usr/bin/dash"),
    ("/../usr/bin/dash", [], "/usr/bin/dash"),
    ("/usr/bin/lost", ["/usr/bin/lost"], None),
    ("/usr/bin/none", [], None),
])
def test_walk(roots, path, links, final):
    assert roots.walk(path) == (links, final)


def test_walk_ends_in_a_loop(roots):
    assert roots.walk("/usr/bin/loop")[1] is None


def test_glob(roots):
    assert roots.glob("/usr/share/x/*") == ["/usr/share/x/page", "/usr/share/x/y"]
    assert roots.glob("/usr/**/deep") == ["/usr/share/x/y/deep"]
    assert roots.glob("/usr/lib/*") == []


def collect(roots, *rows):
    closure = stage.Closure(roots, "x86_64-linux-gnu")
    stage.collect(rows, closure)
    return closure


def test_closure_takes_links_and_interpreters(roots):
    closure = collect(roots, ("program", "/usr/sbin/tool", "tool.svc:3"), ("etc", "/etc/a.conf", "tool.svc:4"),
                      ("files", "/usr/share/x/*", "tool.svc:5"))
    assert set(closure.files) == {"/usr/sbin/tool", "/usr/bin/dash", "/etc/a.conf", "/usr/share/x/page",
                                  "/usr/share/x/y/deep"}
    assert set(closure.links) == {"/usr/bin/sh"}


def test_first_layer_wins(roots, tmp_path):
    closure = collect(roots, ("etc", "/etc/a.conf", "tool.svc:4"))
    stage.write_stage(closure, {}, f"{tmp_path}/stage")
    with open(f"{tmp_path}/stage/etc/a.conf", encoding="utf-8") as file:
        assert file.read() == "board"


@pytest.mark.parametrize("row,words", [
    (("program", "/usr/sbin/none", "a.svc:7"), ["a.svc:7", "/usr/sbin/none"]),
    (("program", "/usr/bin/lost", "a.svc:7"), ["a.svc:7", "/usr/bin/lost", "leads nowhere"]),
    (("files", "/usr/none/*", "a.svc:8"), ["a.svc:8", "ProgramFiles=/usr/none/*", "Packages="]),
    (("etc", "/etc/none", "a.svc:9"), ["a.svc:9", "EtcFiles=/etc/none", "board/common/rootfs/etc"]),
])
def test_missing_file_names_row_key_and_file(roots, row, words):
    with pytest.raises(stage.StageError) as error:
        collect(roots, row)
    assert all(word in str(error.value) for word in words)


def test_licences_are_collected(roots, tmp_path):
    closure = collect(roots, ("program", "/usr/sbin/tool", "tool.svc:3"))
    index = tmp_path / "files"
    index.write_text("/usr/bin/dash dash\n/usr/share/doc/dash/copyright dash\n")
    assert set(stage.copyright_files(closure, str(index))) == {"/usr/share/doc/dash/copyright",
                                                               "/usr/share/common-licenses/GPL-2"}
    index.write_text("/usr/bin/dash other\n")
    with pytest.raises(stage.StageError, match="licence"):
        stage.copyright_files(closure, str(index))


def test_links_come_with_their_target(roots, tmp_path):
    (tmp_path / "links").write_text("# applets\n/usr/bin dash cat ls\n/usr/bin none ps\n")
    stage.make_links([f"{tmp_path}/links"], f"{tmp_path}/l")
    closure = stage.Closure(root.Roots([*roots.directories, f"{tmp_path}/l"]), "x86_64-linux-gnu")
    closure.add("/usr/bin/dash", "test")
    stage.add_wanted_links(f"{tmp_path}/l", closure)
    assert set(closure.links) == {"/usr/bin/cat", "/usr/bin/ls"}


def test_elf_reader_agrees_with_readelf():
    path = os.path.realpath("/bin/bash")
    said = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
    found = elf.read(path)
    assert found.needed and all(f"[{name}]" in said for name in found.needed)
    assert len(found.needed) == said.count("(NEEDED)") and os.path.exists(found.interp)


def test_elf_reader_refuses_garbage(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"text")
    with pytest.raises(elf.NotElf):
        elf.read(path)
    with open(os.path.realpath("/bin/bash"), "rb") as file:
        whole = file.read(4096)
    for size in (4, 63, 64, 100, 400, 4096):
        path.write_bytes(whole[:size])
        with pytest.raises(elf.BadElf):
            elf.read(path)


def test_cpio_is_what_the_list_says(tmp_path):
    make_tree(tmp_path, {"bin/a": "program", "set/1.bpf": "same", "set/2.bpf": "same", "set/3.bpf": "other",
                         "list": "file /a/program 0755 %BIN%/a\ndir /a 0755\nnod /a/console 0600 c 5 1\n"
                                 "slink /a/link program\ndir /set 0755\nfiles /set 0644 %SET%/*.bpf\n"})
    names = {"BIN": f"{tmp_path}/bin", "SET": f"{tmp_path}/set"}
    image = cpio.archive(cpio.read_list(f"{tmp_path}/list", names))
    assert image == cpio.archive(cpio.read_list(f"{tmp_path}/list", names)) and len(image) % 512 == 0
    said = subprocess.run(["cpio", "-itv", "--quiet", "--numeric-uid-gid"], input=image, capture_output=True,
                          check=True).stdout.decode().splitlines()
    rows = {line.split()[-1]: line.split() for line in said}
    assert [line.split()[-1] for line in said][0] == "a"
    assert rows["a/program"][0] == "-rwxr-xr-x" and rows["a/program"][2:5] == ["0", "0", "7"]
    assert rows["a/console"][0] == "crw-------" and rows["a/console"][4:6] == ["5,", "1"]
    assert rows["set/1.bpf"][1] == rows["set/2.bpf"][1] == "2" and rows["set/3.bpf"][1] == "1"


@pytest.mark.parametrize("line,words", [
    ("dir /a", "wanted dir, file"), ("what /a 0755", "wanted dir, file"), ("dir /a 0x", "octal"),
    ("nod /a 0600 d 1 1", "octal"), ("file /a 0644 /nonexistent", "No such file"), ("file /a 0644 %X%/a", "%X%"),
    ("files /a 0644 /nonexistent/*", "no file matches"), ("dir /a 0755\ndir /a 0755", "listed twice"),
])
def test_cpio_refuses(tmp_path, line, words):
    (tmp_path / "list").write_text(line + "\n")
    with pytest.raises(cpio.ListError, match=words):
        cpio.archive(cpio.read_list(f"{tmp_path}/list", {}))


def test_qemu_command_leaves_out_what_is_not_given():
    board = f"{tree.ROOT}/board/qemu-x86_64"
    with_disk = qemu.command(board, kernel="K", initramfs="I", firmware="F", data="D", append="quiet",
                             forwards=[qemu.Forward("tcp", 1234, 80)])
    without = qemu.command(board, kernel="K", initramfs="I", firmware="F")
    assert any("file=D" in word for word in with_disk) and not any("id=data" in word for word in without)
    assert any("hostfwd=tcp:127.0.0.1:1234-:80" in word for word in with_disk)
    assert with_disk[with_disk.index("-append") + 1].endswith("quiet")


def test_ntp_answer():
    request = struct.pack("!B39xQ", 0x23, 0x1122334455667788)
    reply = ntp.answer(request, 1700000000.5)
    assert len(reply) == 48 and reply[0] & 7 == 4 and reply[24:32] == request[40:48]
    assert struct.unpack("!II", reply[40:48]) == (1700000000 + ntp.UNIX_TO_NTP_S, 1 << 31)
    assert ntp.answer(reply, 0) is None and ntp.answer(b"", 0) is None


def readme_command(board):
    """The words of the QEMU command that a board's README shows."""
    with open(f"{board}/README", encoding="utf-8") as file:
        text = file.read()
    start = text.index("  qemu-system-")
    return shlex.split(text[start:text.index("\n\n", start)].replace("\\\n", " "))


def test_readme_shows_the_command_that_is_run():
    board = f"{tree.ROOT}/board/qemu-x86_64"
    run = qemu.command(board, kernel="bzImage", initramfs="initramfs.cpio.zst", firmware="firmware.squashfs",
                       data="../data.img", append="ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:off quiet",
                       forwards=[qemu.Forward("tcp", 8080, 80)], serial="mon:stdio")
    assert readme_command(board) == run
