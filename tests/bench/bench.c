/* SPDX-License-Identifier: MIT */
/*
 * bench -l jail-launch [-L OTHER] -w DIR [-F FILTER] [-c CGROUP] [-n ROUNDS] [NAME=FILE]...
 *
 * How long from the call that launches a program until its first instruction: a bare
 * posix_spawn(3), the full jail started as PID 1 does it, and other launchers, whose arguments are
 * the lines of FILE. All in the same rounds, in a random order, with a pause between: only the
 * ratios of one run say something. OTHER is another build of jail-launch to compare with. DIR is
 * laid out by run.py.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "os/mnt.h"
#include "../launch/fake_init.h"
#include "stats.h"

#define SUBJECTS_MAX 16
#define JAILS_MAX    8
#define ARGS_MAX     128
#define STEPS_MAX    64
/* Services are started now and then, not in a row: caches are not warm from the run before. */
#define PAUSE_US 20000

struct subject {
	const char *name;
	struct fake_init *jail; /* one of ours */
	char *argv[ARGS_MAX];	/* another launcher, or the payload itself */
	unsigned int failed;
	struct samples first;  /* launch to first instruction */
	struct samples reaped; /* launch to the end reaped */
};

static struct subject subjects[SUBJECTS_MAX];
static unsigned int n_subjects;
static struct fake_init jails[JAILS_MAX];

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What the payload wrote: the clock at its first instruction. 0 if it never ran. */
static uint64_t read_clock(int fd)
{
	struct timespec t;

	if (fd_read_full(fd, &t, sizeof(t)) != (ssize_t)sizeof(t))
		return 0;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool run_jail(struct subject *s)
{
	struct fake_run run;
	struct err e = ERR_NONE;
	int out[2], status;
	uint64_t start, first, end;

	pipe2(out, O_CLOEXEC);
	start = now_ns();
	if (fake_init_start(s->jail, out[1], &run, &e) < 0 || fake_init_started(&run, &e) < 0) {
		fprintf(stderr, "bench: %s: %s: %s\n", s->name, e.step, e.text);
		exit(1);
	}
	close(out[1]);
	first = read_clock(out[0]);
	fake_init_wait(&run, &status);
	end = now_ns();
	fake_init_end(&run);
	close(out[0]);
	if (!first)
		return false;
	samples_add(&s->first, first - start);
	samples_add(&s->reaped, end - start);
	return true;
}

static bool run_other(struct subject *s)
{
	static char *envp[] = { "PATH=/usr/sbin:/usr/bin", NULL };
	posix_spawn_file_actions_t files;
	int out[2], status;
	uint64_t start, first;
	pid_t pid;

	pipe2(out, O_CLOEXEC);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	if (!getenv("BENCH_STDERR"))
		posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	start = now_ns();
	if (posix_spawn(&pid, s->argv[0], &files, NULL, s->argv, envp) != 0)
		pid = -1;
	close(out[1]);
	posix_spawn_file_actions_destroy(&files);
	first = read_clock(out[0]);
	close(out[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !first)
		return false;
	samples_add(&s->first, first - start);
	samples_add(&s->reaped, now_ns() - start);
	return true;
}

static void measure(unsigned int rounds)
{
	unsigned int order[SUBJECTS_MAX];

	for (unsigned int round = 0; round < rounds; round++) {
		for (unsigned int i = 0; i < n_subjects; i++) {
			unsigned int other = (unsigned int)rand() % (i + 1);

			order[i] = order[other];
			order[other] = i;
		}
		for (unsigned int i = 0; i < n_subjects; i++) {
			struct subject *s = &subjects[order[i]];

			usleep(PAUSE_US);
			if (s->failed < 3 && !(s->jail ? run_jail(s) : run_other(s)))
				s->failed++;
		}
	}
}

static void print_results(void)
{
	double bare = (double)samples_percentile(&subjects[0].first, 50);
	double bare_reaped = (double)samples_percentile(&subjects[0].reaped, 50);

	printf("%-28s %10s %8s %10s %8s\n", "launch to first instruction", "median us", "x bare",
	       "10% us", "reaped x");
	for (unsigned int i = 0; i < n_subjects; i++) {
		struct subject *s = &subjects[i];
		double median = (double)samples_percentile(&s->first, 50);

		if (s->first.n == 0) {
			printf("%-28s does not run here\n", s->name);
			continue;
		}
		printf("%-28s %10.1f %8.1f %10.1f %8.1f\n", s->name, median / 1000, median / bare,
		       (double)samples_percentile(&s->first, 10) / 1000,
		       (double)samples_percentile(&s->reaped, 50) / bare_reaped);
	}
}

static struct step_time {
	char name[ERR_STEP_MAX];
	struct samples took;
} steps[STEPS_MAX];

static void add_step(unsigned int at, const char *name, uint64_t ns)
{
	if (at >= STEPS_MAX)
		return;
	snprintf(steps[at].name, sizeof(steps[at].name), "%s", name);
	samples_add(&steps[at].took, ns);
}

/*
 * The lines the launcher writes with launch_record.verbose: the clock after each step, and which
 * step it was. The first is counted from @start, the call that made the launcher.
 */
static void read_steps(int fd, uint64_t start)
{
	FILE *f = fdopen(fd, "r");
	uint64_t last = start;
	char line[128];

	for (unsigned int at = 0; fgets(line, sizeof(line), f); at++) {
		unsigned long long s, ns;
		char *name = strstr(line, "after ");

		if (!name || sscanf(line, "jail-launch: %llu.%llu", &s, &ns) != 2)
			continue;
		name[strcspn(name, "\n")] = '\0';
		add_step(at, name + strlen("after "), s * 1000000000u + ns - last);
		last = s * 1000000000u + ns;
	}
	fclose(f);
}

static void measure_steps(struct fake_init *jail, unsigned int rounds)
{
	struct err e = ERR_NONE;

	jail->record.verbose = 1;
	fake_init_seal(jail, &e);
	for (unsigned int i = 0; i < rounds; i++) {
		struct fake_run run;
		int message[2], status;
		uint64_t start = now_ns();

		pipe2(message, O_CLOEXEC);
		jail->message_fd = message[1];
		if (fake_init_start(jail, -1, &run, &e) < 0)
			break;
		fake_init_started(&run, &e);
		close(message[1]);
		read_steps(message[0], start);
		fake_init_wait(&run, &status);
		fake_init_end(&run);
		usleep(PAUSE_US);
	}
	jail->record.verbose = 0;
	jail->message_fd = -1;
	fake_init_seal(jail, &e);
	printf("\ncost of each step (median us, telling the time included)\n");
	for (unsigned int i = 0; i < STEPS_MAX && steps[i].took.n; i++)
		printf("  %-24s %8.1f\n", steps[i].name,
		       (double)samples_percentile(&steps[i].took, 50) / 1000);
}

/* What a launcher that only waits costs: its memory is shared with nobody but other launchers. */
static void print_memory(struct fake_init *jail)
{
	struct fake_run run;
	struct err e = ERR_NONE;
	char path[64], line[256];
	FILE *f;
	int status;

	if (fake_init_start(jail, -1, &run, &e) < 0 || fake_init_started(&run, &e) < 0) {
		fprintf(stderr, "bench: memory: %s: %s\n", e.step, e.text);
		return;
	}
	read_clock(run.output_fd);
	usleep(20000);
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", run.launcher);
	f = fopen(path, "r");
	if (f)
		printf("\nmemory of a waiting launcher\n");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "Rss:", 4) == 0 || strncmp(line, "Pss:", 4) == 0 ||
		    strncmp(line, "Private_Dirty:", 14) == 0)
			printf("  %s", line);
	if (f)
		fclose(f);
	kill(run.launcher, SIGKILL);
	fake_init_wait(&run, &status);
	fake_init_end(&run);
}

