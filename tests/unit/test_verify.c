/* SPDX-License-Identifier: MIT */
/* Reading a jail back: the lines of mountinfo, what counts as right, and the record that tells of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "conf/cgroup.h"
#include "conf/table.h"
#include "launch/mountinfo.h"
#include "launch/verify.h"

static struct launch_record record;
static struct verify_result result;
static struct verify verify = { .record = &record, .result = &result };

static int setup(void **state)
{
	static const char row[] = "ExecStart=/usr/bin/x\nStateDirectory=web\nRuntimeDirectory=run\n"
				  "SocketFrom=rtc\nPty=yes\nUser=500\nGroup=501\n"
				  "BindReadOnlyPaths=/usr/share/x:/var/x\n"
				  "CapabilityBoundingSet=CAP_CHOWN CAP_KILL\n"
				  "AmbientCapabilities=CAP_CHOWN\n";
	struct err e = ERR_NONE;

	(void)state;
	memset(&record, 0, sizeof(record));
	memset(&result, 0, sizeof(result));
	record.n_socket_from = 2;
	record.socket_from_gid[0] = 700;
	record.socket_from_gid[1] = 600;
	strcpy(record.socket_from_dir[0], "rtc");
	strcpy(record.socket_from_dir[1], "other");
	return service_parse(&record.service, "web", "web.svc", row, strlen(row), NULL, &e);
}

/* The check called @what, NULL if there is none. */
static const struct verify_check *told(const char *what)
{
	for (uint32_t i = 0; i < result.n; i++)
		if (!strcmp(result.check[i].what, what))
			return &result.check[i];
	return NULL;
}

static void assert_fails(const char *what)
{
	assert_non_null(told(what));
	assert_int_equal(told(what)->failed, 1);
	assert_false(verify_holds(&result));
}

/* ---- mountinfo */

static int next(const char *line, struct mountinfo *m)
{
	struct err e = ERR_NONE;

	return mountinfo_next(&line, line + strlen(line), m, &e);
}

static void test_line(void **state)
{
	struct mountinfo m;
	char words[MOUNTINFO_FLAGS_MAX];

	(void)state;
	assert_int_equal(next("36 35 0:5 /views/w\\040x /a\\011b\\134 ro,nosuid,nodev,relatime - "
			      "squashfs /dev/vda ro,errors=continue\n",
			      &m),
			 1);
	assert_string_equal(m.root, "/views/w x");
	assert_string_equal(m.target, "/a\tb\\");
	assert_string_equal(m.type, "squashfs");
	assert_true(mountinfo_has(m.super, "errors=continue"));
	assert_false(mountinfo_has(m.super, "errors"));
	assert_string_equal(mountinfo_flags_text(m.flags, words), "ro,nosuid,nodev");
	assert_false(m.peers);
	assert_int_equal(next("36 35 0:5 / / rw,noexec shared:1 - tmpfs none rw\n", &m), 1);
	assert_true(m.peers);
	assert_string_equal(mountinfo_flags_text(m.flags, words), "rw,noexec");
	assert_int_equal(next("36 35 0:5 / / rw master:1 propagate_from:2 - tmpfs none rw\n", &m),
			 1);
	assert_true(m.peers);
	assert_int_equal(next("", &m), 0);
}

static void test_line_hostile(void **state)
{
	static const char *const lines[] = {
		"\n",
		"36 35 0:5 / / rw\n",
		"36 35 0:5 / / rw -\n",
		"36 35 0:5 / / rw - tmpfs none\n",
		"36 35 0:5 / / rw - tmpfs none rw", /* cut off */
		"36 35 0:5 / / nosuid - tmpfs none rw\n",
		"36 35 0:5 / / ro,rw - tmpfs none rw\n",
		"36 35 0:5 /\\04 / rw - tmpfs none rw\n",
		"36 35 0:5 / /\\400 rw - tmpfs none rw\n",
		"36 35 0:5 / /\\000 rw - tmpfs none rw\n",
		"36 35 0:5 / /\\08a rw - tmpfs none rw\n",
		"36 35 0:5  / rw - tmpfs none rw\n",
	};
	char text[MOUNTINFO_PATH_MAX + 128];
	struct mountinfo m;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(next(lines[i], &m), -EINVAL);
	snprintf(text, sizeof(text), "36 35 0:5 / /%0*d rw - tmpfs none rw\n",
		 MOUNTINFO_PATH_MAX - 1, 0);
	assert_int_equal(next(text, &m), -ENAMETOOLONG);
	snprintf(text, sizeof(text), "36 35 0:5 / /%0*d rw - tmpfs none rw\n",
		 MOUNTINFO_PATH_MAX - 2, 0);
	assert_int_equal(next(text, &m), 1);
}

