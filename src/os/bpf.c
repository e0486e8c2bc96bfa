/* SPDX-License-Identifier: MIT */
#include "os/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM_MAX 256 /* instructions */
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

/* The instructions that are used here, in the order: registers, memory offset or jump, constant. */
#define INSN(c, d, s, o, i)                                                                        \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV_REG(d, s)	     INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i)	     INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD_IMM(d, i)	     INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define AND_IMM(d, i)	     INSN(BPF_ALU64 | BPF_AND | BPF_K, d, 0, 0, i)
#define RSH_IMM(d, i)	     INSN(BPF_ALU64 | BPF_RSH | BPF_K, d, 0, 0, i)
#define LOAD32(d, s, o)	     INSN(BPF_LDX | BPF_MEM | BPF_W, d, s, o, 0)
#define STORE32(d, o, s)     INSN(BPF_STX | BPF_MEM | BPF_W, d, s, o, 0)
#define STORE64(d, o, s)     INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STORE_IMM32(d, o, i) INSN(BPF_ST | BPF_MEM | BPF_W, d, 0, o, i)
#define JEQ_REG(d, s, o)     INSN(BPF_JMP | BPF_JEQ | BPF_X, d, s, o, 0)
#define JEQ_IMM(d, i, o)     INSN(BPF_JMP | BPF_JEQ | BPF_K, d, 0, o, i)
#define JNE_IMM(d, i, o)     INSN(BPF_JMP | BPF_JNE | BPF_K, d, 0, o, i)
#define CALL(f)		     INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT()		     INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* A 64 bit constant, or a map by its fd: one instruction in two slots. */
#define LOAD64(d, v)                                                                               \
	INSN(BPF_LD | BPF_DW | BPF_IMM, d, 0, 0, (int32_t)((v)&0xffffffffu)),                      \
		INSN(0, 0, 0, 0, (int32_t)((uint64_t)(v) >> 32))
#define LOAD_MAP(d, fd)                                                                            \
	INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)

static int bpf_call(enum bpf_cmd cmd, union bpf_attr *attr, size_t size)
{
	long r = syscall(SYS_bpf, cmd, attr, size);

	return r < 0 ? -errno : (int)r;
}

/* Returns the program's fd (close-on-exec, as all of bpf(2)) or -errno. */
static int program_load(enum bpf_prog_type type, enum bpf_attach_type at,
			const struct bpf_insn *insn, size_t n)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.expected_attach_type = at;
	attr.insns = (uint64_t)(uintptr_t)insn;
	attr.insn_cnt = (uint32_t)n;
	attr.license = (uint64_t)(uintptr_t) "Dual MIT/GPL";
	return bpf_call(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int program_attach(int cgroup_fd, int prog_fd, enum bpf_attach_type at)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = at;
	return bpf_call(BPF_PROG_ATTACH, &attr, sizeof(attr));
}

/*
 * Whom a datagram came from, on which socket: the key of the map. IPv4 is kept in its IPv6-mapped
 * form.
 */
struct peer {
	uint64_t socket;  /* cookie */
	uint32_t addr[4]; /* network byte order, as in struct bpf_sock_addr */
	uint32_t port;
	uint32_t pad;
};

static int peers_create(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_LRU_HASH;
	attr.key_size = sizeof(struct peer);
	attr.value_size = sizeof(uint32_t);
	attr.max_entries = BPF_PEERS_MAX;
	return bpf_call(BPF_MAP_CREATE, &attr, sizeof(attr));
}

#define CTX(field, i) ((int16_t)(offsetof(struct bpf_sock_addr, field) + 4 * (i)))
#define PEER(field, i)                                                                             \
	((int16_t)((int)offsetof(struct peer, field) + 4 * (i) - (int)sizeof(struct peer)))

/* Deny whoever asks. */
static int load_deny(enum bpf_attach_type at)
{
	const struct bpf_insn insn[] = { MOV_IMM(BPF_REG_0, 0), EXIT() };

	return program_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, at, insn, COUNT(insn));
}

/* bind: only by a task that is in the cgroup numbered @cgroup_id. */
static int load_bind(enum bpf_attach_type at, uint64_t cgroup_id)
{
	const struct bpf_insn insn[] = {
		CALL(BPF_FUNC_get_current_cgroup_id),
		LOAD64(BPF_REG_1, cgroup_id),
		JEQ_REG(BPF_REG_0, BPF_REG_1, 2),
		MOV_IMM(BPF_REG_0, 0),
		EXIT(),
		MOV_IMM(BPF_REG_0, 1),
		EXIT(),
	};

	return program_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, at, insn, COUNT(insn));
}

