/* SPDX-License-Identifier: MIT */
#ifndef IPC_LAUNCH_H
#define IPC_LAUNCH_H

#include <linux/filter.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "conf/service.h"

/*
 * The contract between PID 1 (or the bench, or a test, in its place) and jail-launch.
 *
 * PID 1 makes the process with clone3(CLONE_VM | CLONE_VFORK | CLONE_NEWPID | CLONE_INTO_CGROUP |
 * CLONE_PIDFD), puts the files below at their numbers and execs the launcher (execveat of an fd).
 * All other namespaces are made by the launcher itself, so that PID 1's loop is not held while the
 * kernel makes a network namespace.
 *
 * PID 1's own oom_score_adj stays 0 (the kernel never kills it): a launcher inherits it, and only
 * writes what a row wants to be different.
 *
 * fd 0 /dev/null; 1 and 2: the write end of the row's log pipe; then:
 */
enum launch_fd {
	/* memfd with struct launch_record, mapped read-only */
	LAUNCH_FD_RECORD = 3,
	/* exec pipe: one struct err if the start failed, else end of file once exec succeeded */
	LAUNCH_FD_ERROR,
	/* SOCK_SEQPACKET to PID 1: struct launch_status messages; the first carries the pidfd */
	LAUNCH_FD_STATUS,
	/* row with ExecStart=jailinit:NAME: that program (O_PATH); else /dev/null */
	LAUNCH_FD_PROGRAM,
	/* n_listen listening sockets, then n_extra other fds, passed on as fds 3.. (LISTEN_FDS) */
	LAUNCH_FD_FIRST
};

#define LAUNCH_MAGIC 0x6a6c3031u
#define LAUNCH_EXTRA_MAX (2 * SERVICES_MAX + 8)
#define LAUNCH_PATH_MAX 128

/* Everything the launcher is told. Written once per row at boot, the marked fields again before each start. */
struct launch_record {
	uint32_t magic;        /* LAUNCH_MAGIC */
	uint32_t size;         /* sizeof(struct launch_record) */
	uint32_t crc;          /* CRC-32 of all bytes after this field, set for each start */
	uint16_t n_listen;     /* sockets of ListenStream= and ListenDatagram=, in this order */
	uint16_t n_extra;      /* further fds (log keeper: pipes and rings; control row: the control socket) */
	uint8_t state_volatile;/* there is no /data and the row accepts a StateDirectory in memory (each start) */
	uint8_t verbose;       /* jailinit.debug: the clock after each step on fd 2 */
	uint16_t filter_len;   /* instructions in filter[], never 0 */
	uint32_t n_socket_from;                  /* entries of SocketFrom=, resolved: */
	uint32_t socket_from_gid[DEPENDS_MAX];   /* that service's gid, becomes a supplementary group */
	char socket_from_dir[DEPENDS_MAX][SERVICE_NAME_MAX]; /* its RuntimeDirectory */
	char extra_names[256]; /* LISTEN_FDNAMES part for the extra fds, ':' between, "" if none */
	char firmware[LAUNCH_PATH_MAX]; /* "/firmware" */
	char data[LAUNCH_PATH_MAX];     /* "/data/services": StateDirectory trees, "" = none */
	char run[LAUNCH_PATH_MAX];      /* "/run/services": RuntimeDirectory trees, made by PID 1 or the launcher */
	char jailctl[LAUNCH_PATH_MAX];  /* "/lib/jailinit/jailctl", for ControlSocket=yes */
	char staging[LAUNCH_PATH_MAX];  /* an empty directory to build the jail's root on: "/run/jail" */
	struct service service;
	struct sock_filter filter[FILTER_MAX];
};

/* Messages on LAUNCH_FD_STATUS, launcher to PID 1. Fixed size; anything else is ignored and counted. */
enum launch_status_kind {
	/* pid: the service's pid inside the jail; SCM_RIGHTS: its pidfd. Sent before exec */
	LAUNCH_STARTED = 1,
	/* wait_status: raw status of the service, as waitpid(2) gives it. The launcher exits next */
	LAUNCH_EXITED
};

struct launch_status {
	uint32_t kind;       /* enum launch_status_kind */
	int32_t pid;
	int32_t wait_status;
	uint32_t pad;
};

/* Exit status of jail-launch itself. */
enum launch_exit {
	LAUNCH_EXIT_OK = 0,     /* the service ran and ended; its status was reported */
	LAUNCH_EXIT_FAILED = 1, /* a step failed; struct err was sent */
	LAUNCH_EXIT_USAGE = 2   /* not started as described above */
};

#endif