/* ---- mounts of a jail */

#define LINE(root, target, flags, type, super)                                                     \
	"1 2 0:3 " root " " target " " flags ",relatime - " type " none " super "\n"
#define MEMORY(root, target) LINE(root, target, "rw,nosuid,nodev,noexec", "tmpfs", "rw")

static const char good[] = LINE("/views/web", "/", "ro,nosuid,nodev", "squashfs",
				"ro") LINE("/usr", "/usr", "ro,nosuid,nodev", "squashfs", "ro")
	MEMORY("/tmp", "/tmp") MEMORY("/run", "/run") MEMORY("/var", "/var")
		MEMORY("/shm", "/dev/shm") LINE("/", "/dev", "ro,nosuid,noexec", "tmpfs", "rw")
			LINE("/", "/dev/pts", "rw,nosuid,noexec", "devpts",
			     "rw") LINE("/", "/proc", "ro,nosuid,nodev,noexec", "proc",
					"rw,hidepid=invisible,subset=pid")
				LINE("/services/web", "/var/lib/web", "rw,nosuid,nodev,noexec",
				     "ext4", "rw") MEMORY("/services/run", "/run/run")
					LINE("/services/rtc", "/run/rtc", "ro,nosuid,nodev,noexec",
					     "tmpfs", "rw")
						LINE("/services/other", "/run/other",
						     "ro,nosuid,nodev,noexec", "tmpfs", "rw")
							LINE("/usr/share/x", "/var/x",
							     "ro,nosuid,nodev", "squashfs", "ro");

static int read_mounts(const char *text)
{
	struct err e = ERR_NONE;

	memset(&result, 0, sizeof(result));
	return verify_mounts(&verify, text, strlen(text), &e);
}

static void test_mounts(void **state)
{
	(void)state;
	assert_int_equal(read_mounts(good), 0);
	for (uint32_t i = 0; i < result.n; i++)
		if (result.check[i].failed)
			fail_msg("%s: %s, %s", result.check[i].what, result.check[i].declared,
				 result.check[i].effective);
	assert_int_equal(result.n_checks, 15);
	assert_true(verify_holds(&result));
}

/* @good with the first @from replaced by @to. */
static void change(const char *from, const char *to)
{
	static char text[sizeof(good) + 256];
	const char *at = strstr(good, from);

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	assert_int_equal(read_mounts(text), 0);
}