static void read_args(struct subject *s, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[4096];
	unsigned int n = 0;

	while (f && fgets(line, sizeof(line), f) && n + 1 < ARGS_MAX) {
		line[strcspn(line, "\n")] = '\0';
		s->argv[n++] = strdup(line);
	}
	if (f)
		fclose(f);
}

static struct fake_init *add_jail(const char *name, const char *launcher, const char *dir,
				  const char *row)
{
	struct fake_init *f = &jails[n_subjects % JAILS_MAX];
	struct launch_record *r = &f->record;
	struct err e = ERR_NONE;

	if (fake_init_make(f, launcher, "bench", row, &e) < 0) {
		fprintf(stderr, "bench: %s: %s\n", name, e.text);
		exit(1);
	}
	snprintf(r->firmware, LAUNCH_PATH_MAX, "%s/firmware", dir);
	snprintf(r->data, LAUNCH_PATH_MAX, "%s/data", dir);
	snprintf(r->run, LAUNCH_PATH_MAX, "%s/run", dir);
	snprintf(r->staging, LAUNCH_PATH_MAX, "%s/staging", dir);
	subjects[n_subjects++] = (struct subject){ .name = name, .jail = f };
	return f;
}

/*
 * PID 1's mount namespace has a handful of mounts; and crun refuses a machine with both kinds of
 * cgroups. So the first kind is taken away here, for everybody who is measured.
 */
