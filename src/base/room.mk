# SPDX-License-Identifier: MIT
base_SRCS := crc32.c err.c fd.c num.c str.c time.c
