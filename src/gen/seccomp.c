/* SPDX-License-Identifier: MIT */
#include "gen/seccomp.h"

#include <errno.h>
#include <getopt.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/table.h"
#include "gen/file.h"
#include "gen/gen.h"

/*
 * jail-gen seccomp: NAME.bpf for each row of a table, equal ones as hard links of one file; or the
 * list of what one row allows. What is wrong is told for all rows before the exit.
 */
static const char usage[] =
	"usage: jail-gen seccomp --arch ARCH --groups DIR... --table FILE -o DIR\n"
	"       jail-gen seccomp --arch ARCH --groups DIR... --table FILE --list ROW\n";

struct job {
	const char *table_file, *out_dir, *list_row;
	char groups_file[512];
	uint32_t arch;
	char *table_text;
	struct groups groups;
	struct table table;
	struct program allow, narrow; /* libseccomp's */
	/* Kept for each row, to find equal ones. */
	struct policy policy[SERVICES_MAX];
	struct program ours[SERVICES_MAX];
};

/* ---- Making */

static int make_policy(struct job *job, unsigned int row, struct err *e)
{
	const struct service *s = &job->table.service[row];
	struct row_place place = { job->table_file, job->table_text, s, "" };
	const struct placer where = { row_place_find, &place };

	return policy_make(&job->policy[row], job->arch, &job->groups, s, &where, e);
}

/* Policy to proven program. */
static int make_program(struct job *job, unsigned int row, struct proof *proof, struct err *e)
{
	const struct policy *p = &job->policy[row];
	struct program *out = &job->ours[row];
	int r = reference_make(&job->allow, &job->narrow, p, e);

	if (r == 0)
		r = tree_make(out, p, e);
	if (r == 0)
		r = program_check(out->insn, out->n, e);
	if (r == 0)
		r = program_check(job->allow.insn, job->allow.n, e);
	if (r == 0)
		r = program_check(job->narrow.insn, job->narrow.n, e);
	if (r == 0)
		r = prove_equal(out, &job->allow, &job->narrow, p, proof, e);
	return r;
}

/* A row before @row with the same policy and a program, or -1. */
static int find_equal(const struct job *job, unsigned int row)
{
	for (unsigned int i = 0; i < row; i++)
		if (job->ours[i].n && policy_equal(&job->policy[i], &job->policy[row]))
			return (int)i;
	return -1;
}

static void filter_path(const struct job *job, unsigned int row, char path[512])
{
	snprintf(path, 512, "%s/%s.bpf", job->out_dir, job->table.service[row].name);
}

static int write_program(const struct job *job, unsigned int row, struct err *e)
{
	const struct program *p = &job->ours[row];
	char path[512], same[512];

	filter_path(job, row, path);
	for (unsigned int i = 0; i < row; i++) {
		if (job->ours[i].n != p->n ||
		    memcmp(job->ours[i].insn, p->insn, p->n * sizeof(p->insn[0])) != 0)
			continue;
		filter_path(job, i, same);
		if ((unlink(path) != 0 && errno != ENOENT) || link(same, path) != 0)
			return err_set(e, errno, "make %s a link of %s", path, same);
		return 0;
	}
	unlink(path); /* it may be a link of another one, from an earlier run */
	return file_write_atomic(path, p->insn, p->n * sizeof(p->insn[0]), e);
}

