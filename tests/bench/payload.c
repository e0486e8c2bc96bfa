/* SPDX-License-Identifier: MIT */
/*
 * The program whose start is measured: static, without a C library, one page. Its first
 * instructions read the clock (CLOCK_MONOTONIC, the system call itself), then it writes the struct
 * timespec to fd 1 and ends. With an argument it waits until it is killed instead.
 */
#include <sys/syscall.h>

#define TEXT(x) #x
#define NR(x)	TEXT(x)
#define CLOCK	NR(SYS_clock_gettime)
#define WRITE	NR(SYS_write)
#define WAIT	NR(SYS_ppoll)
#define EXIT	NR(SYS_exit_group)

#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	mov $" CLOCK ", %eax\n"
	"	mov $1, %edi\n"
	"	lea -64(%rsp), %rsi\n"
	"	syscall\n"
	"	mov $" WRITE ", %eax\n"
	"	mov $1, %edi\n"
	"	lea -64(%rsp), %rsi\n"
	"	mov $16, %edx\n"
	"	syscall\n"
	"	cmpl $1, (%rsp)\n"
	"	je 1f\n"
	"	mov $" WAIT ", %eax\n"
	"	xor %edi, %edi\n"
	"	xor %esi, %esi\n"
	"	xor %edx, %edx\n"
	"	xor %r10d, %r10d\n"
	"	syscall\n"
	"1:	mov $" EXIT ", %eax\n"
	"	xor %edi, %edi\n"
	"	syscall\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	mov x8, #" CLOCK "\n"
	"	mov x0, #1\n"
	"	sub x1, sp, #64\n"
	"	svc #0\n"
	"	mov x8, #" WRITE "\n"
	"	mov x0, #1\n"
	"	sub x1, sp, #64\n"
	"	mov x2, #16\n"
	"	svc #0\n"
	"	ldr x0, [sp]\n"
	"	cmp x0, #1\n"
	"	b.eq 1f\n"
	"	mov x8, #" WAIT "\n"
	"	mov x0, #0\n"
	"	mov x1, #0\n"
	"	mov x2, #0\n"
	"	mov x3, #0\n"
	"	svc #0\n"
	"1:	mov x8, #" EXIT "\n"
	"	mov x0, #0\n"
	"	svc #0\n");
#else
#error "the payload has to be written for this architecture"
#endif
