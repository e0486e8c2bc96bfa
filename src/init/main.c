/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "init/console.h"
#include "init/crash.h"
#include "init/loop.h"
#include "init/machine.h"
#include "init/mounts.h"
#include "init/move.h"
#include "init/places.h"
#include "init/poweroff.h"
#include "init/services.h"
#include "init/status.h"
#include "init/sysctl.h"
#include "os/bpf.h"
#include "os/cgroup.h"
#include "os/net.h"

/* For a full table: what a row keeps, one start of it, and the fds of PID 1 itself. */
#define OPEN_FILES (SERVICES_MAX * 40 + 256)

struct machine machine;

/* Standard input, output and error are nobody's console: a stray write must not make PID 1 wait. */
static void take_null(void)
{
	int n;

	machine.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (n = 0; machine.null_fd >= 0 && n < 3; n++)
		if (machine.null_fd != n)
			dup2(machine.null_fd, n);
}

static void raise_limits(void)
{
	struct rlimit files = { OPEN_FILES, OPEN_FILES }, old;

	if (getrlimit(RLIMIT_NOFILE, &old) == 0 && old.rlim_max > files.rlim_max)
		files.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void early(void)
{
	struct err e = ERR_NONE;
	int rc;

	umask(022);
	if (chdir("/") < 0)
		console_say("jailinit: chdir /: %s", err_name(errno));
	setsid();
	mounts_early(&console_report);
	take_null();
	cmdline_read(&machine.cmdline, &console_report);
	console_open(!machine.cmdline.no_color);
	raise_limits();
	sysctl_apply(&console_report);
	poweroff_catch_ctrl_alt_del();
	rc = net_lo_up();
	if (rc) {
		err_set(&e, rc, "lo could not be brought up");
		console_err("network", &e);
	}
}

/* The whole table as text, for as long as it is parsed. */
static int read_table(struct err *e)
{
	const size_t size = TABLE_MAX_BYTES + 1;
	char *text = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n;
	int rc;

	if (text == MAP_FAILED)
		return err_set(e, errno, "memory for " INIT_TABLE);
	n = fd_read_file_bounded(AT_FDCWD, INIT_TABLE, text, size, e);
	rc = n < 0 ? (int)n : table_parse(&machine.table, INIT_TABLE, text, (size_t)n, e);
	munmap(text, size);
	return rc;
}

static void load_table(void)
{
	struct table *t = &machine.table;
	struct err e = ERR_NONE;

	machine.rescue = machine.cmdline.rescue;
	system_defaults(&t->system);
	/*
	 * A table that parses and does not fit together was not made by jail-gen: as good as
	 * damaged.
	 */
	if (read_table(&e) || (!t->damaged && table_check(t, &e))) {
		machine.rescue = true;
		console_err(console_paint(COLOR_RED, "the service table is damaged"), &e);
	}
	if (t->n == 0)
		console_say("jailinit: there is no service to run; install a sound firmware. PID 1 "
			    "stays up");
	e = ERR_NONE;
	if (hostname_set(system_str(&t->system, t->system.hostname), &e))
		console_err("host name", &e);
}

/*
 * PID 1 moves into a group of its own: what is attached to that group holds for the sockets it
 * makes.
 */
static int enter_own_cgroup(int root_fd, struct err *e)
{
	cleanup_fd int own_fd = cgroup_make(root_fd, "init", e);
	int rc;

	if (own_fd < 0)
		return own_fd;
	rc = cgroup_write(own_fd, "cgroup.procs", "0", e);
	if (rc)
		return rc;
	rc = bpf_attach_net_deny(own_fd, e);
	machine.net_deny = rc == 0;
	return rc;
}

static void prepare_cgroups(void)
{
	struct err e = ERR_NONE;
	cleanup_fd int root_fd = cgroup_open(CGROUP_ROOT, &e);

	if (root_fd < 0) {
		console_err("cgroups (no service can start)", &e);
		return;
	}
	if (enter_own_cgroup(root_fd, &e))
		console_err("PID 1's own cgroup", &e);
	if (cgroup_delegate(root_fd, &e))
		console_err("cgroups", &e);
	machine.cgroup_fd = cgroup_make(root_fd, "services", &e);
	if (machine.cgroup_fd < 0 || cgroup_delegate(machine.cgroup_fd, &e))
		console_err("cgroup of the services", &e);
}

static void open_launcher(void)
{
	struct err e = ERR_NONE;

	machine.launch_fd = open(INIT_PROGRAM_DIR "/jail-launch", O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (machine.launch_fd >= 0)
		return;
	err_set(&e, errno, "open " INIT_PROGRAM_DIR "/jail-launch: no service can start");
	console_err("launcher", &e);
}

int main(int argc, char *argv[])
{
	struct err e = ERR_NONE;

	(void)argc;
	if (getpid() != 1) {
		fprintf(stderr, "jailinit is process 1 of an appliance, started by the kernel; see "
				"jailinit(8).\n");
		return 1;
	}
	loop_hold_signals();
	machine.boot_ms = time_boot_ms();
	machine.cgroup_fd = machine.launch_fd = machine.null_fd = -1;
	if (move_needed() && move_root(argv, &e))
		console_err("still on the initramfs: no jail can be built", &e);
	crash_catch();
	early();
	load_table();
	e = ERR_NONE;
	if (loop_open(&e))
		console_err("the loop", &e);
	prepare_cgroups();
	open_launcher();
	status_begin();
	services_open();
	places_begin();
	loop_run();
}
