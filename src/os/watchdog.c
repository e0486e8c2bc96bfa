/* SPDX-License-Identifier: MIT */
#include "os/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The two libcs do not agree on the type of a request. */
#ifdef __GLIBC__
#define DOG_IOCTL(fd, request, arg) ioctl(fd, request, arg)
#else
#define DOG_IOCTL(fd, request, arg) ioctl(fd, (int)(request), arg)
#endif

int watchdog_set_timeout(struct watchdog *w, uint32_t timeout_ms, struct err *e)
{
	int wanted_s = (int)(timeout_ms / 1000 + (timeout_ms % 1000 != 0));
	int taken_s = wanted_s;

	if (w->fd < 0)
		return err_set(e, EBADF, "watchdog: there is none");
	if (DOG_IOCTL(w->fd, WDIOC_SETTIMEOUT, &taken_s) < 0) {
		int num = errno;

		/* It may still tell what it has: a fixed one is better than none. */
		if (DOG_IOCTL(w->fd, WDIOC_GETTIMEOUT, &taken_s) < 0 || taken_s <= 0)
			return err_set(e, num,
				       "watchdog: a timeout of %d s is refused, and it does not "
				       "tell its own",
				       wanted_s);
	}
	w->timeout_ms = (uint32_t)taken_s * 1000;
	return 0;
}

int watchdog_open(struct watchdog *w, const char *path, uint32_t timeout_ms, struct err *e)
{
	struct watchdog_info info;
	int rc;

	memset(w, 0, sizeof(*w));
	w->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (w->fd < 0)
		return err_set(e, errno, "watchdog: opening %s", path);
	if (DOG_IOCTL(w->fd, WDIOC_GETSUPPORT, &info) == 0) {
		memcpy(w->identity, info.identity, sizeof(info.identity));
		for (char *c = w->identity; *c; c++)
			if (*c < 0x20 || *c > 0x7e)
				*c = '?';
	}
	rc = watchdog_set_timeout(w, timeout_ms, e);
	if (rc) {
		/*
		 * It runs now, and cannot be stopped: what is not known to be long enough is fed
		 * all the same.
		 */
		w->timeout_ms = timeout_ms;
		err_prefix(e, "%s", path);
	}
	return rc;
}

int watchdog_feed(const struct watchdog *w, struct err *e)
{
	if (w->fd < 0)
		return 0;
	if (DOG_IOCTL(w->fd, WDIOC_KEEPALIVE, NULL) == 0)
		return 0;
	/* The oldest drivers know a write only; a NUL is not the magic 'V'. */
	if (write(w->fd, "", 1) == 1)
		return 0;
	return err_set(e, errno, "watchdog: it cannot be fed");
}
