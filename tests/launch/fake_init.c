/* SPDX-License-Identifier: MIT */
#include "fake_init.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crc32.h"
#include "base/fd.h"
#include "conf/table.h"
#include "ipc/status.h"
#include "os/spawn.h"

int fake_init_make(struct fake_init *f, const char *launcher, const char *name, const char *text,
		   struct err *e)
{
	static const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, 0x7fff0000);
	struct launch_record *r = &f->record;
	int rc;

	memset(f, 0, sizeof(*f));
	f->cgroup_fd = f->message_fd = -1;
	f->null_fd = f->program_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	f->launcher_fd = open(launcher, O_PATH | O_CLOEXEC);
	if (f->launcher_fd < 0)
		return err_set(e, errno, "open %s", launcher);
	rc = service_parse(&r->service, name, name, text, strlen(text), NULL, e);
	if (rc < 0)
		return rc;
	r->magic = LAUNCH_MAGIC;
	r->size = sizeof(*r);
	r->n_listen = (uint16_t)(r->service.listen_stream.n + r->service.listen_datagram.n);
	r->n_socket_from = r->service.socket_from.n;
	r->filter[0] = allow;
	r->filter_len = 1;
	f->record_fd = memfd_create("record", MFD_CLOEXEC);
	if (f->record_fd < 0)
		return err_set(e, errno, "memfd for the record");
	return 0;
}

int fake_init_seal(struct fake_init *f, struct err *e)
{
	struct launch_record *r = &f->record;

	r->crc = crc32_add(0, (const char *)&r->crc + sizeof(r->crc),
			   sizeof(*r) - offsetof(struct launch_record, crc) - sizeof(r->crc));
	if (pwrite(f->record_fd, r, sizeof(*r), 0) != (ssize_t)sizeof(*r))
		return err_set(e, errno, "write the record");
	return 0;
}

int fake_init_start(struct fake_init *f, int output, struct fake_run *run, struct err *e)
{
	char *argv[] = { "jail-launch", NULL };
	char *envp[] = { NULL };
	unsigned int n = (unsigned int)f->record.n_listen + f->record.n_extra;
	int fds[LAUNCH_FD_FIRST + FAKE_PASSED_MAX];
	int error[2], status[2], out[2] = { -1, output };
	struct spawn s = { .program_fd = f->launcher_fd,
			   .argv = argv,
			   .envp = envp,
			   .fds = fds,
			   .n_fds = LAUNCH_FD_FIRST + n,
			   .cgroup_fd = f->cgroup_fd,
			   .new_pid_ns = true };

	*run = (struct fake_run){ .launcher_fd = -1, .service_fd = -1 };
	if (pipe2(error, O_CLOEXEC) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, status) < 0 ||
	    (output < 0 && pipe2(out, O_CLOEXEC) < 0))
		return err_set(e, errno, "pipes");
	fds[0] = f->null_fd;
	fds[1] = out[1];
	fds[2] = f->message_fd >= 0 ? f->message_fd : out[1];
	fds[LAUNCH_FD_RECORD] = f->record_fd;
	fds[LAUNCH_FD_ERROR] = error[1];
	fds[LAUNCH_FD_STATUS] = status[1];
	fds[LAUNCH_FD_PROGRAM] = f->program_fd;
	for (unsigned int i = 0; i < n; i++)
		fds[LAUNCH_FD_FIRST + i] = f->passed[i];
	run->error_fd = error[0];
	run->status_fd = status[0];
	run->output_fd = out[0];
	run->launcher = spawn_process(&s, &run->launcher_fd, e);
	close(error[1]);
	close(status[1]);
	if (output < 0)
		close(out[1]);
	return run->launcher < 0 ? run->launcher : 0;
}

int fake_init_started(struct fake_run *run, struct err *e)
{
	struct launch_status s;
	ssize_t n = fd_read_full(run->error_fd, e, sizeof(*e));
	int rc;

	if (n == (ssize_t)sizeof(*e)) {
		err_sanitise(e);
		return -e->num;
	}
	if (n != 0)
		return err_set(e, EPROTO,
			       "%zd bytes from the exec pipe, wanted an error or nothing", n);
	rc = status_recv(run->status_fd, &s, &run->service_fd);
	if (rc < 0 || s.kind != LAUNCH_STARTED)
		return err_set(
			e, EPROTO,
			"the exec pipe ended without an error, and the program was not announced");
	return 0;
}

int fake_init_wait(struct fake_run *run, int *launcher_status)
{
	struct launch_status s;
	int fd;

	if (waitpid(run->launcher, launcher_status, 0) < 0)
		return -errno;
	run->launcher = -1;
	for (;;) {
		int rc = status_recv(run->status_fd, &s, &fd);

		if (rc < 0)
			return rc;
		if (fd >= 0)
			close(fd);
		if (s.kind == LAUNCH_EXITED)
			return s.wait_status;
	}
}

void fake_init_end(struct fake_run *run)
{
	fd_close(&run->launcher_fd);
	fd_close(&run->service_fd);
	fd_close(&run->error_fd);
	fd_close(&run->status_fd);
	fd_close(&run->output_fd);
}
