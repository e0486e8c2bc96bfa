/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "gen/kernel.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Without these no row starts at all. */
static const char *const always[] = {
	"NAMESPACES",	  "PID_NS",	    "NET_NS",	    "IPC_NS",	    "UTS_NS",
	"CGROUPS",	  "MEMCG",	    "CGROUP_PIDS",  "CGROUP_SCHED", "FAIR_GROUP_SCHED",
	"SECCOMP",	  "SECCOMP_FILTER", "CGROUP_BPF",   "BPF_SYSCALL",  "PROC_FS",
	"SYSFS",	  "TMPFS",	    "DEVTMPFS",	    "SQUASHFS",	    "SQUASHFS_ZSTD",
	"BLK_DEV_INITRD", "RD_ZSTD",	    "MEMFD_CREATE", "SIGNALFD",	    "TIMERFD",
	"EPOLL",	  "UNIX",	    "BINFMT_ELF",
};

static bool is_v6(const struct listens *l)
{
	for (unsigned int i = 0; i < l->n; i++)
		if (l->at[i].family == LISTEN_INET6)
			return true;
	return false;
}

static bool listens(const struct service *s)
{
	return s->listen_stream.n || s->listen_datagram.n;
}

static bool listens_v6(const struct service *s)
{
	return is_v6(&s->listen_stream) || is_v6(&s->listen_datagram);
}

static bool listens_alone(const struct service *s)
{
	return listens(s) && s->network == NETWORK_NONE;
}

static bool on_network(const struct service *s)
{
	return s->network == NETWORK_HOST;
}

static bool has_pty(const struct service *s)
{
	return s->pty;
}

static bool has_quota(const struct service *s)
{
	return s->cpu_quota != PERCENT_INFINITY;
}

static bool has_io_weight(const struct service *s)
{
	return s->io_weight != 100;
}

/* clang-format off */
/* What a key of a row needs, once it is used. */
static const struct {
	const char *key;
	bool (*used)(const struct service *s);
	const char *symbol;
} features[] = {
	{ "ListenStream", listens, "INET" },
	{ "ListenStream", listens_v6, "IPV6" },
	{ "ListenStream", listens_alone, "SECURITY_LANDLOCK" },
	{ "Network", on_network, "INET" },
	{ "Pty", has_pty, "UNIX98_PTYS" },
	{ "CPUQuota", has_quota, "CFS_BANDWIDTH" },
	{ "IOWeight", has_io_weight, "BLK_CGROUP" },
	{ "IOWeight", has_io_weight, "BLK_CGROUP_IOCOST" },
};

/* Device nodes that exactly one option brings, whatever the hardware is. */
static const struct {
	const char *prefix;
	const char *symbol;
} nodes[] = {
	{ "/dev/fuse", "FUSE_FS" },
	{ "/dev/gpiochip", "GPIO_CDEV" },
	{ "/dev/hwrng", "HW_RANDOM" },
	{ "/dev/i2c-", "I2C_CHARDEV" },
	{ "/dev/mmcblk", "MMC_BLOCK" },
	{ "/dev/net/tun", "TUN" },
	{ "/dev/ptp", "PTP_1588_CLOCK" },
	{ "/dev/rtc", "RTC_INTF_DEV" },
	{ "/dev/spidev", "SPI_SPIDEV" },
	{ "/dev/vd", "VIRTIO_BLK" },
	{ "/dev/vport", "VIRTIO_CONSOLE" },
	{ "/dev/watchdog", "WATCHDOG" },
};

/* Address families that are an option of their own. */
static const struct {
	const char *family;
	const char *symbol;
} families[] = {
	{ "AF_PACKET", "PACKET" },
	{ "AF_CAN", "CAN" },
	{ "AF_VSOCK", "VSOCKETS" },
	{ "AF_BLUETOOTH", "BT" },
	{ "AF_ALG", "CRYPTO_USER_API" },
	{ "AF_KEY", "NET_KEY" },
	{ "AF_TIPC", "TIPC" },
	{ "AF_IEEE802154", "IEEE802154_SOCKET" },
};
/* clang-format on */

static void need(const struct config *kernel, const char *symbol, const struct origin *o)
{
	if (!config_is_on(kernel, symbol))
		report(o, "wanted CONFIG_%s=y in %s, found it off", symbol, kernel->file);
}

static void need_node(const struct config *kernel, const char *node, const struct origin *o)
{
	for (size_t i = 0; i < LENGTH(nodes); i++)
		if (str_starts(node, nodes[i].prefix))
			need(kernel, nodes[i].symbol, o);
}

void kernel_check_system(const struct config *kernel, const struct system_conf *system,
			 const struct origin *(*where)(const char *key))
{
	for (size_t i = 0; i < LENGTH(always); i++)
		if (!config_is_on(kernel, always[i]))
			report_at(kernel->file, 0, "wanted CONFIG_%s=y for any jail, found it off",
				  always[i]);
	need_node(kernel, system_str(system, system->firmware_device), where("FirmwareDevice"));
	need_node(kernel, system_str(system, system->data_device), where("DataDevice"));
	need_node(kernel, system_str(system, system->watchdog_device), where("WatchdogDevice"));
	if (system->data_device)
		need(kernel, "EXT4_FS", where("DataDevice"));
}

void kernel_check_row(const struct config *kernel, const struct svc *s)
{
	const struct service *row = &s->row;
	const char *p = NULL;

	for (size_t i = 0; i < LENGTH(features); i++)
		if (features[i].used(row))
			need(kernel, features[i].symbol, svc_origin(s, features[i].key, 0));
	for (unsigned int i = 0; i < row->device_allow.n; i++)
		need_node(kernel, service_str(row, row->device_allow.at[i].path),
			  svc_origin(s, "DeviceAllow", i));
	need_node(kernel, service_str(row, row->tty_path), svc_origin(s, "TTYPath", 0));
	while ((p = service_list_next(row, row->address_families, p)))
		for (size_t i = 0; i < LENGTH(families); i++)
			if (!strcmp(families[i].family, p))
				need(kernel, families[i].symbol,
				     svc_origin(s, "RestrictAddressFamilies", 0));
}
