# SPDX-License-Identifier: MIT
#
# make bench: what a launch costs, as a ratio to a bare posix_spawn, on the host (as root) and in the guest; see README.md.

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
.PHONY: bench bench-host bench-guest
bench-host: $(O)/target/jail-launch $(O)/host/bench $(O)/host/bench-payload $(O)/gen/seccomp.made
	@tests/bench/run.py $(O)/host/bench $(O)/target/jail-launch $(O)/host/bench-payload \
		$(wildcard $(BENCH_FILTER)) $(BENCH_ROUNDS)

# The same program in the guest, beside the agent of the boot tests.
BENCH_GUEST_ROUNDS ?= 20
BENCH_GUEST_OBJS := $(patsubst %,$(O)/target/obj/tests/bench/%.o,bench stats fake_init)
$(foreach s,bench/bench bench/stats launch/fake_init,$(eval \
	$(call object_rule,target,$(O)/target/obj/tests/bench/$(notdir $(s)).o,tests/$(s).c,)))
$(eval $(call link_rule,target,$(O)/bench/bench,$(BENCH_GUEST_OBJS),base conf os ipc,))

$(O)/bench/bench-payload: $(O)/host/bench-payload
	@mkdir -p $(@D) && cp $< $@

$(O)/bench/agent.cpio: $(O)/boot/agent $(O)/bench/bench $(O)/bench/bench-payload $(O)/gen/payload.unpacked $(boot_tools)
	$(call step,TEST,agent.cpio of the benchmark,bench-agent) tests/boot/build.py agent --agent $(O)/boot/agent \
		--tool $(O)/bench/bench --tool $(O)/bench/bench-payload --unpacked $(O)/gen/payload.unpacked --out $@

bench-guest: images $(O)/bench/agent.cpio
	@tests/bench/in_guest.py $(O) $(BENCH_GUEST_ROUNDS)

# Nothing is built while the host's part measures.
bench: images $(O)/bench/agent.cpio
	@$(MAKE) bench-host
	@$(MAKE) bench-guest
