# SPDX-License-Identifier: MIT
#
# The board's kernel: allnoconfig plus board/common/linux.config plus the board's own linux.config.
#   $(KERNEL_IMAGE)      what is booted
#   $(KERNEL_CONFIG)     the finished .config, which jail-gen holds the service table against
#   $(KERNEL_CMDLINE)    a file with the command line that the configuration asks for

LINUX_IMAGE := $(ARCH_LINUX_IMAGE)
LINUX_FRAGMENTS := board/common/linux.config board/$(BOARD)/linux.config
$(eval $(call part,linux,linux,$(LINUX_FRAGMENTS),LINUX_ARCH LINUX_IMAGE LINUX_FRAGMENTS CROSS_COMPILE \
	CROSS_COMPILER,about 6 minutes on 2 processors))

KERNEL_IMAGE := $(O)/images/$(notdir $(LINUX_IMAGE))
KERNEL_CONFIG := $(O)/gen/linux.config
KERNEL_CMDLINE := $(O)/images/cmdline

# Another kernel is another directory: the stamp's text changes, and the copies are made anew.
$(eval $(call stamp,$(O)/gen/linux.part,$$(linux_DIR)))
$(KERNEL_IMAGE): $(O)/gen/linux.part | $(linux_DIR)
	@mkdir -p $(@D)
	@cp $(linux_DIR)/$(@F) $@
$(KERNEL_CONFIG): $(O)/gen/linux.part | $(linux_DIR)
	@cp $(linux_DIR)/linux.config $@

cmdline_words := $(if $(CONFIG_UPLINK_DHCP),ip=dhcp) \
	$(if $(CONFIG_UPLINK_STATIC),ip=$(call unquote,$(CONFIG_UPLINK_ADDRESS))) \
	$(if $(CONFIG_KERNEL_QUIET),quiet) \
	$(if $(CONFIG_SECURITY_CPU_MITIGATIONS),,mitigations=off) \
	$(if $(CONFIG_SECURITY_WIPE_FREED_MEMORY),init_on_free=1) \
	$(call unquote,$(CONFIG_KERNEL_CMDLINE))
$(eval $(call stamp,$(KERNEL_CMDLINE),$$(strip $$(cmdline_words))))

.PHONY: kernel
kernel: $(KERNEL_IMAGE) $(KERNEL_CONFIG) $(KERNEL_CMDLINE)
