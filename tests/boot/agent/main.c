/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

static int agent_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	channel_serve();
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} parts[] = {
	{ "agent", agent_main },
	{ "ctl", ctl_main },
	{ "bpf", bpf_main },
	{ "latency", latency_main },
	{ "fs", fs_main },
	{ "unix", unix_main },
};

int main(int argc, char **argv)
{
	if (getpid() == 1)
		return testinit_main(argv);
	if (argc >= 2)
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (!strcmp(argv[1], parts[i].name))
				return parts[i].run(argc - 1, argv + 1);
	fprintf(stderr, "agent: wanted one of its parts as first argument, found %s\n",
		argc >= 2 ? argv[1] : "nothing");
	return 2;
}
