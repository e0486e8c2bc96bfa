/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

/*
 * Small changes of a mount namespace that has no shell and no library, such as PID 1's: each argument word is one
 * operation, its operands separated by ':'.
 */

static int op_tmpfs(char **w)
{
	return mount("broken", w[1], "tmpfs", 0, "mode=0755");
}

static int op_umount(char **w)
{
	return umount2(w[1], MNT_DETACH);
}

static int op_bind(char **w)
{
	return mount(w[1], w[2], NULL, MS_BIND, NULL);
}

static int op_mkdir(char **w)
{
	return mkdir(w[1], 0755);
}

static int op_file(char **w)
{
	int fd = open(w[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	return fd < 0 ? -1 : close(fd);
}

static int op_symlink(char **w)
{
	return symlink(w[1], w[2]);
}

static int op_rename(char **w)
{
	return rename(w[1], w[2]);
}

static int op_rmdir(char **w)
{
	return rmdir(w[1]);
}

static int op_unlink(char **w)
{
	return unlink(w[1]);
}

static int op_chown(char **w)
{
	return chown(w[1], (uid_t)atoi(w[2]), (gid_t)atoi(w[2]));
}

static int op_remount_ro(char **w)
{
	return mount(NULL, w[1], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static const struct { const char *name; int words; int (*run)(char **w); } ops[] = {
	{ "tmpfs", 1, op_tmpfs }, { "umount", 1, op_umount }, { "bind", 2, op_bind }, { "mkdir", 1, op_mkdir },
	{ "file", 1, op_file }, { "symlink", 2, op_symlink }, { "rename", 2, op_rename }, { "rmdir", 1, op_rmdir },
	{ "unlink", 1, op_unlink }, { "chown", 2, op_chown }, { "remount-ro", 1, op_remount_ro },
};

static int one(char *text)
{
	char *words[4] = { NULL };
	int n = 0;

	for (char *w = strtok(text, ":"); w && n < 4; w = strtok(NULL, ":"))
		words[n++] = w;
	for (size_t i = 0; n && i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strcmp(words[0], ops[i].name) || n <= ops[i].words)
			continue;
		if (ops[i].run(words)) {
			fprintf(stderr, "%s %s: %s\n", words[0], words[1], strerror(errno));
			return 1;
		}
		return 0;
	}
	fprintf(stderr, "no operation %s\n", n ? words[0] : "");
	return 2;
}

int fs_main(int argc, char **argv)
{
	int r = 0;

	for (int i = 1; i < argc && !r; i++)
		r = one(argv[i]);
	return r;
}
