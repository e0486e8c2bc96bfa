/* SPDX-License-Identifier: MIT */
#ifndef INIT_MACHINE_H
#define INIT_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/table.h"
#include "init/cmdline.h"
#include "ipc/launch.h"
#include "super/order.h"
#include "super/super.h"

/*
 * All that PID 1 knows, in static storage: nothing is allocated after boot. Every file of this room
 * works on it; who may change what is said at the fields.
 */

#define LISTENERS_MAX (2 * LISTEN_MAX)

/*
 * What belongs to a row from boot on, and is kept over its restarts (made by services.c, in this
 * order).
 */
struct kit {
	int cgroup_fd;	    /* /sys/fs/cgroup/services/NAME */
	int events_fd;	    /* its cgroup.events */
	bool killed;	    /* cgroup.kill was used: not to be started in again (kit.h) */
	bool limits_set;    /* its limits are written */
	uint64_t oom_kills; /* of memory.events, when last looked at */
	bool devices_set;   /* its device program is attached */
	int log_read_fd;    /* both ends of the log pipe */
	int log_write_fd;
	int ring_fd;   /* memfd of ipc/ring.h */
	int record_fd; /* memfd of struct launch_record */
	struct launch_record *record;
	int program_fd;		      /* ExecStart=jailinit:NAME: that program; else /dev/null */
	int listen_fd[LISTENERS_MAX]; /* ListenStream=, then ListenDatagram= (listeners.c) */
};

/* One row of the table, as it runs. */
struct run {
	struct super super; /* changed by services_event() only */
	struct kit kit;
	struct err err; /* why it is not running: the last start, or what it needs */

	/* One start (start.c): */
	int launcher_pid; /* 0 = none; the only child of PID 1 of this row */
	int launcher_fd;  /* its pidfd */
	int exec_fd;	  /* read end of the exec pipe, -1 once it has spoken */
	int status_fd;	  /* our end of the status socket */
	int control_fd;	  /* our end of the control channel (control.c) */
	int service_fd;	  /* pidfd of the service, from the launcher */
	int service_pid;  /* as PID 1 sees it, 0 = none */
	bool exited;	  /* the launcher told exit_status */
	int exit_status;  /* how the service ended, in the words of the launcher */

	int wait_status;     /* of the last run */
	uint64_t started_ms; /* last start, last end (CLOCK_BOOTTIME), 0 = never */
	uint64_t ended_ms;

	bool degraded; /* its StateDirectory is in memory */
	bool chosen;   /* started at boot */
	bool reported; /* its line of the boot report is written */
	uint8_t shown; /* the state that was last told (status.c) */
};

struct machine {
	struct table table;
	struct cmdline cmdline;
	struct order order;
	struct order_now now; /* firmware and data: places.c; the sets: services.c */
	struct run run[SERVICES_MAX];

	int cgroup_fd; /* /sys/fs/cgroup/services */
	int launch_fd; /* jail-launch */
	int null_fd;
	bool net_deny;	       /* sockets that PID 1 makes can do nothing but serve (os/bpf.h) */
	bool rescue;	       /* Rescue=yes rows only */
	bool order_changed;    /* look at who may start now */
	bool report_done;      /* the boot report is complete (status.c) */
	bool console_held;     /* a row waits for that (services.c) */
	bool going_down;       /* the orderly stop has begun (shutdown.c) */
	uint64_t boot_ms;      /* CLOCK_BOOTTIME when PID 1 began */
	uint32_t bad_messages; /* dropped: of the wrong size or kind, on any socket */
};

extern struct machine machine;

/* Row @i. */
static inline const struct service *machine_row(unsigned int i)
{
	return &machine.table.service[i];
}

/* Has row @s the console for its terminal? */
bool machine_on_console(const struct service *s);

#define INIT_PROGRAM_DIR "/lib/jailinit"
#define INIT_TABLE	 "/etc/jailinit/services.tab"
#define INIT_FILTER_DIR	 "/etc/jailinit/seccomp"
#define INIT_RUN_DIR	 "/run/services"
#define INIT_STAGING_DIR "/run/jail"

#endif