static void test_mounts_wrong(void **state)
{
	static const struct {
		const char *from, *to, *what;
	} wrong[] = {
		{ "/views/web / ro,", "/views/web / rw,", "mount /" },
		{ "/views/web / ro,nosuid,", "/views/web / ro,", "mount /" },
		{ "/views/web / ", "/views/xweb / ", "mount /" },
		{ "/usr /usr ro,nosuid,nodev", "/usr /usr ro,nosuid", "mount /usr" },
		{ "/tmp /tmp rw,nosuid,nodev,noexec", "/tmp /tmp rw,nosuid,nodev", "mount /tmp" },
		{ "/tmp /tmp rw,nosuid,nodev,noexec,relatime -",
		  "/tmp /tmp rw,nosuid,nodev,noexec,relatime shared:9 -", "mount /tmp" },
		{ "/ /dev ro", "/ /dev rw", "mount /dev" },
		{ "/ /dev ro,nosuid,noexec,relatime - tmpfs",
		  "/ /dev ro,nosuid,noexec,relatime - devtmpfs", "mount /dev" },
		{ "hidepid=invisible", "hidepid=noaccess", "options of /proc" },
		{ ",subset=pid", "", "options of /proc" },
		{ "/services/rtc /run/rtc ro", "/services/rtc /run/rtc rw", "mount /run/rtc" },
		{ "/services/web /var/lib/web", "/services/redis /var/lib/web",
		  "mount /var/lib/web" },
		{ "/usr/share/x /var/x ro", "/usr/share/x /var/x rw", "mount /var/x" },
		/* not there, and more than there should be */
		{ "1 2 0:3 /services/run", "1 2 0:3 /elsewhere", "mount /run/run" },
		{ "1 2 0:3 / /proc", MEMORY("/", "/sys") "1 2 0:3 / /proc", "mount /sys" },
		{ "1 2 0:3 / /proc", MEMORY("/", "/usr") "1 2 0:3 / /proc", "mount /usr" },
		{ "/ /dev/pts", "/ /dev/xyz", "mount /dev/pts" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		change(wrong[i].from, wrong[i].to);
		assert_false(verify_holds(&result));
		assert_int_not_equal(result.n_failed, 0);
		for (uint32_t k = 0; k < result.n; k++)
			if (result.check[k].failed && !strcmp(result.check[k].what, wrong[i].what))
				goto found;
		fail_msg("%s: not told", wrong[i].what);
	found:;
	}
	/* A state directory in memory is part of /var. */
	record.state_volatile = 1;
	assert_int_equal(read_mounts(good), 0);
	assert_fails("mount /var/lib/web");
	assert_int_equal(read_mounts("1 2 0:3 / / ro\n"), -EINVAL);
}

/* ---- status */

static const char status[] = "Name:\tUid:\\nx\nUmask:\t0022\nUid:\t500\t500\t500\t500\n"
			     "Gid:\t501\t501\t501\t501\nGroups:\t600 700 \n"
			     "CapInh:\t0000000000000001\nCapPrm:\t0000000000000001\n"
			     "CapEff:\t0000000000000001\nCapBnd:\t0000000000000021\n"
			     "CapAmb:\t0000000000000001\nNoNewPrivs:\t1\nSeccomp:\t2\n"
			     "Seccomp_filters:\t1\n";

static int read_status(const char *from, const char *to, struct err *e)
{
	static char text[sizeof(status) + 64];
	const char *at = strstr(status, from);

	assert_non_null(at);
	memset(&result, 0, sizeof(result));
	*e = ERR_NONE;
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - status), status, to, at + strlen(from));
	return verify_status(&verify, text, e);
}

static void test_status(void **state)
{
	static const struct {
		const char *from, *to, *what;
	} wrong[] = {
		{ "Uid:\t500\t500", "Uid:\t500\t0", "Uid" },
		{ "Gid:\t501", "Gid:\t0", "Gid" },
		{ "600 700 ", "600 700 800 ", "Groups" },
		{ "600 700 ", "", "Groups" },
		{ "CapInh:\t0000000000000001", "CapInh:\t0000000000000003", "CapInh" },
		{ "CapPrm:\t0000000000000001", "CapPrm:\t000001ffffffffff", "CapPrm" },
		{ "CapEff:\t0000000000000001", "CapEff:\t0000000000000020", "CapEff" },
		{ "CapBnd:\t0000000000000021", "CapBnd:\t000001ffffffffff", "CapBnd" },
		{ "CapAmb:\t0000000000000001", "CapAmb:\t0000000000000021", "CapAmb" },
		{ "NoNewPrivs:\t1", "NoNewPrivs:\t0", "NoNewPrivs" },
		{ "Seccomp:\t2", "Seccomp:\t0", "Seccomp" },
		{ "filters:\t1", "filters:\t0", "Seccomp_filters" },
	};
	struct err e;

	(void)state;
	assert_int_equal(read_status("", "", &e), 0);
	assert_true(verify_holds(&result));
	assert_int_equal(result.n_checks, 11);
	/* Less than it may have is as good, and so is a second filter. */
	assert_int_equal(read_status("CapEff:\t0000000000000001", "CapEff:\t0000000000000000", &e),
			 0);
	assert_true(verify_holds(&result));
	assert_int_equal(read_status("filters:\t1", "filters:\t2", &e), 0);
	assert_true(verify_holds(&result));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(read_status(wrong[i].from, wrong[i].to, &e), 0);
		assert_int_equal(result.n_failed, 1);
		assert_fails(wrong[i].what);
	}
	assert_int_equal(read_status("NoNewPrivs", "NoOldPrivs", &e), -ENOENT);
	assert_int_equal(read_status("NoNewPrivs:\t1", "NoNewPrivs:\tx", &e), -EINVAL);
	assert_int_equal(read_status("CapBnd:\t", "CapBnd:\t0", &e), -EINVAL);
}

