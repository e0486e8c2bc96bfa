# SPDX-License-Identifier: MIT
#
# A line in unit_TESTS for each test_NAME.c, and the rooms it is linked with.

unit_TESTS := bpf

test_bpf_USES := base os

unit_TESTS += control keeper ring
test_control_USES := base conf ipc
test_keeper_USES := base conf ipc logd
test_ring_USES := base conf ipc
