/* SPDX-License-Identifier: MIT */
#include "init/start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/time.h"
#include "init/control.h"
#include "init/kit.h"
#include "init/listeners.h"
#include "init/loop.h"
#include "init/machine.h"
#include "init/services.h"
#include "init/verify.h"
#include "ipc/status.h"
#include "os/cgroup.h"
#include "os/pidfd.h"
#include "os/spawn.h"

/* The files of one launcher, ours and its ends, until it has them. */
struct ends {
	int exec_read_fd, exec_write_fd;
	int status_fd, launcher_status_fd;
	int control_fd, launcher_control_fd;
};

_Static_assert(LAUNCH_FD_FIRST + LISTENERS_MAX + LAUNCH_EXTRA_MAX <= SPAWN_FDS_MAX,
	       "all fds of a launcher fit");

void start_clear(unsigned int i)
{
	struct run *r = &machine.run[i];

	r->launcher_fd = r->exec_fd = r->status_fd = r->control_fd = r->service_fd = -1;
	r->launcher_pid = r->service_pid = 0;
}

static void ends_close(struct ends *e)
{
	fd_close(&e->exec_read_fd);
	fd_close(&e->exec_write_fd);
	fd_close(&e->status_fd);
	fd_close(&e->launcher_status_fd);
	fd_close(&e->control_fd);
	fd_close(&e->launcher_control_fd);
}

static int make_pair(int *ours, int *theirs, const char *what, struct err *e)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0)
		return err_set(e, errno, "socketpair for the %s", what);
	*ours = fd[0];
	*theirs = fd[1];
	if (fcntl(fd[0], F_SETFL, O_NONBLOCK) < 0)
		return err_set(e, errno, "O_NONBLOCK on the %s", what);
	return 0;
}

static int ends_open(struct ends *x, const struct service *s, struct err *e)
{
	int fd[2], rc;

	*x = (struct ends){ -1, -1, -1, -1, -1, -1 };
	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(e, errno, "exec pipe");
	x->exec_read_fd = fd[0];
	x->exec_write_fd = fd[1];
	rc = make_pair(&x->status_fd, &x->launcher_status_fd, "status socket", e);
	if (!rc && s->control_socket)
		rc = make_pair(&x->control_fd, &x->launcher_control_fd, "control channel", e);
	return rc;
}

/* The numbers of ipc/launch.h, in order. Returns how many. */
static unsigned int list_fds(unsigned int i, const struct ends *x, int fds[SPAWN_FDS_MAX])
{
	const struct service *s = machine_row(i);
	const struct kit *k = &machine.run[i].kit, *other;
	unsigned int n = LAUNCH_FD_FIRST, row, l;

	fds[0] = machine.null_fd;
	fds[1] = fds[2] = k->log_write_fd;
	fds[LAUNCH_FD_RECORD] = k->record_fd;
	fds[LAUNCH_FD_ERROR] = x->exec_write_fd;
	fds[LAUNCH_FD_STATUS] = x->launcher_status_fd;
	fds[LAUNCH_FD_PROGRAM] = k->program_fd;
	for (l = 0; l < (unsigned int)s->listen_stream.n + s->listen_datagram.n; l++)
		fds[n++] = k->listen_fd[l];
	if (s->control_socket)
		fds[n++] = x->launcher_control_fd;
	if (s->duty != DUTY_LOG)
		return n;
	for (row = 0; row < machine.table.n; row++) {
		other = &machine.run[row].kit;
		/*
		 * A row whose kit could not be made keeps its place, with fds that nothing comes
		 * from.
		 */
		fds[n++] = other->ring_fd >= 0 ? other->log_read_fd : machine.null_fd;
		fds[n++] = other->ring_fd >= 0 ? other->ring_fd : machine.null_fd;
	}
	return n;
}

static int watch(unsigned int i, struct ends *x, struct err *e)
{
	struct run *r = &machine.run[i];
	int rc;

	rc = loop_add(x->exec_read_fd, EPOLLIN, SOURCE_EXEC, i, e);
	if (!rc)
		rc = loop_add(x->status_fd, EPOLLIN, SOURCE_STATUS, i, e);
	if (!rc && x->control_fd >= 0)
		rc = loop_add(x->control_fd, EPOLLIN, SOURCE_CONTROL, i, e);
	if (rc)
		return rc;
	r->exec_fd = fd_steal(&x->exec_read_fd);
	r->status_fd = fd_steal(&x->status_fd);
	r->control_fd = fd_steal(&x->control_fd);
	return 0;
}

static int launch(unsigned int i, struct ends *x, struct err *e)
{
	static char *const no_environment[] = { NULL };
	struct run *r = &machine.run[i];
	char *const argv[] = { (char *)"jail-launch", (char *)machine_row(i)->name, NULL };
	int fds[SPAWN_FDS_MAX];
	struct spawn s = {
		.program_fd = machine.launch_fd,
		.argv = argv,
		.envp = no_environment,
		.fds = fds,
		.cgroup_fd = r->kit.cgroup_fd,
		.new_pid_ns = true,
	};
	pid_t pid;
	int rc;

	s.n_fds = list_fds(i, x, fds);
	rc = watch(i, x, e);
	if (rc)
		return rc;
	pid = spawn_process(&s, &r->launcher_fd, e);
	if (pid < 0) {
		loop_close(&r->exec_fd);
		loop_close(&r->status_fd);
		loop_close(&r->control_fd);
		return pid;
	}
	r->launcher_pid = pid;
	return 0;
}

