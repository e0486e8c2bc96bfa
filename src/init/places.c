/* SPDX-License-Identifier: MIT */
#include "init/places.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "init/console.h"
#include "init/data.h"
#include "init/firmware.h"
#include "init/job.h"
#include "init/machine.h"
#include "init/seed.h"
#include "init/services.h"
#include "init/status.h"

/* What a job may take beyond the time that the function in it gives itself. */
#define SLACK_MS 5000

enum data_phase {
	DATA_FINDING,  /* the job that waits for the device */
	DATA_ROW,      /* data-check or data-format is to run, or runs */
	DATA_MOUNTING, /* the job that mounts */
	DATA_OVER      /* mounted or missing */
};

/* What the mounting job says besides its struct err. */
struct mounted {
	bool seed_credited;
	char warning[JOB_OUT_MAX - 8];
};

static struct {
	enum data_phase phase;
	uint64_t deadline_ms;
	unsigned int row; /* DATA_ROW: which */
	struct data_found found;
	char text[sizeof(struct err)];
} data;

_Static_assert(sizeof(struct data_found) <= JOB_OUT_MAX && sizeof(struct mounted) <= JOB_OUT_MAX,
	       "fits a job's answer");

const char *places_data_text(void)
{
	return data.text;
}

static void settle(enum order_place *place, enum order_place as)
{
	*place = as;
	machine.order_changed = true;
}

static void data_missing(const struct err *e)
{
	data.phase = DATA_OVER;
	snprintf(data.text, sizeof(data.text), "none (%s)", e->text);
	console_say("jailinit: %s: %s%s%s", console_paint(COLOR_YELLOW, "no /data"), e->step,
		    *e->step ? ": " : "", e->text);
	settle(&machine.now.data, PLACE_MISSING);
	status_summary();
}

static int mount_job(void *arg, void *out, struct err *e)
{
	struct mounted *m = out;
	struct err warning = ERR_NONE;

	if (data_mount(arg, e))
		return err_step(e, "mount /data");
	/*
	 * One bad directory is that row's trouble; a seed that cannot be kept is worse luck, no
	 * reason to stop.
	 */
	if (data_prepare(&machine.table, &warning) || seed_load(&m->seed_credited, &warning))
		snprintf(m->warning, sizeof(m->warning), "%.*s", (int)sizeof(m->warning) - 1,
			 warning.text);
	return 0;
}

static void mount_done(const struct job_result *r)
{
	struct mounted m;

	memcpy(&m, r->out, sizeof(m));
	if (data.phase != DATA_MOUNTING)
		return;
	if (r->err.num) {
		data_missing(&r->err);
		return;
	}
	m.warning[sizeof(m.warning) - 1] = '\0';
	if (*m.warning)
		console_say("jailinit: /data: %s", m.warning);
	data.phase = DATA_OVER;
	snprintf(data.text, sizeof(data.text), "%s", data.found.path);
	settle(&machine.now.data, PLACE_HERE);
	status_summary();
}

static uint32_t time_left(uint64_t now_ms)
{
	return data.deadline_ms > now_ms ? (uint32_t)(data.deadline_ms - now_ms) : 1;
}

static void begin_mount(void)
{
	struct err e = ERR_NONE;

	data.phase = DATA_MOUNTING;
	if (job_start("mount /data", mount_job, data.found.path, time_left(time_boot_ms()),
		      mount_done, &e))
		data_missing(&e);
}

/* The intact row with @duty, or -1. */
static int duty_row(uint8_t duty)
{
	unsigned int i;

	for (i = 0; i < machine.table.n; i++)
		if (machine_row(i)->duty == duty &&
		    !(machine.table.damaged && !machine.table.intact[i]))
			return (int)i;
	return -1;
}

static void begin_row(uint8_t duty)
{
	struct err e = ERR_NONE;
	int row = duty_row(duty);

	if (row < 0 && duty == DUTY_DATA_CHECK) {
		begin_mount();
		return;
	}
	if (row < 0) {
		err_set(&e, ENOENT,
			"%s is blank, and no row has Duty=data-format to make a file system on it",
			data.found.path);
		data_missing(&e);
		return;
	}
	data.phase = DATA_ROW;
	data.row = (unsigned int)row;
	services_event(data.row, EVENT_START, 0);
}

