/* load.c - loads the BPF program that scans are made with, and those that count handshakes. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef WITHOUT_BPF

static int not_built(struct load_failure *failure)
{
	failure->reason = LOAD_REASON_BUILD;
	failure->detail[0] = '\0';
	failure->log[0] = '\0';
	return -1;
}

int load_as_on(const char *btf, struct loaded *loaded, struct load_failure *failure)
{
	(void)btf;
	(void)loaded;
	return not_built(failure);
}

int load_with(const struct loaded_handshakes *handshakes, struct loaded *loaded,
	      struct load_failure *failure)
{
	(void)handshakes;
	(void)loaded;
	return not_built(failure);
}

int load_handshakes_as_on(const char *btf, struct loaded_handshakes *loaded,
			  struct load_failure *failure)
{
	(void)btf;
	(void)loaded;
	return not_built(failure);
}

int load_handshakes_within(uint64_t idle_nanoseconds, uint32_t rows,
			   struct loaded_handshakes *loaded, struct load_failure *failure)
{
	(void)idle_nanoseconds;
	(void)rows;
	(void)loaded;
	return not_built(failure);
}

#else

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "synoptic.h"

#define BTF "/sys/kernel/btf/vmlinux"

/*
 * The programs as clang compiled them. A skeleton of libbpf makes a launcher of the same size, and
 * needs bpftool to build, a Debian package of its own; .incbin needs nothing.
 */
#define INCLUDE_OBJECT(name, file) \
	__asm__(".pushsection .rodata\n" \
		".balign 8\n" \
		#name ": .incbin \"" file "\"\n" \
		#name "_end:\n" \
		".balign 8\n" \
		#name "_size: .quad " #name "_end - " #name "\n" \
		".popsection\n"); \
	extern const char name[]; \
	extern const uint64_t name##_size

INCLUDE_OBJECT(walk_object, WALK_OBJECT);
INCLUDE_OBJECT(handshakes_object, HANDSHAKES_OBJECT);

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

static bool has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static bool has_tracepoint(const struct btf *btf, const char *name)
{
	char type[64];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) > 0;
}

static const char *walk_lacks(const struct btf *btf)
{
	if (!has_function(btf, "bpf_rdonly_cast"))
		return "no bpf_rdonly_cast(), which Linux 6.2 has";
	if (!has_helper(btf, "BPF_FUNC_loop"))
		return "no bpf_loop(), which Linux 5.17 has";
	if (!has_member(btf, "net", "net_cookie"))
		return "network namespaces have no cookie (net_cookie)";
	return NULL;
}

static const char *handshakes_lack(const struct btf *btf)
{
	if (!has_tracepoint(btf, "inet_sock_set_state"))
		return "no tracepoint inet_sock_set_state";
	if (!has_tracepoint(btf, "tcp_retransmit_synack"))
		return "no tracepoint tcp_retransmit_synack";
	return walk_lacks(btf);
}

/* Of a kernel its BTF says what it has, and not its version: distributions take over what is newer. */
static int check_kernel(const char *path, const char *(*lacks)(const struct btf *),
			struct load_failure *failure)
{
	struct btf *btf = btf__parse(path, NULL);
	const char *what;

	if (!btf)
		return fail(failure, LOAD_REASON_KERNEL, path, errno);
	what = lacks(btf);
	btf__free(btf);
	return what ? fail(failure, LOAD_REASON_KERNEL, what, 0) : 0;
}

static const char *reason_for(int error, const struct load_failure *failure)
{
	if (error == EPERM || error == EACCES) {
		/* The verifier refuses with EACCES, too, and says why. */
		return failure->log[0] ? LOAD_REASON_VERIFIER : LOAD_REASON_PERMISSION;
	}
	return failure->log[0] || error == EINVAL ? LOAD_REASON_VERIFIER : LOAD_REASON_OTHER;
}

