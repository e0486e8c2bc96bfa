# SPDX-License-Identifier: MIT
#
# The payload: Debian packages that the service rows name, unpacked, and reduced to what the enabled services need.
#   $(O)/gen/payload.unpacked   names the tree of all pinned packages in the cache
#   $(O)/gen/payload.list       what the enabled services need, by jail-gen
#   $(O)/stage/firmware.staged  stamp: $(O)/stage/firmware holds exactly that

BOARD_ROOTFS := board/$(BOARD)/rootfs board/common/rootfs
BOARD_LINKS := $(wildcard board/$(BOARD)/links board/common/links)
PACKAGES := toolchain/payload/packages.py

# Every row of the tree: the lock pins the packages of all boards and of rows that are off.
ALL_SERVICE_FILES := $(sort $(wildcard board/*/services/*.svc))

# Directories too: their time tells that a file or a link has come or gone.
board_files := $(shell find $(wildcard $(BOARD_ROOTFS)) -type f -o -type d)

$(O)/gen/payload.unpacked: $(ALL_SERVICE_FILES) $(PACKAGES) toolchain/payload/root.py toolchain/lock \
		$(if $(wildcard $(strip $(file <$(O)/gen/payload.unpacked))/files),,FORCE)
	@mkdir -p $(@D)
	$(call step,PAYLOAD,packages of the services,payload) \
		$(PACKAGES) unpack --cache $(JAILINIT_CACHE) --arch $(ARCH_DEB) --out $@ $(ALL_SERVICE_FILES)
	@grep -i '^warning:' $(O)/log/payload.log >&2 2>/dev/null || true

$(O)/stage/firmware.staged: $(O)/gen/payload.list $(O)/gen/payload.unpacked $(board_files) $(BOARD_LINKS) \
		toolchain/payload/stage.py toolchain/payload/root.py toolchain/payload/elf.py
	@mkdir -p $(@D)
	$(call step,STAGE,firmware,stage) toolchain/payload/stage.py --list $(O)/gen/payload.list \
		--unpacked $(O)/gen/payload.unpacked $(BOARD_ROOTFS:%=--board %) $(BOARD_LINKS:%=--links %) --triplet $(ARCH_TRIPLET) \
		--stage $(O)/stage/firmware
	@touch $@

# After the sources, if both are asked for: both write toolchain/lock.
.PHONY: lock-packages
lock-packages: $(if $(filter lock,$(MAKECMDGOALS)),lock-sources)
	$(call step,LOCK,packages of the services,lock-packages) \
		$(PACKAGES) lock --cache $(JAILINIT_CACHE) --arch $(ARCH_DEB) $(ALL_SERVICE_FILES)
lock: lock-packages
