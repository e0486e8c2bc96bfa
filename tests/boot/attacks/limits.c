/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/* Attacks on what all jails share: processes, files, memory, time. Bounded, so that the control run harms nobody. */

#define BEYOND (GUARD_FILTER | GUARD_CAPS | GUARD_GAIN)
#define PROCESSES 150	/* the row has TasksMax=32 */
#define OPEN_FILES 500	/* LimitNOFILE=64 */
#define FILE_BYTES (8 << 20) /* TmpfsSizeMax=4M */
#define FILES 3000	/* one per 4 KiB of that */

static int many_processes(void)
{
	pid_t pids[PROCESSES];
	int n = 0, error = 0;

	for (; n < PROCESSES && !error; n++) {
		pids[n] = fork();
		if (pids[n] == 0) {
			poll(NULL, 0, 1500);
			_exit(0);
		}
		if (pids[n] < 0)
			error = errno, n--;
	}
	for (int i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	detail("%d processes", n);
	return -error;
}

static int many_files(void)
{
	int n = 0;

	while (n < OPEN_FILES && dup(0) >= 0)
		n++;
	detail("%d files", n);
	return n < OPEN_FILES ? -errno : 0;
}

static int fill_memory_files(void)
{
	static char block[1 << 16];
	int fd = open("/tmp/fill", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t total = 0;
	ssize_t n = fd;

	while (n >= 0 && total < FILE_BYTES && (n = write(fd, block, sizeof(block))) > 0)
		total += (size_t)n;
	n = n < 0 ? -errno : 0;
	unlink("/tmp/fill");
	detail("%zu bytes", total);
	return (int)n;
}

static int fill_inodes(void)
{
	char path[32];
	int n = 0, error = 0;

	for (; n < FILES && !error; n++) {
		snprintf(path, sizeof(path), "/tmp/%d", n);
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		error = fd < 0 ? errno : 0;
		close(fd);
	}
	detail("%d files", n);
	while (n--) {
		snprintf(path, sizeof(path), "/tmp/%d", n);
		unlink(path);
	}
	return -error;
}

static void prepare_room(void)
{
	mount("attack", "/tmp", "tmpfs", 0, "mode=1777,size=64m,nr_inodes=10000");
}

static int lock_memory(void)
{
	static char bytes[1 << 20];

	return mlock(bytes, sizeof(bytes)) ? -errno : 0;
}

static int core_size(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_CORE, &limit) ? -errno : 0;
}

static int more_files(void)
{
	struct rlimit limit = { 100000, 100000 };

	return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
}

static int first_in_line(void)
{
	return setpriority(PRIO_PROCESS, 0, -20) ? -errno : 0;
}

static int real_time(void)
{
	struct sched_param p = { .sched_priority = 50 };

	/* The call itself: the C library's own answer is ENOSYS. */
	return syscall(144 /* sched_setscheduler */, 0, SCHED_FIFO, &p) ? -errno : 0;
}

static int shared_memory(void)
{
	int id = shmget(IPC_PRIVATE, 16 << 20, 0600);

	if (id < 0)
		return -errno;
	shmctl(id, IPC_RMID, NULL);
	return 0;
}

const struct attack attacks_limits[] = {
	{ "E27", "processes", many_processes, GUARD_GROUP, NULL, 0, NULL },
	{ "E27", "open files", many_files, GUARD_LIMITS, NULL, 0, NULL },
	{ "E27", "raise the limit of open files", more_files, BEYOND | GUARD_LIMITS, NULL, 0, NULL },
	{ "E27", "bytes in /tmp", fill_memory_files, 0, prepare_room, 0, NULL },
	{ "E27", "files in /tmp", fill_inodes, 0, prepare_room, 0, NULL },
	{ "E27", "locked memory", lock_memory, BEYOND | GUARD_LIMITS, NULL, 0, NULL },
	{ "E27", "core dumps", core_size, BEYOND | GUARD_LIMITS, NULL, 0, NULL },
	{ "E27", "priority", first_in_line, BEYOND, NULL, 0, NULL },
	{ "E27", "real time", real_time, BEYOND, NULL, 0, NULL },
	{ "E27", "System V shared memory", shared_memory, GUARD_FILTER, NULL, 0, NULL },
	{ 0 },
};