static void leave_cgroup_v1(void)
{
	if (umount2("/sys/fs/cgroup", MNT_DETACH) == 0)
		mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
}

#define ROW "User=61200\nGroup=61200\nLimitNPROC=1000\n"

static void finish_jails(const char *filter, int cgroup_fd)
{
	for (unsigned int i = 0; i < n_subjects; i++) {
		struct fake_init *f = subjects[i].jail;
		struct err e = ERR_NONE;

		if (!f)
			continue;
		f->cgroup_fd = cgroup_fd;
		if (filter) {
			int fd = open(filter, O_RDONLY | O_CLOEXEC);
			ssize_t n = fd_read_full(fd, f->record.filter, sizeof(f->record.filter));

			close(fd);
			f->record.filter_len = (uint16_t)((size_t)n / sizeof(struct sock_filter));
		}
		fake_init_seal(f, &e);
	}
}

int main(int argc, char **argv)
{
	const char *launcher = "jail-launch", *other = NULL, *dir = ".", *filter = NULL;
	unsigned int rounds = 200;
	int option, cgroup_fd = -1;
	struct fake_init *memory;
	static char payload[4096];

	while ((option = getopt(argc, argv, "l:L:w:F:c:n:")) != -1) {
		switch (option) {
		case 'l':
			launcher = optarg;
			break;
		case 'L':
			other = optarg;
			break;
		case 'w':
			dir = optarg;
			break;
		case 'F':
			filter = optarg;
			break;
		case 'c':
			cgroup_fd = open(optarg, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			break;
		case 'n':
			rounds = (unsigned int)atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	if (unshare(CLONE_NEWNS) < 0 || mnt_make_private() < 0) {
		perror("bench: a mount namespace of its own");
		return 1;
	}
	leave_cgroup_v1();
	snprintf(payload, sizeof(payload), "%s/firmware/usr/bin/payload", dir);
	subjects[n_subjects++] =
		(struct subject){ .name = "bare posix_spawn", .argv = { payload } };
	add_jail("jail", launcher, dir, "ExecStart=/usr/bin/payload\n" ROW);
	add_jail("jail, own directories", launcher, dir,
		 "ExecStart=/usr/bin/payload\nStateDirectory=bench\nRuntimeDirectory=bench\n" ROW);
	add_jail("jail, Network=host", launcher, dir,
		 "ExecStart=/usr/bin/payload\nNetwork=host\n" ROW);
	if (other)
		add_jail("jail, other build", other, dir, "ExecStart=/usr/bin/payload\n" ROW);
	memory = add_jail("memory", launcher, dir, "ExecStart=/usr/bin/payload stay\n" ROW);
	finish_jails(filter, cgroup_fd);
	n_subjects--;
	for (; optind < argc && n_subjects < SUBJECTS_MAX; optind++) {
		char *file = strchr(argv[optind], '=');

		if (!file)
			return 2;
		*file++ = '\0';
		subjects[n_subjects] = (struct subject){ .name = argv[optind] };
		read_args(&subjects[n_subjects++], file);
	}
	measure(5);
	for (unsigned int i = 0; i < n_subjects; i++)
		subjects[i].first.n = subjects[i].reaped.n = 0;
	measure(rounds);
	print_results();
	measure_steps(subjects[1].jail, rounds / 2 + 1);
	print_memory(memory);
	return 0;
}
