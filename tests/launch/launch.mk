# SPDX-License-Identifier: MIT
#
# jail-launch as shipped, started by a program in PID 1's place, in namespaces of the build host. As root; skipped
# otherwise.

LAUNCH_USES := base conf os ipc
$(eval $(call object_rule,host,$(O)/host/obj/tests/fake_init.o,tests/launch/fake_init.c,))
$(eval $(call object_rule,host,$(O)/host/obj/tests/jailrun.o,tests/launch/jailrun.c,))
$(eval $(call link_rule,host,$(O)/host/jailrun,$(O)/host/obj/tests/jailrun.o $(O)/host/obj/tests/fake_init.o,$(LAUNCH_USES),))

# The service of the tests: whole in one file, since there is no library in its jail.
$(eval $(call object_rule,host,$(O)/host/obj/tests/probe.o,tests/launch/probe.c,))
$(O)/host/launch-probe: $(O)/host/obj/tests/probe.o
	$(call step_cc,LD,host/launch-probe,host/launch-probe) $(host_CC) -static -o $@ $<

.PHONY: launch
launch: $(O)/target/jail-launch $(O)/host/jailrun $(O)/host/launch-probe
	$(call tally,launch) env O=$(O) $(PYTEST) -rs tests/launch
