/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BOOT_PROBE_H
#define TESTS_BOOT_PROBE_H

/*
 * A service in enemy hands: accept connections on the passed TCP socket @listen_fd and do what each line asks for,
 * inside the jail. @udp_fd is the passed UDP socket, or -1. Returns an exit status.
 */
int captive_serve(int listen_fd, int udp_fd);

/*
 * Do what one line of words asks for and write the answer into @out: "ok", "ok VALUE..." or "errno NUMBER".
 */
void command_run(char *line, char *out, unsigned long size);

/* The passed sockets, for the two attacks on them. */
extern int passed_tcp_fd, passed_udp_fd;

#endif
