# SPDX-License-Identifier: MIT
#
# The architecture x86_64: all that the rest of the build needs to know about it.

# Debian's name for it, and its compiler: TRIPLET-gcc
ARCH_DEB := amd64
ARCH_TRIPLET := x86_64-linux-gnu
ARCH_MUSL := x86_64-linux-musl
# The kernel's name for it, and the image that is booted
ARCH_LINUX := x86
ARCH_LINUX_IMAGE := arch/x86/boot/bzImage
# Shadow stacks need the C library's help, which musl does not give, and Linux has no IBT for
# programs: the marks that -fcf-protection leaves would be dead bytes.
ARCH_CFLAGS := -fcf-protection=none
ARCH_LDFLAGS :=