static int find_job(void *arg, void *out, struct err *e)
{
	return data_find(arg, out, e);
}

static void find_done(const struct job_result *r)
{
	const struct system_conf *sys = &machine.table.system;
	struct err e = ERR_NONE;

	if (data.phase != DATA_FINDING)
		return;
	if (r->err.num) {
		data_missing(&r->err);
		return;
	}
	memcpy(&data.found, r->out, sizeof(data.found));
	data.found.path[sizeof(data.found.path) - 1] = '\0';
	if (data.found.content == BLOCKDEV_EXT4) {
		begin_row(DUTY_DATA_CHECK);
	} else if (data.found.content == BLOCKDEV_BLANK && sys->data_format) {
		begin_row(DUTY_DATA_FORMAT);
	} else {
		err_set(&e, EMEDIUMTYPE, "%s holds %s; wanted ext4%s. It was left as it is",
			data.found.path,
			blockdev_content_name((enum blockdev_content)data.found.content),
			sys->data_format ? ", or nothing at all"
					 : " (a blank one is only formatted with DataFormat=yes)");
		data_missing(&e);
	}
}

/* Has the duty row ended, and how? */
static void look_at_row(void)
{
	const struct run *r = &machine.run[data.row];
	const char *name = machine_row(data.row)->name;
	struct err e = ERR_NONE;

	switch ((enum super_state)r->super.state) {
	case SUPER_DONE:
		begin_mount();
		break;
	case SUPER_FAILED:
	case SUPER_BLOCKED:
	case SUPER_STOPPED:
		if (r->err.num)
			err_set(&e, r->err.num, "%s: %s", name, r->err.text);
		else
			err_set(&e, EIO, "%s ended with wait status 0x%x; see `jailctl logs %s`",
				name, (unsigned int)r->wait_status, name);
		data_missing(&e);
		break;
	default:
		break;
	}
}

static int firmware_job(void *arg, void *out, struct err *e)
{
	(void)out;
	return firmware_mount(arg, e);
}

static void firmware_done(const struct job_result *r)
{
	if (r->err.num) {
		console_err(console_paint(COLOR_RED, "no firmware"), &r->err);
		settle(&machine.now.firmware, PLACE_MISSING);
		return;
	}
	settle(&machine.now.firmware, PLACE_HERE);
}

void places_begin(void)
{
	struct system_conf *sys = &machine.table.system;
	struct job_result failed = { .err = ERR_NONE };

	if (job_start("mount /firmware", firmware_job, sys, sys->firmware_timeout_ms + SLACK_MS,
		      firmware_done, &failed.err))
		firmware_done(&failed);

	data.deadline_ms = time_boot_ms() + sys->data_timeout_ms;
	if (!*system_str(sys, sys->data_device) || machine.cmdline.no_data) {
		data.phase = DATA_OVER;
		snprintf(data.text, sizeof(data.text), "none (%s)",
			 machine.cmdline.no_data ? "jailinit.data=none" : "no DataDevice=");
		settle(&machine.now.data, PLACE_MISSING);
		return;
	}
	snprintf(data.text, sizeof(data.text), "not there yet");
	failed.err = ERR_NONE;
	if (job_start("find /data", find_job, sys, sys->data_timeout_ms + SLACK_MS, find_done,
		      &failed.err))
		data_missing(&failed.err);
}

void places_turn(uint64_t now_ms)
{
	struct err e = ERR_NONE;

	if (data.phase == DATA_ROW)
		look_at_row();
	if (data.phase != DATA_ROW || now_ms < data.deadline_ms)
		return;
	err_set(&e, ETIMEDOUT, "%s was not done after DataTimeoutSec=, %u ms",
		machine_row(data.row)->name, machine.table.system.data_timeout_ms);
	services_event(data.row, EVENT_STOP, 0);
	data_missing(&e);
}

uint64_t places_deadline_ms(void)
{
	return data.phase == DATA_ROW ? data.deadline_ms : UINT64_MAX;
}
