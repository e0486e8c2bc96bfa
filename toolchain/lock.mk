# SPDX-License-Identifier: MIT
#
# toolchain/lock: which version of every source and package is used. payload.mk adds the packages.

.PHONY: lock
lock: lock-sources
.PHONY: lock-sources
lock-sources:
	$(call step,LOCK,sources,lock-sources) toolchain/fetch lock
