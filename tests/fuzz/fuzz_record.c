/* SPDX-License-Identifier: MIT */
/*
 * A flat record of a row that comes from outside: service_valid() must refuse whatever could lead a
 * reader astray. The input patches a sound record: byte pairs of offset, then the new byte.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static const char row[] =
	"Description=a web server\nExecStart=/usr/bin/web -f \"a b\"\nExecStartPre=/usr/bin/pre "
	"x\nUser=1000\nGroup=1000\n"
	"Environment=A=b C=d\nAfter=data\nListenStream=0.0.0.0:80\nDeviceAllow=/dev/rtc0 "
	"r\nBindReadOnlyPaths=/usr/a:/usr/b\n"
	"CapabilityBoundingSet=CAP_SYS_TIME\nStateDirectory=web\nMemoryMax=8M\n";
static struct service sound;
static char text[TABLE_MAX_BYTES];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err e = ERR_NONE;

	(void)argc;
	(void)argv;
	if (service_parse(&sound, "web", "web.svc", row, sizeof(row) - 1, NULL, &e) != 0 ||
	    !service_valid(&sound))
		abort();
	return 0;
}

static void walk(const struct service *s, struct strlist l)
{
	unsigned int n = 0;

	for (const char *at = NULL; (at = service_list_next(s, l, at)); n++)
		if (at < s->pool || at + strlen(at) >= s->pool + sizeof(s->pool))
			abort();
	if (n != l.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* On the heap, so that a step beyond it is seen. */
	struct service *s = malloc(sizeof(*s));

	memcpy(s, &sound, sizeof(*s));
	for (size_t i = 0; i + 3 <= len; i += 3)
		((unsigned char *)s)[((size_t)data[i] << 8 | data[i + 1]) % sizeof(*s)] =
			data[i + 2];
	if (service_valid(s)) {
		walk(s, s->exec_start);
		walk(s, s->environment);
		walk(s, s->syscall_filter);
		walk(s, s->bind_ro);
		for (unsigned int i = 0; i < s->exec_start_pre.n; i++)
			walk(s, s->exec_start_pre.argv[i]);
		service_print(s, text, sizeof(text));
	}
	free(s);
	return 0;
}
