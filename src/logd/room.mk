# SPDX-License-Identifier: MIT
logd_SRCS := keeper.c main.c
logd_PROG := jail-logd
logd_USES := base conf ipc
