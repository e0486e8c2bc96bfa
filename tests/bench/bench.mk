# SPDX-License-Identifier: MIT
#
# make bench: what a launch costs, as a ratio to a bare posix_spawn. As root.

BENCH_ROUNDS ?= 100
BENCH_OBJS := $(O)/host/obj/tests/bench.o $(O)/host/obj/tests/stats.o
$(eval $(call object_rule,host,$(O)/host/obj/tests/bench.o,tests/bench/bench.c,))
$(eval $(call object_rule,host,$(O)/host/obj/tests/stats.o,tests/bench/stats.c,))
$(eval $(call link_rule,host,$(O)/host/bench,$(BENCH_OBJS) $(O)/host/obj/tests/fake_init.o,base conf os ipc,))

$(O)/host/bench-payload: tests/bench/payload.c
	@mkdir -p $(@D)
	$(call step_cc,LD,host/bench-payload,host/bench-payload) $(host_CC) -static -nostdlib -s -Wl,--build-id=none \
		-Wl,-z,noseparate-code -Wl,-z,max-page-size=4096 -o $@ $<

# The filter is that of a row of the appliance with the default calls.
BENCH_FILTER := $(O)/gen/seccomp/mosquitto.bpf
.PHONY: bench
bench: $(O)/target/jail-launch $(O)/host/bench $(O)/host/bench-payload $(O)/gen/seccomp.made
	@tests/bench/run.py $(O)/host/bench $(O)/target/jail-launch $(O)/host/bench-payload \
		$(wildcard $(BENCH_FILTER)) $(BENCH_ROUNDS)