static void test_status_ids(void **state)
{
	struct err e;

	(void)state;
	/* CAP_SETUID, not CAP_SETGID */
	record.service.caps_ambient |= 1u << 7;
	assert_int_equal(read_status("Uid:\t500", "Uid:\t77", &e), 0);
	assert_true(verify_holds(&result));
	assert_int_equal(read_status("Gid:\t501", "Gid:\t77", &e), 0);
	assert_fails("Gid");
}

/* ---- the record */

static void test_result(void **state)
{
	struct verify_result r = { 0 };
	struct err e = ERR_NONE;

	(void)state;
	assert_false(verify_holds(&r)); /* nothing was compared */
	assert_int_equal(verify_explain(&r, &e), -EPROTO);
	assert_string_equal(e.step, "verify");
	for (unsigned int i = 0; i < 2 * VERIFY_CHECKS_MAX; i++)
		verify_add(&r, i < VERIFY_CHECKS_MAX || i % 2, "what", "this", "that");
	assert_int_equal(r.n_checks, 2 * VERIFY_CHECKS_MAX);
	assert_int_equal(r.n_failed, VERIFY_CHECKS_MAX / 2);
	assert_int_equal(r.n, VERIFY_CHECKS_MAX);
	assert_int_equal(verify_result_check(&r, sizeof(r), &e), 0);
	assert_false(verify_holds(&r));
	e = ERR_NONE;
	verify_explain(&r, &e);
	assert_string_equal(e.text, "what: declared this, found that (32 of 128 checks failed)");
	r.gone = 1;
	assert_false(verify_holds(&r));
}

static void test_result_hostile(void **state)
{
	struct verify_result r = { .n = 1, .n_checks = 1 }, bad;
	struct err e = ERR_NONE;

	(void)state;
	memset(r.check[0].what, 0xff, sizeof(r.check[0].what));
	r.check[0].declared[0] = '\033';
	assert_int_equal(verify_result_check(&r, sizeof(r), &e), 0);
	assert_int_equal(strlen(r.check[0].what), VERIFY_WHAT_MAX - 1);
	assert_string_equal(r.check[0].declared, "?");
	assert_int_equal(verify_result_check(&r, sizeof(r) - 1, &e), -EBADMSG);
	bad = r, bad.n = VERIFY_CHECKS_MAX + 1, bad.n_checks = bad.n;
	assert_int_equal(verify_result_check(&bad, sizeof(bad), &e), -EBADMSG);
	bad = r, bad.n_failed = 2;
	assert_int_equal(verify_result_check(&bad, sizeof(bad), &e), -EBADMSG);
	bad = r, bad.check[0].failed = 7; /* one failed, and none is said to */
	assert_int_equal(verify_result_check(&bad, sizeof(bad), &e), -EBADMSG);
	bad = r, bad.n_failed = 1;
	assert_int_equal(verify_result_check(&bad, sizeof(bad), &e), -EBADMSG);
	bad = r, bad.gone = 2;
	assert_int_equal(verify_result_check(&bad, sizeof(bad), &e), -EBADMSG);
}

static void test_limits(void **state)
{
	struct cgroup_limit l[CGROUP_LIMITS_MAX];
	unsigned int n;

	(void)state;
	record.service.cpu_quota = 20;
	n = service_cgroup_limits(&record.service, l);
	assert_int_equal(n, CGROUP_LIMITS_MAX);
	assert_string_equal(l[0].file, "memory.max");
	assert_string_equal(l[0].value, "33554432");
	for (unsigned int i = 0; i < n; i++)
		if (!strcmp(l[i].file, "cpu.max")) {
			assert_string_equal(l[i].value, "20000 100000");
			assert_false(l[i].spare);
			return;
		}
	fail();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_line_hostile),
		cmocka_unit_test_setup(test_mounts, setup),
		cmocka_unit_test_setup(test_mounts_wrong, setup),
		cmocka_unit_test_setup(test_status, setup),
		cmocka_unit_test_setup(test_status_ids, setup),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_result_hostile),
		cmocka_unit_test_setup(test_limits, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
