/* SPDX-License-Identifier: MIT */
#include "init/firmware.h"

#include <errno.h>
#include <sys/mount.h>

#include "init/mounts.h"
#include "os/blockdev.h"

int firmware_mount(const struct system_conf *sys, struct err *e)
{
	const char *spec = system_str(sys, sys->firmware_device);
	enum blockdev_content content = BLOCKDEV_OTHER;
	char path[BLOCKDEV_PATH_MAX];
	int rc;

	if (mounts_has(FIRMWARE_DIR))
		return 0;
	rc = blockdev_wait(spec, sys->firmware_timeout_ms, path, e);
	if (rc)
		return err_prefix(e, "FirmwareDevice=");
	if (mount(path, FIRMWARE_DIR, "squashfs", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0)
		return 0;
	rc = errno;
	if (blockdev_probe(path, &content, e) == 0 && content != BLOCKDEV_SQUASHFS)
		return err_set(e, rc, "FirmwareDevice=%s: wanted a squashfs, found %s", path,
			       blockdev_content_name(content));
	return err_set(e, rc, "mounting the squashfs of %s on " FIRMWARE_DIR, path);
}

int firmware_unmount(struct err *e)
{
	if (!mounts_has(FIRMWARE_DIR) || umount2(FIRMWARE_DIR, 0) == 0)
		return 0;
	if (umount2(FIRMWARE_DIR, MNT_DETACH) == 0)
		return 0;
	return err_set(e, errno, "unmounting " FIRMWARE_DIR);
}
