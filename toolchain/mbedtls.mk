# SPDX-License-Identifier: MIT
#
# mbedtls, for the device and the build host; only src/tls may include it.

MBEDTLS_CONFIG := toolchain/mbedtls_config.h
$(eval $(call part,mbedtls,mbedtls,$(MBEDTLS_CONFIG),MBEDTLS_CONFIG TARGET_CC TARGET_CFLAGS CROSS_COMPILE \
	HOST_COMPILER,about a minute))
$(mbedtls_DIR): | $(musl_DIR)

$(foreach f,$(FLAVOURS),\
	$(eval mbedtls_$(f)_READY := $(mbedtls_DIR)) \
	$(eval mbedtls_$(f)_CFLAGS := -isystem $(mbedtls_DIR)/include) \
	$(eval mbedtls_$(f)_LDLIBS := \
		$(patsubst %,$(mbedtls_DIR)/$(if $(filter target,$(f)),target,host)/libmbed%.a,tls x509 crypto)))
