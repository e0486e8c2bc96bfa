# SPDX-License-Identifier: MIT
#
# The target's C library and the compiler for it: $(TARGET_CC)

MUSL_TARGET := $(ARCH_MUSL)
UAPI_DIR := $(uapi_DIR)
$(eval $(call part,musl,musl,,CROSS_COMPILE CROSS_COMPILER MUSL_TARGET ARCH_CFLAGS ARCH_LDFLAGS HARDEN_CFLAGS \
	UAPI_DIR,about half a minute))
$(musl_DIR): | $(uapi_DIR)
