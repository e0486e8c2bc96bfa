/* SPDX-License-Identifier: MIT */
#include "base/crc32.h"

/*
 * Eight bytes at a time ("slicing-by-8"): tables[k][b] is what byte b does to the checksum when k
 * more bytes follow. A CRC is linear over GF(2), so an entry is the sum of what the single bits of
 * its index do, and eight numbers say a whole table; the compiler makes the rest, and all of it is
 * in read-only memory.
 */
/* clang-format off */
#define BIT(i, n, value) ((i) >> (n) & 1 ? (value) : 0)
#define ENTRY(i, a, b, c, d, e, f, g, h) \
	(BIT(i, 0, a) ^ BIT(i, 1, b) ^ BIT(i, 2, c) ^ BIT(i, 3, d) ^ \
	 BIT(i, 4, e) ^ BIT(i, 5, f) ^ BIT(i, 6, g) ^ BIT(i, 7, h))
#define ENTRIES4(i, ...) \
	ENTRY(i, __VA_ARGS__), ENTRY(i + 1, __VA_ARGS__), ENTRY(i + 2, __VA_ARGS__), \
	ENTRY(i + 3, __VA_ARGS__)
#define ENTRIES16(i, ...) \
	ENTRIES4(i, __VA_ARGS__), ENTRIES4(i + 4, __VA_ARGS__), ENTRIES4(i + 8, __VA_ARGS__), \
	ENTRIES4(i + 12, __VA_ARGS__)
#define ENTRIES64(i, ...) \
	ENTRIES16(i, __VA_ARGS__), ENTRIES16(i + 16, __VA_ARGS__), ENTRIES16(i + 32, __VA_ARGS__), \
	ENTRIES16(i + 48, __VA_ARGS__)
#define TABLE(...) \
	{ ENTRIES64(0, __VA_ARGS__), ENTRIES64(64, __VA_ARGS__), ENTRIES64(128, __VA_ARGS__), \
	  ENTRIES64(192, __VA_ARGS__) }

static const uint32_t tables[8][256] = {
	TABLE(0x77073096u, 0xee0e612cu, 0x076dc419u, 0x0edb8832u,
	      0x1db71064u, 0x3b6e20c8u, 0x76dc4190u, 0xedb88320u),
	TABLE(0x191b3141u, 0x32366282u, 0x646cc504u, 0xc8d98a08u,
	      0x4ac21251u, 0x958424a2u, 0xf0794f05u, 0x3b83984bu),
	TABLE(0x01c26a37u, 0x0384d46eu, 0x0709a8dcu, 0x0e1351b8u,
	      0x1c26a370u, 0x384d46e0u, 0x709a8dc0u, 0xe1351b80u),
	TABLE(0xb8bc6765u, 0xaa09c88bu, 0x8f629757u, 0xc5b428efu,
	      0x5019579fu, 0xa032af3eu, 0x9b14583du, 0xed59b63bu),
	TABLE(0x3d6029b0u, 0x7ac05360u, 0xf580a6c0u, 0x30704bc1u,
	      0x60e09782u, 0xc1c12f04u, 0x58f35849u, 0xb1e6b092u),
	TABLE(0xcb5cd3a5u, 0x4dc8a10bu, 0x9b914216u, 0xec53826du,
	      0x03d6029bu, 0x07ac0536u, 0x0f580a6cu, 0x1eb014d8u),
	TABLE(0xa6770bb4u, 0x979f1129u, 0xf44f2413u, 0x33ef4e67u,
	      0x67de9cceu, 0xcfbd399cu, 0x440b7579u, 0x8816eaf2u),
	TABLE(0xccaa009eu, 0x4225077du, 0x844a0efau, 0xd3e51bb5u,
	      0x7cbb312bu, 0xf9766256u, 0x299dc2edu, 0x533b85dau),
};
/* clang-format on */

static uint32_t load_le32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t crc32_add(uint32_t crc, const void *data, size_t n)
{
	const unsigned char *p = data;

	crc = ~crc;
	for (; n >= 8; n -= 8, p += 8) {
		uint32_t a = load_le32(p) ^ crc, b = load_le32(p + 4);

		crc = tables[7][a & 0xff] ^ tables[6][a >> 8 & 0xff] ^ tables[5][a >> 16 & 0xff] ^
		      tables[4][a >> 24] ^ tables[3][b & 0xff] ^ tables[2][b >> 8 & 0xff] ^
		      tables[1][b >> 16 & 0xff] ^ tables[0][b >> 24];
	}
	for (; n; n--, p++)
		crc = crc >> 8 ^ tables[0][(crc ^ *p) & 0xff];
	return ~crc;
}
