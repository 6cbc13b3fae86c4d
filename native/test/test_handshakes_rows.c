/* The rows of what was counted: which there are, how long, how many; and that nobody else writes them. */
#include "synoptic.h"

#include "counting.h"

#include <linux/bpf.h>
#include <sys/syscall.h>

#define IDLE_NANOSECONDS 1000000000u

/* With rows that go soon. */
static void start_forgetting(void)
{
	counting_idle = IDLE_NANOSECONDS;
	counting_start();
}

static void wait_for_idle(void)
{
	usleep(IDLE_NANOSECONDS / 1000 + 50000);
}

/* All that is idle: others on the host have rows in this map, too, and a reading removes so many. */
static void forget(void)
{
	uint32_t before;

	wait_for_idle();
	do {
		counting_read();
		before = counted->keys.count;
		counting_read();
	} while (counted->keys.count < before);
}

/* Whether it has a row: each has been made some time. */
static bool has_row(const struct sockaddr_in6 *address)
{
	return inbound(address)->since > 0;
}

static struct sockaddr_in6 loopback;

static int start_listening(void)
{
	start_forgetting();
	make_place(1024);
	loopback = ipv4_address(INADDR_LOOPBACK, 0);
	return listen_at(&loopback, 128);
}

static void open_and_close(int listener)
{
	int client = connect_to(&loopback), server = accept_from(listener);

	close(client);
	read_to_end(server);
	close(server);
}

TEST(a_listener_has_a_row_from_listen_on)
{
	int listener = start_listening();

	counting_read();
	CHECK(has_row(&loopback));
	CHECK_EQUAL(0, inbound(&loopback)->opened);
	close(listener);
	start();
}

/* As those that are there before the programs are: the map forgets them, and a scan brings them back. */
TEST(a_scan_gives_each_listener_a_row_and_keeps_it)
{
	int listener = start_listening(), waits = 0;
	uint64_t since;

	forget();
	CHECK(!has_row(&loopback));
	node_scan();
	counting_read();
	CHECK(has_row(&loopback));
	/* Without a connection the row goes soon, and on a busy machine before the next line. */
	open_and_close(listener);
	counting_read();
	since = inbound(&loopback)->since;
	while (waits++ < 7) {
		usleep(IDLE_NANOSECONDS / 5000);
		node_scan();
		counting_read();
		CHECK_EQUAL(since, inbound(&loopback)->since);
	}
	CHECK_EQUAL(1, inbound(&loopback)->opened);
	close(listener);
	start();
}

TEST(connections_of_a_listener_that_nothing_has_shown_count_in_the_rest)
{
	int listener = start_listening();
	uint64_t before;

	forget();
	before = rest(SYNOPTIC_INBOUND)->opened;
	open_and_close(listener);
	counting_read();
	/* That row is all namespaces'. */
	CHECK(rest(SYNOPTIC_INBOUND)->opened > before);
	CHECK(!has_row(&loopback));
	close(listener);
	start();
}

TEST(rows_go_when_nothing_counts_in_them_any_more_and_start_from_zero)
{
	int listener = start_listening();
	uint64_t since;

	open_and_close(listener);
	wait_for_ends(&loopback, 1, 1);
	since = outbound()->since;
	close(listener);
	wait_for_idle();
	counting_read();
	/* This one still has them, with all that was counted. */
	CHECK_EQUAL(1, inbound(&loopback)->opened);
	CHECK_EQUAL(1, outbound()->opened);
	forget();
	CHECK(!has_row(&loopback));
	CHECK_EQUAL(0, outbound()->since);
	listener = listen_at(&loopback, 16);
	open_and_close(listener);
	counting_read();
	CHECK_EQUAL(1, outbound()->opened);
	CHECK(outbound()->since > since);
	close(listener);
	start();
}

TEST(rows_that_have_counted_nothing_go_soon)
{
	int listener = start_listening(), other;
	struct sockaddr_in6 counts = loopback;

	open_and_close(listener);
	loopback.sin6_port = 0;
	other = listen_at(&loopback, 16);
	usleep(IDLE_NANOSECONDS / 5000);
	counting_read();
	counting_read();
	CHECK(!has_row(&loopback));
	CHECK(has_row(&counts));
	close(listener);
	close(other);
	start();
}