int start_launch(unsigned int i, struct err *e)
{
	struct run *r = &machine.run[i];
	const struct service *s = machine_row(i);
	struct ends x = { -1, -1, -1, -1, -1, -1 };
	int rc;

	*e = ERR_NONE;
	r->exited = false;
	if (kit_make(i, e))
		return -e->num;
	if (listeners_make(i, e))
		return err_step(e, "listen");
	if (machine.launch_fd < 0) {
		err_set(e, ENOENT, INIT_PROGRAM_DIR "/jail-launch could not be opened at boot");
		return err_step(e, "launch");
	}
	if (cgroup_events_populated(r->kit.events_fd) != 0) {
		err_set(e, EBUSY, "something is left in its cgroup from the run before");
		return err_step(e, "launch");
	}
	r->degraded = machine.now.data == PLACE_MISSING && s->state_directory != 0;
	kit_seal_record(i, r->degraded);
	rc = ends_open(&x, s, e);
	if (!rc)
		rc = launch(i, &x, e);
	ends_close(&x);
	if (rc)
		return err_step(e, "launch");
	r->started_ms = time_boot_ms();
	return 0;
}

void start_status_ready(unsigned int i)
{
	struct run *r = &machine.run[i];
	struct launch_status st;
	unsigned int n;
	int fd, rc;

	/* A launcher sends two; more than a few are not read in one turn. */
	for (n = 0; r->status_fd >= 0 && n < 4; n++) {
		rc = status_recv(r->status_fd, &st, &fd);
		if (rc == -EAGAIN)
			return;
		if (rc == -EBADMSG) {
			machine.bad_messages++;
			continue;
		}
		if (rc < 0) {
			loop_close(&r->status_fd);
			return;
		}
		if (st.kind == LAUNCH_EXITED) {
			r->exited = true;
			r->exit_status = st.wait_status;
			continue;
		}
		fd_close(&r->service_fd);
		r->service_fd = fd;
		r->service_pid = fd >= 0 ? pidfd_pid(fd) : 0;
		if (r->service_pid < 0)
			r->service_pid = 0;
	}
}

void start_exec_ready(unsigned int i)
{
	struct run *r = &machine.run[i];
	struct err e;
	ssize_t n;

	if (r->exec_fd < 0)
		return;
	n = read(r->exec_fd, &e, sizeof(e));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	loop_close(&r->exec_fd);
	if (n == (ssize_t)sizeof(e)) {
		err_sanitise(&e);
	} else {
		/*
		 * The launcher tells of the program's process before that execs, so its word is
		 * there by now.
		 */
		start_status_ready(i);
		if (n == 0 && r->service_fd >= 0) {
			verify_want(i);
			services_event(i, EVENT_EXEC_OK, 0);
			return;
		}
		e = ERR_NONE;
		err_set(&e, EPROTO,
			"the launcher ended before it had started the program, and without a word");
		err_step(&e, "launch");
	}
	/* Stopped while it was being built: that is no failure to tell of. */
	if (r->super.state == SUPER_STARTING)
		r->err = e;
	services_event(i, EVENT_LAUNCH_FAILED, 0);
}

/* Killed by the kernel because of MemoryMax=? Then that is the reason to show, not the signal. */
static void look_for_oom(unsigned int i)
{
	struct run *r = &machine.run[i];
	char size[NUM_TEXT_MAX];
	uint64_t kills;

	if (cgroup_read_count(r->kit.cgroup_fd, "memory.events", "oom_kill", &kills) ||
	    kills == r->kit.oom_kills)
		return;
	r->kit.oom_kills = kills;
	err_set(&r->err, ENOMEM,
		"out of memory: it wanted more than MemoryMax=%s, and the kernel killed all of it",
		num_format_size(machine_row(i)->memory_max, size));
	err_step(&r->err, "run");
}

void start_reaped(unsigned int i, int wait_status)
{
	struct run *r = &machine.run[i];
	int status;

	/*
	 * What was said last may still be in the sockets: the end of a process is seen by another
	 * way.
	 */
	start_status_ready(i);
	start_exec_ready(i);
	status = r->exited ? r->exit_status : wait_status;
	/*
	 * A launch that failed was no run: what is shown is the error, and the end of the run
	 * before.
	 */
	if (r->service_fd >= 0) {
		r->wait_status = status;
		r->ended_ms = time_boot_ms();
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		look_for_oom(i);
	r->launcher_pid = r->service_pid = 0;
	fd_close(&r->launcher_fd);
	fd_close(&r->service_fd);
	loop_close(&r->exec_fd);
	loop_close(&r->status_fd);
	control_close(i);
	services_event(i, EVENT_EXITED, status);
}

int start_signal(unsigned int i, int sig)
{
	const struct run *r = &machine.run[i];

	return r->service_fd < 0 ? -ESRCH : pidfd_signal(r->service_fd, sig);
}
