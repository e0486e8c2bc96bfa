# SPDX-License-Identifier: MIT
#
# Where things go and how progress is shown.
#   O=DIR             everything generated (default: build)
#   JAILINIT_CACHE    downloads and finished third-party parts, shared by all trees and all O=
#   V=1               show commands and their output

# make -n looks and touches nothing: not even what a makefile that is made would need.
DRY_RUN := $(findstring n,$(filter-out -%,$(firstword $(MAKEFLAGS))))
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

O ?= build
# Short where it is inside the tree, as a reader wants to see it.
override O := $(patsubst $(CURDIR)/%,%,$(abspath $(O)))
JAILINIT_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/jailinit
override JAILINIT_CACHE := $(abspath $(JAILINIT_CACHE))
V ?= 0

# All processors, unless -j says otherwise on the command line.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
export O JAILINIT_CACHE V

ifneq ($(words $(CURDIR) $(O) $(JAILINIT_CACHE)),3)
$(error make cannot work with a blank in a path: move the tree, O= or JAILINIT_CACHE=)
endif

# $(call step,LABEL,WHAT,LOGNAME) COMMAND...: one line of progress, see toolchain/step
step = $(if $(filter 1,$(V)),,@)toolchain/step $(1) '$(2)' $(O)/log/$(3).log
# The same for a step that takes minutes: $(call slow_step,LABEL,WHAT,LOGNAME,HINT)
slow_step = $(if $(filter 1,$(V)),,@)toolchain/step -s '$(4)' $(1) '$(2)' $(O)/log/$(3).log
# The same for a compiler, whose warnings have to be seen.
step_cc = $(if $(filter 1,$(V)),,@)toolchain/step -w $(1) '$(2)' $(O)/log/$(subst /,.,$(3)).log

.PHONY: FORCE
FORCE:

# $(call stamp,FILE,TEXT): FILE holds TEXT and is newer than all that was made with another TEXT.
# It is the prerequisite that makes a change of flags rebuild what the flags made.
define stamp
$(1): $$(if $$(call differ,$$(file <$(1)),$(2)),FORCE)
	@mkdir -p $$(@D) && printf '%s\n' '$$(call quote,$(2))' >$$@
endef
# A text as a word of the shell between '...'; a string of .config without its quotes
quote = $(subst ','\'',$(1))
unquote = $(subst ",,$(1))
# make 4.3 does not always drop the newline at the end of a file it reads: strip.
differ = $(subst x$(strip $(1)),,x$(strip $(2)))$(subst x$(strip $(2)),,x$(strip $(1)))
