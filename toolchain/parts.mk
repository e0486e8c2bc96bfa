# SPDX-License-Identifier: MIT
#
# Third-party parts. Each is built once per content of everything that goes into it and then kept in
# $(JAILINIT_CACHE)/parts/PART-HASH, for all trees of this user.

LOCKED := $(shell awk '$$1 == "source" { print $$2 "=" $$3 }' toolchain/lock)
locked_version = $(firstword $(patsubst $(1)=%,%,$(filter $(1)=%,$(LOCKED))))

PARTS :=

# $(call part,PART,SOURCE,FILES,VARIABLES,HINT): a part is made of the pinned SOURCE, its recipe, the
# FILES and the VARIABLES, which the recipe finds in its environment; where the cache is makes no
# difference. HINT: how long it may take.
define part
PARTS += $(1)
$(1)_ENV := $(foreach v,$(4),$(v)='$(call quote,$($(v)))')
$(1)_HASH := $$(shell { grep '^source $(2) ' toolchain/lock; cat toolchain/parts/$(1) $(3); \
	echo '$$(call quote,$$(subst $(JAILINIT_CACHE),,$(foreach v,$(4),$($(v)))))'; } | sha256sum | cut -c 1-16)
$(1)_DIR := $$(JAILINIT_CACHE)/parts/$(1)-$$($(1)_HASH)
$$($(1)_DIR):
	$$(call slow_step,BUILD,$(if $(filter-out $(2),$(1)),$(1) of )$(2) $(call locked_version,$(2)),$(1),$(5)) \
		env $$($(1)_ENV) toolchain/part $(1) $(2) $$@
endef

CROSS_COMPILER := $(shell $(CROSS_COMPILE)gcc --version 2>/dev/null | head -n 1)
HOST_COMPILER := $(shell $(HOST_CC) --version 2>/dev/null | head -n 1)

include toolchain/uapi.mk
include toolchain/musl.mk
include toolchain/libseccomp.mk
include toolchain/yyjson.mk
include toolchain/mbedtls.mk
include toolchain/kernel.mk

# A part that is not what the lock says is named at every use.
SUBSTITUTES := $(wildcard $(foreach p,$(PARTS),$($(p)_DIR)/SUBSTITUTE))
ifneq ($(SUBSTITUTES),)
ifeq ($(STRICT),1)
$(error STRICT=1: $(foreach f,$(SUBSTITUTES),$(file <$(f))) Remove $(dir $(SUBSTITUTES)) to fetch the pinned version)
else
$(foreach f,$(SUBSTITUTES),$(info $(file <$(f))))
endif
endif

# All, or one by its name: make part-musl
.PHONY: parts $(PARTS:%=part-%)
$(foreach p,$(PARTS),$(eval part-$(p): $($(p)_DIR)))
parts: $(foreach p,$(PARTS),$($(p)_DIR))
