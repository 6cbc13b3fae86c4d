/* load.c - loads the BPF program that scans are made with. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef WITHOUT_BPF

int load_as_on(const char *btf, struct loaded *loaded, struct load_failure *failure)
{
	(void)btf;
	(void)loaded;
	failure->reason = LOAD_REASON_BUILD;
	failure->detail[0] = '\0';
	failure->log[0] = '\0';
	return -1;
}

#else

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define BTF "/sys/kernel/btf/vmlinux"

/*
 * The program as clang compiled it. A skeleton of libbpf makes a launcher of the same size, and needs
 * bpftool to build, a Debian package of its own; .incbin needs nothing.
 */
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

static int fail(struct load_failure *failure, const char *reason, const char *what, int error)
{
	failure->reason = reason;
	snprintf(failure->detail, sizeof(failure->detail), "%s%s%s", what, error ? ": " : "",
		 error ? strerror(error) : "");
	return -1;
}

static bool has_helper(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (strcmp(btf__name_by_offset(btf, btf_enum(type)[i].name_off), name) == 0)
			return true;
	return false;
}

static bool has_member(const struct btf *btf, const char *structure, const char *name)
{
	int id = btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), name) == 0)
			return true;
	return false;
}

/* Of a kernel its BTF says what it has, and not its version: distributions take over what is newer. */
static int check_kernel(const char *path, struct load_failure *failure)
{
	struct btf *btf = btf__parse(path, NULL);
	const char *lacks = NULL;

	if (!btf)
		return fail(failure, LOAD_REASON_KERNEL, path, errno);
	if (btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) < 0)
		lacks = "no bpf_rdonly_cast(), which Linux 6.2 has";
	else if (!has_helper(btf, "BPF_FUNC_loop"))
		lacks = "no bpf_loop(), which Linux 5.17 has";
	else if (!has_member(btf, "net", "net_cookie"))
		lacks = "network namespaces have no cookie (net_cookie)";
	btf__free(btf);
	return lacks ? fail(failure, LOAD_REASON_KERNEL, lacks, 0) : 0;
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
static int take(struct loaded *loaded, const struct bpf_object *object, struct load_failure *failure)
{
	int program = bpf_program__fd(bpf_object__find_program_by_name(object, "synoptic_walk"));
	int records = bpf_object__find_map_fd_by_name(object, "records");

	/* From here on the program alone writes to it. */
	if (bpf_map_freeze(records) < 0)
		return fail(failure, LOAD_REASON_OTHER, "bpf(BPF_MAP_FREEZE)", errno);
	loaded->program = fcntl(program, F_DUPFD_CLOEXEC, 10);
	if (loaded->program < 0)
		return fail(failure, LOAD_REASON_OTHER, "fcntl(F_DUPFD_CLOEXEC)", errno);
	loaded->records = fcntl(records, F_DUPFD_CLOEXEC, 10);
	if (loaded->records >= 0)
		return 0;
	fail(failure, LOAD_REASON_OTHER, "fcntl(F_DUPFD_CLOEXEC)", errno);
	close(loaded->program);
	return -1;
}

int load_as_on(const char *btf, struct loaded *loaded, struct load_failure *failure)
{
	const struct bpf_object_open_opts options = {
		.sz = sizeof(options), .object_name = "synoptic", .btf_custom_path = btf,
		.kernel_log_buf = failure->log, .kernel_log_size = sizeof(failure->log),
	};
	struct bpf_object *object;
	int status;

	failure->log[0] = '\0';
	libbpf_set_print(say_nothing);
	if (check_kernel(btf ? btf : BTF, failure) < 0)
		return -1;
	object = bpf_object__open_mem(walk_object, walk_object_size, &options);
	if (!object)
		return fail(failure, LOAD_REASON_OTHER, "the program can not be read", errno);
	status = bpf_object__load(object);
	if (status < 0)
		status = fail(failure, reason_for(-status, failure), "bpf(BPF_PROG_LOAD)", -status);
	else
		status = take(loaded, object, failure);
	bpf_object__close(object);
	return status;
}

#endif

int load(struct loaded *loaded, struct load_failure *failure)
{
	return load_as_on(NULL, loaded, failure);
}
