# SPDX-License-Identifier: MIT
#
# The board's kernel: allnoconfig plus board/common/linux.config plus the board's own linux.config.

BOARD ?= $(or $(patsubst "%",%,$(CONFIG_BOARD)),qemu-x86_64)

LINUX_IMAGE := $(ARCH_LINUX_IMAGE)
LINUX_FRAGMENTS := board/common/linux.config board/$(BOARD)/linux.config
$(eval $(call part,linux,linux,$(LINUX_FRAGMENTS),LINUX_ARCH LINUX_IMAGE LINUX_FRAGMENTS CROSS_COMPILE \
	CROSS_COMPILER,about 6 minutes on 2 processors))

KERNEL_IMAGE := $(O)/images/$(notdir $(LINUX_IMAGE))

.PHONY: kernel
kernel: $(KERNEL_IMAGE)

# The part's directory is in the stamp's text: another kernel is another text.
$(eval $(call stamp,$(O)/images/.kernel,$$(linux_DIR)))
$(KERNEL_IMAGE): $(O)/images/.kernel | $(linux_DIR)
	@mkdir -p $(@D)
	$(call step,COPY,$(notdir $@),kernel-image) cp $(linux_DIR)/$(@F) $@
