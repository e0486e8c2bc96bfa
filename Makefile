# SPDX-License-Identifier: MIT
#
# jailinit: from an empty checkout to an appliance whose daemons run jailed. `make help` lists what
# can be made. This file only gathers the parts; each .mk file is one noun.

.DEFAULT_GOAL := all

include toolchain/output.mk
include toolchain/goals.mk
include toolchain/host.mk

# Not in the passes that only hand out the goals or install packages: make starts anew after them.
ifeq ($(ONE_BY_ONE)$(HOST_MISSING),)

ifneq ($(NEEDS_CONFIG),)
include $(O)/gen/auto.conf
endif
include toolchain/arch.mk
include toolchain/flavours.mk
include toolchain/parts.mk
include src/rules.mk
include toolchain/kconfig.mk
include toolchain/lock.mk
include toolchain/payload.mk
include toolchain/table.mk
include toolchain/image.mk
include toolchain/run.mk
include tests/tests.mk
include toolchain/man.mk
include toolchain/style.mk
include toolchain/clean.mk
include toolchain/help.mk

.PHONY: all
all: programs images

endif
