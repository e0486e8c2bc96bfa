# SPDX-License-Identifier: MIT
#
# How a room becomes an archive and a program. Each src/ROOM/room.mk says:
#   ROOM_SRCS      its C files, relative to the room
#   ROOM_PROG      the program it is, if it is one; it has main()
#   ROOM_USES      the rooms linked into the program (src/LAYERS says which are allowed)
#   ROOM_LIBS      third-party libraries linked into the program
#   ROOM_FLAVOURS  the flavours the program is built in by default (target, if not said)
#
# Objects are $(O)/FLAVOUR/obj/ROOM/NAME.o, archives $(O)/FLAVOUR/ROOM.a, programs $(O)/FLAVOUR/PROG;
# a target program is stripped, what was stripped is in PROG.debug beside it.

ROOMS := base conf super os ipc proto init launch logd jailctl gen
-include $(ROOMS:%=src/%/room.mk)

PROGRAM_ROOMS := $(foreach r,$(ROOMS),$(if $($(r)_PROG),$(r)))
$(foreach r,$(PROGRAM_ROOMS),$(eval $(r)_FLAVOURS ?= target))

# Recompile when a compiler or a flag changes.
$(foreach f,$(FLAVOURS),$(eval $(call stamp,$(O)/$(f)/flags,$$($(f)_CC) $$($(f)_CFLAGS))))
$(foreach f,$(FLAVOURS),$(eval $(call stamp,$(O)/$(f)/ldflags,$$($(f)_CC) $$($(f)_LDFLAGS))))

# $(call objects,FLAVOUR,ROOM)
objects = $(patsubst %.c,$(O)/$(1)/obj/$(2)/%.o,$($(2)_SRCS))
# $(call archives,FLAVOUR,ROOMS)
archives = $(patsubst %,$(O)/$(1)/%.a,$(2))
# $(call programs,FLAVOUR): the programs that are built by default in this flavour
programs = $(foreach r,$(PROGRAM_ROOMS),$(if $(filter $(1),$($(r)_FLAVOURS)),$(O)/$(1)/$($(r)_PROG)))

# $(call object_rule,FLAVOUR,OBJECT,SOURCE,LIBS)
define object_rule
$(2): $(3) $(O)/$(1)/flags | $($(1)_READY) $(foreach l,$(4),$($(l)_$(1)_READY))
	@mkdir -p $$(@D)
	$$(call step_cc,CC,$$(patsubst $(O)/%,%,$$@),$$(patsubst $(O)/%.o,%,$$@)) \
		$$($(1)_CC) $$($(1)_CFLAGS) $(foreach l,$(4),$$($(l)_$(1)_CFLAGS)) -MMD -MP -c -o $$@ $$<
endef

# $(call room_rules,FLAVOUR,ROOM)
define room_rules
$(foreach s,$($(2)_SRCS),
$(call object_rule,$(1),$(O)/$(1)/obj/$(2)/$(s:.c=.o),src/$(2)/$(s),$($(2)_LIBS)))

$(O)/$(1)/$(2).a: $(call objects,$(1),$(2)) src/$(2)/room.mk
	@rm -f $$@
	$$(call step,AR,$(1)/$(2).a,$(1).$(2)) $$($(1)_AR) rcsD $$@ $$(filter %.o,$$^)
endef
$(foreach f,$(FLAVOURS),$(foreach r,$(ROOMS),$(if $($(r)_SRCS),$(eval $(call room_rules,$(f),$(r))))))

# $(call link_rule,FLAVOUR,PROGRAM,OBJECTS,ROOMS,LIBS): rooms use each other only downwards, but a
# group spares every list from having to be in that order.
define link_rule
$(2): $(3) $(call archives,$(1),$(4)) $(O)/$(1)/ldflags
	@mkdir -p $$(@D)
	$$(call step_cc,LD,$$(patsubst $(O)/%,%,$$@),$$(patsubst $(O)/%,%,$$@)) \
		$$($(1)_CC) $$($(1)_LDFLAGS) -o $$@ $$(filter %.o,$$^) \
		-Wl,--start-group $$(filter %.a,$$^) $(foreach l,$(5),$$($(l)_$(1)_LDLIBS)) -Wl,--end-group
endef

# A program on the device is linked with its debug information, which then moves to a file beside it.
define target_program_rules
$(call link_rule,target,$(O)/target/linked/$($(1)_PROG),$(call objects,target,$(1)),$($(1)_USES),$($(1)_LIBS))

$(O)/target/$($(1)_PROG): $(O)/target/linked/$($(1)_PROG)
	@$$(TARGET_OBJCOPY) --only-keep-debug $$< $$@.debug
	@$$(TARGET_OBJCOPY) --strip-all --remove-section=.comment $$< $$@
endef
$(foreach r,$(PROGRAM_ROOMS),$(eval $(call target_program_rules,$(r))))
$(foreach f,host san fuzz,$(foreach r,$(PROGRAM_ROOMS),$(eval \
	$(call link_rule,$(f),$(O)/$(f)/$($(r)_PROG),$(call objects,$(f),$(r)),$($(r)_USES),$($(r)_LIBS)))))

.PHONY: programs target host
programs: $(foreach f,target host,$(call programs,$(f)))
$(foreach f,target host,$(eval $(f): $(call programs,$(f))))

-include $(wildcard $(O)/*/obj/*/*.d $(O)/*/obj/*/*/*.d)
