# SPDX-License-Identifier: MIT
launch_SRCS := dev.c dirs.c environment.c main.c owner.c program.c record.c root.c shield.c spaces.c start.c steps.c wait.c walls.c
launch_PROG := jail-launch
launch_USES := base conf os ipc
