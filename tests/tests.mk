# SPDX-License-Identifier: MIT
#
# How tests are built and counted. Each kind has its directory and, where it has something to build, a
# .mk file there:
#   tests/unit/unit.mk   unit_TESTS := num ...   test_num_USES := rooms   test_num_LIBS := libraries
#   tests/fuzz/fuzz.mk   fuzz_TARGETS := table ...   fuzz_table_USES and _LIBS likewise
#   tests/boot/boot.mk, tests/rules/rules.mk, tests/golden/golden.mk: their own rules, which end in
#   $(call tally,SUITE) COMMAND

# $(call tally,SUITE) COMMAND: runs the command, counts, one line; see tests/tally
tally = $(if $(filter 1,$(V)),,@)tests/tally run $(1)
export MAKE

PYTEST := /usr/bin/python3 -B -m pytest -q -p no:cacheprovider

-include tests/unit/unit.mk
-include tests/fuzz/fuzz.mk

# $(call test_rules,FLAVOUR,DIRECTORY,PROGRAM,LINKED): a test program of one C file
define test_rules
$(call object_rule,$(1),$(O)/$(1)/obj/tests/$(3).o,tests/$(2)/$(3).c,$($(3)_LIBS))
$(call link_rule,$(1),$(O)/$(1)/$(3),$(O)/$(1)/obj/tests/$(3).o,$($(3)_USES),$($(3)_LIBS) $(4))
endef

UNIT_TESTS := $(unit_TESTS:%=test_%)
FUZZERS := $(fuzz_TARGETS:%=fuzz_%)
cmocka_san_LDLIBS := -lcmocka
$(foreach t,$(UNIT_TESTS),$(eval $(call test_rules,san,unit,$(t),cmocka)))
$(foreach t,$(FUZZERS),$(eval $(call test_rules,fuzz,fuzz,$(t))))

.PHONY: unit
unit: $(UNIT_TESTS:%=$(O)/san/%)
	$(call tally,unit) tests/unit/run $(sort $^)

# Long by default; check runs the same fuzzers for a moment.
FUZZ_SEC ?= 300
FUZZ_CHECK_SEC := 20
.PHONY: fuzz fuzz-check
fuzz fuzz-check: $(FUZZERS:%=$(O)/fuzz/%)
fuzz:
	$(call tally,fuzz) tests/fuzz/run $(FUZZ_SEC) $(O)/fuzz/corpus $(FUZZERS:%=$(O)/fuzz/%)
fuzz-check:
	$(call tally,fuzz-check) tests/fuzz/run $(FUZZ_CHECK_SEC) $(O)/fuzz/corpus $(FUZZERS:%=$(O)/fuzz/%)

-include tests/golden/golden.mk
-include tests/rules/rules.mk
-include tests/boot/boot.mk
-include tests/launch/launch.mk
-include tests/bench/bench.mk

# One kind after the other, whatever the ones before said. The boot tests have deadlines: alone.
.PHONY: check check-all
check: all parts
	@tests/tally all golden unit launch rules fuzz-check boot
check-all: all parts
	@tests/tally all golden unit launch rules fuzz-check boot kernel-again

# The kernel built a second time, in a cache of its own, has the same bytes.
KERNEL_AGAIN := $(O)/kernel-again
.PHONY: kernel-again
kernel-again: $(linux_DIR)
	@rm -rf $(KERNEL_AGAIN)
	$(call slow_step,BUILD,linux again,kernel-again-build,about 6 minutes on 2 processors) \
		env $(linux_ENV) toolchain/part linux linux $(abspath $(KERNEL_AGAIN))/linux
	$(call tally,kernel-again) sh -c \
		'cmp $(linux_DIR)/$(notdir $(LINUX_IMAGE)) $(KERNEL_AGAIN)/linux/$(notdir $(LINUX_IMAGE)) && \
		echo 1 passed, 0 failed'
	@rm -rf $(KERNEL_AGAIN)
