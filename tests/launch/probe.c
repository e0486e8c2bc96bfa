/* SPDX-License-Identifier: MIT */
/*
 * probe WORD...: the service of the launcher's tests. Each word is one thing it does or tells, in
 * this order:
 *	facts           everything that can be read of its jail, as lines "KEY VALUE"
 *	ids             only pid and session
 *	write=PATH      create and write PATH: "write PATH ok" or the errno; likewise
 *	read=PATH       open and read
 *	connect=PATH    connect to the unix socket
 *	unlink=PATH     remove
 *	hole            turn listening socket 3 into a client: "hole open" if it is let through
 *	traceme         make the launcher its tracer, and stop
 *	wx              map memory writable and executable, then make some executable later
 *	hoard           ask for 16 MiB of memory
 *	orphan          leave a process behind that sleeps
 *	sleep=MS
 *	exit=N kill=N   end in this way
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <unistd.h>

static void tell(const char *key, const char *subject, int rc)
{
	printf("%s %s %s\n", key, subject, rc < 0 ? strerrorname_np(errno) : "ok");
}

static void tell_file(const char *key, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[1024];

	if (!f) {
		tell(key, path, -1);
		return;
	}
	while (fgets(line, sizeof(line), f))
		printf("%s %s", key, line);
	fclose(f);
}

static void tell_links(const char *key, const char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *at = d ? readdir(d) : NULL; at; at = readdir(d)) {
		char path[512], target[512];
		ssize_t n;

		if (at->d_name[0] == '.' ||
		    (strcmp(key, "fd") == 0 && atoi(at->d_name) == dirfd(d)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, at->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		printf("%s %s %s\n", key, at->d_name, target);
	}
	if (d)
		closedir(d);
}

static void tell_dir(const char *dir)
{
	DIR *d = opendir(dir);

	if (!d)
		tell("dir", dir, -1);
	for (struct dirent *at = d ? readdir(d) : NULL; at; at = readdir(d)) {
		struct stat st;

		if (strcmp(at->d_name, ".") == 0 || strcmp(at->d_name, "..") == 0 ||
		    fstatat(dirfd(d), at->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		printf("dir %s %s %06o %u:%u %u:%u\n", dir, at->d_name, st.st_mode, st.st_uid,
		       st.st_gid, major(st.st_rdev), minor(st.st_rdev));
	}
	if (d)
		closedir(d);
}

static void tell_limits(void)
{
	static const struct {
		const char *name;
		__rlimit_resource_t resource;
	} limits[] = { { "nofile", RLIMIT_NOFILE },
		       { "nproc", RLIMIT_NPROC },
		       { "core", RLIMIT_CORE },
		       { "fsize", RLIMIT_FSIZE },
		       { "memlock", RLIMIT_MEMLOCK },
		       { "as", RLIMIT_AS },
		       { "data", RLIMIT_DATA },
		       { "stack", RLIMIT_STACK },
		       { "rtprio", RLIMIT_RTPRIO },
		       { "sigpending", RLIMIT_SIGPENDING },
		       { "msgqueue", RLIMIT_MSGQUEUE } };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit r;

		getrlimit(limits[i].resource, &r);
		printf("limit %s %lld %lld\n", limits[i].name, (long long)r.rlim_cur,
		       (long long)r.rlim_max);
	}
}

static void tell_network(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *at = all; at && at->if_index; at++) {
		struct ifreq r = { 0 };

		strncpy(r.ifr_name, at->if_name, IFNAMSIZ - 1);
		ioctl(fd, SIOCGIFFLAGS, &r);
		printf("interface %s %s\n", at->if_name, r.ifr_flags & IFF_UP ? "up" : "down");
	}
	close(fd);
}

static void tell_ids(void)
{
	printf("pid %d\nsid %d\n", getpid(), getsid(0));
}

static void facts(char **envp)
{
	char text[256];
	mode_t mask = umask(0);

	umask(mask);
	tell_ids();
	printf("nice %d\numask %04o\n", getpriority(PRIO_PROCESS, 0), mask);
	printf("securebits %#x\n", (unsigned int)prctl(PR_GET_SECUREBITS));
	printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
	gethostname(text, sizeof(text));
	printf("hostname %s\n", text);
	printf("cwd %s\n", getcwd(text, sizeof(text)) ? text : "none");
	for (char **env = envp; *env; env++)
		printf("env %s\n", *env);
	tell_limits();
	tell_network();
	tell_file("status", "/proc/self/status");
	tell_file("oom", "/proc/self/oom_score_adj");
	tell_file("cgroup", "/proc/self/cgroup");
	tell_file("mount", "/proc/self/mountinfo");
	tell_file("meminfo", "/proc/meminfo");
	tell_links("ns", "/proc/self/ns");
	tell_links("fd", "/proc/self/fd");
	tell_dir("/");
	tell_dir("/dev");
	tell_dir("/proc");
	tell_dir("/run");
	tell_dir("/var");
	tell_dir("/var/lib");
}

static void write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	tell("write", path, fd < 0 || write(fd, "x", 1) != 1 ? -1 : 0);
	if (fd >= 0)
		close(fd);
}

static void read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c;

	tell("read", path, fd < 0 ? fd : (int)read(fd, &c, 1));
	if (fd >= 0)
		close(fd);
}

static void connect_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(to.sun_path, path, sizeof(to.sun_path) - 1);
	tell("connect", path, connect(fd, (struct sockaddr *)&to, sizeof(to)));
	close(fd);
}

/* A listener that was passed in belongs to the machine's network: does it still reach that? */
static void hole(void)
{
	struct sockaddr_in to;
	socklen_t size = sizeof(to);

	if (getsockname(3, (struct sockaddr *)&to, &size) < 0) {
		tell("hole", "getsockname", -1);
		return;
	}
	shutdown(3, SHUT_RDWR);
	printf("hole %s\n",
	       connect(3, (struct sockaddr *)&to, size) < 0 && (errno == EACCES || errno == EPERM)
		       ? strerrorname_np(errno)
		       : "open");
}

