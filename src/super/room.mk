# SPDX-License-Identifier: MIT
super_SRCS := order.c restart.c super.c
