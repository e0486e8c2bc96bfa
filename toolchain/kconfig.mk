# SPDX-License-Identifier: MIT
#
# Configuration: Kconfig and .config, the menus of the services among them.
#   $(O)/.config            what menuconfig writes
#   $(O)/Kconfig.services   a menu per service, by jail-gen from board/*/services/*.svc and conf/keys.def
#   $(O)/gen/auto.conf      .config as make reads it

KCONFIG_FILES := Kconfig src/Kconfig board/Kconfig
SERVICE_FILES := $(sort $(wildcard board/*/services/*.svc))
DEFCONFIG := board/qemu-x86_64/defconfig

kconfig = KCONFIG_CONFIG=$(O)/.config JAILINIT_SERVICES=$(O)/Kconfig.services
kconfig_conf = $(call step,CONFIG,$(1),kconfig) env $(kconfig) kconfig-conf $(2) Kconfig

$(O)/Kconfig.services: $(SERVICE_FILES) $(O)/host/$(gen_PROG)
	@mkdir -p $(@D)
	$(call step,GEN,menus of the services,kconfig-services) \
		sh -c '$(O)/host/$(gen_PROG) kconfig $(SERVICE_FILES) >$@.new && mv $@.new $@'

# Only where there is none yet.
$(O)/.config: | $(O)/Kconfig.services
	$(call kconfig_conf,$(DEFCONFIG),--defconfig=$(DEFCONFIG))

$(O)/gen/auto.conf: $(O)/.config $(O)/Kconfig.services $(KCONFIG_FILES) toolchain/kconfig.mk
	@mkdir -p $(@D)
	$(call kconfig_conf,.config,--olddefconfig)
	@sed -n '/^CONFIG_/ { s/[$$]/$$$$/g; s/#/\\#/g; p }' $(O)/.config >$@

.PHONY: menuconfig oldconfig olddefconfig savedefconfig listnewconfig
menuconfig: $(O)/Kconfig.services
	@$(kconfig) kconfig-mconf Kconfig
oldconfig: $(O)/Kconfig.services
	@$(kconfig) kconfig-conf --oldconfig Kconfig
listnewconfig: $(O)/Kconfig.services
	@$(kconfig) kconfig-conf --listnewconfig Kconfig
olddefconfig: $(O)/Kconfig.services
	$(call kconfig_conf,.config,--olddefconfig)
savedefconfig: $(O)/Kconfig.services
	$(call kconfig_conf,defconfig (in $(O)),--savedefconfig=$(O)/defconfig)

BOARDS := $(patsubst board/%/defconfig,%,$(wildcard board/*/defconfig))
.PHONY: $(BOARDS:%=%_defconfig)
$(BOARDS:%=%_defconfig): %_defconfig: $(O)/Kconfig.services
	$(call kconfig_conf,board/$*/defconfig,--defconfig=board/$*/defconfig)
