# SPDX-License-Identifier: MIT

.PHONY: clean distclean
clean:
	rm -rf $(foreach d,gen host target san fuzz stage images log data.img,$(O)/$(d))

distclean:
	rm -rf $(O)
