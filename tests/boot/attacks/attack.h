/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BOOT_ATTACK_H
#define TESTS_BOOT_ATTACK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The attacks of the boot tests, one static program. Run as a service it makes each of them from inside
 * the jail (`attack jail`); run by the agent it makes each again from the same jail with guards taken
 * away (`attack control`).
 */

/* What a jail is made of, as far as it can be left out one by one (half.c). */
enum guard {
	GUARD_FILTER = 1 << 0, /* the row's seccomp filter */
	GUARD_CAPS = 1 << 1,   /* no capabilities, in no set */
	GUARD_USER = 1 << 2,   /* the row's uid and gid, no supplementary groups */
	GUARD_GAIN = 1 << 3,   /* no_new_privs and locked securebits */
	GUARD_MOUNTS = 1 << 4, /* the view; without it: the agent's root, /proc and /dev */
	GUARD_NET = 1 << 5,    /* the empty network; without it: the machine's */
	GUARD_PIDS = 1 << 6,
	GUARD_UTS = 1 << 7,
	GUARD_GROUP = 1 << 8,  /* the control group: its limits, its device filter, its namespace */
	GUARD_LIMITS = 1 << 9, /* rlimits */
};

/*
 * One attack. @run returns >= 0 when it got through, -errno when it was refused; it runs in a process of
 * its own and may be killed. The control run takes the guards @without away, calls @prepare (as root, before
 * anything is given up; it changes the world so that there is something to find, and may be NULL), then
 * @run. It must get through, or, when @reached is not 0, end with that errno: the kernel of the product does
 * not have what was called at all, and this is its own answer, not the guard's. @note says what that shows.
 */
struct attack {
	const char *id, *name;
	int (*run)(void);
	unsigned int without;
	void (*prepare)(void);
	int reached;
	const char *note;
};

/* A kernel that lacks it kills by this signal; as value of attack.reached. */
#define REACHED_SIGNAL(n) (1000 + (n))

extern const struct attack attacks_calls[], attacks_spaces[], attacks_files[], attacks_who[], attacks_limits[];

/* How one of them ended. */
struct outcome {
	enum { THROUGH, REFUSED, KILLED, HANGS } kind;
	int number; /* errno or signal */
	char detail[160];
};

/* Run @a in a process of its own, killed after two seconds, and wait for it. */
struct outcome outcome_of(const struct attack *a);
/* "through", "EPERM", "SIGSYS"... into @text. */
void outcome_print(const struct outcome *o, char *text, size_t size);

/* What @run found, for the report; printf's format. */
void detail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Become what a service of the jail of process @pid is, but for the guards @without, call @prepare, then do @work in a
 * new process. @name is the row's. Returns its exit status, or -1.
 */
struct half {
	int pid;
	const char *name;
	unsigned int without;
	void (*prepare)(void);
	void (*work)(const void *arg);
	const void *arg;
};
int half_jail(const struct half *h);
/* The machine's root, open while prepare() runs and closed afterwards. */
extern int half_root_fd;

/* What a service leaves for others to stumble over (plant.c). */
void plant_forged_lines(void) __attribute__((noreturn));
/* Exchange the names @a and @b until this is killed. */
int plant_race(const char *a, const char *b);
/* Directories with long names, @levels deep, below @directory. */
int plant_deep(const char *directory, int levels);

/* Programs that can be written to and one that is set-user-id, where the firmware has its own; a prepare(). */
void prepare_own_programs(void);

/* Lines "sweep KIND WHAT..." about everything there is of a kind: calls, proc, devices, mounts. */
int sweep_run(const char *kind);

#endif
