# SPDX-License-Identifier: MIT
"""Fixtures of the launcher's tests."""

import ctypes
import os

import pytest

import jail


# landlock(7): asked for its version, landlock_create_ruleset(2) gives the ABI.
LANDLOCK_CREATE_RULESET, LANDLOCK_VERSION = 444, 1


def landlock_abi():
    """0 where the host's kernel has no Landlock."""
    return max(0, ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), LANDLOCK_VERSION))


def pytest_runtest_setup(item):
    """The launcher fails closed where the kernel has not the walls that a row needs, and so does the host here."""
    for mark in item.iter_markers("landlock"):
        if landlock_abi() < mark.args[0]:
            pytest.skip(f"this kernel's Landlock has ABI {landlock_abi()}, the row needs {mark.args[0]}: "
                        "the boot tests have it")


def pytest_configure(config):
    config.addinivalue_line("markers", "landlock(abi): a row that can be started from this ABI on")


def pytest_collection_modifyitems(items):
    """Mounting is root's."""
    if os.geteuid() != 0:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="starting jails on the build host needs root"))


@pytest.fixture
def site(tmp_path):
    """A firmware and a cgroup; afterwards nothing may be left in them."""
    made = jail.Site(tmp_path)
    yield made
    try:
        left = made.left_over()
    finally:
        made.close()
    assert not left, "left behind: " + " ".join(left)
