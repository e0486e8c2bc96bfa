/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "conf/check.h"

/*
 * The order of start as a graph: a node per row, and one for /data, which waits for the rows that
 * check and make it.
 */
#define DATA  SERVICES_MAX
#define NODES (SERVICES_MAX + 1)

struct graph {
	bool before[NODES][NODES]; /* [a][b]: a waits for b */
	uint32_t n;		   /* rows */
	uint8_t path[NODES];	   /* the walk under way */
	unsigned int depth;
	bool on_path[NODES];
	bool done[NODES];
};

static void add_names(struct checker *c, struct graph *g, uint32_t row, const char *key,
		      struct strlist l)
{
	const struct service *s = &c->t->service[row];
	bool after = !strcmp(key, "After");

	for (const char *p = service_list_next(s, l, NULL); p; p = service_list_next(s, l, p)) {
		int other = table_find(c->t, p);

		if (after && !strcmp(p, "data"))
			g->before[row][DATA] = true;
		else if (other < 0)
			check_report(c, (int)row, key, "wanted names of services%s, found '%s'",
				     after ? " or data" : "", p);
		else
			g->before[row][other] = true;
	}
}

static void check_socket_from(struct checker *c, uint32_t row)
{
	const struct service *s = &c->t->service[row];
	const char *p = NULL;

	while ((p = service_list_next(s, s->socket_from, p))) {
		int other = table_find(c->t, p);

		if (other < 0 || (uint32_t)other == row)
			check_report(c, (int)row, "SocketFrom",
				     "wanted names of other services, found '%s'", p);
		else if (check_has(c, (uint32_t)other) && !c->t->service[other].runtime_directory)
			check_report(c, (int)row, "SocketFrom",
				     "wanted a service with RuntimeDirectory=, found '%s' without",
				     p);
	}
}

static const char *node_name(const struct checker *c, unsigned int node)
{
	return node == DATA ? "data" : c->t->service[node].name;
}

/* The walk came back to @node, which is on its path. */
static void report_circle(struct checker *c, const struct graph *g, unsigned int node)
{
	char text[ERR_TEXT_MAX];
	unsigned int i = 0, row;
	struct strbuf b;

	strbuf_init(&b, text, sizeof(text));
	while (g->path[i] != node)
		i++;
	row = node == DATA ? g->path[i + 1] : node;
	for (; i < g->depth; i++)
		strbuf_addf(&b, "%s -> ", node_name(c, g->path[i]));
	strbuf_add(&b, node_name(c, node));
	check_report(c, (int)row, "After", "wanted an order of start, found a circle: %.180s",
		     text);
}

/* Depth first, without recursion: the next node to look at is remembered per level. */
static void walk(struct checker *c, struct graph *g, unsigned int from)
{
	unsigned int next[NODES] = { 0 };

	g->path[0] = (uint8_t)from;
	g->depth = 1;
	g->on_path[from] = true;
	while (g->depth) {
		unsigned int node = g->path[g->depth - 1], to = next[g->depth - 1]++;

		if (to == NODES) {
			g->on_path[node] = false;
			g->done[node] = true;
			g->depth--;
		} else if (g->before[node][to] && g->on_path[to]) {
			report_circle(c, g, to);
		} else if (g->before[node][to] && !g->done[to]) {
			next[g->depth] = 0;
			g->path[g->depth++] = (uint8_t)to;
			g->on_path[to] = true;
		}
	}
}

void check_order(struct checker *c)
{
	struct graph g = { .n = c->t->n };

	for (uint32_t i = 0; i < c->t->n; i++) {
		const struct service *s = &c->t->service[i];

		if (!check_has(c, i))
			continue;
		add_names(c, &g, i, "After", s->after);
		add_names(c, &g, i, "Requires", s->requires);
		check_socket_from(c, i);
		if (s->state_directory)
			g.before[i][DATA] = true;
		if (s->duty == DUTY_DATA_CHECK || s->duty == DUTY_DATA_FORMAT)
			g.before[DATA][i] = true;
	}
	for (unsigned int i = 0; i < g.n; i++)
		if (!g.done[i])
			walk(c, &g, i);
}
