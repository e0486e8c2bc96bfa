# SPDX-License-Identifier: MIT

.PHONY: clean distclean
# All that was made; the configuration and the appliance's own data stay.
clean:
	rm -rf $(foreach d,boot fuzz gen host images kernel-again log man run san stage target Kconfig.services,$(O)/$(d))

# The configuration and the data too. By name, for O= may be a directory with other things in it.
# Downloads and finished parts stay in $(JAILINIT_CACHE).
distclean: clean
	rm -rf $(foreach f,.config .config.old defconfig data.img,$(O)/$(f))
	@rmdir $(O) 2>/dev/null || true
