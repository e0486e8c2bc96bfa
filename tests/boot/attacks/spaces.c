/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

/* Attacks on the walls that namespaces and mounts are: E05, E10, E11. */

#define CALL(...) (syscall(__VA_ARGS__) < 0 ? -errno : 0)
#define BEYOND (GUARD_FILTER | GUARD_CAPS | GUARD_GAIN)

static int unshare_mounts(void)
{
	return unshare(CLONE_NEWNS) ? -errno : 0;
}

/* Not ordinary privilege but the machine's own limit refuses this one; the test raises it for the control run. */
static int unshare_user(void)
{
	return unshare(CLONE_NEWUSER) ? -errno : 0;
}

static int unshare_net(void)
{
	return unshare(CLONE_NEWNET) ? -errno : 0;
}

static int unshare_others(void)
{
	static const int kinds[] = { CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWCGROUP };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (unshare(kinds[i]) == 0) {
			detail("flag %#x", (unsigned int)kinds[i]);
			return 0;
		}
	return -errno;
}

static int clone_with(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -errno : 0;
}

static int clone_user(void)
{
	return clone_with(CLONE_NEWUSER);
}

static int clone_any(void)
{
	static const unsigned long kinds[] = { CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWCGROUP,
					       CLONE_NEWNET };
	int r = -EPERM;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && r < 0; i++)
		r = clone_with(kinds[i]);
	return r;
}

static int clone3_any(void)
{
	struct clone_args args = { .flags = CLONE_NEWUTS, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -errno : 0;
}

static int enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || setns(fd, 0) ? -errno : 0;
}

static int enter_own(void)
{
	return enter("/proc/self/ns/uts");
}

static int enter_launcher(void)
{
	return enter("/proc/1/ns/uts");
}

/* E11 */

static int mount_tmpfs(void)
{
	return mount("attack", "/tmp", "tmpfs", 0, NULL) ? -errno : 0;
}

static int bind_root(void)
{
	return mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL) ? -errno : 0;
}

static int remount_writable(void)
{
	return mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL) ? -errno : 0;
}

static int clear_read_only(void)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID };

	return CALL(SYS_mount_setattr, AT_FDCWD, "/usr", AT_RECURSIVE, &attr, sizeof(attr));
}

static int open_new_fs(void)
{
	return CALL(SYS_fsopen, "tmpfs", 0);
}

/* Of CVE-2022-0185: a parameter without end. */
static int configure_fs(void)
{
	int fd = (int)syscall(SYS_fsopen, "tmpfs", 0);

	return CALL(SYS_fsconfig, fd, FSCONFIG_SET_STRING, "mode", "0755", 0);
}

static int open_tree_clone(void)
{
	return CALL(SYS_open_tree, AT_FDCWD, "/usr", OPEN_TREE_CLONE);
}

static int move_a_mount(void)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, "/usr", OPEN_TREE_CLONE);

	return CALL(SYS_move_mount, fd, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH);
}

static int unmount(const char *path)
{
	return umount2(path, MNT_DETACH) ? -errno : 0;
}

static int unmount_proc(void)
{
	return unmount("/proc");
}

static int unmount_dev(void)
{
	return unmount("/dev");
}

static int unmount_usr(void)
{
	return unmount("/usr");
}

static int change_root(void)
{
	return chroot("/tmp") ? -errno : 0;
}

static int pivot(void)
{
	int r = chdir("/tmp");

	return r ? -errno : CALL(SYS_pivot_root, ".", ".");
}

static void prepare_mount_point(void)
{
	mount("attack", "/tmp", "tmpfs", 0, NULL);
}

/* Does something that is mounted elsewhere appear here, or the other way round? */
static int shared_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[1024];
	int found = 0;

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (strstr(line, " shared:") || strstr(line, " master:")) {
			detail("%.100s", line);
			found = 1;
		}
	fclose(f);
	return found ? 0 : -ENOENT;
}

static void prepare_shared(void)
{
	mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL);
}

/* E05 */

static int mount_cgroup(const char *type)
{
	if (mkdir("/tmp/cgroup", 0700) && errno != EEXIST)
		return -errno;
	return mount("attack", "/tmp/cgroup", type, 0, NULL) ? -errno : 0;
}

static int mount_cgroup2(void)
{
	return mount_cgroup("cgroup2");
}

