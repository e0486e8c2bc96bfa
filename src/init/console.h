/* SPDX-License-Identifier: MIT */
#ifndef INIT_CONSOLE_H
#define INIT_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "init/report.h"

/*
 * The console as PID 1 writes to it: never waiting. What the terminal does not take at once is kept
 * in a buffer; what does not fit there is dropped, and the number of dropped lines is told as soon
 * as there is room again.
 */

/*
 * Open /dev/console, or try again if it could not be opened before. @color: if it is a terminal
 * that can.
 */
void console_open(bool color);

/* One line; the newline is added here, control bytes become '?'. */
void console_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same for an error: "WHAT: step: text (ENAME)". */
void console_err(const char *what, const struct err *e);

/*
 * A word in colour, if the console has colours, else as it is. Returns one of a few static buffers.
 */
enum console_color { COLOR_NONE, COLOR_GREEN, COLOR_YELLOW, COLOR_RED, COLOR_BOLD };
const char *console_paint(enum console_color color, const char *word);

/* EPOLLOUT came, or a turn of the loop: write what is kept. */
void console_flush(void);

/* The fd to watch for EPOLLOUT while something is kept, else -1. */
int console_waiting_fd(void);

/* Before the very end: wait up to @timeout_ms for the terminal to take what is kept. */
void console_drain(uint32_t timeout_ms);

/* For the early boot. @ctx of the report: a bool, say REPORT_DEBUG too. */
extern const struct report console_report;

#endif