TEST(rows_of_namespaces_that_are_gone_go)
{
	uint64_t cookies[20], left = 0;
	int listener;

	start_forgetting();
	for (int i = 0; i < 20; i++) {
		make_place(16);
		cookies[i] = netns_cookie();
		loopback = ipv4_address(INADDR_LOOPBACK, 0);
		listener = listen_at(&loopback, 16);
		open_and_close(listener);
		close(listener);
	}
	start();
	node_scan();
	forget();
	for (uint32_t row = 0; row < counted->keys.count; row++)
		for (int i = 0; i < 20; i++)
			left += counting_key(row)->netns_cookie == cookies[i];
	CHECK_EQUAL(0, left);
}

TEST(a_row_that_counts_is_not_removed_whoever_asks)
{
	int listener = start_listening();
	struct synoptic_handshake_key key = {
		.netns_cookie = netns_cookie(), .address = { 127, 0, 0, 1 },
		.port = ntohs(loopback.sin6_port),
	};
	const struct synoptic_handshake_key keys[] = { key, { .direction = SYNOPTIC_INBOUND },
						       { .direction = SYNOPTIC_OUTBOUND } };

	for (int i = 0; i < 3; i++) {
		union bpf_attr attr = {
			.test = { .prog_fd = (uint32_t)counting.forget,
				  .ctx_in = (uintptr_t)&keys[i], .ctx_size_in = sizeof(key) },
		};

		/* That of the rest has counted nothing for long. */
		if (i == 1)
			wait_for_idle();
		CHECK_EQUAL(0, syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)));
		CHECK_EQUAL(0, attr.test.retval);
	}
	counting_read();
	CHECK(has_row(&loopback));
	CHECK(rest(SYNOPTIC_INBOUND)->since > 0);
	CHECK(rest(SYNOPTIC_OUTBOUND)->since > 0);
	close(listener);
	start();
}

TEST(a_buffer_that_is_too_small_has_what_it_has_room_for_and_says_that_there_is_more)
{
	static _Alignas(8) char small[4096];
	const struct synoptic_handshakes *header = (const void *)small;
	int listener = start_listening(), more;
	size_t size = synoptic_handshakes_size(2);

	loopback.sin6_port = 0;
	more = listen_at(&loopback, 1);
	CHECK(size > 0 && size < sizeof(small));
	CHECK_EQUAL(0, synoptic_read_handshakes(counting.map, counting.events, counting.forget, "/proc",
						small, size));
	CHECK_EQUAL(1, header->more);
	CHECK(header->keys.count <= 2);
	CHECK_EQUAL(header->keys.count, header->counts.count);
	CHECK(header->size <= size);
	CHECK_EQUAL(0, synoptic_handshakes_size(0));
	CHECK_EQUAL(0, synoptic_handshakes_size(SYNOPTIC_HANDSHAKES_MOST + 1));
	close(listener);
	close(more);
	start();
}

TEST(a_reading_that_fails_leaves_empty_tables)
{
	const struct synoptic_handshakes *header = (const void *)counting_buffer;

	start_forgetting();
	counting_read();
	CHECK(counted->keys.count > 0);
	CHECK_EQUAL(-EBADF, synoptic_read_handshakes(-1, -1, -1, "/proc", counting_buffer,
						     sizeof(counting_buffer)));
	CHECK_EQUAL(0, header->keys.count);
	CHECK_EQUAL(0, header->counts.count);
	CHECK_EQUAL(SYNOPTIC_ABI, header->abi);
	CHECK_EQUAL(sizeof(*header), header->size);
	/* Another map. */
	CHECK_EQUAL(-EPROTO, synoptic_read_handshakes(node_descriptors.records, counting.events,
						      counting.forget, "/proc", counting_buffer,
						      sizeof(counting_buffer)));
	CHECK_EQUAL(-EINVAL, synoptic_read_handshakes(counting.map, -1, -1, "/proc", counting_buffer,
						      sizeof(*header)));
	CHECK_EQUAL(-EINVAL, synoptic_read_handshakes(counting.map, -1, -1, "/proc",
						      counting_buffer + 4, 4096));
	CHECK_EQUAL(-EINVAL, synoptic_read_handshakes(counting.map, -1, -1, NULL, counting_buffer,
						      sizeof(counting_buffer)));
	/* What is missed is not known then, and nothing else. */
	CHECK_EQUAL(0, synoptic_read_handshakes(counting.map, -1, counting.forget, "/proc",
						counting_buffer, sizeof(counting_buffer)));
	CHECK(header->missed_events == UINT64_MAX);
	CHECK(header->keys.count > 0);
}

