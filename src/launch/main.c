/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "launch/jail.h"
#include "launch/steps.h"
#include "launch/verify.h"
#include "launch/wait.h"

/* What PID 1 reads from the exec pipe, and then nothing else of this process. */
static int fail(const struct err *e)
{
	if (fd_write_full(LAUNCH_FD_ERROR, e, sizeof(*e)) < 0)
		dprintf(2, "jail-launch: %s: %s\n", e->step, e->text);
	return LAUNCH_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	static struct jail jail = {
		.firmware_fd = -1, .memory_fd = -1, .root_fd = -1, .tty_fd = -1
	};
	struct err e = ERR_NONE;

	if (argc == 2 && strcmp(argv[1], VERIFY_OPTION) == 0)
		return verify_main();
	/* As the first process of a new pid namespace nothing it starts outlives it; as any other
	 * it would be unsafe. */
	if (getpid() != 1 || fcntl(LAUNCH_FD_ERROR, F_GETFD) < 0 ||
	    fcntl(LAUNCH_FD_STATUS, F_GETFD) < 0) {
		dprintf(2, "jail-launch: only jailinit starts this program; see jail-launch(8)\n");
		return LAUNCH_EXIT_USAGE;
	}
	if (steps_run(STEP_LAUNCHER, &jail, &e) < 0 || wait_settle(&jail, &e) < 0)
		return fail(&e);
	return wait_program(jail.main_pid);
}
