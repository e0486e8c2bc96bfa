/* SPDX-License-Identifier: MIT */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32 of IEEE 802.3 (zlib, gzip, PNG): crc32_add(0, "123456789", 9) is 0xcbf43926. Pass the last
 * result to go on with more bytes. It finds damage; it is no protection against somebody who wants
 * to deceive.
 */
uint32_t crc32_add(uint32_t crc, const void *data, size_t n);

#endif
