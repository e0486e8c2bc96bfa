# SPDX-License-Identifier: MIT
#
# jail-gen, built with the sanitizers, held against the cases in tests/golden/cases.

.PHONY: golden
golden: $(O)/san/jail-gen
	$(call tally,golden) tests/golden/run.py $(O)/san/jail-gen