/* A descriptor of our own; the object's goes with it. Negative if `fd` is, too. */
static int keep(int fd, struct load_failure *failure)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 10);

	return own < 0 ? fail(failure, LOAD_REASON_OTHER, "fcntl(F_DUPFD_CLOEXEC)", errno) : own;
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int program_of(const struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

/* From here on programs alone write to it. */
static int freeze(int map, struct load_failure *failure)
{
	if (bpf_map_freeze(map) == 0)
		return 0;
	return fail(failure, LOAD_REASON_OTHER, "bpf(BPF_MAP_FREEZE)", errno);
}

static int take_walk(struct loaded *loaded, const struct bpf_object *object,
		     struct load_failure *failure)
{
	int records = bpf_object__find_map_fd_by_name(object, "records");

	if (freeze(records, failure) < 0)
		return -1;
	loaded->program = keep(program_of(object, "synoptic_walk"), failure);
	if (loaded->program < 0)
		return -1;
	loaded->records = keep(records, failure);
	if (loaded->records >= 0)
		return 0;
	close(loaded->program);
	return -1;
}

static struct bpf_object *open_object(const char *image, size_t size, const char *btf,
				      struct load_failure *failure)
{
	const struct bpf_object_open_opts options = {
		.sz = sizeof(options), .object_name = "synoptic", .btf_custom_path = btf,
		.kernel_log_buf = failure->log, .kernel_log_size = sizeof(failure->log),
	};
	struct bpf_object *object = bpf_object__open_mem(image, size, &options);

	if (!object)
		fail(failure, LOAD_REASON_OTHER, "the program can not be read", errno);
	return object;
}

static int load_object(struct bpf_object *object, struct load_failure *failure)
{
	int status = bpf_object__load(object);

	return status < 0 ? fail(failure, reason_for(-status, failure), "bpf(BPF_PROG_LOAD)", -status)
			  : 0;
}

/* The one constant in this section. */
static int set_constant(const struct bpf_object *object, const void *value, size_t size)
{
	struct bpf_map *constants = bpf_object__find_map_by_name(object, ".rodata.set");
	size_t there = 0;
	void *place = constants ? (void *)bpf_map__initial_value(constants, &there) : NULL;

	if (!place || there < size)
		return -ENOENT;
	memcpy(place, value, size);
	return 0;
}

/* Without `handshakes` there is no such map, and nothing in the program that uses it. */
static int share_handshakes(const struct bpf_object *object, const struct loaded_handshakes *handshakes)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, "handshakes");
	const uint32_t counts = 1;

	if (!map)
		return 0;
	if (!handshakes)
		return bpf_map__set_autocreate(map, false);
	return bpf_map__reuse_fd(map, handshakes->map) < 0 ? -errno
							   : set_constant(object, &counts, sizeof(counts));
}

static int load_walk(const char *btf, const struct loaded_handshakes *handshakes,
		     struct loaded *loaded, struct load_failure *failure)
{
	struct bpf_object *object;
	int status;

	failure->log[0] = '\0';
	libbpf_set_print(say_nothing);
	if (check_kernel(btf ? btf : BTF, walk_lacks, failure) < 0)
		return -1;
	object = open_object(walk_object, walk_object_size, btf, failure);
	if (!object)
		return -1;
	status = share_handshakes(object, handshakes);
	if (status < 0)
		status = fail(failure, LOAD_REASON_OTHER, "the map of handshakes", -status);
	else
		status = load_object(object, failure);
	if (status == 0)
		status = take_walk(loaded, object, failure);
	bpf_object__close(object);
	return status;
}

int load_as_on(const char *btf, struct loaded *loaded, struct load_failure *failure)
{
	return load_walk(btf, NULL, loaded, failure);
}

int load_with(const struct loaded_handshakes *handshakes, struct loaded *loaded,
	      struct load_failure *failure)
{
	return load_walk(NULL, handshakes, loaded, failure);
}

