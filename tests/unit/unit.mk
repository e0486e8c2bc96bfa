# SPDX-License-Identifier: MIT
#
# A line in unit_TESTS for each test_NAME.c, and the rooms it is linked with.

unit_TESTS := bpf filter profile seccomp

test_bpf_USES := base os
test_filter_USES := base conf gen
test_filter_LIBS := libseccomp yyjson
test_profile_USES := base conf gen os
test_profile_LIBS := libseccomp yyjson
test_seccomp_USES := base conf gen os
test_seccomp_LIBS := libseccomp yyjson

unit_TESTS += blockdev cmdline control data feeder jailctl keeper ring seed
test_blockdev_USES := base os
test_cmdline_USES := base init
test_control_USES := base conf ipc
test_data_USES := base conf os init
test_feeder_USES := base conf os init
test_jailctl_USES := base conf ipc jailctl
test_keeper_USES := base conf ipc logd
test_ring_USES := base conf ipc
test_seed_USES := base init

unit_TESTS += order super
test_order_USES := base conf super
test_super_USES := base conf super

unit_TESTS += elf err fd num record str table
test_elf_USES := base conf gen
test_elf_LIBS := libseccomp yyjson
test_err_USES := base
test_fd_USES := base
test_num_USES := base
test_record_USES := base conf
test_str_USES := base
test_table_USES := base conf

unit_TESTS += verify
test_verify_USES := base conf os ipc launch
