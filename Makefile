# SPDX-License-Identifier: MIT
#
# jailinit: from an empty checkout to an appliance whose daemons run jailed.
# `make help` lists what can be made. This file only gathers the parts; each .mk file is one noun.

.DEFAULT_GOAL := all

include toolchain/output.mk
include toolchain/arch.mk
include toolchain/flavours.mk
include toolchain/parts.mk
include src/rules.mk

.PHONY: all
all: programs

include toolchain/help.mk
include toolchain/clean.mk