/*
 * Put struct peer of the address in the context on the stack, its address in r2 and the map in r1.
 */
static size_t emit_peer(struct bpf_insn *out, bool v4, int peers_fd)
{
	const struct bpf_insn head[] = {
		MOV_REG(BPF_REG_6, BPF_REG_1),
		CALL(BPF_FUNC_get_socket_cookie),
		STORE64(BPF_REG_10, PEER(socket, 0), BPF_REG_0),
		LOAD32(BPF_REG_1, BPF_REG_6, CTX(user_port, 0)),
		STORE32(BPF_REG_10, PEER(port, 0), BPF_REG_1),
		STORE_IMM32(BPF_REG_10, PEER(pad, 0), 0),
	};
	const struct bpf_insn addr4[] = {
		STORE_IMM32(BPF_REG_10, PEER(addr, 0), 0),
		STORE_IMM32(BPF_REG_10, PEER(addr, 1), 0),
		STORE_IMM32(BPF_REG_10, PEER(addr, 2), (int32_t)__builtin_bswap32(0x0000ffff)),
		LOAD32(BPF_REG_1, BPF_REG_6, CTX(user_ip4, 0)),
		STORE32(BPF_REG_10, PEER(addr, 3), BPF_REG_1),
	};
	const struct bpf_insn addr6[] = {
		LOAD32(BPF_REG_1, BPF_REG_6, CTX(user_ip6, 0)),
		STORE32(BPF_REG_10, PEER(addr, 0), BPF_REG_1),
		LOAD32(BPF_REG_1, BPF_REG_6, CTX(user_ip6, 1)),
		STORE32(BPF_REG_10, PEER(addr, 1), BPF_REG_1),
		LOAD32(BPF_REG_1, BPF_REG_6, CTX(user_ip6, 2)),
		STORE32(BPF_REG_10, PEER(addr, 2), BPF_REG_1),
		LOAD32(BPF_REG_1, BPF_REG_6, CTX(user_ip6, 3)),
		STORE32(BPF_REG_10, PEER(addr, 3), BPF_REG_1),
	};
	const struct bpf_insn tail[] = {
		MOV_REG(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -(int32_t)sizeof(struct peer)),
		LOAD_MAP(BPF_REG_1, peers_fd),
	};
	size_t n = COUNT(head);

	memcpy(out, head, sizeof(head));
	if (v4) {
		memcpy(out + n, addr4, sizeof(addr4));
		n += COUNT(addr4);
	} else {
		memcpy(out + n, addr6, sizeof(addr6));
		n += COUNT(addr6);
	}
	memcpy(out + n, tail, sizeof(tail));
	return n + COUNT(tail);
}

/* A datagram came in: remember from whom. */
static int load_recvmsg(enum bpf_attach_type at, int peers_fd)
{
	const struct bpf_insn tail[] = {
		MOV_REG(BPF_REG_3, BPF_REG_10),
		ADD_IMM(BPF_REG_3, PEER(port, 0)), /* any initialised bytes do for the value */
		MOV_IMM(BPF_REG_4, BPF_ANY),
		CALL(BPF_FUNC_map_update_elem),
		MOV_IMM(BPF_REG_0, 1),
		EXIT(),
	};
	struct bpf_insn insn[PROGRAM_MAX];
	size_t n = emit_peer(insn, at == BPF_CGROUP_UDP4_RECVMSG, peers_fd);

	memcpy(insn + n, tail, sizeof(tail));
	return program_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, at, insn, n + COUNT(tail));
}

/* A datagram is to go out: only to one who is remembered. */
static int load_sendmsg(enum bpf_attach_type at, int peers_fd)
{
	const struct bpf_insn tail[] = {
		CALL(BPF_FUNC_map_lookup_elem),
		JEQ_IMM(BPF_REG_0, 0, 1),
		MOV_IMM(BPF_REG_0, 1),
		EXIT(),
	};
	struct bpf_insn insn[PROGRAM_MAX];
	size_t n = emit_peer(insn, at == BPF_CGROUP_UDP4_SENDMSG, peers_fd);

	memcpy(insn + n, tail, sizeof(tail));
	return program_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, at, insn, n + COUNT(tail));
}

