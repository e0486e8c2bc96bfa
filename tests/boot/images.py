# SPDX-License-Identifier: MIT
"""The product's images and the test's own, as the build left them below $(O)."""

import os
import re

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Images:
    """Paths of everything that a boot needs."""

    def __init__(self, out):
        self.out, self.logs = out, f"{out}/log"
        self.kernel = f"{out}/images/bzImage"
        self.initramfs = f"{out}/images/initramfs.cpio.zst"
        self.firmware = f"{out}/images/firmware.squashfs"
        self.table = f"{out}/gen/services.tab"
        # The test's own: the agent alone, and the table of test rows with the firmware that has their views.
        self.agent = f"{out}/boot/agent.cpio"
        self.rows = f"{out}/boot/rows.cpio"
        self.rows_table = f"{out}/boot/rows/services.tab"
        self.rows_firmware = f"{out}/boot/rows.squashfs"
        # Daemons that are off in the product: a table of their own, with a firmware that has them.
        self.daemons = f"{out}/boot/daemons.cpio"
        self.daemons_table = f"{out}/boot/daemons/services.tab"
        self.daemons_firmware = f"{out}/boot/daemons.squashfs"
        self.config = self.read_config(f"{out}/.config")
        self.board = f"{TREE}/board/{self.config.get('BOARD', 'qemu-x86_64')}"
        self.ram_mb = int(self.config.get("SYSTEM_MEMORY_MB", "256"))
        with open(f"{out}/images/cmdline", encoding="utf-8") as file:
            self.command_line = file.read().strip()

    @staticmethod
    def read_config(path):
        """Symbol -> value of a .config, without CONFIG_ and quotes."""
        with open(path, encoding="utf-8") as file:
            return {match[1]: match[2].strip('"')
                    for match in re.finditer(r"^CONFIG_(\w+)=(.*)$", file.read(), re.M)}
