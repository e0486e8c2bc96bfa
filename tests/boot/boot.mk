# SPDX-License-Identifier: MIT
#
# What the boot tests boot beside the product's images: the agent, and a table of test rows with its firmware.
# See tests/boot/README.md.

BOOT := $(O)/boot

agent_SRCS := bpf.c channel.c ctl.c fs.c main.c run.c testinit.c unix.c
probe_SRCS := captive.c command.c main.c
attacks_SRCS := calls.c files.c half.c limits.c main.c outcome.c plant.c spaces.c sweep.c who.c
boot_objects = $($(1)_SRCS:%.c=$(O)/target/obj/tests/$(1)/%.o)

$(foreach p,agent probe attacks,$(foreach s,$($(p)_SRCS),$(eval \
	$(call object_rule,target,$(O)/target/obj/tests/$(p)/$(s:.c=.o),tests/boot/$(p)/$(s)))))
$(eval $(call link_rule,target,$(BOOT)/agent,$(call boot_objects,agent),ipc conf base))
$(eval $(call link_rule,target,$(BOOT)/probe,$(call boot_objects,probe),))
$(eval $(call link_rule,target,$(BOOT)/attack,$(call boot_objects,attacks),))

# The launcher of the product, but for one guard: what is read back must find it (test_verify.py).
weak_steps := $(O)/target/obj/tests/weak/steps.o
$(eval $(call object_rule,target,$(weak_steps),src/launch/steps.c,))
$(weak_steps): target_CFLAGS += -Dstep_bounding=step_keyring
$(eval $(call link_rule,target,$(BOOT)/weak-launch,$(filter-out %/steps.o,$(call objects,target,launch)) $(weak_steps),\
	$(launch_USES),))

boot_tools := tests/boot/build.py tests/boot/table.py toolchain/image/cpio.py

$(BOOT)/agent.cpio: $(BOOT)/agent $(O)/gen/payload.unpacked $(boot_tools)
	$(call step,TEST,agent.cpio,boot-agent) tests/boot/build.py agent --agent $(BOOT)/agent \
		--unpacked $(O)/gen/payload.unpacked --out $@

# The test rows run beside the product's own rows that every machine has.
ROWS_PRODUCT := console jail-logd data-check data-format
ROWS_OWN := $(sort $(wildcard tests/boot/services/*.svc))
ROWS_FILES := $(ROWS_OWN) $(filter $(ROWS_PRODUCT:%=%.svc) $(ROWS_PRODUCT:%=\%/%.svc),$(SERVICE_FILES))
ROWS := $(BOOT)/rows

# Kept over runs: whether the product's images are new is seen by the time of what they are made of.
$(BOOT)/rows.squashfs $(BOOT)/rows.cpio &: $(O)/stage/firmware.views $(O)/gen/services.tab $(O)/gen/seccomp.made \
		$(BOOT)/probe $(BOOT)/attack $(ROWS_FILES) $(wildcard board/common/seccomp/*) $(O)/host/$(gen_PROG) $(boot_tools) \
		tests/boot/boot.mk tests/boot/rows
	@mkdir -p $(BOOT)
	$(call step,TEST,rows of the boot tests,boot-rows) env ARCH=$(ARCH) GEN=$(O)/host/$(gen_PROG) OUT=$(O) \
		CONFIG=$(O)/.config tests/boot/rows $(ROWS_FILES)

# Daemons whose rows are off in the product, as an appliance of their own.
DAEMONS_OFF := avahi nginx node-exporter unbound
DAEMONS_FILES := $(DAEMONS_OFF:%=board/common/services/%.svc) $(filter-out $(ROWS_OWN),$(ROWS_FILES))

$(BOOT)/daemons.squashfs $(BOOT)/daemons.cpio &: $(O)/gen/services.tab $(O)/gen/payload.unpacked $(board_files) \
		$(BOARD_LINKS) $(DAEMONS_FILES) $(wildcard board/common/seccomp/*) $(O)/host/$(gen_PROG) $(boot_tools) \
		$(wildcard toolchain/payload/*.py) tests/boot/boot.mk tests/boot/daemons
	@mkdir -p $(BOOT)
	$(call step,TEST,daemons that are off in the product,boot-daemons) env ARCH=$(ARCH) GEN=$(O)/host/$(gen_PROG) OUT=$(O) \
		CONFIG=$(O)/.config TRIPLET=$(ARCH_TRIPLET) BOARDS='$(BOARD_ROOTFS:%=--board %) $(BOARD_LINKS:%=--links %)' \
		tests/boot/daemons $(DAEMONS_FILES)

.PHONY: boot boot-images
boot-images: images $(BOOT)/weak-launch $(BOOT)/agent.cpio $(BOOT)/rows.squashfs $(BOOT)/rows.cpio $(BOOT)/daemons.squashfs $(BOOT)/daemons.cpio
boot: boot-images
	$(call tally,boot) env O=$(O) $(PYTEST) -rs $(BOOT_TESTS) tests/boot
