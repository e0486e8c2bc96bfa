# SPDX-License-Identifier: MIT
#
# What the goals of this run need: packages of the host (HOST_FOR) and a configuration (NEEDS_CONFIG).

GOALS := $(or $(MAKECMDGOALS),all)

GOALS_BARE := help clean distclean host-packages
GOALS_CONFIG := menuconfig oldconfig olddefconfig savedefconfig listnewconfig %_defconfig
GOALS_LINT := format lint
GOALS_CHECK := check check-all bench unit golden rules fuzz boot san
# Goals that are the same whatever the configuration says
GOALS_FREE := $(GOALS_BARE) $(GOALS_CONFIG) $(GOALS_LINT) lock lock-packages host san fuzz unit golden \
	$(O)/host/% $(O)/san/% $(O)/fuzz/%

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

HOST_FOR := $(if $(filter-out $(GOALS_BARE),$(GOALS)),build) \
	$(if $(filter $(GOALS_CHECK),$(GOALS)),check) $(if $(filter $(GOALS_LINT),$(GOALS)),lint)
NEEDS_CONFIG := $(filter-out $(GOALS_FREE),$(GOALS))
# make -n looks and touches nothing
ifneq ($(findstring n,$(filter-out -%,$(firstword x$(MAKEFLAGS)))),)
HOST_FOR :=
endif
endif
HOST_FOR := $(strip $(HOST_FOR))
