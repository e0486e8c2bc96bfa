/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

/*
 * One request, one answer, all numbers little endian as the machine has them:
 *   request: u32 length of what follows, u32 id, then
 *            RUN:   u32 timeout_ms, i32 ns_pid, u32 argc, u32 input_len, argc strings each with its NUL, input
 *            READ:  path with its NUL
 *            WRITE: path with its NUL, content
 *   answer:  u32 length of what follows, i32 errno (0 = done), then
 *            RUN:   i32 wait status, u32 timed out, u32 out_len, out, err
 *            READ:  content
 * The agent greets once with an answer of no content.
 */
enum { REQUEST_RUN = 1, REQUEST_READ, REQUEST_WRITE };
#define REQUEST_MAX (32u << 20)
#define ARGS_MAX 256

int io_read_all(int fd, void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EPIPE;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int io_write_all(int fd, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The port's device node, found by the name that the harness gave it. */
static int port_open(void)
{
	for (;;) {
		DIR *d = opendir("/sys/class/virtio-ports");
		struct dirent *e;

		while (d && (e = readdir(d))) {
			char path[512], name[64] = "";
			int fd;

			snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", e->d_name);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd < 0)
				continue;
			(void)!read(fd, name, sizeof(name) - 1);
			close(fd);
			if (strncmp(name, AGENT_PORT, strlen(AGENT_PORT)) != 0)
				continue;
			snprintf(path, sizeof(path), "/dev/%s", e->d_name);
			fd = open(path, O_RDWR | O_CLOEXEC);
			closedir(d);
			if (fd >= 0)
				return fd;
			d = NULL;
		}
		if (d)
			closedir(d);
		usleep(10000);
	}
}

static void answer(int fd, int num, const void *data, size_t len)
{
	uint32_t head[2] = { (uint32_t)(4 + len), (uint32_t)num };

	io_write_all(fd, head, sizeof(head));
	io_write_all(fd, data, len);
}

static void serve_run(int fd, uint8_t *p, size_t len)
{
	struct { uint32_t timeout_ms; int32_t ns_pid; uint32_t argc, input_len; } h;
	char *argv[ARGS_MAX + 1] = { NULL };
	struct run_result res;
	int r;

	if (len < sizeof(h))
		return answer(fd, EBADMSG, NULL, 0);
	memcpy(&h, p, sizeof(h));
	if (h.argc < 1 || h.argc > ARGS_MAX || h.input_len > len - sizeof(h))
		return answer(fd, EBADMSG, NULL, 0);
	uint8_t *at = p + sizeof(h), *end = p + len - h.input_len;
	for (uint32_t i = 0; i < h.argc; i++) {
		argv[i] = (char *)at;
		at = memchr(at, 0, (size_t)(end - at));
		if (!at++)
			return answer(fd, EBADMSG, NULL, 0);
	}
	struct run run = { argv, h.timeout_ms, h.ns_pid, end, h.input_len };
	r = run_command(&run, &res);
	if (r)
		return answer(fd, -r, NULL, 0);
	uint32_t head[5] = { (uint32_t)(16 + res.out_len + res.err_len), 0, (uint32_t)res.wait_status,
			     res.timed_out, (uint32_t)res.out_len };
	io_write_all(fd, head, sizeof(head));
	io_write_all(fd, res.out, res.out_len);
	io_write_all(fd, res.err, res.err_len);
	free(res.out);
	free(res.err);
}

static void serve_read(int fd, const char *path)
{
	size_t len = 0, room = 65536;
	uint8_t *buf = malloc(room);
	int file_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;

	if (file_fd >= 0 && buf)
		while ((n = read(file_fd, buf + len, room - len)) > 0) {
			len += (size_t)n;
			if (len < room)
				continue;
			room *= 2;
			buf = realloc(buf, room);
			if (!buf)
				abort();
		}
	if (n < 0)
		answer(fd, errno, NULL, 0);
	else
		answer(fd, 0, buf, len);
	if (file_fd >= 0)
		close(file_fd);
	free(buf);
}

static void serve_write(int fd, const char *path, const uint8_t *data, size_t len)
{
	int file_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
	int r = file_fd < 0 ? -errno : io_write_all(file_fd, data, len);

	if (file_fd >= 0)
		close(file_fd);
	answer(fd, -r, NULL, 0);
}

static void serve(int fd, uint8_t *p, size_t len)
{
	uint32_t id;

	if (len < 5)
		return answer(fd, EBADMSG, NULL, 0);
	memcpy(&id, p, 4);
	p += 4;
	len -= 4;
	if (id == REQUEST_RUN)
		return serve_run(fd, p, len);
	uint8_t *nul = memchr(p, 0, len);
	if (!nul)
		return answer(fd, EBADMSG, NULL, 0);
	if (id == REQUEST_READ)
		serve_read(fd, (char *)p);
	else if (id == REQUEST_WRITE)
		serve_write(fd, (char *)p, nul + 1, (size_t)(p + len - nul - 1));
	else
		answer(fd, ENOSYS, NULL, 0);
}

void channel_serve(void)
{
	int fd;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	fd = port_open();
	answer(fd, 0, NULL, 0);
	for (;;) {
		uint32_t len;
		uint8_t *buf;

		/* Without a harness at the other end a read gives 0: wait for one. */
		if (io_read_all(fd, &len, sizeof(len))) {
			usleep(50000);
			continue;
		}
		if (len > REQUEST_MAX || !(buf = malloc(len + 1u)))
			abort();
		if (!io_read_all(fd, buf, len))
			serve(fd, buf, len);
		free(buf);
		/* Orphans of what was run in the background. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
