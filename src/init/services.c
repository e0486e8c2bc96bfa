/* SPDX-License-Identifier: MIT */
#include "init/services.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/time.h"
#include "init/console.h"
#include "init/kit.h"
#include "init/machine.h"
#include "init/start.h"
#include "init/status.h"
#include "os/cgroup.h"
#include "os/pidfd.h"

/*
 * A shell on the console would be lost in the boot report: it waits until that is complete, but not
 * longer than this.
 */
#define CONSOLE_HOLD_MS 5000

/* Launches in one turn of the loop. */
#define STARTS_MAX 8

bool machine_on_console(const struct service *s)
{
	return !strcmp(service_str(s, s->tty_path), "/dev/console");
}

static bool hold_is_over(uint64_t now_ms)
{
	return machine.report_done || now_ms >= machine.boot_ms + CONSOLE_HOLD_MS;
}

int services_may_start(unsigned int i, struct err *e)
{
	const struct service *s = machine_row(i);

	if (machine.table.damaged && !machine.table.intact[i])
		return err_set(e, EBADMSG,
			       "%s: its section of the table is damaged; install a sound firmware",
			       s->name);
	/* These work on the device of /data, which is safe only before it is mounted. */
	if (s->duty == DUTY_DATA_CHECK || s->duty == DUTY_DATA_FORMAT)
		return err_set(
			e, EPERM,
			"%s works on the device of /data: it is started at boot, and then only",
			s->name);
	if (machine.going_down)
		return err_set(e, ESHUTDOWN, "the machine is going down");
	return 0;
}

/* Rows with a duty around /data are started by places.c, when it is their turn. */
static bool starts_at_boot(unsigned int i)
{
	const struct service *s = machine_row(i);

	if (s->duty == DUTY_DATA_CHECK || s->duty == DUTY_DATA_FORMAT || !s->auto_start)
		return false;
	if (machine.table.damaged && !machine.table.intact[i])
		return false;
	if (machine.rescue && !s->rescue)
		return false;
	return !cmdline_skips(&machine.cmdline, s->name);
}

void services_open(void)
{
	struct run *r;
	struct err e;
	unsigned int i;

	order_init(&machine.order, &machine.table);
	for (i = 0; i < machine.table.n; i++) {
		kit_clear(&machine.run[i].kit);
		start_clear(i);
	}
	for (i = 0; i < machine.table.n; i++) {
		r = &machine.run[i];
		e = ERR_NONE;
		if (machine.table.damaged && !machine.table.intact[i])
			continue;
		r->chosen = starts_at_boot(i);
		/* What fails here is tried again with each start, and told there. */
		if (kit_make(i, &e))
			r->err = e;
	}
	for (i = 0; i < machine.table.n; i++)
		if (machine.run[i].chosen)
			services_event(i, EVENT_START, 0);
}

/* Nothing is left of its last run: the launcher is reaped and the cgroup is empty. */
static bool gone(const struct run *r)
{
	return r->launcher_pid == 0 &&
	       (r->kit.events_fd < 0 || cgroup_events_populated(r->kit.events_fd) == 0);
}

/*
 * The launcher is process 1 of the jail: with it the kernel kills all that is in there. Only what
 * is left without one, or stays in spite of it (@hard), has its cgroup killed.
 */
static void clean(unsigned int i, bool hard)
{
	const struct run *r = &machine.run[i];
	struct err e = ERR_NONE;

	if (gone(r))
		return;
	if (r->launcher_pid)
		pidfd_signal(r->launcher_fd, SIGKILL);
	if ((hard || !r->launcher_pid) && kit_kill(i, &e))
		console_err(machine_row(i)->name, &e);
}

static void ask_to_end(unsigned int i)
{
	/* Not there yet: what is killed before the program runs has nothing to tidy up. */
	if (start_signal(i, machine_row(i)->kill_signal) == -ESRCH)
		clean(i, false);
	else
		start_signal(i, SIGCONT);
}

/*
 * The step that an event leads to, and the event that carrying it out leads to, until nothing
 * follows.
 */
void services_event(unsigned int i, enum super_event event, int wait_status)
{
	struct run *r = &machine.run[i];
	const struct service *s = machine_row(i);
	uint32_t effects;
	bool more = true;
	struct err e;

	while (more) {
		more = false;
		effects = super_step(&r->super, s, event, wait_status, time_boot_ms());
		if (effects & EFFECT_LAUNCH) {
			r->err = ERR_NONE;
			if (start_launch(i, &e)) {
				r->err = e;
				event = EVENT_LAUNCH_FAILED;
				more = true;
			}
		}
		if (effects & EFFECT_SIGNAL)
			ask_to_end(i);
		if (effects & EFFECT_STUCK)
			console_say("jailinit: %s: killed, and still there: a process waits inside "
				    "the kernel",
				    s->name);
		if (effects & EFFECT_CLEAN) {
			clean(i, effects & EFFECT_STUCK);
			if (gone(r)) {
				event = EVENT_GONE;
				more = true;
			}
		}
		if (effects & EFFECT_NOTIFY)
			machine.order_changed = true;
	}
	status_changed(i);
}