static const struct net_hook {
	enum bpf_attach_type at;
	enum { HOOK_DENY, HOOK_BIND, HOOK_RECVMSG, HOOK_SENDMSG } what;
	const char *name;
} net_hooks[] = {
	{ BPF_CGROUP_INET4_CONNECT, HOOK_DENY, "connect4" },
	{ BPF_CGROUP_INET6_CONNECT, HOOK_DENY, "connect6" },
	{ BPF_CGROUP_INET4_BIND, HOOK_BIND, "bind4" },
	{ BPF_CGROUP_INET6_BIND, HOOK_BIND, "bind6" },
	{ BPF_CGROUP_UDP4_RECVMSG, HOOK_RECVMSG, "recvmsg4" },
	{ BPF_CGROUP_UDP6_RECVMSG, HOOK_RECVMSG, "recvmsg6" },
	{ BPF_CGROUP_UDP4_SENDMSG, HOOK_SENDMSG, "sendmsg4" },
	{ BPF_CGROUP_UDP6_SENDMSG, HOOK_SENDMSG, "sendmsg6" },
};

static int net_load(const struct net_hook *h, int peers_fd, uint64_t cgroup_id)
{
	switch (h->what) {
	case HOOK_DENY:
		return load_deny(h->at);
	case HOOK_BIND:
		return load_bind(h->at, cgroup_id);
	case HOOK_RECVMSG:
		return load_recvmsg(h->at, peers_fd);
	case HOOK_SENDMSG:
		return load_sendmsg(h->at, peers_fd);
	}
	return -EINVAL;
}

/* Load every network program, and attach it if @cgroup_fd is not -1. */
static int net_attach(int cgroup_fd, uint64_t cgroup_id, struct err *e)
{
	int peers_fd = peers_create(), r = 0;

	if (peers_fd < 0)
		return err_set(
			e, peers_fd,
			"bpf: create the map of %u peers (CONFIG_BPF_SYSCALL, CAP_SYS_ADMIN?)",
			BPF_PEERS_MAX);
	for (size_t i = 0; i < COUNT(net_hooks) && r >= 0; i++) {
		const struct net_hook *h = &net_hooks[i];
		int fd = net_load(h, peers_fd, cgroup_id);

		if (fd < 0) {
			r = err_set(e, fd,
				    "bpf: load program %s (CONFIG_CGROUP_BPF, Linux 5.15 or newer)",
				    h->name);
			break;
		}
		if (cgroup_fd >= 0)
			r = program_attach(cgroup_fd, fd, h->at);
		if (r < 0)
			err_set(e, r, "bpf: attach program %s to cgroup id %llu", h->name,
				(unsigned long long)cgroup_id);
		close(fd);
	}
	close(peers_fd); /* the programs hold it */
	return r;
}

/*
 * The id by which a program knows a cgroup. The file handle of its directory is the id; a kernel
 * without file handles (ours: open_by_handle_at(2) is a way out of a jail) tells it as the inode
 * number, where that has 64 bits.
 */
static int cgroup_id(int cgroup_fd, uint64_t *id, struct err *e)
{
	_Alignas(
		struct file_handle) char buf[sizeof(struct file_handle) + sizeof(uint64_t)] = { 0 };
	struct file_handle *handle = (struct file_handle *)buf;
	struct stat st;
	int mount_id;

	handle->handle_bytes = sizeof(*id);
	if (name_to_handle_at(cgroup_fd, "", handle, &mount_id, AT_EMPTY_PATH) == 0) {
		if (handle->handle_bytes != sizeof(*id))
			return err_set(e, EINVAL,
				       "bpf: wanted a directory of cgroup2, found a file handle of "
				       "%u bytes",
				       handle->handle_bytes);
		memcpy(id, handle->f_handle, sizeof(*id));
		return 0;
	}
	if (errno != ENOSYS || sizeof(long) < 8 || fstat(cgroup_fd, &st) != 0)
		return err_set(e, errno,
			       "bpf: ask for the id of a cgroup (wanted a directory of cgroup2)");
	*id = st.st_ino;
	return 0;
}

int bpf_attach_net_deny(int cgroup_fd, struct err *e)
{
	uint64_t id = 0;
	int rc = cgroup_id(cgroup_fd, &id, e);

	return rc ? rc : net_attach(cgroup_fd, id, e);
}

