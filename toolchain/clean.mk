# SPDX-License-Identifier: MIT

.PHONY: clean distclean
# All that was made; the configuration and the appliance's own data stay.
clean:
	rm -rf $(foreach d,boot fuzz gen host images log run san stage target Kconfig.services,$(O)/$(d))

# All of $(O). Downloads and finished parts stay in $(JAILINIT_CACHE).
distclean:
	rm -rf $(O)
