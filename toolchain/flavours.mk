# SPDX-License-Identifier: MIT
#
# The four ways our own C is compiled:
#   target  for the device: musl, static-pie, hardened
#   host    for tools that run during the build (jail-gen): the build host's gcc and glibc
#   san     for unit tests: host, with the address and undefined behaviour sanitizers
#   fuzz    for fuzzers: clang, libFuzzer and the same sanitizers

FLAVOURS := target host san fuzz

HOST_CC ?= gcc
HOST_AR ?= ar
FUZZ_CC ?= clang

WARNINGS := -Wall -Wextra -Wconversion -Wvla -Wmissing-prototypes -Wstrict-prototypes \
	$(if $(filter 1,$(WERROR)),-Werror)
# No path of the build machine may reach a program, not even its debug information.
NEUTRAL := -ffile-prefix-map=$(O)=build -ffile-prefix-map=$(CURDIR)=. \
	-ffile-prefix-map=$(JAILINIT_CACHE)/parts=parts
COMMON_CFLAGS := -std=gnu11 -D_GNU_SOURCE -iquote src -g $(WARNINGS) $(NEUTRAL)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

target_CC = $(TARGET_CC)
target_AR = $(TARGET_AR)
target_CFLAGS = $(COMMON_CFLAGS) $(TARGET_CFLAGS)
# A position independent program has a relocation per pointer in its tables; packed, they are a bit each instead of 24
# bytes that every process maps.
target_LDFLAGS = -Wl,--gc-sections -Wl,-z,pack-relative-relocs

# The programs of the build host see the same kernel headers as those of the device.
host_READY = $(uapi_DIR)
san_READY = $(uapi_DIR)
fuzz_READY = $(uapi_DIR)
target_READY = $(musl_DIR)
UAPI_CFLAGS = -isystem $(uapi_DIR)/include

host_CC := $(HOST_CC)
host_AR := $(HOST_AR)
host_CFLAGS = $(COMMON_CFLAGS) $(UAPI_CFLAGS) -O1
host_LDFLAGS :=

san_CC := $(HOST_CC)
san_AR := $(HOST_AR)
san_CFLAGS = $(COMMON_CFLAGS) $(UAPI_CFLAGS) -O1 $(SANITIZE)
san_LDFLAGS := $(SANITIZE)

fuzz_CC := $(FUZZ_CC)
fuzz_AR := $(HOST_AR)
fuzz_CFLAGS = $(COMMON_CFLAGS) $(UAPI_CFLAGS) -O1 $(SANITIZE) -fsanitize=fuzzer-no-link
fuzz_LDFLAGS := $(SANITIZE) -fsanitize=fuzzer
