# SPDX-License-Identifier: MIT
os_SRCS := bpf.c caps.c cgroup.c cred.c landlock.c mnt.c net.c path.c pidfd.c seccomp.c spawn.c
