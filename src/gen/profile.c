/* SPDX-License-Identifier: MIT */
#include "gen/profile.h"

#include <errno.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "base/str.h"
#include "conf/names.h"
#include "gen/file.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* minKernel asks whether a kernel is at least so new: the oldest that jailinit runs on. */
#define KERNEL_MAJOR 5
#define KERNEL_MINOR 15

struct reading {
	struct profile *p;
	const char *file;
	const struct profile_for *whom;
	char at[64]; /* "syscalls[3]" */
	struct err *e;
};

/* ---- Messages */

static int refuse(const struct reading *r, const char *key, const char *wanted, yyjson_val *found)
{
	char *text = found ? yyjson_val_write(found, 0, NULL) : NULL;

	err_set(r->e, EINVAL, "%s: %s%s%s%swanted %s, found %.60s", r->file, r->at,
		r->at[0] && key[0] ? "." : "", key, r->at[0] || key[0] ? ": " : "", wanted,
		text ? text : "nothing");
	free(text);
	return -EINVAL;
}

/* A misspelled word would otherwise be a rule that is not there. */
static int known_keys(const struct reading *r, yyjson_val *object, const char *const *known)
{
	size_t i, n;
	yyjson_val *key, *value;

	if (!yyjson_is_obj(object))
		return refuse(r, "", "an object", object);
	yyjson_obj_foreach(object, i, n, key, value)
	{
		const char *const *k = known;

		while (*k && strcmp(*k, yyjson_get_str(key)) != 0)
			k++;
		if (!*k)
			return refuse(r, yyjson_get_str(key), "a key of a seccomp profile", key);
	}
	return 0;
}

/* ---- Words */

/* NULL, an empty list and none mean the same; anything else than a list of words does not. */
static int check_words(const struct reading *r, yyjson_val *list, const char *key)
{
	size_t i, n;
	yyjson_val *word;

	if (!list || yyjson_is_null(list))
		return 0;
	if (!yyjson_is_arr(list))
		return refuse(r, key, "a list of words", list);
	yyjson_arr_foreach(list, i, n, word)
	{
		if (!yyjson_is_str(word))
			return refuse(r, key, "a list of words", word);
	}
	return 0;
}

/* Names of machines, as profiles write them in architectures and in includes. */
static const struct {
	uint32_t arch;
	const char *token, *name;
} machines[] = {
	{ SCMP_ARCH_X86_64, "SCMP_ARCH_X86_64", "amd64" },
	{ SCMP_ARCH_AARCH64, "SCMP_ARCH_AARCH64", "arm64" },
	{ SCMP_ARCH_ARM, "SCMP_ARCH_ARM", "arm" },
};

static bool is_machine(uint32_t arch, const char *word)
{
	for (size_t i = 0; i < LENGTH(machines); i++)
		if (machines[i].arch == arch)
			return strcmp(machines[i].token, word) == 0 ||
			       strcmp(machines[i].name, word) == 0;
	return false;
}

static bool has_machine(const struct reading *r, yyjson_val *list)
{
	size_t i, n;
	yyjson_val *word;

	yyjson_arr_foreach(list, i, n, word)
	{
		if (is_machine(r->whom->arch, yyjson_get_str(word)))
			return true;
	}
	return false;
}

/* How many of the capabilities in @list the row has. A word that is none nobody has. */
static size_t caps_held(const struct reading *r, yyjson_val *list)
{
	size_t i, n, held = 0;
	yyjson_val *word;

	yyjson_arr_foreach(list, i, n, word)
	{
		int cap = names_cap_number(yyjson_get_str(word));

		held += cap >= 0 && r->whom->caps >> cap & 1;
	}
	return held;
}

/* ---- Actions */

/* An errno as a number or, as Podman has it, as a name that goes before the number. */
static int read_errno(const struct reading *r, yyjson_val *object, const char *number_key,
		      const char *name_key, uint32_t *num)
{
	yyjson_val *number = yyjson_obj_get(object, number_key);
	yyjson_val *name = yyjson_obj_get(object, name_key);

	*num = EPERM;
	if (number && !yyjson_is_null(number)) {
		if (!yyjson_is_uint(number) || yyjson_get_uint(number) > 4095)
			return refuse(r, number_key, "a number up to 4095", number);
		*num = (uint32_t)yyjson_get_uint(number);
	}
	if (!name || yyjson_is_null(name) || yyjson_equals_str(name, ""))
		return 0;
	*num = yyjson_is_str(name) ? (uint32_t)err_number(yyjson_get_str(name)) : 0;
	return *num ? 0 : refuse(r, name_key, "the name of an errno", name);
}

