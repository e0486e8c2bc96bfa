# SPDX-License-Identifier: MIT
#
# The images: initramfs (everything of ours) and firmware (the payload). The same bytes from the same tree, wherever
# and whenever they are made.

IMAGES := $(O)/images
INITRAMFS_LISTS := rootfs-skel/initramfs.list

$(IMAGES)/firmware.squashfs: $(O)/stage/firmware.views $(O)/gen/build-time toolchain/image.mk
	@mkdir -p $(@D)
	$(call step,IMAGE,firmware.squashfs,squashfs) env -u SOURCE_DATE_EPOCH \
		mksquashfs $(O)/stage/firmware $@.new -noappend -no-progress -no-xattrs -no-exports -all-root \
		-comp zstd -Xcompression-level $(or $(CONFIG_PAYLOAD_ZSTD_LEVEL),19) -b 128K -mkfs-time $(BUILD_TIME) -all-time $(BUILD_TIME)
	@mv $@.new $@

$(IMAGES)/initramfs.cpio.zst: $(INITRAMFS_LISTS) toolchain/image/cpio.py $(call programs,target) \
		$(O)/gen/services.tab $(O)/gen/seccomp.made
	@mkdir -p $(@D)
	$(call step,IMAGE,initramfs.cpio.zst,initramfs) toolchain/image/cpio.py --zstd --out $@ \
		$(INITRAMFS_LISTS:%=--list %) TARGET=$(O)/target GEN=$(O)/gen

.PHONY: images
images: $(KERNEL_IMAGE) $(KERNEL_CMDLINE) $(IMAGES)/initramfs.cpio.zst $(IMAGES)/firmware.squashfs
