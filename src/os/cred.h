/* SPDX-License-Identifier: MIT */
#ifndef OS_CRED_H
#define OS_CRED_H

#include <stdint.h>

/*
 * Who the calling thread is, see credentials(7). The system calls themselves and not the C
 * library's functions: those would change all threads of the process, and are not made for a child
 * that shares its parent's memory. All return 0 or -errno; each reads back what the kernel made of
 * it and returns -EPERM when that is something else.
 */

/* Exactly these @n supplementary groups. */
int cred_set_groups(const uint32_t *groups, unsigned int n);

/* Real, effective, saved and file system id. */
int cred_set_gid(uint32_t gid);
int cred_set_uid(uint32_t uid);

/* No exec gives privileges from here on (PR_SET_NO_NEW_PRIVS). */
int cred_set_no_new_privs(void);

/*
 * Memory that this process and what it starts have is never both writable and executable, nor made
 * executable later (PR_SET_MDWE, since Linux 6.3). Returns 0 also on a kernel that does not know it:
 * the row's filter refuses the same by itself.
 */
int cred_deny_write_execute(void);

/* Nobody but root may look into this process, dump it or trace it. */
int cred_set_not_dumpable(void);

/* A new, empty session keyring (keyctl(2)). A kernel without keyrings has none to hide: 0. */
int cred_new_session_keyring(void);

#endif
