/* SPDX-License-Identifier: MIT */
#include "os/blockdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/time.h"
#include "os/dir.h"

#define POLL_MS	    20 /* how often we look for a device: nobody tells us without netlink */
#define PROBE_BYTES 65536
#define PARTUUID    "PARTUUID="

static uint64_t le(const unsigned char *p, unsigned int n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static bool read_at(int fd, void *buf, size_t n, uint64_t at)
{
	return pread(fd, buf, n, (off_t)at) == (ssize_t)n;
}

/*
 * A GUID as Linux prints it: the first three parts are little-endian (UEFI specification, appendix
 * A).
 */
static void guid_text(const unsigned char g[16], char text[BLOCKDEV_UUID_MAX])
{
	snprintf(text, BLOCKDEV_UUID_MAX, "%08llx-%04llx-%04llx-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 (unsigned long long)le(g, 4), (unsigned long long)le(g + 4, 2),
		 (unsigned long long)le(g + 6, 2), g[8], g[9], g[10], g[11], g[12], g[13], g[14],
		 g[15]);
}

/*
 * The kernel has read the table already, but 6.12 tells the PARTUUID in no file. It has also
 * checked it: we only have to find the entry.
 */
void blockdev_partuuid(int fd, unsigned int partno, char text[BLOCKDEV_UUID_MAX])
{
	unsigned char mbr[512], header[512], guid[16];
	uint64_t entry_size, n;
	int block = 512;

	text[0] = '\0';
	if (ioctl(fd, BLKSSZGET, &block) < 0 || block < 512)
		block = 512;
	if (read_at(fd, header, sizeof(header), (uint64_t)block) &&
	    memcmp(header, "EFI PART", 8) == 0) {
		n = le(header + 80, 4);
		entry_size = le(header + 84, 4);
		if (partno <= n && entry_size >= 128 && entry_size <= 4096 &&
		    read_at(fd, guid, sizeof(guid),
			    le(header + 72, 8) * (uint64_t)block + (partno - 1) * entry_size + 16))
			guid_text(guid, text);
		return;
	}
	if (read_at(fd, mbr, sizeof(mbr), 0) && mbr[510] == 0x55 && mbr[511] == 0xaa)
		snprintf(text, BLOCKDEV_UUID_MAX, "%08llx-%02x",
			 (unsigned long long)le(mbr + 440, 4), partno);
}

/* Partition number of block device @name, and its disk's name: 0 if it is no partition. */
static unsigned int partition_of(const char *name, char disk[BLOCKDEV_PATH_MAX])
{
	char path[128], link[256], text[NUM_TEXT_MAX];
	struct err ignored;
	uint64_t partno;
	char *end;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/class/block/%s/partition", name);
	n = fd_read_file_bounded(AT_FDCWD, path, text, sizeof(text), &ignored);
	if (n <= 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	if (num_parse_u64(text, 1, 256, &partno))
		return 0;

	/* .../block/DISK/NAME */
	snprintf(path, sizeof(path), "/sys/class/block/%s", name);
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return 0;
	link[n] = '\0';
	end = strrchr(link, '/');
	if (!end)
		return 0;
	*end = '\0';
	end = strrchr(link, '/');
	if (!end || strlen(end + 1) + sizeof("/dev/") > BLOCKDEV_PATH_MAX)
		return 0;
	snprintf(disk, BLOCKDEV_PATH_MAX, "%s", end + 1);
	return (unsigned int)partno;
}

static bool partuuid_matches(const char *name, const char *wanted)
{
	char disk[BLOCKDEV_PATH_MAX], path[BLOCKDEV_PATH_MAX + 8], text[BLOCKDEV_UUID_MAX];
	unsigned int partno = partition_of(name, disk);
	cleanup_fd int fd = -1;

	if (!partno)
		return false;
	snprintf(path, sizeof(path), "/dev/%s", disk);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	blockdev_partuuid(fd, partno, text);
	return text[0] && strcasecmp(text, wanted) == 0;
}

/* Returns how many partitions have the PARTUUID @wanted; the last of them goes to @path. */
static unsigned int partuuid_find(const char *wanted, char path[BLOCKDEV_PATH_MAX])
{
	cleanup_fd int dir_fd = open("/sys/class/block", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int n = 0;
	const char *name;
	struct dir d;

	if (dir_fd < 0)
		return 0;
	dir_start(&d, dir_fd);
	while (dir_next(&d, &name) > 0) {
		if (strlen(name) + sizeof("/dev/") > BLOCKDEV_PATH_MAX ||
		    !partuuid_matches(name, wanted))
			continue;
		snprintf(path, BLOCKDEV_PATH_MAX, "/dev/%.*s", BLOCKDEV_PATH_MAX - 6, name);
		n++;
	}
	return n;
}

static bool is_blockdev(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

/* The block devices that are there, for the message: " vda vdb". */
static void list_devices(char *text, size_t size)
{
	cleanup_fd int dir_fd = open("/sys/class/block", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t len = 0;
	const char *name;
	struct dir d;

	text[0] = '\0';
	if (dir_fd < 0)
		return;
	dir_start(&d, dir_fd);
	while (dir_next(&d, &name) > 0) {
		int n = snprintf(text + len, size - len, " %s", name);

		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
}

int blockdev_wait(const char *spec, uint32_t timeout_ms, char path[BLOCKDEV_PATH_MAX],
		  struct err *e)
{
	bool by_uuid = strncmp(spec, PARTUUID, strlen(PARTUUID)) == 0;
	uint64_t deadline_ms = time_boot_ms() + timeout_ms;
	char there[96];

	if (!by_uuid && (strncmp(spec, "/dev/", 5) || strlen(spec) >= BLOCKDEV_PATH_MAX))
		return err_set(e, EINVAL,
			       "block device: wanted /dev/NODE or PARTUUID=..., found %s", spec);
	for (;;) {
		if (!by_uuid && is_blockdev(spec)) {
			snprintf(path, BLOCKDEV_PATH_MAX, "%s", spec);
			return 0;
		}
		if (by_uuid) {
			unsigned int n = partuuid_find(spec + strlen(PARTUUID), path);

			if (n > 1)
				return err_set(e, ENOTUNIQ,
					       "%s: %u partitions have it, none of them is used",
					       spec, n);
			if (n == 1 && is_blockdev(path))
				return 0;
		}
		if (time_boot_ms() >= deadline_ms)
			break;
		poll(NULL, 0, POLL_MS);
	}
	list_devices(there, sizeof(there));
	return err_set(e, ENODEV, "%s: no such block device within %u ms; there are:%s", spec,
		       timeout_ms, there[0] ? there : " none");
}

static bool all_zero(const unsigned char *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

int blockdev_probe(const char *path, enum blockdev_content *content, struct err *e)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	static unsigned char start[PROBE_BYTES];
	ssize_t n;

	if (fd < 0)
		return err_set(e, errno, "opening %s", path);
	n = fd_read_full(fd, start, sizeof(start));
	if (n < 0)
		return err_set(e, (int)n, "reading the first 64 KiB of %s", path);

	/* ext4: superblock at 1024, its magic at 56 (Documentation/filesystems/ext4/super.rst). */
	if (n < PROBE_BYTES)
		*content = BLOCKDEV_OTHER;
	else if (all_zero(start, PROBE_BYTES))
		*content = BLOCKDEV_BLANK;
	else if (start[1024 + 56] == 0x53 && start[1024 + 57] == 0xef)
		*content = BLOCKDEV_EXT4;
	else if (memcmp(start, "hsqs", 4) == 0)
		*content = BLOCKDEV_SQUASHFS;
	else
		*content = BLOCKDEV_OTHER;
	return 0;
}

const char *blockdev_content_name(enum blockdev_content content)
{
	switch (content) {
	case BLOCKDEV_BLANK:
		return "blank";
	case BLOCKDEV_EXT4:
		return "ext4";
	case BLOCKDEV_SQUASHFS:
		return "squashfs";
	case BLOCKDEV_OTHER:
		break;
	}
	return "something else";
}
