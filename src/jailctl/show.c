/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/time.h"
#include "conf/names.h"
#include "jailctl/command.h"
#include "jailctl/json.h"
#include "jailctl/terminal.h"

static struct ctl_status statuses[SERVICES_MAX];

const char *ended_text(int wait_status, char text[ENDED_MAX])
{
	const char *name;

	if (!WIFSIGNALED(wait_status)) {
		snprintf(text, ENDED_MAX, "exit status %d", WEXITSTATUS(wait_status));
		return text;
	}
	name = names_signal((unsigned int)WTERMSIG(wait_status));
	if (name)
		snprintf(text, ENDED_MAX, "killed by %s", name);
	else
		snprintf(text, ENDED_MAX, "killed by signal %d", WTERMSIG(wait_status));
	return text;
}

const char *reason_text(const struct err *e, char text[REASON_MAX])
{
	snprintf(text, REASON_MAX, "%s%s%s (%s)", e->step, e->step[0] ? ": " : "", e->text,
		 err_name(e->num));
	return text;
}

static enum color color_of(uint32_t state)
{
	switch (state) {
	case STATE_RUNNING:
	case STATE_DONE:
		return COLOR_GREEN;
	case STATE_FAILED:
		return COLOR_RED;
	case STATE_STOPPED:
		return COLOR_DIM;
	default:
		return COLOR_YELLOW;
	}
}

static bool is_up(const struct ctl_status *s)
{
	return s->pid > 0 || s->state == STATE_RUNNING || s->state == STATE_STARTING;
}

/* When what it is now began: its start, or its end. 0: never. */
static uint64_t since_ms(const struct ctl_status *s)
{
	return is_up(s) ? s->started_ms : s->ended_ms;
}

static uint64_t ago(uint64_t then_ms)
{
	uint64_t now_ms = time_boot_ms();

	return now_ms > then_ms ? now_ms - then_ms : 0;
}

/* One line for the list: what a reader should know beyond the state. */
static void note_text(const struct ctl_status *s, char text[CELL_MAX])
{
	char reason[REASON_MAX], ended[ENDED_MAX];

	text[0] = '\0';
	if (s->err.num && !(s->state == STATE_RUNNING || s->state == STATE_DONE))
		snprintf(text, CELL_MAX, "%.*s", CELL_MAX - 1, reason_text(&s->err, reason));
	else if (s->ended_ms && (s->state == STATE_FAILED || s->state == STATE_BACKOFF))
		snprintf(text, CELL_MAX, "%s", ended_text(s->wait_status, ended));
	else if (s->degraded & DEGRADED_STATE_VOLATILE)
		snprintf(text, CELL_MAX, "degraded: its state is in memory");
	else if (s->log_lost_bytes)
		snprintf(text, CELL_MAX, "%llu bytes of output dropped",
			 (unsigned long long)s->log_lost_bytes);
}

static void json_error(const struct err *e)
{
	if (!e->num) {
		json_null("error");
		return;
	}
	json_open("error", '{');
	json_string("errno", err_name(e->num));
	json_string("step", e->step);
	json_string("text", e->text);
	json_close('}');
}

static void json_last_exit(const struct ctl_status *s)
{
	const char *name;

	if (!s->ended_ms) {
		json_null("lastExit");
		return;
	}
	json_open("lastExit", '{');
	json_number("endedMs", (int64_t)s->ended_ms);
	if (WIFSIGNALED(s->wait_status)) {
		name = names_signal((unsigned int)WTERMSIG(s->wait_status));
		json_null("code");
		json_number("signalNumber", WTERMSIG(s->wait_status));
		json_string("signal", name ? name : "");
	} else {
		json_number("code", WEXITSTATUS(s->wait_status));
		json_null("signalNumber");
		json_null("signal");
	}
	json_close('}');
}

/* Times are milliseconds of CLOCK_BOOTTIME: since power on. */
static void json_status(const struct ctl_status *s)
{
	json_open(NULL, '{');
	json_string("name", s->name);
	json_string("state", service_state_name(s->state));
	json_number("pid", s->pid);
	json_number("launcherPid", s->launcher_pid);
	json_number("uid", s->uid);
	json_number("startedMs", (int64_t)s->started_ms);
	json_number("nextStartMs", (int64_t)s->next_start_ms);
	json_number("restarts", s->restarts);
	json_last_exit(s);
	json_error(&s->err);
	json_bool("degraded", s->degraded != 0);
	json_number("filterLength", s->filter_len);
	json_number("logLostBytes", (int64_t)s->log_lost_bytes);
	json_close('}');
}

