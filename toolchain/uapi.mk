# SPDX-License-Identifier: MIT
#
# The headers of the target's kernel. Our programs are compiled with them on the build host too: an
# older host lacks what the target has.

LINUX_ARCH := $(ARCH_LINUX)
$(eval $(call part,uapi,linux,,LINUX_ARCH,about half a minute))
