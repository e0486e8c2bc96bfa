/* SPDX-License-Identifier: MIT */
#ifndef GEN_WRAP_H
#define GEN_WRAP_H

#include <stdio.h>

/* Print @text to @out in lines of at most @width, each with @indent before it. */
void wrap_print(FILE *out, const char *indent, unsigned int width, const char *text);

#endif
