# SPDX-License-Identifier: MIT
#
# libseccomp for the build host; Debian 12's own is too old for the target's kernel.

$(eval $(call part,libseccomp,libseccomp,,HOST_COMPILER,about 15 seconds))

$(foreach f,host san fuzz,\
	$(eval libseccomp_$(f)_READY := $(libseccomp_DIR)) \
	$(eval libseccomp_$(f)_CFLAGS := -isystem $(libseccomp_DIR)/include) \
	$(eval libseccomp_$(f)_LDLIBS := $(libseccomp_DIR)/lib/libseccomp.a))