static int mount_cgroup1(void)
{
	return mount_cgroup("cgroup");
}

/* Its own limit, from inside its cgroup namespace or from outside: read, and written back as it was. */
static int raise_own_limit(void)
{
	static const char *const places[] = { "/tmp/cgroup/memory.max", "/tmp/cgroup/services/attack/memory.max",
					      "/sys/fs/cgroup/memory.max" };
	char text[64];
	int r = mount_cgroup("cgroup2");

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = open(places[i], O_RDWR | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

		if (fd >= 0)
			return n < 0 || write(fd, text, (size_t)n) != n ? -errno : 0;
	}
	return r < 0 ? r : -ENOENT;
}

static int leave_group(void)
{
	int r = mount_cgroup("cgroup2"), fd;

	if (r < 0)
		return r;
	fd = open("/tmp/cgroup/cgroup.procs", O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, "0", 1) != 1 ? -errno : 0;
}

static int see_groups(void)
{
	static const char *const places[] = { "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/cgroup.controllers" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], F_OK) == 0)
			return 0;
	return -errno;
}

static void prepare_groups(void)
{
	mount("attack", "/sys/fs/cgroup", "cgroup2", 0, NULL);
}

#define AS_ROOT (BEYOND | GUARD_USER)

const struct attack attacks_spaces[] = {
	{ "E10", "unshare: mounts", unshare_mounts, BEYOND, NULL, 0, NULL },
	{ "E10", "unshare: users", unshare_user, GUARD_FILTER, NULL, 0, NULL },
	{ "E10", "unshare: network", unshare_net, BEYOND, NULL, 0, NULL },
	{ "E10", "unshare: ipc, uts, pid, cgroup", unshare_others, BEYOND, NULL, 0, NULL },
	{ "E10", "clone: users", clone_user, GUARD_FILTER, NULL, 0, NULL },
	{ "E10", "clone: any other", clone_any, BEYOND, NULL, 0, NULL },
	{ "E10", "clone3", clone3_any, BEYOND, NULL, 0, NULL },
	{ "E10", "setns: its own", enter_own, BEYOND, NULL, 0, NULL },
	{ "E10", "setns: the launcher's", enter_launcher, BEYOND, NULL, 0, NULL },
	{ "E11", "mount a tmpfs", mount_tmpfs, BEYOND, NULL, 0, NULL },
	{ "E11", "bind the root", bind_root, BEYOND, NULL, 0, NULL },
	{ "E11", "remount /usr writable", remount_writable, BEYOND, NULL, 0, NULL },
	{ "E11", "mount_setattr /usr", clear_read_only, BEYOND, NULL, 0, NULL },
	{ "E11", "fsopen", open_new_fs, BEYOND, NULL, 0, NULL },
	{ "E11", "fsconfig", configure_fs, BEYOND, NULL, 0, NULL },
	{ "E11", "open_tree", open_tree_clone, BEYOND, NULL, 0, NULL },
	{ "E11", "move_mount", move_a_mount, BEYOND, NULL, 0, NULL },
	{ "E11", "umount /proc", unmount_proc, BEYOND, NULL, 0, NULL },
	{ "E11", "umount /dev", unmount_dev, BEYOND, NULL, 0, NULL },
	{ "E11", "umount /usr", unmount_usr, BEYOND, NULL, 0, NULL },
	{ "E11", "chroot", change_root, BEYOND, NULL, 0, NULL },
	{ "E11", "pivot_root", pivot, BEYOND, prepare_mount_point, 0, NULL },
	{ "E11", "a mount that propagates", shared_mounts, 0, prepare_shared, 0, NULL },
	{ "E05", "mount cgroup2", mount_cgroup2, BEYOND, NULL, 0, NULL },
	{ "E05", "mount cgroup v1 (release_agent)", mount_cgroup1, AS_ROOT | GUARD_GROUP, NULL, EBUSY,
	  "the call reaches the kernel; every controller is taken by v2, there is no v1 hierarchy to mount" },
	{ "E05", "write its own memory.max", raise_own_limit, AS_ROOT | GUARD_GROUP, NULL, 0, NULL },
	{ "E05", "write cgroup.procs", leave_group, AS_ROOT, NULL, 0, NULL },
	{ "E05", "a cgroup mount to be seen", see_groups, GUARD_MOUNTS, prepare_groups, 0, NULL },
	{ 0 },
};
