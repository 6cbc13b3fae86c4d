/* confine.c - forbids the system calls that could pass the descriptors on, or all but a few. */
#include "confine.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
/* x32 has the architecture of x86-64, and this bit in its numbers. */
#define FOREIGN_NUMBERS 0x40000000u
#elif defined(__aarch64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define ARCHITECTURE AUDIT_ARCH_AARCH64
/* No system call has such a number. */
#define FOREIGN_NUMBERS 0x40000000u
#else
#error "confine.c knows x86-64 and aarch64"
#endif

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
/* Jumps over `count` instructions unless the comparison holds. */
#define UNLESS_EQUAL(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count)
#define JUMP_IF_EQUAL(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, count, 0)
#define REFUSE_CALL(number) UNLESS_EQUAL(number, 1), REFUSE
#define REFUSE_UNLESS_EQUAL(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0), REFUSE
#define END    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define END_UNLESS_EQUAL(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0), END
#define ALLOW_CALL(number) UNLESS_EQUAL(number, 1), ALLOW

static int install(const struct sock_filter *filter, size_t length, const char **what)
{
	const struct sock_fprog program = {
		.len = (unsigned short)length, .filter = (struct sock_filter *)filter,
	};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
		return 0;
	*what = "prctl(PR_SET_SECCOMP)";
	return -errno;
}

int confine(const char **what)
{
	/* The kernel takes bpf's command for an int: the lower half, first as both are little-endian. */
	static struct sock_filter filter[] = {
		LOAD(arch),
		REFUSE_UNLESS_EQUAL(ARCHITECTURE),
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FOREIGN_NUMBERS, 0, 1), REFUSE,
		REFUSE_CALL(SYS_ptrace),
		REFUSE_CALL(SYS_process_vm_readv),
		REFUSE_CALL(SYS_process_vm_writev),
		REFUSE_CALL(SYS_pidfd_getfd),
		REFUSE_CALL(SYS_kcmp),
		REFUSE_CALL(SYS_sendmsg),
		REFUSE_CALL(SYS_sendmmsg),
		REFUSE_CALL(SYS_io_uring_setup),
		REFUSE_CALL(SYS_io_uring_enter),
		REFUSE_CALL(SYS_io_uring_register),
		REFUSE_CALL(SYS_perf_event_open),
		REFUSE_CALL(SYS_userfaultfd),
		UNLESS_EQUAL(SYS_bpf, 4),
		LOAD(args[0]),
		JUMP_IF_EQUAL(BPF_PROG_TEST_RUN, 2),
		REFUSE_UNLESS_EQUAL(BPF_MAP_LOOKUP_BATCH),
		ALLOW,
	};

	return install(filter, sizeof(filter) / sizeof(filter[0]), what);
}

int confine_to_reading(int out, const char **what)
{
	/* Descriptors and flags are ints: the lower half. */
	const struct sock_filter filter[] = {
		LOAD(arch),
		END_UNLESS_EQUAL(ARCHITECTURE),
		LOAD(nr),
		ALLOW_CALL(SYS_read),
		ALLOW_CALL(SYS_close),
		ALLOW_CALL(SYS_getdents64),
		ALLOW_CALL(SYS_readlinkat),
		ALLOW_CALL(SYS_exit_group),
		UNLESS_EQUAL(SYS_write, 4),
		LOAD(args[0]),
		END_UNLESS_EQUAL((unsigned int)out),
		ALLOW,
		END_UNLESS_EQUAL(SYS_openat),
		LOAD(args[2]),
		ALLOW_CALL(CONFINE_FOLDER),
		ALLOW_CALL(CONFINE_FILE),
		END,
	};

	return install(filter, sizeof(filter) / sizeof(filter[0]), what);
}
