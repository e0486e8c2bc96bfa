# SPDX-License-Identifier: MIT
#
# Rules that the code itself, the programs and the images keep. They look at what was built in this O=.

.PHONY: rules
rules: all $(O)/gen/services.tab
	$(call tally,rules) env O=$(O) JAILINIT_CACHE=$(JAILINIT_CACHE) $(PYTEST) -rs tests/rules
