/* SPDX-License-Identifier: MIT */
#ifndef GEN_GEN_H
#define GEN_GEN_H

/* jail-gen's subcommands. Each takes its own name as argv[0] and returns one of these. */
enum gen_exit {
	GEN_OK = 0,
	GEN_WRONG = 1, /* the input is wrong, or a file cannot be read or written; it was said on stderr */
	GEN_USAGE = 2
};

int gen_kconfig(int argc, char **argv);
int gen_payload(int argc, char **argv);
int gen_table(int argc, char **argv);
int gen_views(int argc, char **argv);
int gen_check(int argc, char **argv);
int gen_doc(int argc, char **argv);
int gen_seccomp(int argc, char **argv);
int gen_unit(int argc, char **argv);

#endif
