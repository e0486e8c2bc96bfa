/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/* Attacks on what a jail sees: programs, leaked files, devices, terminals, /proc, places to execute from. */

#define BEYOND (GUARD_FILTER | GUARD_CAPS | GUARD_GAIN)
#define AS_ROOT (BEYOND | GUARD_USER)
#define TEST_DIR "/usr/libexec/jailtest"
#define COPY_MAX (4 << 20)

/* The first of @paths that opens. */
static int open_any(const char *const *paths, int flags)
{
	int error = ENOENT;

	for (; *paths; paths++) {
		int fd = open(*paths, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		if (fd >= 0) {
			detail("%s", *paths);
			return fd;
		}
		if (errno != ENOENT)
			error = errno;
	}
	return -error;
}

static int copy_self(const char *path, mode_t mode)
{
	static char bytes[COPY_MAX];
	int from_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ssize_t n = read(from_fd, bytes, sizeof(bytes));

	if (from_fd < 0 || to_fd < 0 || n <= 0 || write(to_fd, bytes, (size_t)n) != n || fchmod(to_fd, mode))
		return -errno;
	close(from_fd);
	close(to_fd);
	return 0;
}

/* E02 */

static int launcher_program(void)
{
	int fd = open("/proc/1/exe", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int shared_program(void)
{
	static const char *const paths[] = { TEST_DIR "/probe", NULL };

	return open_any(paths, O_WRONLY);
}

void prepare_own_programs(void)
{
	mount("attack", TEST_DIR, "tmpfs", 0, "mode=0755");
	copy_self(TEST_DIR "/probe", 0777);
	copy_self(TEST_DIR "/attack-setuid", 04755);
}

/* E03 */

static int leaked_file(void)
{
	for (int fd = 4; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0) {
			detail("fd %d is open", fd);
			return openat(fd, "etc/jailinit/services.tab", O_RDONLY) < 0 ? -errno : 0;
		}
	return -EBADF;
}

static void prepare_leak(void)
{
	dup2(half_root_fd, 9);
}

static int outside_directory(void)
{
	static const char *const paths[] = { "etc/jailinit/services.tab", "../etc/jailinit/services.tab",
					     "../../../../etc/jailinit/services.tab", NULL };
	char cwd[256] = "";

	syscall(SYS_getcwd, cwd, sizeof(cwd));
	if (cwd[0] != '/' && cwd[0])
		return 0;
	return open_any(paths, O_RDONLY);
}

static void prepare_directory(void)
{
	if (fchdir(half_root_fd))
		perror("fchdir");
}

static int our_files(void)
{
	static const char *const paths[] = { "/etc/jailinit/services.tab", "/lib/jailinit/jail-launch",
					     "/sbin/jailinit", "/init", "/firmware/usr", NULL };

	return open_any(paths, O_RDONLY);
}

static void prepare_init_root(void)
{
	if (fchdir(half_root_fd) || chroot("."))
		perror("chroot");
}

/* E08, E19 */

static int helper_paths(void)
{
	static const char *const paths[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/poweroff_cmd",
		"/proc/sys/kernel/hotplug", "/sys/kernel/uevent_helper", "/proc/sysrq-trigger",
		"/proc/sys/fs/binfmt_misc/register", "/proc/sys/kernel/sysrq", "/sys/power/state",
		"/proc/sys/vm/panic_on_oom", NULL };

	return open_any(paths, O_WRONLY);
}

static int own_memory(void)
{
	static const char *const paths[] = { "/proc/self/mem", "/proc/self/oom_score_adj", "/proc/self/attr/current",
					     "/proc/self/comm", "/proc/self/clear_refs", NULL };

	return open_any(paths, O_WRONLY);
}

static void prepare_proc(void)
{
	mount("attack", "/proc", "proc", 0, NULL);
}

static int kernel_facts(void)
{
	static const char *const paths[] = {
		"/proc/kallsyms", "/proc/kcore", "/proc/timer_list", "/proc/interrupts", "/proc/config.gz",
		"/proc/cmdline", "/proc/keys", "/proc/kmsg", "/proc/version", "/proc/meminfo", "/proc/iomem",
		"/sys/kernel/notes", "/sys/class/powercap",
		"/sys/devices/system/cpu/online", "/sys/class/thermal", "/proc/acpi", "/proc/scsi", NULL };

	return open_any(paths, O_RDONLY);
}

static int foreign_secrets(void)
{
	static const char *const paths[] = { "/proc/1/environ", "/proc/1/maps", "/proc/1/root/etc", "/proc/1/cwd/etc",
					     NULL };

	return open_any(paths, O_RDONLY);
}

/* E09 */

static const struct { mode_t kind; unsigned int major_number, minor_number; } nodes[] = {
	{ S_IFCHR, 1, 1 }, { S_IFCHR, 1, 4 }, { S_IFCHR, 1, 11 }, { S_IFCHR, 4, 64 }, { S_IFCHR, 5, 1 },
	{ S_IFCHR, 7, 0 }, { S_IFBLK, 7, 0 }, { S_IFBLK, 8, 0 }, { S_IFCHR, 10, 183 }, { S_IFBLK, 31, 0 },
	{ S_IFCHR, 90, 0 }, { S_IFBLK, 179, 0 }, { S_IFCHR, 250, 0 }, { S_IFBLK, 254, 0 },
};

static int make_node(void)
{
	return mknod("/tmp/node", S_IFCHR | 0666, makedev(1, 3)) ? -errno : 0;
}

static int open_made_node(void)
{
	int error = ENOENT;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		unlink("/tmp/node");
		if (mknod("/tmp/node", nodes[i].kind | 0666, makedev(nodes[i].major_number, nodes[i].minor_number)) ||
		    open("/tmp/node", O_RDONLY | O_NONBLOCK | O_NOCTTY) < 0) {
			error = errno;
			continue;
		}
		detail("%s %u:%u", nodes[i].kind == S_IFCHR ? "character" : "block", nodes[i].major_number,
		       nodes[i].minor_number);
		return 0;
	}
	return -error;
}

static void prepare_device_place(void)
{
	mount("attack", "/tmp", "tmpfs", 0, "mode=1777");
}

/* Not watchdogs: who opens one in the control run resets the machine later. */
static int machine_devices(void)
{
	static const char *const paths[] = { "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/mtd0",
					     "/dev/rtc0", "/dev/vda", "/dev/vdb", "/dev/sda", "/dev/ttyS0",
					     "/dev/hwrng", "/dev/kvm", NULL };

	return open_any(paths, O_RDONLY);
}

/* E13 */

static int type_into_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC), error = errno;

	for (int i = -1; i < 3; i++)
		if (ioctl(i < 0 ? fd : i, TIOCSTI, "x") == 0)
			return 0;
	return fd < 0 ? -error : -errno;
}

