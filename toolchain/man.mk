# SPDX-License-Identifier: MIT
#
# The man pages, in $(O)/man. The reference of the keys in services.tab(5) comes from keys.def and
# system.def, by jail-gen.

MAN_PAGES := $(wildcard src/*/*.[158])
MAN_OUT := $(addprefix $(O)/man/,$(notdir $(MAN_PAGES)))

vpath %.1 $(sort $(dir $(MAN_PAGES)))
vpath %.5 $(sort $(dir $(MAN_PAGES)))
vpath %.8 $(sort $(dir $(MAN_PAGES)))

.PHONY: man
man: $(MAN_OUT)
all: man

$(O)/gen/keys.mdoc $(O)/gen/system.mdoc: $(O)/gen/%.mdoc: $(O)/host/jail-gen
	@mkdir -p $(@D)
	@$< doc $* >$@.new && mv $@.new $@

$(O)/man/services.tab.5: $(O)/gen/keys.mdoc $(O)/gen/system.mdoc
$(MAN_OUT): $(O)/man/%: %
	@mkdir -p $(@D)
	@sed -e '/^\.\\" keys$$/ r $(O)/gen/keys.mdoc' -e '/^\.\\" system$$/ r $(O)/gen/system.mdoc' $< >$@
