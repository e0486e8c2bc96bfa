# SPDX-License-Identifier: MIT

.PHONY: run
run: images
	@exec toolchain/run/run.py --board board/$(BOARD) --images $(IMAGES) \
		--table $(O)/gen/services.tab --data $(O)/data.img --work $(O)/run \
		--ram-mb $(or $(call unquote,$(CONFIG_SYSTEM_MEMORY_MB)),256)
