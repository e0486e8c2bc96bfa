# SPDX-License-Identifier: MIT
#
# From the .svc files and .config to the service table, by jail-gen, and what is made from the table:
#   $(O)/gen/payload.list       what the enabled services need of the packages
#   $(O)/gen/services.tab       the table, held against the staged firmware and the kernel
#   $(O)/gen/seccomp/NAME.bpf   a filter per row; stamp $(O)/gen/seccomp.made
#   $(O)/stage/firmware/views   the skeleton of each jail's root; stamp $(O)/stage/firmware.views

JAIL_GEN := $(O)/host/jail-gen
BOARD_SERVICE_FILES := $(sort $(wildcard board/common/services/*.svc board/$(BOARD)/services/*.svc))
# The board's own first; the groups are those of the last.
SECCOMP_GROUPS := $(wildcard board/$(BOARD)/seccomp) board/common/seccomp

VERSION := $(or $(shell sed -n 's/^\#\# \([0-9][0-9.]*\).*/\1/p;T;q' CHANGELOG.md),unreleased)

# The time of the release: of all files in the firmware, and the earliest that the clock may show. Never that of the
# build. A release says SOURCE_DATE_EPOCH; without it, it is the day on which the third-party parts were pinned.
lock_day := $(shell sed -n 's/^\# taken: \([0-9]*\).*/\1/p' toolchain/lock)
BUILD_TIME := $(or $(SOURCE_DATE_EPOCH),$(shell date -u -d '$(lock_day)' +%s))
$(eval $(call stamp,$(O)/gen/build-time,$(BUILD_TIME)))

# A file is made whole or not at all.
$(O)/gen/payload.list: $(O)/.config $(BOARD_SERVICE_FILES) $(JAIL_GEN)
	@mkdir -p $(@D)
	$(call step,GEN,payload.list,payload-list) \
		sh -c '$(JAIL_GEN) payload --config $(O)/.config $(BOARD_SERVICE_FILES) >$@.new && mv $@.new $@'

$(O)/gen/services.tab: $(O)/.config $(BOARD_SERVICE_FILES) $(JAIL_GEN) $(O)/stage/firmware.staged $(KERNEL_CONFIG) \
		$(O)/gen/build-time
	@mkdir -p $(@D)
	$(call step,GEN,services.tab,table) $(JAIL_GEN) table --config $(O)/.config --root $(O)/stage/firmware \
		--arch $(ARCH) --kernel-config $(KERNEL_CONFIG) --version '$(VERSION)' --build-time $(BUILD_TIME) \
		$(BOARD_SERVICE_FILES) -o $@

$(O)/gen/seccomp.made: $(O)/gen/services.tab $(wildcard $(SECCOMP_GROUPS:%=%/*)) $(JAIL_GEN)
	@rm -rf $(O)/gen/seccomp && mkdir -p $(O)/gen/seccomp
	$(call step,GEN,system call filters,seccomp) $(JAIL_GEN) seccomp --arch $(ARCH) $(SECCOMP_GROUPS:%=--groups %) \
		--table $(O)/gen/services.tab -o $(O)/gen/seccomp
	@touch $@

$(O)/stage/firmware.views: $(O)/gen/services.tab $(O)/stage/firmware.staged $(JAIL_GEN)
	@rm -rf $(O)/stage/firmware/views
	$(call step,GEN,views of the firmware,views) $(JAIL_GEN) views --root $(O)/stage/firmware $(O)/gen/services.tab
	@touch $@