static int make_row(struct job *job, unsigned int row, struct err *e)
{
	const char *name = job->table.service[row].name;
	struct proof proof = { 0, 0 };
	int r = make_policy(job, row, e);
	int same = r == 0 ? find_equal(job, row) : -1;

	if (same >= 0) {
		job->ours[row] = job->ours[same];
		printf("%s: as %s\n", name, job->table.service[same].name);
		return 0;
	}
	if (r == 0)
		r = make_program(job, row, &proof, e);
	if (r < 0) {
		job->ours[row].n = 0;
		if (strncmp(e->text, job->table_file, strlen(job->table_file)) != 0)
			err_prefix(e, "%s: row %s", job->table_file, name);
		return r;
	}
	if (job->policy[row].left_out[0])
		printf("%s: left out of SeccompProfile=: %s\n", name, job->policy[row].left_out);
	printf("%s: %u calls, %u instructions (libseccomp: %u), longest path %u, equal in %llu "
	       "runs\n",
	       name, job->policy[row].allow.n, job->ours[row].n, job->allow.n + job->narrow.n,
	       proof.depth_max, (unsigned long long)proof.runs);
	return 0;
}

static int make_all(struct job *job)
{
	unsigned int wrong = 0;

	if (mkdir(job->out_dir, 0755) != 0 && errno != EEXIST) {
		fprintf(stderr, "jail-gen: make the directory %s: %s\n", job->out_dir,
			strerror(errno));
		return GEN_WRONG;
	}
	for (unsigned int row = 0; row < job->table.n; row++) {
		struct err e = ERR_NONE;

		if (make_row(job, row, &e) < 0 || write_program(job, row, &e) < 0) {
			fprintf(stderr, "%s\n", e.text);
			wrong++;
		}
	}
	return wrong ? GEN_WRONG : GEN_OK;
}

/* ---- Listing */

static int list_row(struct job *job)
{
	int row = table_find(&job->table, job->list_row);
	struct err e = ERR_NONE;

	if (row < 0) {
		fprintf(stderr, "jail-gen: %s has no row %s\n", job->table_file, job->list_row);
		return GEN_WRONG;
	}
	if (make_policy(job, (unsigned int)row, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return GEN_WRONG;
	}
	policy_print(&job->policy[row]);
	return GEN_OK;
}

/* ---- Command line */

static int load(struct job *job, struct err *e)
{
	size_t len;
	char *text = file_read(job->groups_file, &len, e);
	int r;

	if (!text)
		return err_prefix(e, "%s", job->groups_file);
	r = groups_parse(&job->groups, job->groups_file, text, len, e);
	free(text);
	if (r < 0)
		return r;
	job->table_text = file_read(job->table_file, &len, e);
	if (!job->table_text)
		return err_prefix(e, "%s", job->table_file);
	return table_parse(&job->table, job->table_file, job->table_text, len, e);
}

static int options(struct job *job, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "arch", required_argument, NULL, 'a' },
		{ "groups", required_argument, NULL, 'g' },
		{ "table", required_argument, NULL, 't' },
		{ "list", required_argument, NULL, 'l' },
		{ "out", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "o:", longs, NULL)) != -1) {
		if (c == 'a' && (job->arch = policy_arch(optarg)) == 0) {
			fprintf(stderr, "jail-gen: --arch %s: wanted x86_64, aarch64 or armv7\n",
				optarg);
			return -EINVAL;
		}
		if (c == 'g' && !groups_add_dir(&job->groups, optarg))
			return -EINVAL;
		if (c == 'g')
			snprintf(job->groups_file, sizeof(job->groups_file), "%s/groups", optarg);
		if (c == 't')
			job->table_file = optarg;
		if (c == 'l')
			job->list_row = optarg;
		if (c == 'o')
			job->out_dir = optarg;
		if (c == '?')
			return -EINVAL;
	}
	return optind == argc && job->arch && job->groups_file[0] && job->table_file &&
			       !job->out_dir != !job->list_row
		       ? 0
		       : -EINVAL;
}

int gen_seccomp(int argc, char **argv)
{
	static struct job job; /* far too large for the stack */
	struct err e = ERR_NONE;
	int r;

	if (options(&job, argc, argv) < 0) {
		fputs(usage, stderr);
		return GEN_USAGE;
	}
	if (load(&job, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return GEN_WRONG;
	}
	r = job.out_dir ? make_all(&job) : list_row(&job);
	free(job.table_text);
	return r;
}
