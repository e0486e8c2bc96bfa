# SPDX-License-Identifier: MIT
os_SRCS := blockdev.c bpf.c caps.c cgroup.c cred.c dir.c landlock.c memfd.c mnt.c net.c path.c pidfd.c rlimit.c seccomp.c spawn.c watchdog.c
