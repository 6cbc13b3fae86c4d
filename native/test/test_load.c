/*
 * The program loads on kernels that have what it reads elsewhere, or in another form: libbpf finds it
 * through a BTF, here the running kernel's with something changed in it.
 */
#include "test.h"

#include "../launcher/load.h"

#include <fcntl.h>
#include <stdint.h>

#ifdef WITHOUT_BPF

TEST(without_clang_or_libbpf_no_program_is_loaded)
{
	static struct load_failure failure;
	struct loaded_handshakes handshakes;
	struct loaded loaded;

	CHECK_EQUAL(-1, load(&loaded, &failure));
	CHECK_EQUAL(0, strcmp(LOAD_REASON_BUILD, failure.reason));
	failure.reason = NULL;
	CHECK_EQUAL(-1, load_handshakes(&handshakes, &failure));
	CHECK_EQUAL(0, strcmp(LOAD_REASON_BUILD, failure.reason));
}

#else

#include "bpf_run.h"
#include "pairs.h"
#include "places.h"

#include <bpf/btf.h>

static struct load_failure failure;
static struct btf *btf;

/* Types are changed where they are: the program names them to the kernel by their numbers. */
static struct btf_type *type_of(const char *name, uint32_t kind)
{
	int id = btf__find_by_name_kind(btf, name, kind);

	CHECK(id > 0);
	return (struct btf_type *)btf__type_by_id(btf, (uint32_t)id);
}

static struct btf_member *member_of(const char *structure, const char *name)
{
	struct btf_type *type = type_of(structure, BTF_KIND_STRUCT);

	for (int i = 0; i < btf_vlen(type); i++)
		if (strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), name) == 0)
			return &btf_members(type)[i];
	return NULL;
}

static void need_program(void)
{
	static bool loaded;
	struct loaded descriptors;

	if (loaded)
		return;
	if (load(&descriptors, &failure) < 0) {
		fprintf(stderr, "%s: %s\n", failure.reason, failure.detail);
		CHECK(strcmp(failure.reason, LOAD_REASON_VERIFIER) != 0);
		SKIP("no BPF program can be loaded here");
	}
	loaded = true;
	close(descriptors.program);
	close(descriptors.records);
}

static void start_changing(void)
{
	need_program();
	btf__free(btf);
	btf = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	CHECK(btf);
}

/* As if it had another name, it isn't found. */
static uint32_t other_name(void)
{
	int offset = btf__add_str(btf, "nobody_looks_for_it");

	CHECK(offset > 0);
	return (uint32_t)offset;
}

static void close_handshakes(const struct loaded_handshakes *loaded)
{
	close(loaded->map);
	close(loaded->events);
	close(loaded->forget);
	close(loaded->links[0]);
	close(loaded->links[1]);
}

/* Into `loaded`, or, if that is null, what counts handshakes. */
static int load_changed_into(struct loaded *loaded)
{
	struct loaded_handshakes handshakes;
	char path[] = "/tmp/synoptic-btf-XXXXXX";
	int fd = mkstemp(path), status;
	uint32_t size;
	const void *bytes = btf__raw_data(btf, &size);

	CHECK(fd >= 0);
	CHECK(bytes);
	CHECK_EQUAL(size, write(fd, bytes, size));
	close(fd);
	status = loaded ? load_as_on(path, loaded, &failure)
			: load_handshakes_as_on(path, &handshakes, &failure);
	unlink(path);
	if (!loaded && status == 0)
		close_handshakes(&handshakes);
	return status;
}

static int load_changed(void)
{
	struct loaded loaded;
	int status = load_changed_into(&loaded);

	if (status == 0) {
		close(loaded.program);
		close(loaded.records);
	}
	return status;
}

static void check_loads(void)
{
	if (load_changed() != 0) {
		fprintf(stderr, "%s: %s\n%.2000s\n", failure.reason, failure.detail, failure.log);
		CHECK(!"it loads");
	}
}

static void check_refused(const char *what)
{
	CHECK_EQUAL(-1, load_changed());
	CHECK_EQUAL(0, strcmp(LOAD_REASON_KERNEL, failure.reason));
	CHECK(strstr(failure.detail, what));
}

/* Linux before 6.8. */
TEST(it_loads_where_the_range_of_ports_is_two_numbers)
{
	int integer, array;

	start_changing();
	integer = btf__find_by_name_kind(btf, "int", BTF_KIND_INT);
	array = btf__add_array(btf, integer, integer, 2);
	CHECK(array > 0);
	if (!member_of("local_ports", "range"))
		SKIP("this kernel has no struct local_ports");
	member_of("local_ports", "range")->type = (uint32_t)array;
	check_loads();
}

/* Linux since 6.8. */
TEST(it_loads_where_the_range_of_ports_is_one_number)
{
	start_changing();
	member_of("local_ports", "range")->type =
		(uint32_t)btf__find_by_name_kind(btf, "unsigned int", BTF_KIND_INT);
	check_loads();
}

