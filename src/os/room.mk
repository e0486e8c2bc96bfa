# SPDX-License-Identifier: MIT
os_SRCS := caps.c cred.c landlock.c mnt.c net.c path.c seccomp.c
