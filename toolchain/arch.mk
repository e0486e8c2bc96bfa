# SPDX-License-Identifier: MIT
#
# The target's board, architecture and tools, as the configuration names them.

BOARD := $(or $(call unquote,$(CONFIG_BOARD)),qemu-x86_64)
ARCH := $(or $(call unquote,$(CONFIG_ARCH)),x86_64)
ifeq ($(wildcard toolchain/arch/$(ARCH).mk),)
$(error ARCH=$(ARCH): there is no toolchain/arch/$(ARCH).mk; there is $(basename $(notdir $(wildcard toolchain/arch/*.mk))))
endif
include toolchain/arch/$(ARCH).mk

CROSS_COMPILE := $(ARCH_TRIPLET)-

# musl has no _FORTIFY_SOURCE; the rest of what the compiler can do against memory errors is here.
HARDEN_CFLAGS := -fPIE -fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-ffunction-sections -fdata-sections

TARGET_CC = $(musl_DIR)/bin/cc
TARGET_AR := $(CROSS_COMPILE)ar
TARGET_OBJCOPY := $(CROSS_COMPILE)objcopy
TARGET_CFLAGS := -Os $(HARDEN_CFLAGS)
