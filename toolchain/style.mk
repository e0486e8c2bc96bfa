# SPDX-License-Identifier: MIT
#
# make format: C as .clang-format has it. make lint: clang-tidy, cppcheck, shellcheck.

C_FILES := $(sort $(wildcard src/*/*.c tests/*/*.c))
H_FILES := $(sort $(wildcard src/*/*.h tests/*/*.h))
# Shell scripts are what says so in its first line.
SHELL_FILES = $(shell grep -lIE '^\#!/bin/(ba)?sh' -r toolchain tests rootfs-skel board .ci 2>/dev/null)

.PHONY: format lint
format:
	clang-format -i $(C_FILES) $(H_FILES)

lint: lint-shell lint-tidy lint-cppcheck
.PHONY: lint-shell lint-tidy lint-cppcheck
lint-shell:
	$(call step,LINT,shellcheck,lint-shell) shellcheck $(SHELL_FILES)
# What a compiler of the host sees: the flags of the host flavour.
lint-tidy: | $(uapi_DIR)
	$(call slow_step,LINT,clang-tidy,lint-tidy,a few minutes) \
		clang-tidy --quiet --warnings-as-errors='*' $(filter src/%,$(C_FILES)) -- \
		$(filter-out -ffile-prefix-map=%,$(host_CFLAGS)) -Wno-gnu-variable-sized-type-not-at-end $(foreach l,libseccomp yyjson,$($(l)_host_CFLAGS))
lint-cppcheck:
	$(call slow_step,LINT,cppcheck,lint-cppcheck,a minute) \
		cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 --inline-suppr \
		--suppress=missingIncludeSystem --suppress=ctuuninitvar -D_GNU_SOURCE -D__x86_64__ -I src $(filter src/%,$(C_FILES))