static void json_all(const struct ctl_status *s, unsigned int n)
{
	json_open(NULL, '{');
	json_string("apiVersion", "jailinit/1");
	json_number("nowMs", (int64_t)time_boot_ms());
	json_open("services", '[');
	for (unsigned int i = 0; i < n; i++)
		json_status(&s[i]);
	json_close(']');
	json_close('}');
	json_end();
}

static void print_list(const struct ctl_status *s, unsigned int n, bool headers)
{
	static const char *const head[] = { "NAME", "STATE", "PID", "SINCE", "RESTARTS", "NOTE" };
	static struct cells rows[SERVICES_MAX];

	for (unsigned int i = 0; i < n; i++) {
		struct cells *r = &rows[i];
		char span[SPAN_TEXT_MAX];

		snprintf(r->at[0], CELL_MAX, "%s", s[i].name);
		snprintf(r->at[1], CELL_MAX, "%s", service_state_name(s[i].state));
		snprintf(r->at[2], CELL_MAX, s[i].pid > 0 ? "%d" : "-", s[i].pid);
		snprintf(r->at[3], CELL_MAX, "%s",
			 since_ms(&s[i]) ? terminal_span(ago(since_ms(&s[i])), span) : "-");
		snprintf(r->at[4], CELL_MAX, "%u", s[i].restarts);
		note_text(&s[i], r->at[5]);
		r->color = color_of(s[i].state);
	}
	terminal_table(headers ? head : NULL, rows, n, 6, 1);
}

int command_list(struct call *c)
{
	struct err e = ERR_NONE;
	unsigned int n = 0;

	if (client_list(&c->client, statuses, &n, &e))
		return complain(&e);
	if (c->output == OUTPUT_JSON)
		json_all(statuses, n);
	else if (c->output == OUTPUT_TABLE)
		print_list(statuses, n, !(c->options & OPTION_NO_HEADERS));
	for (unsigned int i = 0; c->output == OUTPUT_NAME && i < n; i++)
		puts(statuses[i].name);
	return EXIT_OK;
}

static void print_status(const struct ctl_status *s)
{
	char span[SPAN_TEXT_MAX], reason[REASON_MAX], ended[ENDED_MAX];

	printf("%s: %s%s%s", s->name, terminal_paint(color_of(s->state)),
	       service_state_name(s->state), terminal_plain());
	if (since_ms(s))
		printf(" since %s", terminal_span(ago(since_ms(s)), span));
	putchar('\n');
	if (s->pid > 0)
		printf("  pid        %d (in its jail, under launcher %d)\n", s->pid,
		       s->launcher_pid);
	printf("  uid        %u\n", s->uid);
	printf("  restarts   %u\n", s->restarts);
	if (s->next_start_ms)
		printf("  next start in %s\n",
		       terminal_span(s->next_start_ms > time_boot_ms()
					     ? s->next_start_ms - time_boot_ms()
					     : 0,
				     span));
	if (s->ended_ms)
		printf("  last exit  %s, %s ago\n", ended_text(s->wait_status, ended),
		       terminal_span(ago(s->ended_ms), span));
	if (s->err.num)
		printf("  error      %s%s%s\n", terminal_paint(COLOR_RED),
		       reason_text(&s->err, reason), terminal_plain());
	if (s->degraded & DEGRADED_STATE_VOLATILE)
		printf("  degraded   its StateDirectory= is in memory: there is no /data\n");
	printf("  filter     %u instructions\n", s->filter_len);
	if (s->log_lost_bytes)
		printf("  log        %llu bytes of output were dropped\n",
		       (unsigned long long)s->log_lost_bytes);
}

int command_status(struct call *c)
{
	int status = EXIT_OK;
	unsigned int n = 0;

	for (unsigned int i = 0; i < c->n_names; i++) {
		struct err e = ERR_NONE;
		struct ctl_status *s = &statuses[n];

		if (client_status(&c->client, c->names[i], s, &e)) {
			bool unknown = e.num == ENOENT;

			complain_about(c, c->names[i], &e);
			status = unknown ? EXIT_UNKNOWN : EXIT_FAILED;
			continue;
		}
		if (s->state != STATE_RUNNING && s->state != STATE_DONE && status == EXIT_OK)
			status = EXIT_NOT_RUNNING;
		n++;
	}
	if (c->output == OUTPUT_JSON)
		json_all(statuses, n);
	for (unsigned int i = 0; c->output != OUTPUT_JSON && i < n; i++) {
		if (c->output == OUTPUT_NAME)
			puts(statuses[i].name);
		else
			print_status(&statuses[i]);
	}
	return status;
}