static void orphan(void)
{
	if (fork() == 0) {
		setsid();
		sleep(60);
		_exit(0);
	}
}

/* What an attacker does with code of his own. */
static void write_execute(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0);

	tell("wx", "map", p == MAP_FAILED ? -1 : 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
	tell("wx", "later", mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static void hoard(void)
{
	void *p = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	tell("hoard", "16M", p == MAP_FAILED ? -1 : 0);
}

/* The launcher would be told of each signal and have to answer. */
static void trace_me(void)
{
	tell("traceme", "launcher", (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGSTOP);
}

static void act(char *word, char **envp)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	if (strcmp(word, "facts") == 0)
		facts(envp);
	else if (strcmp(word, "ids") == 0)
		tell_ids();
	else if (strcmp(word, "write") == 0)
		write_file(value);
	else if (strcmp(word, "read") == 0)
		read_file(value);
	else if (strcmp(word, "connect") == 0)
		connect_unix(value);
	else if (strcmp(word, "unlink") == 0)
		tell("unlink", value, unlink(value));
	else if (strcmp(word, "hole") == 0)
		hole();
	else if (strcmp(word, "wx") == 0)
		write_execute();
	else if (strcmp(word, "hoard") == 0)
		hoard();
	else if (strcmp(word, "orphan") == 0)
		orphan();
	else if (strcmp(word, "traceme") == 0)
		trace_me();
	else if (strcmp(word, "sleep") == 0)
		usleep((useconds_t)atoi(value) * 1000);
	else if (strcmp(word, "exit") == 0)
		exit(atoi(value));
	else if (strcmp(word, "kill") == 0)
		kill(getpid(), atoi(value));
}

int main(int argc, char **argv, char **envp)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("argv0 %s\n", argv[0]);
	for (int i = 1; i < argc; i++)
		act(argv[i], envp);
	return 0;
}
