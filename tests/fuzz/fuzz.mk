# SPDX-License-Identifier: MIT
#
# A line in fuzz_TARGETS for each fuzz_NAME.c, and the rooms and libraries it is linked with. Where a fuzzer starts from
# is in seeds/NAME/.

fuzz_TARGETS := cmdline control elf filter groups mountinfo profile record ring status svc table

fuzz_cmdline_USES := base conf os ipc super init
fuzz_control_USES := base conf ipc
fuzz_elf_USES := base conf gen
fuzz_elf_LIBS := libseccomp yyjson
fuzz_filter_USES := base conf gen
fuzz_filter_LIBS := libseccomp yyjson
fuzz_groups_USES := base conf gen
fuzz_groups_LIBS := libseccomp yyjson
fuzz_mountinfo_USES := base conf os ipc launch
fuzz_profile_USES := base conf gen
fuzz_profile_LIBS := libseccomp yyjson
fuzz_record_USES := base conf
fuzz_ring_USES := base conf ipc
fuzz_status_USES := base conf ipc
fuzz_svc_USES := base conf
fuzz_table_USES := base conf
