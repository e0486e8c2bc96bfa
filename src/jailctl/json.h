/* SPDX-License-Identifier: MIT */
#ifndef JAILCTL_JSON_H
#define JAILCTL_JSON_H

#include <stdbool.h>
#include <stdint.h>

/*
 * JSON (RFC 8259) to standard output, for jailctl -o json: written only, never read. A key is given
 * inside an object, NULL inside an array. Commas come by themselves.
 */
void json_open(const char *key, char bracket); /* '{' or '[' */
void json_close(char bracket);		       /* '}' or ']' */
void json_string(const char *key, const char *value);
void json_number(const char *key, int64_t value);
void json_bool(const char *key, bool value);
void json_null(const char *key);

/* The end of the document. */
void json_end(void);

#endif