TEST(bounds_of_the_cells_are_those_of_both_histograms)
{
	static const double classic[] = { 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
					  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5 };
	int found = 0, powers = 0;
	double power = 1.0 / (1 << 17);

	start_forgetting();
	counting_read();
	for (int i = 0; i < SYNOPTIC_DURATION_CELLS; i++) {
		CHECK(i == 0 || counted->bounds[i] > counted->bounds[i - 1]);
		for (size_t j = 0; j < sizeof(classic) / sizeof(*classic); j++)
			found += counted->bounds[i] >= classic[j] && counted->bounds[i] <= classic[j];
		if (counted->bounds[i] >= power && counted->bounds[i] <= power) {
			powers++;
			power *= 2;
		}
	}
	CHECK_EQUAL(sizeof(classic) / sizeof(*classic), found);
	CHECK_EQUAL(21, powers);
	CHECK(counted->bounds[SYNOPTIC_DURATION_CELLS - 1] > 1e300);
}

static void check_refused(enum bpf_cmd command, union bpf_attr *attr)
{
	CHECK_EQUAL(-1, syscall(SYS_bpf, command, attr, sizeof(*attr)));
	CHECK_EQUAL(EPERM, errno);
}

/* Not even who has loaded them: the map is frozen, and to run a program takes a transition. */
TEST(only_the_programs_write_to_the_map_and_only_the_kernel_runs_them)
{
	static struct synoptic_handshake_counts value;
	struct synoptic_handshake_key key = { .netns_cookie = 1 };
	union bpf_attr element = { .key = (uintptr_t)&key, .value = (uintptr_t)&value };
	union bpf_attr run = { .test = { .ctx_in = (uintptr_t)&key, .ctx_size_in = sizeof(key) } };
	union bpf_attr many = { .batch = { .keys = (uintptr_t)&key, .values = (uintptr_t)&value,
					    .count = 1 } };

	start_forgetting();
	element.map_fd = (uint32_t)counting.map;
	check_refused(BPF_MAP_UPDATE_ELEM, &element);
	check_refused(BPF_MAP_LOOKUP_AND_DELETE_ELEM, &element);
	element.value = 0;
	check_refused(BPF_MAP_DELETE_ELEM, &element);
	many.batch.map_fd = (uint32_t)counting.map;
	check_refused(BPF_MAP_UPDATE_BATCH, &many);
	many.batch.count = 1;
	check_refused(BPF_MAP_DELETE_BATCH, &many);
	run.test.prog_fd = (uint32_t)counting.events;
	CHECK_EQUAL(-1, syscall(SYS_bpf, BPF_PROG_TEST_RUN, &run, sizeof(run)));
}

/* Each is made by a listener, and stays when that is closed. */
static void fill_map(uint32_t rows)
{
	struct sockaddr_in6 address;

	for (uint32_t i = 0; i < rows; i++) {
		address = ipv4_address(INADDR_LOOPBACK, (uint16_t)(10000 + i));
		close(listen_at(&address, 1));
	}
}

/* In a map of its own: it leaves no room for anybody else's. */
TEST(what_the_map_has_no_room_for_counts_in_the_rest)
{
	static struct load_failure failure;
	struct loaded_handshakes usual;
	uint64_t in, out;
	int listener;

	start_forgetting();
	usual = counting;
	CHECK_EQUAL(0, load_handshakes_within(UINT64_MAX / 2, 300, &counting, &failure));
	make_place(1024);
	fill_map(400);
	counting_idle = UINT64_MAX / 2;
	counting_read_once();
	CHECK_EQUAL(300, counted->keys.count);
	in = rest(SYNOPTIC_INBOUND)->opened;
	out = rest(SYNOPTIC_OUTBOUND)->opened;
	loopback = ipv4_address(INADDR_LOOPBACK, 9);
	listener = listen_at(&loopback, 16);
	for (int i = 0; i < 10; i++)
		open_and_close(listener);
	counting_read_once();
	CHECK(rest(SYNOPTIC_INBOUND)->opened >= in + 10);
	CHECK(rest(SYNOPTIC_OUTBOUND)->opened >= out + 10);
	CHECK(!has_row(&loopback));
	close(listener);
	close(counting.map);
	close(counting.events);
	close(counting.forget);
	close(counting.links[0]);
	close(counting.links[1]);
	counting = usual;
	start();
}

MAIN()
