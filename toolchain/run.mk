# SPDX-License-Identifier: MIT

.PHONY: run
run: images
	@exec toolchain/run/run.py --board board/$(BOARD) --images $(call short,$(IMAGES)) \
		--table $(O)/gen/services.tab --data $(call short,$(O))/data.img --work $(call short,$(O))/run \
		--ram-mb $(or $(call unquote,$(CONFIG_SYSTEM_MEMORY_MB)),256)
