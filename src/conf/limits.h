/* SPDX-License-Identifier: MIT */
#ifndef CONF_LIMITS_H
#define CONF_LIMITS_H

/*
 * Every fixed size of the table and of what is made from it, in one place. PID 1 allocates nothing
 * after boot, so each of these is also a promise that jail-gen checks at build time.
 */
/* clang-format off */
#define SERVICES_MAX 64        /* rows of a table */
#define SERVICE_NAME_MAX 32    /* with the NUL; also a cgroup, a directory, a host name */
#define SERVICE_POOL_MAX 6144  /* bytes of text of one row */
#define SYSTEM_POOL_MAX 1024   /* bytes of text of [system] */
#define EXEC_PRE_MAX 4         /* ExecStartPre= lines */
#define EXEC_ARGS_MAX 48       /* words of one command */
#define LISTEN_MAX 8           /* ListenStream= and ListenDatagram= of one row */
#define DEVICES_MAX 8          /* DeviceAllow= of one row */
#define DEPENDS_MAX 16         /* names in one After= or Requires= */
#define LIST_MAX 128           /* entries in any other list */
#define PATH_TEXT_MAX 256      /* a path, with the NUL */
#define LINE_MAX_BYTES 4096    /* one line of a table, with its newline */
#define TABLE_MAX_BYTES 262144 /* a whole table */
#define FILTER_MAX 1024        /* instructions of a seccomp filter */
/* clang-format on */

/* Automatic uids: a hash of the name into this range (systemd's own range for DynamicUser=). */
#define UID_AUTO_MIN 61184u
#define UID_AUTO_MAX 65519u
/* Who the launcher is once it only waits: no service's uid, no capability. */
#define UID_LAUNCHER 61183u

#endif