/* Devices every jail has; the launcher makes their nodes. */
static const struct devrule devices_always[] = {
	{ DEVRULE_CHAR, DEVRULE_READ | DEVRULE_WRITE, 1, 3 }, /* null */
	{ DEVRULE_CHAR, DEVRULE_READ | DEVRULE_WRITE, 1, 5 }, /* zero */
	{ DEVRULE_CHAR, DEVRULE_READ | DEVRULE_WRITE, 1, 7 }, /* full */
	{ DEVRULE_CHAR, DEVRULE_READ | DEVRULE_WRITE, 1, 8 }, /* random */
	{ DEVRULE_CHAR, DEVRULE_READ | DEVRULE_WRITE, 1, 9 }, /* urandom */
	{ DEVRULE_CHAR, DEVRULE_READ | DEVRULE_WRITE, 5, 0 }, /* tty */
};
static const struct devrule devices_pty[] = {
	{ DEVRULE_CHAR, DEVRULE_READ | DEVRULE_WRITE, 5, 2 }, /* ptmx */
	{ DEVRULE_CHAR, DEVRULE_READ | DEVRULE_WRITE, 136, DEVRULE_ANY_MINOR },
};

/*
 * r2 type, r3 access, r4 major, r5 minor. Each rule is a chain of jumps to the next rule, ending in
 * "allow"; an access of 0 (an open with O_PATH does not come here) is within any rule.
 */
static size_t emit_devrule(struct bpf_insn *out, const struct devrule *r)
{
	int16_t rest = r->minor == DEVRULE_ANY_MINOR ? 4 : 5; /* instructions after the first one */
	int32_t denied = ~(r->access | BPF_DEVCG_ACC_MKNOD) &
			 (DEVRULE_READ | DEVRULE_WRITE | BPF_DEVCG_ACC_MKNOD);
	size_t n = 0;

	out[n++] = JNE_IMM(BPF_REG_2, r->type, rest--);
	out[n++] = JNE_IMM(BPF_REG_4, (int32_t)r->major, rest--);
	if (r->minor != DEVRULE_ANY_MINOR)
		out[n++] = JNE_IMM(BPF_REG_5, (int32_t)r->minor, rest--);
	out[n++] = INSN(BPF_JMP | BPF_JSET | BPF_K, BPF_REG_3, 0, 2, denied);
	out[n++] = MOV_IMM(BPF_REG_0, 1);
	out[n++] = EXIT();
	return n;
}

static int load_devices(const struct devrule *rule, unsigned int n_rules, bool pty)
{
	const struct bpf_insn head[] = {
		LOAD32(BPF_REG_2, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, access_type)),
		MOV_REG(BPF_REG_3, BPF_REG_2),
		AND_IMM(BPF_REG_2, 0xffff),
		RSH_IMM(BPF_REG_3, 16),
		LOAD32(BPF_REG_4, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, major)),
		LOAD32(BPF_REG_5, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, minor)),
	};
	struct bpf_insn insn[PROGRAM_MAX];
	size_t n = COUNT(head);

	memcpy(insn, head, sizeof(head));
	for (size_t i = 0; i < COUNT(devices_always); i++)
		n += emit_devrule(insn + n, &devices_always[i]);
	for (size_t i = 0; pty && i < COUNT(devices_pty); i++)
		n += emit_devrule(insn + n, &devices_pty[i]);
	for (unsigned int i = 0; i < n_rules; i++)
		n += emit_devrule(insn + n, &rule[i]);
	insn[n++] = MOV_IMM(BPF_REG_0, 0);
	insn[n++] = EXIT();
	return program_load(BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE, insn, n);
}
_Static_assert(PROGRAM_MAX >= 8 + 6 * (DEVRULES_MAX + COUNT(devices_always) + COUNT(devices_pty)),
	       "program fits");

int bpf_attach_devices(int cgroup_fd, const struct devrule *rule, unsigned int n, bool pty,
		       struct err *e)
{
	int fd, r;

	if (n > DEVRULES_MAX)
		return err_set(e, E2BIG, "bpf: %u device rules, at most %u", n, DEVRULES_MAX);
	fd = load_devices(rule, n, pty);
	if (fd < 0)
		return err_set(e, fd,
			       "bpf: load the device program (CONFIG_CGROUP_BPF, CAP_SYS_ADMIN?)");
	r = program_attach(cgroup_fd, fd, BPF_CGROUP_DEVICE);
	close(fd);
	if (r < 0)
		return err_set(e, r, "bpf: attach the device program to the cgroup");
	return 0;
}

unsigned int bpf_probe(void)
{
	unsigned int found = 0;
	struct err e = ERR_NONE;
	int fd = load_devices(NULL, 0, true);

	if (fd >= 0) {
		found |= BPF_FEATURE_DEVICES;
		close(fd);
	}
	if (net_attach(-1, 0, &e) == 0)
		found |= BPF_FEATURE_NET;
	return found;
}
