# SPDX-License-Identifier: MIT
#
# yyjson, for the device and the build host.

$(eval $(call part,yyjson,yyjson,,TARGET_CC TARGET_CFLAGS CROSS_COMPILE HOST_COMPILER,a few seconds))
$(yyjson_DIR): | $(musl_DIR)

$(foreach f,$(FLAVOURS),\
	$(eval yyjson_$(f)_READY := $(yyjson_DIR)) \
	$(eval yyjson_$(f)_CFLAGS := -isystem $(yyjson_DIR)/include) \
	$(eval yyjson_$(f)_LDLIBS := $(yyjson_DIR)/$(if $(filter target,$(f)),target,host)/libyyjson.a))