void services_cgroup_ready(unsigned int i)
{
	/* Reading it is what makes the fd quiet again. */
	if (gone(&machine.run[i]))
		services_event(i, EVENT_GONE, 0);
	else
		cgroup_events_populated(machine.run[i].kit.events_fd);
}

bool services_reaped(pid_t pid, int wait_status)
{
	unsigned int i;

	for (i = 0; i < machine.table.n; i++) {
		if (machine.run[i].launcher_pid != pid)
			continue;
		start_reaped(i, wait_status);
		if (gone(&machine.run[i]))
			services_event(i, EVENT_GONE, 0);
		return true;
	}
	return false;
}

static void note_states(void)
{
	struct order_now *now = &machine.now;
	unsigned int i;

	now->up = now->coming = now->late = now->alive = 0;
	for (i = 0; i < machine.table.n; i++)
		order_note(now, i, &machine.run[i].super);
}

static void look_at_order(unsigned int i)
{
	struct run *r = &machine.run[i];
	struct err e = ERR_NONE;

	if (r->super.state != SUPER_WAITING && r->super.state != SUPER_BLOCKED)
		return;
	if (machine_on_console(machine_row(i)) && !hold_is_over(time_boot_ms())) {
		machine.console_held = true;
		return;
	}
	switch (order_start(&machine.order, &machine.now, &machine.table, i, &e)) {
	case ORDER_READY:
		services_event(i, EVENT_DEPS_READY, 0);
		break;
	case ORDER_UNMET:
		err_step(&e, "order");
		r->err = e;
		services_event(i, EVENT_DEPS_UNMET, 0);
		break;
	case ORDER_WAIT:
	default:
		break;
	}
}

/*
 * Who may start now. No more than a few in one turn of the loop: while a launcher is made PID 1
 * stands still, and the rest of its work must not wait for a whole table.
 */
static void start_round(void)
{
	unsigned int i, started = 0;
	uint32_t launches;

	machine.order_changed = false;
	machine.console_held = false; /* who is held still says so again */
	note_states();
	for (i = 0; i < machine.table.n; i++) {
		launches = machine.run[i].super.launches;
		look_at_order(i);
		if (machine.run[i].super.launches == launches || ++started < STARTS_MAX)
			continue;
		machine.order_changed = true;
		return;
	}
}

void services_turn(uint64_t now_ms)
{
	unsigned int i;
	struct run *r;

	for (i = 0; i < machine.table.n; i++) {
		r = &machine.run[i];
		if (!r->super.deadline_ms || r->super.deadline_ms > now_ms)
			continue;
		if (r->super.state == SUPER_STARTING) {
			err_set(&r->err, ETIMEDOUT, "not started after TimeoutStartSec=, %u ms",
				machine_row(i)->timeout_start_ms);
			err_step(&r->err, "start");
		}
		services_event(i, EVENT_TIMEOUT, 0);
	}
	if (machine.console_held && hold_is_over(now_ms))
		machine.order_changed = true;
	if (machine.order_changed && !machine.going_down)
		start_round();
}

uint64_t services_deadline_ms(void)
{
	uint64_t next = UINT64_MAX, at;
	unsigned int i;

	if (machine.order_changed && !machine.going_down)
		return 0;
	if (machine.console_held && !machine.going_down)
		next = machine.report_done ? 0 : machine.boot_ms + CONSOLE_HOLD_MS;
	for (i = 0; i < machine.table.n; i++) {
		at = machine.run[i].super.deadline_ms;
		if (at && at < next)
			next = at;
	}
	return next;
}

void services_shutdown(void)
{
	unsigned int i;

	for (i = 0; i < machine.table.n; i++)
		services_event(i, EVENT_SHUTDOWN, 0);
}

unsigned int services_stop_round(void)
{
	unsigned int i, left = 0;

	note_states();
	for (i = 0; i < machine.table.n; i++) {
		if (!super_alive(&machine.run[i].super))
			continue;
		left++;
		if (machine.run[i].super.state != SUPER_STOPPING &&
		    machine.run[i].super.state != SUPER_CLEANING &&
		    order_stop(&machine.order, &machine.now, i))
			services_event(i, EVENT_STOP, 0);
	}
	return left;
}

void services_kill_all(void)
{
	unsigned int i;

	for (i = 0; i < machine.table.n; i++)
		clean(i, true);
}
