/* SPDX-License-Identifier: MIT */
#include "init/crash.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "os/spawn.h"

#define SYNC_TRIES 50 /* of 100 ms */

static _Alignas(64) uint8_t stack[32768];

static char *put(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	return at;
}

static char *put_hex(char *at, uintptr_t value)
{
	static const char digits[] = "0123456789abcdef";
	int shift;

	at = put(at, "0x");
	for (shift = (int)sizeof(value) * 8 - 4; shift >= 0; shift -= 4)
		*at++ = digits[(value >> shift) & 15];
	return at;
}

/*
 * Where it was: relative to crash_catch(), because the program is loaded at another address in each
 * boot.
 */
static uintptr_t counter(const ucontext_t *u)
{
#if defined(__x86_64__)
	uintptr_t pc = (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	uintptr_t pc = (uintptr_t)u->uc_mcontext.pc;
#else
	uintptr_t pc = 0;
	(void)u;
#endif
	return pc - (uintptr_t)crash_catch;
}

static void tell(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, len) < 0)
		(void)0; /* nobody is left to be told */
	close(fd);
}

/* Disks that do not answer must not keep the machine down. */
static void sync_for_a_while(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	int i;

	if (pid == 0) {
		sync();
		syscall(SYS_exit_group, 0);
	}
	for (i = 0; pid > 0 && i < SYNC_TRIES && waitpid((pid_t)pid, NULL, WNOHANG) == 0; i++)
		poll(NULL, 0, 100);
}

static void handler(int sig, siginfo_t *info, void *context)
{
	char text[256], *at = text;

	/* Sent by kill(2), not caused by PID 1 itself: whoever did that has no say here. */
	if (info->si_code <= 0 && info->si_pid != getpid())
		return;
	if (spawn_in_child())
		syscall(SYS_exit_group, 127);
	at = put(at, "<2>jailinit: PID 1 crashed: signal ");
	*at++ = (char)('0' + sig / 10);
	*at++ = (char)('0' + sig % 10);
	at = put(at, ", code ");
	at = put_hex(at, (uintptr_t)info->si_code);
	at = put(at, ", address ");
	at = put_hex(at, (uintptr_t)info->si_addr);
	at = put(at, ", at crash_catch + ");
	at = put_hex(at, counter(context));
	at = put(at, "; the machine reboots\n");
	tell("/dev/kmsg", text, (size_t)(at - text));
	tell("/dev/console", text + 3, (size_t)(at - text) - 3);
	sync_for_a_while();
	reboot(RB_AUTOBOOT);
	/*
	 * Not even that: with PID 1 gone the kernel panics, and panic= on its command line decides.
	 */
	syscall(SYS_exit_group, 1);
}

void crash_catch(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };
	const stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	unsigned int i;

	sigaltstack(&alternative, NULL);
	sigfillset(&sa.sa_mask);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaction(faults[i], &sa, NULL);
}
