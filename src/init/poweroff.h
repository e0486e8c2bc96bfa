/* SPDX-License-Identifier: MIT */
#ifndef INIT_POWEROFF_H
#define INIT_POWEROFF_H

/* How the machine ends. */
enum poweroff_how { POWEROFF_HALT, POWEROFF_OFF, POWEROFF_REBOOT };

/* "halt", "power off", "reboot". */
const char *poweroff_name(enum poweroff_how how);

/*
 * Send @sig to every process but PID 1, jails and their service processes included (kill(-1)). To
 * be called when the orderly stop is over: SIGTERM, a moment, SIGKILL, then reap. Returns the
 * number of signals it could send as 0/1: 0 = nobody is left.
 */
int poweroff_signal_all(int sig);

/*
 * reboot(2). What is on disks must be synced and unmounted before (data_unmount(), in a child: this
 * does not sync, a dead disk would hold it for ever). Returns only on failure, with -errno; for
 * POWEROFF_OFF on a machine that cannot switch itself off the kernel halts it.
 */
int poweroff_now(enum poweroff_how how);

/*
 * Make Ctrl-Alt-Del send SIGINT to PID 1 instead of resetting the machine at once. Returns 0 or
 * -errno.
 */
int poweroff_catch_ctrl_alt_del(void);

#endif
