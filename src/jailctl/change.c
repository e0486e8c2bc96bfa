/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "jailctl/command.h"
#include "jailctl/terminal.h"

#define LOOK_MS	 50   /* how often we ask whether it has settled */
#define SLACK_MS 5000 /* beyond the row's own timeouts: other rows that it waits for */

enum outcome { OUTCOME_NOT_YET, OUTCOME_GOOD, OUTCOME_BAD };

/* Has a start or restart come to its end? @before is what it was when we asked. */
static enum outcome started(const struct ctl_status *s, const struct ctl_status *before)
{
	/* The run that was there before a restart may still be ending. */
	bool other_run = s->started_ms != before->started_ms || s->restarts != before->restarts;

	switch (s->state) {
	case STATE_RUNNING:
		return other_run ? OUTCOME_GOOD : OUTCOME_NOT_YET;
	case STATE_DONE:
		return other_run ? OUTCOME_GOOD : OUTCOME_NOT_YET;
	case STATE_BACKOFF:
	case STATE_FAILED:
	case STATE_STOPPED:
		return OUTCOME_BAD;
	default:
		return OUTCOME_NOT_YET;
	}
}

static enum outcome stopped(const struct ctl_status *s)
{
	if (s->pid > 0 || s->launcher_pid > 0)
		return OUTCOME_NOT_YET;
	return s->state == STATE_STOPPED || s->state == STATE_DONE || s->state == STATE_FAILED
		       ? OUTCOME_GOOD
		       : OUTCOME_NOT_YET;
}

static int tell_good(const struct ctl_status *s, const char *verb)
{
	if (strcmp(verb, "stop") == 0 || s->pid <= 0)
		printf("%s: %s\n", s->name, service_state_name(s->state));
	else
		printf("%s: %s, pid %d\n", s->name, service_state_name(s->state), s->pid);
	return EXIT_OK;
}

static int tell_bad(const struct ctl_status *s, const char *verb)
{
	char reason[REASON_MAX], ended[ENDED_MAX], span[SPAN_TEXT_MAX];

	fprintf(stderr, "jailctl: %s %s: it is %s", verb, s->name, service_state_name(s->state));
	if (s->err.num)
		fprintf(stderr, ": %s", reason_text(&s->err, reason));
	else if (s->ended_ms)
		fprintf(stderr, ": %s", ended_text(s->wait_status, ended));
	if (s->next_start_ms > time_boot_ms())
		fprintf(stderr, "; next start in %s",
			terminal_span(s->next_start_ms - time_boot_ms(), span));
	fprintf(stderr, "; `jailctl logs %s` may tell more\n", s->name);
	return EXIT_FAILED;
}

/* The longest that @verb may take by the row's own word. */
static uint64_t longest_ms(const struct service *row, const char *verb)
{
	uint64_t ms = SLACK_MS;

	if (strcmp(verb, "start") != 0)
		ms += row->timeout_stop_ms;
	if (strcmp(verb, "stop") != 0)
		ms += row->timeout_start_ms;
	return ms;
}

static int wait_settled(struct call *c, const char *name, const struct ctl_status *before,
			uint64_t end_ms)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	bool stop = strcmp(c->verb, "stop") == 0;

	for (;;) {
		struct err e = ERR_NONE;
		struct ctl_status now;
		enum outcome outcome;

		if (client_status(&c->client, name, &now, &e))
			return complain_about(c, name, &e);
		outcome = stop ? stopped(&now) : started(&now, before);
		if (outcome == OUTCOME_GOOD)
			return tell_good(&now, c->verb);
		if (outcome == OUTCOME_BAD)
			return tell_bad(&now, c->verb);
		if (time_boot_ms() >= end_ms) {
			fprintf(stderr, "jailctl: %s %s: asked for, but it is still %s\n", c->verb,
				name, service_state_name(now.state));
			return EXIT_FAILED;
		}
		nanosleep(&pause, NULL);
	}
}

static int change_one(struct call *c, enum ctl_request_id id, const char *name)
{
	static struct service row;
	struct ctl_status before;
	struct err e = ERR_NONE;
	bool is_running;

	if (client_status(&c->client, name, &before, &e) ||
	    client_inspect(&c->client, name, &row, &e) ||
	    client_ask(&c->client, id, name, NULL, NULL, NULL, &e))
		return complain_about(c, name, &e);
	if (c->options & OPTION_NO_WAIT)
		return EXIT_OK;
	/* A start of what runs changes nothing. */
	is_running = before.state == STATE_RUNNING || before.state == STATE_STARTING;
	if (id == CTL_REQUEST_START && is_running)
		memset(&before, 0, sizeof(before));
	return wait_settled(c, name, &before, time_boot_ms() + longest_ms(&row, c->verb));
}

int command_change(struct call *c)
{
	enum ctl_request_id id = strcmp(c->verb, "start") == 0	? CTL_REQUEST_START
				 : strcmp(c->verb, "stop") == 0 ? CTL_REQUEST_STOP
								: CTL_REQUEST_RESTART;
	int status = EXIT_OK;

	for (unsigned int i = 0; i < c->n_names; i++) {
		int one = change_one(c, id, c->names[i]);

		if (one != EXIT_OK)
			status = one;
	}
	return status;
}

int command_machine(struct call *c)
{
	bool reboot = strcmp(c->verb, "reboot") == 0;
	struct err e = ERR_NONE;

	if (client_ask(&c->client, reboot ? CTL_REQUEST_REBOOT : CTL_REQUEST_POWEROFF, "", NULL,
		       NULL, NULL, &e))
		return complain(&e);
	printf("the services are stopped, then the machine %s\n",
	       reboot ? "starts again" : "switches itself off");
	return EXIT_OK;
}