static int read_action(const struct reading *r, yyjson_val *value, const char *key, uint32_t num,
		       uint32_t *action)
{
	static const struct {
		const char *word;
		uint32_t action;
	} actions[] = {
		{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
		{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
		{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
		{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
		{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
		{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	};

	for (size_t i = 0; i < LENGTH(actions); i++)
		if (yyjson_equals_str(value, actions[i].word)) {
			*action = actions[i].action;
			if (*action == SECCOMP_RET_ERRNO)
				*action |= num;
			return 0;
		}
	if (yyjson_equals_str(value, "SCMP_ACT_NOTIFY") ||
	    yyjson_equals_str(value, "SCMP_ACT_TRACE"))
		return refuse(r, key, "an action that needs nobody to listen or trace", value);
	return refuse(r, key, "an action (SCMP_ACT_ALLOW)", value);
}

/* ---- Conditions on arguments */

static int read_number(const struct reading *r, yyjson_val *object, const char *key, uint64_t max,
		       uint64_t *number)
{
	yyjson_val *value = yyjson_obj_get(object, key);

	*number = 0;
	if (!value || yyjson_is_null(value))
		return 0;
	if (!yyjson_is_uint(value) || yyjson_get_uint(value) > max)
		return refuse(r, key, max == 5 ? "0 to 5" : "a whole number without sign", value);
	*number = yyjson_get_uint(value);
	return 0;
}

static int read_test(const struct reading *r, yyjson_val *arg, struct test *t)
{
	static const char *const keys[] = { "index", "value", "valueTwo", "op", NULL };
	static const char *const ops[] = {
		[TEST_EQ] = "SCMP_CMP_EQ", [TEST_NE] = "SCMP_CMP_NE", [TEST_LT] = "SCMP_CMP_LT",
		[TEST_LE] = "SCMP_CMP_LE", [TEST_GT] = "SCMP_CMP_GT", [TEST_GE] = "SCMP_CMP_GE",
	};
	uint64_t index, value, other;
	yyjson_val *op;
	int rc = known_keys(r, arg, keys);

	if (rc == 0)
		rc = read_number(r, arg, "index", 5, &index);
	if (rc == 0)
		rc = read_number(r, arg, "value", UINT64_MAX, &value);
	if (rc == 0)
		rc = read_number(r, arg, "valueTwo", UINT64_MAX, &other);
	if (rc < 0)
		return rc;
	op = yyjson_obj_get(arg, "op");
	*t = (struct test){ (uint32_t)index, TEST_EQ, UINT64_MAX, value };
	if (yyjson_equals_str(op, "SCMP_CMP_MASKED_EQ")) {
		t->mask = value;
		t->value = other & value;
		return 0;
	}
	for (size_t i = 0; i < LENGTH(ops); i++)
		if (yyjson_equals_str(op, ops[i])) {
			t->op = (uint32_t)i;
			return 0;
		}
	return refuse(r, "op", "an operator (SCMP_CMP_EQ)", op);
}

/* The tests of a rule into @test. Returns how many, or -EINVAL. */
static int read_tests(struct reading *r, yyjson_val *args, struct test test[TESTS_MAX])
{
	char at[sizeof(r->at)];
	size_t i, n;
	yyjson_val *arg;
	int count = 0;

	if (!args || yyjson_is_null(args))
		return 0;
	if (!yyjson_is_arr(args) || yyjson_arr_size(args) > TESTS_MAX)
		return refuse(r, "args", "a list of at most 6 conditions", args);
	memcpy(at, r->at, sizeof(at));
	yyjson_arr_foreach(args, i, n, arg)
	{
		snprintf(r->at, sizeof(r->at), "%.40s.args[%zu]", at, i);
		if (read_test(r, arg, &test[count++]) < 0)
			return -EINVAL;
	}
	memcpy(r->at, at, sizeof(at));
	return count;
}

static bool asks_twice(const struct test *test, int n)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < i; k++)
			if (test[i].arg == test[k].arg)
				return true;
	return false;
}

/* ---- Rules */

static void add_entry(struct profile *p, const char *name, uint32_t action, const struct test *test,
		      int n)
{
	struct profile_entry *entry;

	p->entry = gen_grow(p->entry, p->n, sizeof(*p->entry));
	entry = &p->entry[p->n++];
	memset(entry, 0, sizeof(*entry));
	str_copy(entry->call, sizeof(entry->call), name); /* read_names() saw to the length */
	entry->rule.action = action;
	entry->rule.n = (uint32_t)n;
	if (n)
		memcpy(entry->rule.test, test, (size_t)n * sizeof(*test));
}

static int add_call(const struct reading *r, yyjson_val *name, uint32_t action,
		    const struct test *test, int n)
{
	const char *call = yyjson_get_str(name);

	if (!call || !*call || strlen(call) >= CALL_NAME_MAX ||
	    call[strspn(call, "abcdefghijklmnopqrstuvwxyz0123456789_")])
		return refuse(r, "names", "names of system calls", name);
	if (!asks_twice(test, n)) {
		add_entry(r->p, call, action, test, n);
		return 0;
	}
	for (int i = 0; i < n; i++)
		add_entry(r->p, call, action, &test[i], 1);
	return 0;
}

/* 1: at least @text ("4.8"); 0: not; -1: not a version. */
static int kernel_is(const char *text)
{
	size_t major_len = text ? strspn(text, "0123456789") : 0;
	size_t minor_len = major_len && text[major_len] == '.'
				   ? strspn(text + major_len + 1, "0123456789")
				   : 0;
	unsigned long major, minor;

	if (minor_len == 0 || text[major_len + 1 + minor_len])
		return -1;
	major = strtoul(text, NULL, 10);
	minor = strtoul(text + major_len + 1, NULL, 10);
	return KERNEL_MAJOR > major || (KERNEL_MAJOR == major && KERNEL_MINOR >= minor);
}

/*
 * Whether the conditions @which ("includes", "excludes") hold: an include if all it names do, an
 * exclude if any does. Sets *@holds to that, or to @none when nothing is asked.
 */
static int read_conditions(const struct reading *r, yyjson_val *rule, const char *which, bool all,
			   bool *holds)
{
	static const char *const keys[] = { "caps", "arches", "minKernel", NULL };
	yyjson_val *object = yyjson_obj_get(rule, which), *caps, *arches, *kernel;
	bool has_caps, any_caps, on_machine;
	int is_new = all;

	*holds = all;
	if (!object || yyjson_is_null(object))
		return 0;
	if (known_keys(r, object, keys) < 0)
		return -EINVAL;
	caps = yyjson_obj_get(object, "caps");
	arches = yyjson_obj_get(object, "arches");
	kernel = yyjson_obj_get(object, "minKernel");
	if (check_words(r, caps, "caps") < 0 || check_words(r, arches, "arches") < 0)
		return -EINVAL;
	if (kernel && !yyjson_is_null(kernel) && !yyjson_equals_str(kernel, ""))
		is_new = kernel_is(yyjson_get_str(kernel));
	if (is_new < 0)
		return refuse(r, "minKernel", "a version (4.8)", kernel);
	has_caps = caps_held(r, caps) == yyjson_arr_size(caps);
	any_caps = caps_held(r, caps) > 0;
	on_machine = has_machine(r, arches);
	*holds = all ? has_caps && (on_machine || !yyjson_arr_size(arches)) && is_new
		     : any_caps || on_machine || is_new;
	return 0;
}

static int read_names(const struct reading *r, yyjson_val *rule, uint32_t action,
		      const struct test *test, int n_tests)
{
	yyjson_val *name = yyjson_obj_get(rule, "name"), *names = yyjson_obj_get(rule, "names");
	size_t i, n;
	int rc = 0;

	if (name && !yyjson_equals_str(name, ""))
		rc = add_call(r, name, action, test, n_tests);
	else if (!yyjson_is_arr(names))
		rc = refuse(r, "names", "a list of system calls", names);
	if (rc < 0 || !yyjson_is_arr(names))
		return rc;
	yyjson_arr_foreach(names, i, n, name)
	{
		if (add_call(r, name, action, test, n_tests) < 0)
			return -EINVAL;
	}
	return 0;
}

static int read_rule(struct reading *r, yyjson_val *rule)
{
	static const char *const keys[] = { "names",	"name",	    "action",	"args",	 "comment",
					    "includes", "excludes", "errnoRet", "errno", NULL };
	struct test test[TESTS_MAX];
	bool included, excluded;
	uint32_t num, action;
	int n;

	if (known_keys(r, rule, keys) < 0 ||
	    read_conditions(r, rule, "includes", true, &included) < 0 ||
	    read_conditions(r, rule, "excludes", false, &excluded) < 0 ||
	    read_errno(r, rule, "errnoRet", "errno", &num) < 0 ||
	    read_action(r, yyjson_obj_get(rule, "action"), "action", num, &action) < 0)
		return -EINVAL;
	n = read_tests(r, yyjson_obj_get(rule, "args"), test);
	if (n < 0 || !included || excluded)
		return n < 0 ? n : 0;
	return read_names(r, rule, action, test, n);
}

/* ---- The whole */

/* Machines the profile is meant for, in either form; none named: any. */
static int check_machines(const struct reading *r, yyjson_val *root)
{
	yyjson_val *list = yyjson_obj_get(root, "architectures");
	yyjson_val *map = yyjson_obj_get(root, "archMap"), *one;
	bool found = yyjson_arr_size(list) == 0 && yyjson_arr_size(map) == 0;
	size_t i, n;

	if (check_words(r, list, "architectures") < 0)
		return -EINVAL;
	if (map && !yyjson_is_null(map) && !yyjson_is_arr(map))
		return refuse(r, "archMap", "a list", map);
	found |= has_machine(r, list);
	yyjson_arr_foreach(map, i, n, one)
	{
		yyjson_val *arch = yyjson_obj_get(one, "architecture");

		if (!yyjson_is_str(arch))
			return refuse(r, "archMap", "an architecture in each entry", one);
		found |= is_machine(r->whom->arch, yyjson_get_str(arch));
		arch = yyjson_obj_get(one, "subArchitectures");
		if (check_words(r, arch, "archMap") < 0)
			return -EINVAL;
		found |= has_machine(r, arch);
	}
	return found ? 0
		     : refuse(r, map ? "archMap" : "architectures", "this machine among them",
			      map ? map : list);
}

/* SECCOMP_FILTER_FLAG_TSYNC has no meaning for a process with one thread, as each here begins. */
static int check_flags(const struct reading *r, yyjson_val *root)
{
	yyjson_val *flags = yyjson_obj_get(root, "flags"), *flag;
	yyjson_val *listener = yyjson_obj_get(root, "listenerPath");
	size_t i, n;

	if (check_words(r, flags, "flags") < 0)
		return -EINVAL;
	yyjson_arr_foreach(flags, i, n, flag)
	{
		if (!yyjson_equals_str(flag, "SECCOMP_FILTER_FLAG_TSYNC"))
			return refuse(r, "flags", "none but SECCOMP_FILTER_FLAG_TSYNC", flag);
	}
	if (listener && !yyjson_is_null(listener) && !yyjson_equals_str(listener, ""))
		return refuse(r, "listenerPath", "none (nobody listens)", listener);
	return 0;
}

static int read_root(struct reading *r, yyjson_val *root)
{
	static const char *const keys[] = { "defaultAction",
					    "defaultErrnoRet",
					    "defaultErrno",
					    "architectures",
					    "archMap",
					    "flags",
					    "listenerPath",
					    "listenerMetadata",
					    "syscalls",
					    "comment",
					    NULL };
	yyjson_val *rules = yyjson_obj_get(root, "syscalls"), *rule;
	size_t i, n;
	uint32_t num;

	if (known_keys(r, root, keys) < 0 || check_machines(r, root) < 0 ||
	    check_flags(r, root) < 0 ||
	    read_errno(r, root, "defaultErrnoRet", "defaultErrno", &num) < 0 ||
	    read_action(r, yyjson_obj_get(root, "defaultAction"), "defaultAction", num,
			&r->p->action) < 0)
		return -EINVAL;
	if (rules && !yyjson_is_null(rules) && !yyjson_is_arr(rules))
		return refuse(r, "syscalls", "a list", rules);
	yyjson_arr_foreach(rules, i, n, rule)
	{
		snprintf(r->at, sizeof(r->at), "syscalls[%zu]", i);
		if (read_rule(r, rule) < 0)
			return -EINVAL;
	}
	return 0;
}

static unsigned int line_of(const char *text, size_t pos)
{
	unsigned int line = 1;

	for (size_t i = 0; i < pos; i++)
		line += text[i] == '\n';
	return line;
}

int profile_parse(struct profile *p, const char *file, const char *text, size_t len,
		  const struct profile_for *whom, struct err *e)
{
	struct reading r = { .p = p, .file = file, .whom = whom, .e = e };
	yyjson_read_err wrong;
	yyjson_doc *doc;
	int rc;

	memset(p, 0, sizeof(*p));
	/* yyjson does not write into the text without YYJSON_READ_INSITU. */
	doc = yyjson_read_opts((char *)(uintptr_t)text, len, YYJSON_READ_NOFLAG, NULL, &wrong);
	if (!doc)
		return err_set(e, EINVAL, "%s:%u: wanted JSON: %s", file,
			       line_of(text, wrong.pos < len ? wrong.pos : len), wrong.msg);
	rc = read_root(&r, yyjson_doc_get_root(doc));
	yyjson_doc_free(doc);
	return rc;
}

void profile_free(struct profile *p)
{
	free(p->entry);
	p->entry = NULL;
	p->n = 0;
}