static int take_console(void)
{
	static const char *const paths[] = { "/dev/console", "/dev/ttyS0", "/dev/tty0", "/dev/tty1", NULL };

	return open_any(paths, O_RDWR);
}

/* A terminal of this process's own session. */
static void prepare_terminal(void)
{
	int unlock = 0, master_fd, fd;

	mount("attack", "/mnt", "devpts", 0, "newinstance,ptmxmode=0666,mode=0666");
	master_fd = open("/mnt/ptmx", O_RDWR | O_NOCTTY);
	ioctl(master_fd, TIOCSPTLCK, &unlock);
	fd = open("/mnt/0", O_RDWR | O_NOCTTY);
	setsid();
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 1))
		perror("terminal");
	dup2(master_fd, 9);
	chmod("/dev/tty", 0666);
}

/* E18 */

static int wait_exec(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EFAULT;
}

static int exec_at(const char *path)
{
	int r = copy_self(path, 0755);
	pid_t pid;

	if (r < 0)
		return r;
	pid = fork();
	if (pid == 0) {
		execl(path, path, "exit", (char *)NULL);
		_exit(errno);
	}
	r = wait_exec(pid);
	unlink(path);
	return r;
}

static int exec_tmp(void)
{
	return exec_at("/tmp/payload");
}

static int exec_var_tmp(void)
{
	return exec_at("/var/tmp/payload");
}

static int exec_shm(void)
{
	return exec_at("/dev/shm/payload");
}

static int exec_run(void)
{
	return exec_at("/run/lock/payload");
}

