/* SPDX-License-Identifier: MIT */
#ifndef INIT_FIRMWARE_H
#define INIT_FIRMWARE_H

#include "conf/service.h"
#include "base/err.h"

#define FIRMWARE_DIR "/firmware"

/*
 * Wait for [system] FirmwareDevice= up to FirmwareTimeoutSec= and mount its squashfs on
 * FIRMWARE_DIR, read-only, nosuid, nodev. Sleeps: run it in a child (same mount namespace) with a
 * deadline a little longer than that. Mounted already: 0. Returns 0 or -errno.
 */
int firmware_mount(const struct system_conf *sys, struct err *e);

/*
 * At shutdown, in a child: 0 also when it is not mounted; detached (MNT_DETACH) when it is still in
 * use.
 */
int firmware_unmount(struct err *e);

#endif
