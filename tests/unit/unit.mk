# SPDX-License-Identifier: MIT
#
# A line in unit_TESTS for each test_NAME.c, and the rooms it is linked with.

unit_TESTS := bpf filter seccomp

test_bpf_USES := base os
test_filter_USES := base conf gen
test_filter_LIBS := libseccomp
test_seccomp_USES := base conf gen os
test_seccomp_LIBS := libseccomp

unit_TESTS += control keeper ring
test_control_USES := base conf ipc
test_keeper_USES := base conf ipc logd
test_ring_USES := base conf ipc

unit_TESTS += order super
test_order_USES := base conf super
test_super_USES := base conf super
