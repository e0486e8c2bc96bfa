# SPDX-License-Identifier: MIT
os_SRCS := bpf.c caps.c cred.c landlock.c mnt.c net.c path.c seccomp.c