static void prepare_places(void)
{
	static const char *const places[] = { "/tmp", "/var/tmp", "/dev/shm", "/run/lock" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (mount("attack", places[i], "tmpfs", 0, "mode=1777"))
			perror(places[i]);
}

static int exec_memory(void)
{
	static char bytes[COPY_MAX];
	int from_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int fd = (int)syscall(SYS_memfd_create, "payload", 0);
	ssize_t n = read(from_fd, bytes, sizeof(bytes));
	char *argv[] = { (char *)"payload", (char *)"exit", NULL }, *none[] = { NULL };
	pid_t pid;

	if (fd < 0 || n <= 0 || write(fd, bytes, (size_t)n) != n)
		return -errno;
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, none, AT_EMPTY_PATH);
		_exit(errno);
	}
	return wait_exec(pid);
}

/* What a dynamic linker does with a library, wherever it lies. */
static int map_written_file(void)
{
	int fd = open("/tmp/library", O_RDWR | O_CREAT | O_CLOEXEC, 0700);

	if (fd < 0 || ftruncate(fd, 4096))
		return -errno;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -errno : 0;
}

static int run_written_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED || mprotect(page, 4096, PROT_READ | PROT_EXEC) ? -errno : 0;
}

static int map_writable_code(void)
{
	int all = PROT_READ | PROT_WRITE | PROT_EXEC;

	return mmap(NULL, 4096, all, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -errno : 0;
}

const struct attack attacks_files[] = {
	{ "E02", "the launcher's program, /proc/1/exe", launcher_program, AS_ROOT, NULL, 0, NULL },
	{ "E02", "write to a program that others run", shared_program, 0, prepare_own_programs, 0, NULL },
	{ "E03", "a leaked file leads to PID 1's root", leaked_file, GUARD_USER, prepare_leak, 0, NULL },
	{ "E03", "a working directory outside", outside_directory, GUARD_USER, prepare_directory, 0, NULL },
	{ "E03", "our own files below the root", our_files, GUARD_USER, prepare_init_root, 0, NULL },
	{ "E08", "open a kernel helper's path for writing", helper_paths, AS_ROOT | GUARD_MOUNTS, NULL, 0, NULL },
	{ "E08", "open its own files of /proc for writing", own_memory, 0, prepare_proc, 0, NULL },
	{ "E09", "mknod", make_node, AS_ROOT, NULL, 0, NULL },
	{ "E09", "mknod and open", open_made_node, AS_ROOT | GUARD_GROUP, prepare_device_place, 0, NULL },
	{ "E09", "the machine's devices in /dev", machine_devices, AS_ROOT | GUARD_MOUNTS | GUARD_GROUP, NULL, 0,
	  NULL },
	{ "E13", "TIOCSTI", type_into_terminal, AS_ROOT | GUARD_MOUNTS | GUARD_GROUP, prepare_terminal, 0, NULL },
	{ "E13", "the console", take_console, AS_ROOT | GUARD_MOUNTS | GUARD_GROUP, NULL, 0, NULL },
	{ "E18", "execute from /tmp", exec_tmp, 0, prepare_places, 0, NULL },
	{ "E18", "execute from /var/tmp", exec_var_tmp, 0, prepare_places, 0, NULL },
	{ "E18", "execute from /dev/shm", exec_shm, 0, prepare_places, 0, NULL },
	{ "E18", "execute from /run/lock", exec_run, 0, prepare_places, 0, NULL },
	{ "E18", "execute a memory file", exec_memory, GUARD_FILTER | GUARD_PIDS | GUARD_MOUNTS, NULL, 0, NULL },
	{ "E18", "map a written file executable", map_written_file, 0, prepare_places, 0, NULL },
	{ "E18", "make written memory executable", run_written_memory, GUARD_FILTER, NULL, 0, NULL },
	{ "E18", "memory that is writable and executable", map_writable_code, GUARD_FILTER, NULL, 0, NULL },
	{ "E19", "what the kernel tells", kernel_facts, GUARD_USER | GUARD_MOUNTS, NULL, 0, NULL },
	{ "E19", "secrets of process 1", foreign_secrets, AS_ROOT, NULL, 0, NULL },
	{ 0 },
};