/* Linux before 6.18. */
TEST(it_loads_where_drops_are_counted_in_one_place)
{
	uint32_t name;

	start_changing();
	name = other_name();
	if (!member_of("sock", "sk_drop_counters"))
		SKIP("this kernel has no other");
	member_of("sock", "sk_drop_counters")->name_off = name;
	check_loads();
	type_of("numa_drop_counters", BTF_KIND_STRUCT)->name_off = name;
	check_loads();
}

TEST(it_is_refused_where_namespaces_have_no_cookie)
{
	uint32_t name;

	start_changing();
	name = other_name();
	member_of("net", "net_cookie")->name_off = name;
	check_refused("net_cookie");
}

/* Whatever uname says: distributions take over what is newer. */
TEST(it_is_refused_where_the_kernel_lacks_a_function_that_it_calls)
{
	struct btf_type *helpers;
	uint32_t name;

	start_changing();
	name = other_name();
	type_of("bpf_rdonly_cast", BTF_KIND_FUNC)->name_off = name;
	check_refused("bpf_rdonly_cast");
	start_changing();
	name = other_name();
	helpers = type_of("bpf_func_id", BTF_KIND_ENUM);
	for (int i = 0; i < btf_vlen(helpers); i++)
		if (strcmp(btf__name_by_offset(btf, btf_enum(helpers)[i].name_off), "BPF_FUNC_loop") == 0)
			btf_enum(helpers)[i].name_off = name;
	check_refused("bpf_loop");
}

static void check_no_handshakes(const char *what)
{
	CHECK_EQUAL(-1, load_changed_into(NULL));
	CHECK_EQUAL(0, strcmp(LOAD_REASON_KERNEL, failure.reason));
	CHECK(strstr(failure.detail, what));
	/* Scans work all the same. */
	check_loads();
}

TEST(handshakes_are_not_counted_where_the_kernel_lacks_what_shows_them)
{
	uint32_t name;

	start_changing();
	CHECK_EQUAL(0, load_changed_into(NULL));
	name = other_name();
	type_of("btf_trace_inet_sock_set_state", BTF_KIND_TYPEDEF)->name_off = name;
	check_no_handshakes("inet_sock_set_state");
	start_changing();
	name = other_name();
	type_of("btf_trace_tcp_retransmit_synack", BTF_KIND_TYPEDEF)->name_off = name;
	check_no_handshakes("tcp_retransmit_synack");
}

/* Sockets of this namespace that a walk of the listeners meets. */
static uint32_t met_among_listeners(const struct loaded *loaded, uint64_t netns)
{
	struct walk_order order = { .version = WALK_VERSION, .part = WALK_LISTENERS };
	struct bpf_run run;
	uint32_t count = 0;

	CHECK_EQUAL(0, bpf_run_start(&run, loaded->program, loaded->records,
				     deadline_in(10 * NODE_TIMEOUT_MS)));
	while (!order.done) {
		CHECK_EQUAL(0, bpf_run(&run, &order));
		for (uint32_t i = 0; i < order.records; i++)
			count += run.records->sockets[i].netns == netns;
	}
	bpf_run_end(&run);
	return count;
}

/*
 * No kernel so far has such tables. Where BTF says that listeners are in the table of connections,
 * they are in as many as there are of these.
 */
TEST(listeners_are_found_in_tables_that_namespaces_have_of_their_own)
{
	struct loaded loaded;

	start_changing();
	member_of("inet_hashinfo", "lhash2")->offset = member_of("inet_hashinfo", "ehash")->offset;
	member_of("inet_hashinfo", "lhash2_mask")->offset =
		member_of("inet_hashinfo", "ehash_mask")->offset;
	member_of("inet_listen_hashbucket", "nulls_head")->offset = 0;
	type_of("inet_listen_hashbucket", BTF_KIND_STRUCT)->size = sizeof(void *);
	CHECK_EQUAL(0, load_changed_into(&loaded));
	start();
	make_place(64);
	pairs_hold(AF_INET, 20, false);
	go(home);
	make_place(0);
	pairs_hold(AF_INET, 30, false);
	go(home);
	CHECK_EQUAL(40, met_among_listeners(&loaded, places[0].netns));
	CHECK_EQUAL(60, met_among_listeners(&loaded, places[1].netns));
	close(loaded.program);
	close(loaded.records);
	start();
}

TEST(a_kernel_without_btf_is_named)
{
	struct loaded_handshakes handshakes;
	struct loaded loaded;

	CHECK_EQUAL(-1, load_as_on("/nonexistent", &loaded, &failure));
	CHECK_EQUAL(0, strcmp(LOAD_REASON_KERNEL, failure.reason));
	CHECK_EQUAL(0, strcmp("/nonexistent: No such file or directory", failure.detail));
	CHECK_EQUAL(-1, load_handshakes_as_on("/nonexistent", &handshakes, &failure));
	CHECK_EQUAL(0, strcmp(LOAD_REASON_KERNEL, failure.reason));
}

#endif

MAIN()
