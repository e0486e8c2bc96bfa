/* SPDX-License-Identifier: MIT */
#include "init/status.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/num.h"
#include "base/str.h"
#include "base/time.h"
#include "conf/names.h"
#include "init/console.h"
#include "init/machine.h"
#include "init/places.h"
#include "ipc/ring.h"

/* A service that fails again and again is told of this often; `jailctl status` has the rest. */
#define TELL_STREAK 8

static const uint8_t shown_as[SUPER_STATES] = {
	[SUPER_STOPPED] = STATE_STOPPED,   [SUPER_WAITING] = STATE_WAITING,
	[SUPER_BLOCKED] = STATE_FAILED,	   [SUPER_STARTING] = STATE_STARTING,
	[SUPER_RUNNING] = STATE_RUNNING,   [SUPER_STOPPING] = STATE_STOPPING,
	[SUPER_CLEANING] = STATE_STOPPING, [SUPER_BACKOFF] = STATE_BACKOFF,
	[SUPER_DONE] = STATE_DONE,	   [SUPER_FAILED] = STATE_FAILED,
};

void status_fill(unsigned int i, struct ctl_status *st)
{
	const struct service *s = machine_row(i);
	const struct run *r = &machine.run[i];

	memset(st, 0, sizeof(*st));
	str_copy(st->name, sizeof(st->name), s->name);
	st->state = shown_as[r->super.state];
	st->pid = r->service_pid;
	st->launcher_pid = r->launcher_pid;
	st->wait_status = r->wait_status;
	st->started_ms = r->started_ms;
	st->ended_ms = r->ended_ms;
	st->next_start_ms = r->super.state == SUPER_BACKOFF ? r->super.deadline_ms : 0;
	st->log_lost_bytes = r->kit.ring_fd >= 0 ? ring_lost_bytes(r->kit.ring_fd) : 0;
	st->restarts = r->super.launches > 0 ? r->super.launches - 1 : 0;
	st->uid = s->uid;
	st->degraded = r->degraded ? DEGRADED_STATE_VOLATILE : 0;
	st->filter_len = r->kit.record ? r->kit.record->filter_len : 0;
	st->err = r->err;
	if (machine.table.damaged && !machine.table.intact[i]) {
		st->state = STATE_FAILED;
		st->err = machine.table.err;
	}
}

/* Capabilities as names without CAP_, or their number if they do not fit. */
static void format_caps(uint64_t caps, char *text, size_t size)
{
	struct strbuf b;
	unsigned int n;

	strbuf_init(&b, text, size);
	for (n = 0; n < CAPS_COUNT; n++)
		if (caps & (UINT64_C(1) << n))
			strbuf_addf(&b, "%s%s", b.len ? "," : "", names_cap(n) + 4);
	if (b.full)
		snprintf(text, size, "%d of them", __builtin_popcountll(caps));
	else if (caps == 0)
		snprintf(text, size, "-");
}

static enum console_color color_of(uint32_t state)
{
	if (state == STATE_RUNNING || state == STATE_DONE)
		return COLOR_GREEN;
	return state == STATE_FAILED ? COLOR_RED : COLOR_YELLOW;
}

#define SECONDS_TEXT 32

static void say_seconds(uint64_t ms, char text[SECONDS_TEXT])
{
	snprintf(text, SECONDS_TEXT, "%llu.%03llu s", (unsigned long long)ms / 1000,
		 (unsigned long long)ms % 1000);
}

static void report_header(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	console_say("  %-14s %-8s %5s %8s %-22s %6s %6s %5s %s", "SERVICE", "STATE", "PID",
		    "SINCE ON", "NAMESPACES", "FILTER", "MEMORY", "TASKS", "CAPABILITIES");
}

/* Why it is not running, for a line of its own. */
static void explain(const struct run *r, char *text, size_t size)
{
	if (r->err.num)
		snprintf(text, size, "%s%s%s", r->err.step, *r->err.step ? ": " : "", r->err.text);
	else if (r->ended_ms && WIFSIGNALED(r->wait_status))
		snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(r->wait_status),
			 strsignal(WTERMSIG(r->wait_status)));
	else if (r->ended_ms)
		snprintf(text, size, "ended with status %d", WEXITSTATUS(r->wait_status));
	else
		snprintf(text, size, "not started");
}

