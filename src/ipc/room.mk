# SPDX-License-Identifier: MIT
ipc_SRCS := control.c packet.c ring.c ring_read.c ring_write.c status.c verify.c
