# SPDX-License-Identifier: MIT
"""What every boot test shares: the images, and machines that are ended whatever happens."""

import os
import shutil
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
for _part in ("toolchain/run", "toolchain/image", "tests/boot"):
    sys.path.insert(0, f"{TREE}/{_part}")

# pylint: disable=wrong-import-position
import data as data_image  # noqa: E402
import table as table_file  # noqa: E402
from guest import Guest  # noqa: E402
from images import Images  # noqa: E402

os.environ["PATH"] += ":/usr/sbin:/sbin"


@pytest.fixture(scope="session")
def images():
    """Everything that was built below O=."""
    found = Images(os.path.join(TREE, os.environ.get("O", "build")))
    for path in (found.kernel, found.initramfs, found.firmware, found.agent, found.rows, found.rows_firmware):
        assert os.path.exists(path), f"{path} is not there: run `make boot`"
    return found


MEASURED = []


@pytest.fixture(scope="session")
def measured():
    """A function that keeps a line for the end of the report."""
    return MEASURED.append


def pytest_terminal_summary(terminalreporter):
    """What was measured on the way; figures of an emulated processor, no verdicts."""
    for line in MEASURED:
        terminalreporter.write_line(f"measured: {line}")


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """Two pairs of ssh keys: one that may log in, one that may not."""
    directory = tmp_path_factory.mktemp("keys")
    for name in ("good", "bad"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", f"{directory}/{name}"],
                       check=True)
    return directory


@pytest.fixture(scope="session")
def data_template(tmp_path_factory, keys):
    """A /data with the good key in it, as `make run` makes it."""
    path = str(tmp_path_factory.mktemp("data") / "data.img")
    with open(f"{keys}/good.pub", "rb") as file:
        data_image.make(path, 64, {"/services/dropbear/authorized_keys": file.read()})
    return path


@pytest.fixture(scope="module")
def data(data_template, tmp_path_factory):
    """This module's own copy of it."""
    path = str(tmp_path_factory.mktemp("data") / "data.img")
    shutil.copyfile(data_template, path)
    return path


@pytest.fixture(scope="session")
def product_rows(images):
    """What the product's services.tab says."""
    with open(images.table, "rb") as file:
        return table_file.parse(file.read())


@pytest.fixture(scope="session")
def test_rows(images):
    """What the table of test rows says."""
    with open(images.rows_table, "rb") as file:
        return table_file.parse(file.read())


@pytest.fixture(scope="session")
def rows_options(images):
    """Options of a Guest that has the test rows instead of the product's."""
    return {"firmware": images.rows_firmware, "appended": [images.agent, images.rows]}


def end_state(row):
    """The state in which a row comes to rest after the boot."""
    if row.get_one("Duty", "none") in ("data-check", "data-format") or row.get_one("AutoStart", "yes") == "no":
        return "stopped"
    return "done" if row.get_one("Type", "exec") == "oneshot" else "running"


@pytest.fixture(scope="module")
def product(images, data, product_rows, request):
    """The product itself, with all of its services up, for a module's tests."""
    with Guest(images, f"product-{request.module.__name__.removeprefix('test_')}", data=data) as guest:
        guest.wait_all({name: end_state(row) for name, row in product_rows.items()
                        if name != "system" and end_state(row) == "running"})
        yield guest
