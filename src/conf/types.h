/* SPDX-License-Identifier: MIT */
#ifndef CONF_TYPES_H
#define CONF_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/limits.h"

/*
 * The value types of keys.def. Text lives in the row's own pool and is named by its offset, so that
 * a row is one flat record without pointers: it is put into a memfd, sent over a socket and
 * compared as it is. Offset 0 is always the empty string.
 */

struct strlist { /* n strings, one after the other in the pool, each with its NUL */
	uint16_t off;
	uint16_t n;
};

struct execs { /* several commands, each a list of words */
	uint16_t n;
	struct strlist argv[EXEC_PRE_MAX];
};

enum listen_family { LISTEN_INET = 1, LISTEN_INET6 };

struct listen_addr {
	uint8_t family; /* enum listen_family */
	uint8_t pad;
	uint16_t port;	  /* host byte order, never 0 */
	uint8_t addr[16]; /* network byte order; LISTEN_INET uses the first 4 */
};

struct listens {
	uint16_t n;
	struct listen_addr at[LISTEN_MAX];
};

enum { DEV_READ = 1, DEV_WRITE = 2 };

struct device {
	uint16_t path;	 /* pool offset, "/dev/..." */
	uint16_t access; /* DEV_READ | DEV_WRITE */
};

struct devices {
	uint16_t n;
	struct device at[DEVICES_MAX];
};

/* clang-format off */
#define LIMIT_INFINITY UINT64_MAX   /* LIMIT: no limit */
#define PERCENT_INFINITY UINT32_MAX /* PERCENT: no limit */
#define USER_AUTO UINT32_MAX        /* USER: not given; jail-gen fills it in, a device's table has it */

#define NAMESPACES_ALL 0x7e020000u   /* NAMESPACES: CLONE_NEW... of cgroup ipc net mnt pid user uts */

/* The C type behind each TYPE word of keys.def. */
#define CTYPE_STR uint16_t       /* pool offset; printable ASCII */
#define CTYPE_PATH uint16_t      /* pool offset; absolute, no ".", "..", "//", end "/", not /proc */
#define CTYPE_NAME uint16_t      /* pool offset; [a-z0-9][a-z0-9_-]*, shorter than SERVICE_NAME_MAX */
#define CTYPE_STRS struct strlist
#define CTYPE_NAMES struct strlist
#define CTYPE_DEPENDS struct strlist /* NAMES, at most DEPENDS_MAX */
#define CTYPE_BINDS struct strlist   /* always normalised to "SOURCE:TARGET" */
#define CTYPE_EXEC struct strlist    /* words; "..." with \\ and \" inside, no other expansion */
#define CTYPE_EXECS struct execs
#define CTYPE_BOOL bool          /* yes or no, nothing else */
#define CTYPE_NUM uint32_t
#define CTYPE_SNUM int32_t
#define CTYPE_MSEC uint32_t      /* milliseconds; text: 5, 5s, 100ms, 2min, 1h; bare: seconds */
#define CTYPE_SIZE uint64_t      /* bytes; text: 65536, 64K, 4M, 1G (1024 each); never infinity */
#define CTYPE_LIMIT uint64_t     /* soft = hard rlimit; text as SIZE, or infinity */
#define CTYPE_PERCENT uint32_t   /* per cent; text: 20%, infinity */
#define CTYPE_MODE uint16_t      /* octal, at most 07777 */
#define CTYPE_SIGNAL uint8_t     /* SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1...: 1 to 31 */
#define CTYPE_CAPS uint64_t      /* bit n = capability n; text: CAP_X CAP_Y */
#define CTYPE_NAMESPACES uint32_t /* CLONE_NEW... that are allowed; text: yes (none), no (all), net uts, ~user */
#define CTYPE_USER uint32_t
#define CTYPE_LISTENS struct listens
#define CTYPE_DEVICES struct devices
#define CTYPE_ENUM_type uint8_t
#define CTYPE_ENUM_duty uint8_t
#define CTYPE_ENUM_restart uint8_t
#define CTYPE_ENUM_network uint8_t
#define CTYPE_ENUM_overflow uint8_t

/* Enum values; their texts, in this order, are in conf/enums.c. */
enum service_type { TYPE_EXEC, TYPE_ONESHOT };
enum service_duty { DUTY_NONE, DUTY_LOG, DUTY_DATA_CHECK, DUTY_DATA_FORMAT };
enum service_restart { /* systemd's table of Restart= */
	RESTART_NO, RESTART_ON_SUCCESS, RESTART_ON_FAILURE, RESTART_ON_ABNORMAL, RESTART_ON_ABORT,
	RESTART_ALWAYS
};
enum service_network { NETWORK_NONE, NETWORK_HOST };
enum log_overflow { OVERFLOW_DROP, OVERFLOW_BLOCK };
/* clang-format on */

#endif
