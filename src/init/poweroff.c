/* SPDX-License-Identifier: MIT */
#include "init/poweroff.h"

#include <errno.h>
#include <signal.h>
#include <sys/reboot.h>

const char *poweroff_name(enum poweroff_how how)
{
	switch (how) {
	case POWEROFF_HALT:
		return "halt";
	case POWEROFF_OFF:
		return "power off";
	case POWEROFF_REBOOT:
		return "reboot";
	}
	return "?";
}

int poweroff_signal_all(int sig)
{
	return kill(-1, sig) == 0;
}

int poweroff_now(enum poweroff_how how)
{
	static const int commands[] = {
		[POWEROFF_HALT] = (int)RB_HALT_SYSTEM,
		[POWEROFF_OFF] = RB_POWER_OFF,
		[POWEROFF_REBOOT] = RB_AUTOBOOT,
	};

	reboot(commands[how]);
	return -errno;
}

int poweroff_catch_ctrl_alt_del(void)
{
	return reboot(RB_DISABLE_CAD) < 0 ? -errno : 0;
}