/* The rows of what the map has no room for: while it is empty. */
static int insert_rests(int map, struct load_failure *failure)
{
	static struct synoptic_handshake_counts counts;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	counts.since = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	counts.last = counts.since;
	for (uint8_t direction = SYNOPTIC_INBOUND; direction <= SYNOPTIC_OUTBOUND; direction++) {
		const struct synoptic_handshake_key key = { .direction = direction };

		if (bpf_map_update_elem(map, &key, &counts, BPF_NOEXIST) < 0)
			return fail(failure, LOAD_REASON_OTHER, "bpf(BPF_MAP_UPDATE_ELEM)", errno);
	}
	return 0;
}

/* A link holds a program in place as long as a descriptor of it is open. */
static int attach(const struct bpf_object *object, const char *name, struct load_failure *failure)
{
	struct bpf_link *link = bpf_program__attach(bpf_object__find_program_by_name(object, name));
	int error = errno, fd;

	if (!link)
		return fail(failure, error == EPERM || error == EACCES ? LOAD_REASON_PERMISSION
								       : LOAD_REASON_KERNEL,
			    name, error);
	fd = keep(bpf_link__fd(link), failure);
	bpf_link__destroy(link);
	return fd;
}

static int take_handshakes(struct loaded_handshakes *loaded, const struct bpf_object *object,
			   struct load_failure *failure)
{
	static const char *const attached[] = { "synoptic_state", "synoptic_synack" };
	int map = bpf_object__find_map_fd_by_name(object, "handshakes");
	int kept[5] = { -1, -1, -1, -1, -1 };
	const int from[3] = { map, program_of(object, attached[0]), program_of(object, "synoptic_forget") };
	bool done = insert_rests(map, failure) == 0 && freeze(map, failure) == 0;

	for (int i = 0; i < 3 && done; i++) {
		kept[i] = keep(from[i], failure);
		done = kept[i] >= 0;
	}
	for (int i = 0; i < 2 && done; i++) {
		kept[3 + i] = attach(object, attached[i], failure);
		done = kept[3 + i] >= 0;
	}
	if (!done) {
		close_all(kept, 5);
		return -1;
	}
	*loaded = (struct loaded_handshakes){
		.map = kept[0], .events = kept[1], .forget = kept[2],
		.links = { kept[3], kept[4] },
	};
	return 0;
}

static int set_limits(const struct bpf_object *object, uint64_t idle_nanoseconds, uint32_t rows)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, "handshakes");
	int status = map ? bpf_map__set_max_entries(map, rows) : -ENOENT;

	return status ? status : set_constant(object, &idle_nanoseconds, sizeof(idle_nanoseconds));
}

static int load_counting(const char *btf, uint64_t idle_nanoseconds, uint32_t rows,
			 struct loaded_handshakes *loaded, struct load_failure *failure)
{
	struct bpf_object *object;
	int status;

	failure->log[0] = '\0';
	libbpf_set_print(say_nothing);
	if (check_kernel(btf ? btf : BTF, handshakes_lack, failure) < 0)
		return -1;
	object = open_object(handshakes_object, handshakes_object_size, btf, failure);
	if (!object)
		return -1;
	status = set_limits(object, idle_nanoseconds, rows);
	if (status < 0)
		status = fail(failure, LOAD_REASON_OTHER, "the map's limits", -status);
	else
		status = load_object(object, failure);
	if (status == 0)
		status = take_handshakes(loaded, object, failure);
	bpf_object__close(object);
	return status;
}

int load_handshakes_as_on(const char *btf, struct loaded_handshakes *loaded,
			  struct load_failure *failure)
{
	return load_counting(btf, SYNOPTIC_HANDSHAKES_IDLE_S * 1000000000ULL,
			     SYNOPTIC_HANDSHAKES_MOST, loaded, failure);
}

int load_handshakes_within(uint64_t idle_nanoseconds, uint32_t rows,
			   struct loaded_handshakes *loaded, struct load_failure *failure)
{
	return load_counting(NULL, idle_nanoseconds, rows, loaded, failure);
}

#endif

int load(struct loaded *loaded, struct load_failure *failure)
{
	return load_as_on(NULL, loaded, failure);
}

int load_handshakes(struct loaded_handshakes *loaded, struct load_failure *failure)
{
	return load_handshakes_as_on(NULL, loaded, failure);
}
