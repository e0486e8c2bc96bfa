/* SPDX-License-Identifier: MIT */
#include "init/shutdown.h"

#include <signal.h>
#include <stdbool.h>

#include "base/time.h"
#include "init/console.h"
#include "init/data.h"
#include "init/firmware.h"
#include "init/job.h"
#include "init/machine.h"
#include "init/seed.h"
#include "init/services.h"

/* The part of RebootTimeoutSec= that is kept for what comes after the services. */
#define SAVE_MS_MAX 10000
/* How long killed processes may take to be gone. */
#define KILL_MS 2000
/* The hardware watchdog's last meal lasts this much longer than all of it. */
#define DOG_MS 10000

enum phase { PHASE_NONE, PHASE_STOPPING, PHASE_KILLING, PHASE_SAVING, PHASE_LAST };

static struct {
	enum phase phase;
	enum poweroff_how how;
	uint64_t begin_ms, end_ms; /* all of it */
	uint64_t next_ms;	   /* end of this phase's patience */
	uint64_t asked_ms;
	unsigned int asked;
	bool fed;
} down;

static uint32_t save_ms(void)
{
	uint32_t all = machine.table.system.reboot_timeout_ms;

	return all / 3 < SAVE_MS_MAX ? all / 3 : SAVE_MS_MAX;
}

static void asked_again(const char *who)
{
	uint64_t now = time_boot_ms();

	if (now - down.asked_ms > 1000) {
		down.asked = 0;
		down.asked_ms = now;
	}
	if (++down.asked < 2 || down.phase != PHASE_STOPPING)
		return;
	console_say("jailinit: %s insists: whatever still runs is killed", who);
	down.next_ms = 0;
}

void shutdown_begin(enum poweroff_how how, const char *who)
{
	uint64_t now = time_boot_ms();

	if (down.phase != PHASE_NONE) {
		asked_again(who);
		return;
	}
	down.phase = PHASE_STOPPING;
	down.how = how;
	down.begin_ms = down.asked_ms = now;
	down.end_ms = now + machine.table.system.reboot_timeout_ms;
	down.next_ms = down.end_ms - save_ms();
	machine.going_down = true;
	console_say("jailinit: %s, asked for by %s: stopping all services", poweroff_name(how),
		    who);
	services_shutdown();
}

static int save_job(void *arg, void *out, struct err *e)
{
	struct err first = ERR_NONE;

	(void)arg;
	(void)out;
	if (machine.now.data == PLACE_HERE && seed_save(&first))
		err_step(&first, "random seed");
	if (data_unmount(e))
		return err_step(e, "unmount /data");
	firmware_unmount(e);
	*e = first;
	return first.num ? -first.num : 0;
}

static void save_done(const struct job_result *r)
{
	if (r->err.num)
		console_err("shutdown", &r->err);
	down.phase = PHASE_LAST;
}

static void begin_saving(uint64_t now_ms)
{
	struct err e = ERR_NONE;

	/*
	 * Not in a row's cgroup, but perhaps with a file open on /data: a child of PID 1 that got
	 * stuck.
	 */
	poweroff_signal_all(SIGKILL);
	down.phase = PHASE_SAVING;
	down.next_ms = now_ms + save_ms();
	if (job_start("save and unmount", save_job, NULL, save_ms(), save_done, &e)) {
		console_err("shutdown", &e);
		down.phase = PHASE_LAST;
	}
}

static void stop_services(uint64_t now_ms)
{
	unsigned int left = services_stop_round();

	if (left == 0) {
		begin_saving(now_ms);
	} else if (now_ms >= down.next_ms) {
		console_say("jailinit: %u services did not stop in time, and are killed", left);
		services_kill_all();
		down.phase = PHASE_KILLING;
		down.next_ms = now_ms + KILL_MS;
	}
}

static void last(uint64_t now_ms)
{
	static bool failed;
	int rc;

	if (failed)
		return;
	console_say("jailinit: %s after %llu ms", poweroff_name(down.how),
		    (unsigned long long)(now_ms - down.begin_ms));
	console_drain(500);
	rc = poweroff_now(down.how);
	/* There is nothing left to do but to stay: the watchdog is not fed any more and decides. */
	console_say("jailinit: reboot(2) refused: %s", err_name(-rc));
	failed = true;
}

void shutdown_turn(uint64_t now_ms, struct feeder *dog)
{
	if (down.phase == PHASE_NONE)
		return;
	if (!down.fed) {
		down.fed = true;
		feeder_last(dog, machine.table.system.reboot_timeout_ms + DOG_MS);
	}
	if (down.phase == PHASE_STOPPING)
		stop_services(now_ms);
	if (down.phase == PHASE_KILLING && (services_stop_round() == 0 || now_ms >= down.next_ms))
		begin_saving(now_ms);
	if (down.phase == PHASE_LAST)
		last(now_ms);
}

uint64_t shutdown_deadline_ms(void)
{
	return down.phase == PHASE_STOPPING || down.phase == PHASE_KILLING ? down.next_ms
									   : UINT64_MAX;
}
