/* SPDX-License-Identifier: MIT */
#ifndef GEN_KERNEL_H
#define GEN_KERNEL_H

#include "gen/svc.h"

/*
 * What every table needs of the kernel whose .config is @kernel, and what [system] does; @system
 * tells where keys are.
 */
void kernel_check_system(const struct config *kernel, const struct system_conf *system,
			 const struct origin *(*where)(const char *key));

/* What one row needs. */
void kernel_check_row(const struct config *kernel, const struct svc *s);

#endif
