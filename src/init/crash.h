/* SPDX-License-Identifier: MIT */
#ifndef INIT_CRASH_H
#define INIT_CRASH_H

/*
 * If PID 1 itself runs into a fault, the kernel would panic, or hang in the worst case. Instead: a
 * record of what happened goes to the kernel log (and with it to pstore) and to the console, a
 * child syncs the disks for a few seconds at most, and the machine reboots. Runs on a stack of its
 * own, and calls nothing but system calls.
 *
 * A signal that some process sent is no fault and is ignored. Call once.
 */
void crash_catch(void);

#endif
