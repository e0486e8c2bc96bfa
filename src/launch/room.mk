# SPDX-License-Identifier: MIT
launch_SRCS := dev.c dirs.c environment.c main.c mountinfo.c owner.c program.c record.c root.c shield.c spaces.c start.c steps.c \
	verify.c verify_cgroup.c verify_mounts.c verify_status.c wait.c walls.c
launch_PROG := jail-launch
launch_USES := base conf os ipc
