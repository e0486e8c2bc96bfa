# SPDX-License-Identifier: MIT
#
# The packages of the build host. They are looked at before anything else, on every run (it takes
# milliseconds); when one is missing, a makefile that cannot be made without it is "included": make
# then installs first and starts itself anew.

ifneq ($(HOST_FOR),)
HOST_MISSING := $(shell toolchain/host-packages --missing $(HOST_FOR))
ifneq ($(.SHELLSTATUS),0)
$(error this host cannot build jailinit)
endif

ifneq ($(HOST_MISSING),)
include $(O)/gen/host.mk
$(O)/gen/host.mk: FORCE
	@toolchain/host-packages $(HOST_FOR)
	@mkdir -p $(@D) && echo '# the packages of the host were installed' >$@
endif
endif

.PHONY: host-packages
host-packages:
	@toolchain/host-packages build check bench lint
