# SPDX-License-Identifier: MIT

.PHONY: help
help:
	@cat toolchain/help.txt
