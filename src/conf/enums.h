/* SPDX-License-Identifier: MIT */
#ifndef CONF_ENUMS_H
#define CONF_ENUMS_H

/* The texts of the enums of conf/types.h: arrays in the order of the values, NULL at the end. */
extern const char *const enum_names_type[];
extern const char *const enum_names_duty[];
extern const char *const enum_names_restart[];
extern const char *const enum_names_network[];
extern const char *const enum_names_overflow[];

#endif
