# SPDX-License-Identifier: MIT
init_SRCS := cmdline.c console.c control.c crash.c data.c firmware.c job.c kit.c listeners.c logs.c loop.c \
	main.c mounts.c move.c places.c poweroff.c seed.c services.c shutdown.c start.c status.c sysctl.c verify.c watchdog.c
init_PROG := jailinit
init_USES := super ipc conf os base