static void report_row(unsigned int i)
{
	const struct service *s = machine_row(i);
	const struct run *r = &machine.run[i];
	uint32_t shown = shown_as[r->super.state];
	char since[SECONDS_TEXT], padded[16], caps[17], memory[NUM_TEXT_MAX], pid[12], why[400];

	report_header();
	say_seconds(time_boot_ms(), since);
	snprintf(padded, sizeof(padded), "%-8s", service_state_name(shown));
	format_caps(s->caps_bounding, caps, sizeof(caps));
	if (s->memory_max == LIMIT_INFINITY)
		snprintf(memory, sizeof(memory), "-");
	else
		num_format_size(s->memory_max, memory);
	snprintf(pid, sizeof(pid), r->service_pid ? "%d" : "-", r->service_pid);
	console_say("  %-14s %s %5s %8s %-22s %6u %6s %5u %s", s->name,
		    console_paint(color_of(shown), padded), pid, since,
		    s->network == NETWORK_HOST ? "mnt,pid,ipc,uts,cgroup"
					       : "mnt,pid,ipc,uts,cg,net",
		    r->kit.record ? r->kit.record->filter_len : 0, memory, s->tasks_max, caps);
	if (shown == STATE_RUNNING || shown == STATE_DONE || shown == STATE_WAITING) {
		if (r->degraded)
			console_say("    its state directory is in memory: there is no /data");
		return;
	}
	explain(r, why, sizeof(why));
	console_say("    %s", why);
}

/* After its first line: what it does by itself, not what somebody asked for. */
static void tell_change(unsigned int i)
{
	const struct run *r = &machine.run[i];
	const char *name = machine_row(i)->name;
	char why[400];

	explain(r, why, sizeof(why));
	switch ((enum super_state)r->super.state) {
	case SUPER_BACKOFF:
		if (r->super.streak <= TELL_STREAK)
			console_say("jailinit: %s: %s; again in %llu ms", name, why,
				    (unsigned long long)r->super.delay_ms);
		break;
	case SUPER_FAILED:
	case SUPER_BLOCKED:
		console_say("jailinit: %s: %s: %s", name, console_paint(COLOR_RED, "failed"), why);
		break;
	default:
		break;
	}
}

void status_changed(unsigned int i)
{
	struct run *r = &machine.run[i];
	bool lasts = super_steady(&r->super) ||
		     (r->super.state == SUPER_BACKOFF && r->super.delay_ms > 0);

	if (r->super.state == r->shown || machine.going_down)
		return;
	r->shown = r->super.state;
	if (r->reported) {
		tell_change(i);
	} else if (lasts && r->super.state != SUPER_STOPPED) {
		r->reported = true;
		report_row(i);
		status_summary();
	}
}

void status_begin(void)
{
	const struct system_conf *sys = &machine.table.system;
	const char *version = system_str(sys, sys->version);
	char since[SECONDS_TEXT];

	say_seconds(machine.boot_ms, since);
	console_say("%s%s%s: %u services in the table, PID 1 began %s after power on",
		    console_paint(COLOR_BOLD, "jailinit"), *version ? " " : "", version,
		    machine.table.n, since);
	if (machine.rescue)
		console_say("jailinit: %s: only services with Rescue=yes are started",
			    console_paint(COLOR_YELLOW, "rescue"));
}

/* They start now (services.c), and write on the console themselves. */
static void report_console_rows(void)
{
	unsigned int i;

	for (i = 0; i < machine.table.n; i++) {
		if (!machine.run[i].chosen || machine.run[i].reported ||
		    !machine_on_console(machine_row(i)))
			continue;
		machine.run[i].reported = true;
		report_row(i);
	}
}

void status_summary(void)
{
	unsigned int i, chosen = 0, up = 0;
	char since[SECONDS_TEXT];

	if (machine.report_done || machine.now.data == PLACE_PENDING)
		return;
	for (i = 0; i < machine.table.n; i++) {
		if (!machine.run[i].chosen || machine_on_console(machine_row(i)))
			continue;
		if (!machine.run[i].reported)
			return;
		chosen++;
		if (machine.run[i].super.state == SUPER_RUNNING ||
		    machine.run[i].super.state == SUPER_DONE)
			up++;
	}
	machine.report_done = true;
	report_console_rows();
	say_seconds(time_boot_ms(), since);
	console_say("jailinit: %s, %s after power on; /data: %s",
		    up == chosen ? console_paint(COLOR_GREEN, "all services are up")
				 : console_paint(COLOR_YELLOW, "some services are not up"),
		    since, places_data_text());
}
