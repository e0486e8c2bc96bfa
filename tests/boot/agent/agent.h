/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BOOT_AGENT_H
#define TESTS_BOOT_AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The test agent: one static program of several parts, chosen by its first argument (or by being process 1).
 * None of it is in a product image; the boot tests append it as a second initramfs.
 */

/* The virtio-serial port that the harness gives the machine. */
#define AGENT_PORT "jailinit.test"
/* Where the parts lie in the appended initramfs, and PID 1's root as the agent sees it. */
#define AGENT_FILES "/test"
#define INIT_ROOT "/proc/1/root"

/*
 * Process 1 of a test boot: put the agent beside PID 1 (a process of its own, in a mount namespace of its own, on a
 * tmpfs of its own), remove what was appended from the initramfs, then exec the product's /init with @argv.
 * Returns only on failure (an exit status).
 */
int testinit_main(char **argv);

/* Serve the harness over the port until the machine goes down. Does not return. */
void channel_serve(void) __attribute__((noreturn));

/* What the harness asks to be run. */
struct run {
	char **argv;          /* NULL-terminated */
	uint32_t timeout_ms;
	int32_t ns_pid;       /* > 0: in all namespaces of that process, else the agent's own */
	const uint8_t *input; /* standard input */
	size_t input_len;
};

struct run_result {
	int32_t wait_status;  /* as waitpid(2) gives it */
	uint32_t timed_out;   /* 1: killed at timeout_ms */
	uint8_t *out, *err;   /* malloc'ed */
	size_t out_len, err_len;
};

/* Run @r to its end. Returns 0, or -errno when it could not even be forked. */
int run_command(const struct run *r, struct run_result *res);

/*
 * `agent ctl VERB [NAME]`: speak the control protocol on the console row's own channel (borrowed by
 * pidfd_getfd(2)) and print the answer as key=value lines; `agent ctl exec ARGS...`: run the product's jailctl on it;
 * `agent ctl raw`: send standard input as one message.
 */
int ctl_main(int argc, char **argv);

/*
 * `agent bpf list CGROUP`: the programs of a control group; `agent bpf suspend CGROUP FILE`: take them away until FILE
 * exists (a control run without this guard).
 */
int bpf_main(int argc, char **argv);

/* `agent latency COUNT`: time from a control request to its answer, in microseconds, one line each. */
int latency_main(int argc, char **argv);

/* `agent fs OPERATION:OPERAND...`: mounts and the like in a namespace where nothing else can be run (fs.c). */
int fs_main(int argc, char **argv);

/* `agent unix PATH`: standard input to a unix socket, and what comes back until it is closed. */
int unix_main(int argc, char **argv);

/* Read or write exactly @len bytes. Return 0, or -errno (-EPIPE at the end of the file). */
int io_read_all(int fd, void *buf, size_t len);
int io_write_all(int fd, const void *buf, size_t len);

#endif
