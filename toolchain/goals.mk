# SPDX-License-Identifier: MIT
#
# What the goals of this run need: packages of the host (HOST_FOR) and a configuration (NEEDS_CONFIG).

GOALS := $(or $(MAKECMDGOALS),all)

GOALS_BARE := help clean distclean host-packages
GOALS_CONFIG := menuconfig oldconfig olddefconfig savedefconfig listnewconfig %_defconfig
GOALS_LINT := format lint lint-shell lint-tidy lint-cppcheck
GOALS_CHECK := check check-all unit launch golden rules fuzz fuzz-check boot
# Goals that are the same whatever the configuration says
GOALS_FREE := $(GOALS_BARE) $(GOALS_CONFIG) $(GOALS_LINT) lock lock-sources lock-packages \
	host unit golden fuzz fuzz-check $(O)/host/% $(O)/san/% $(O)/fuzz/%

# Configuring and removing are done one goal after the other, also with -j.
GOALS_ALONE := $(GOALS_CONFIG) clean distclean
ifneq ($(and $(filter $(GOALS_ALONE),$(GOALS)),$(word 2,$(GOALS))),)

.PHONY: $(GOALS) one-by-one
$(GOALS): one-by-one
	@:
one-by-one:
	@for goal in $(GOALS); do $(MAKE) "$$goal" || exit; done

ONE_BY_ONE := y
else

HOST_FOR := $(if $(filter-out $(GOALS_BARE),$(GOALS)),build) $(if $(filter $(GOALS_CHECK),$(GOALS)),check) \
	$(if $(filter $(GOALS_LINT),$(GOALS)),lint) $(if $(filter bench,$(GOALS)),bench)
NEEDS_CONFIG := $(filter-out $(GOALS_FREE),$(GOALS))
endif
HOST_FOR := $(if $(DRY_RUN),,$(strip $(HOST_FOR)))
