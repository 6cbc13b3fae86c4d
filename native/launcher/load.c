/* load.c - loads the BPF program that scans are made with. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifdef WITHOUT_BPF

int load(struct loaded *loaded, struct load_failure *failure)
{
	(void)loaded;
	failure->reason = LOAD_REASON_BUILD;
	failure->detail = "";
	failure->log[0] = '\0';
	return -1;
}

#else

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define BTF "/sys/kernel/btf/vmlinux"

/* The program as clang has compiled it, into this file of constants. */
__asm__(".pushsection .rodata\n"
	".balign 8\n"
	"walk_object: .incbin \"" WALK_OBJECT "\"\n"
	"walk_object_end:\n"
	".balign 8\n"
	"walk_object_size: .quad walk_object_end - walk_object\n"
	".popsection\n");
extern const char walk_object[];
extern const uint64_t walk_object_size;

/* What libbpf has to say is in the errno and in the verifier's log. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

/* bpf_rcu_read_lock() and bpf_rdonly_cast() are of 6.2. */
static int is_old_kernel(void)
{
	struct utsname name;
	int major, minor;

	if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return 0;
	return major < 6 || (major == 6 && minor < 2);
}

static int fail(struct load_failure *failure, const char *reason, const char *detail)
{
	failure->reason = reason;
	failure->detail = detail;
	return -1;
}

/* Every process may read BTF; without it libbpf's own errors say less. */
static int check_kernel(struct load_failure *failure)
{
	if (is_old_kernel())
		return fail(failure, LOAD_REASON_KERNEL, "older than 6.2");
	if (access(BTF, R_OK) < 0)
		return fail(failure, LOAD_REASON_KERNEL, "no " BTF);
	return 0;
}

static const char *reason_for(int error, const struct load_failure *failure)
{
	if (error == EPERM || error == EACCES) {
		/* The verifier refuses with EACCES, too, and says why. */
		return failure->log[0] ? LOAD_REASON_VERIFIER : LOAD_REASON_PERMISSION;
	}
	return failure->log[0] || error == EINVAL ? LOAD_REASON_VERIFIER : LOAD_REASON_OTHER;
}

/* The object goes; descriptors of our own keep what was loaded. */
static int take(struct loaded *loaded, const struct bpf_object *object)
{
	int program = bpf_program__fd(bpf_object__find_program_by_name(object, "synoptic_walk"));
	int records = bpf_object__find_map_fd_by_name(object, "records");

	loaded->program = fcntl(program, F_DUPFD_CLOEXEC, 10);
	if (loaded->program < 0)
		return -errno;
	loaded->records = fcntl(records, F_DUPFD_CLOEXEC, 10);
	if (loaded->records >= 0)
		return 0;
	close(loaded->program);
	return -errno;
}

int load(struct loaded *loaded, struct load_failure *failure)
{
	const struct bpf_object_open_opts options = {
		.sz = sizeof(options), .object_name = "synoptic",
		.kernel_log_buf = failure->log, .kernel_log_size = sizeof(failure->log),
	};
	struct bpf_object *object;
	int status;

	failure->log[0] = '\0';
	if (check_kernel(failure) < 0)
		return -1;
	libbpf_set_print(say_nothing);
	object = bpf_object__open_mem(walk_object, walk_object_size, &options);
	if (!object)
		return fail(failure, LOAD_REASON_OTHER, strerror(errno));
	status = bpf_object__load(object);
	if (status == 0)
		status = take(loaded, object);
	bpf_object__close(object);
	if (status == 0)
		return 0;
	return fail(failure, reason_for(-status, failure), strerror(-status));
}

#endif
