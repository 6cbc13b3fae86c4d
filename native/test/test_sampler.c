/* What polls of the listeners add up to, and until when they go on. */
#include "samples.h"
#include "sampling.h"

#include <errno.h>

#define LISTENERS 8

static _Alignas(8) char sampler_buffer[16384], larger_buffer[16384];
static struct sampler *sampler = (void *)sampler_buffer;

/* A table that no kernel has written. */
static struct {
	struct synoptic_snapshot snapshot;
	struct synoptic_namespace namespaces[2];
	struct synoptic_listener listeners[LISTENERS + 2];
} table;

static uint64_t now;

static void clear_table(void)
{
	memset(&table, 0, sizeof(table));
	table.snapshot.source = SYNOPTIC_SOURCE_SOCK_DIAG;
	table.snapshot.table[SYNOPTIC_NAMESPACES].offset = offsetof(typeof(table), namespaces);
	table.snapshot.table[SYNOPTIC_NAMESPACES].stride = sizeof(*table.namespaces);
	table.snapshot.table[SYNOPTIC_LISTENERS].offset = offsetof(typeof(table), listeners);
	table.snapshot.table[SYNOPTIC_LISTENERS].stride = sizeof(*table.listeners);
}

static void start(void)
{
	now = 1000 * SECOND;
	clear_table();
	sampler = (void *)sampler_buffer;
	CHECK(synoptic_sampler_size(LISTENERS) <= sizeof(sampler_buffer));
	CHECK_EQUAL(0, synoptic_sampler_start(sampler, sizeof(sampler_buffer), LISTENERS, NULL));
}

static struct synoptic_listener *listens(uint64_t cookie, uint16_t port)
{
	struct synoptic_listener *row =
		&table.listeners[table.snapshot.table[SYNOPTIC_LISTENERS].count++];

	*row = (struct synoptic_listener){
		.cookie = cookie, .port = port, .accept_queue_limit = 9,
		.known = SYNOPTIC_KNOWN_LIMIT | SYNOPTIC_KNOWN_DROPS,
	};
	return row;
}

static void queues(uint64_t cookie, uint16_t port, uint32_t length)
{
	listens(cookie, port)->accept_queue_length = length;
}

static void drops(uint64_t cookie, uint16_t port, uint32_t segments)
{
	listens(cookie, port)->drops = segments;
}

static void poll_after(uint64_t milliseconds)
{
	now += milliseconds * MILLISECOND;
	samples_add(sampler, &table.snapshot, now);
	samples_show(sampler, now);
	clear_table();
}

static const struct synoptic_sampled *port(uint16_t number)
{
	const struct synoptic_sampled *row = sampled_port(sampler, 0, number);

	CHECK(row);
	return row;
}

static struct synoptic_sampled *row(uint32_t number)
{
	struct synoptic_sampled *rows = sampler_tables(sampler).rows;

	return &rows[number];
}

TEST(a_queue_is_full_for_as_long_as_polls_show_it_full)
{
	start();
	queues(1, 80, 0);
	poll_after(0);
	for (int i = 0; i < 4; i++) {
		queues(1, 80, 10);
		poll_after(250);
	}
	queues(1, 80, 5);
	poll_after(500);
	CHECK_EQUAL(1000 * MILLISECOND, port(80)->full_nanoseconds);
	CHECK_EQUAL(1250 * MILLISECOND, port(80)->utilization_nanoseconds);
	CHECK_EQUAL((10000 + 2500) * MILLISECOND, port(80)->length_nanoseconds);
	CHECK_EQUAL(1500 * MILLISECOND, sampler->shown.observed_nanoseconds);
	CHECK(port(80)->utilization == 0.5);
	CHECK_EQUAL(5, port(80)->accept_queue_length);
	CHECK_EQUAL(9, port(80)->accept_queue_limit);
}

TEST(of_a_gap_of_more_than_a_second_nothing_is_known)
{
	start();
	queues(1, 80, 10);
	poll_after(0);
	queues(1, 80, 10);
	poll_after(1001);
	CHECK_EQUAL(0, port(80)->full_nanoseconds);
	CHECK(port(80)->length_nanoseconds == 0);
	CHECK_EQUAL(0, sampler->shown.observed_nanoseconds);
	queues(1, 80, 10);
	poll_after(1000);
	CHECK_EQUAL(1000 * MILLISECOND, port(80)->full_nanoseconds);
	CHECK_EQUAL(1000 * MILLISECOND, sampler->shown.observed_nanoseconds);
}

TEST(without_limits_no_time_is_observed_and_the_length_is_there)
{
	start();
	for (int i = 0; i < 3; i++) {
		queues(1, 80, 10);
		table.listeners[0].known = 0;
		table.snapshot.source = SYNOPTIC_SOURCE_PROC;
		poll_after(250);
	}
	CHECK_EQUAL(0, port(80)->known);
	CHECK_EQUAL(10, port(80)->accept_queue_length);
	CHECK_EQUAL(0, sampler->shown.observed_nanoseconds);
	CHECK_EQUAL(0, port(80)->full_nanoseconds);
	CHECK(port(80)->length_nanoseconds == 0);
	queues(1, 80, 10);
	poll_after(250);
	CHECK_EQUAL(0, sampler->shown.observed_nanoseconds);
	queues(1, 80, 10);
	poll_after(250);
	CHECK_EQUAL(250 * MILLISECOND, sampler->shown.observed_nanoseconds);
	CHECK_EQUAL(250 * MILLISECOND, port(80)->full_nanoseconds);
}

TEST(the_peak_lasts_a_minute)
{
	start();
	queues(1, 80, 5);
	poll_after(0);
	for (int i = 0; i < 120; i++) {
		queues(1, 80, i == 0 ? 10 : 1);
		poll_after(500);
		CHECK(port(80)->peak_utilization == 1);
	}
	for (int i = 0; i < 10; i++) {
		queues(1, 80, 1);
		poll_after(500);
	}
	CHECK(port(80)->peak_utilization == 0.1);
}

TEST(the_peak_of_a_closed_listener_ends_as_well)
{
	start();
	queues(1, 80, 10);
	poll_after(0);
	poll_after(30000);
	CHECK(port(80)->peak_utilization == 1);
	poll_after(36000);
	CHECK(port(80)->peak_utilization == 0);
	poll_after(1000000);
	CHECK(port(80)->peak_utilization == 0);
}

TEST(drops_count_from_the_first_poll)
{
	start();
	drops(1, 80, 100);
	poll_after(0);
	CHECK_EQUAL(0, port(80)->drops);
	drops(1, 80, 107);
	poll_after(5000);
	CHECK_EQUAL(7, port(80)->drops);
}

TEST(drops_go_on_when_the_kernels_counter_wraps)
{
	start();
	drops(1, 80, UINT32_MAX - 1);
	poll_after(0);
	drops(1, 80, 3);
	poll_after(250);
	CHECK_EQUAL(5, port(80)->drops);
}

TEST(drops_go_on_when_a_listener_is_closed_and_opened_again)
{
	start();
	drops(1, 80, 100);
	poll_after(0);
	drops(1, 80, 110);
	poll_after(250);
	poll_after(250);
	CHECK(port(80)->seen != sampler->shown.newest);
	drops(2, 80, 3);
	poll_after(250);
	CHECK_EQUAL(13, port(80)->drops);
	CHECK_EQUAL(1, port(80)->serial);
	CHECK_EQUAL(sampler->shown.newest, port(80)->seen);
}

TEST(a_listener_that_one_poll_missed_has_dropped_nothing_twice)
{
	start();
	drops(1, 80, 100);
	poll_after(0);
	poll_after(250);
	drops(1, 80, 101);
	poll_after(250);
	CHECK_EQUAL(1, port(80)->drops);
}

TEST(after_a_poll_that_missed_listeners_an_unknown_one_may_be_old)
{
	start();
	table.snapshot.unlisted_listeners = 1;
	poll_after(0);
	drops(1, 80, 100);
	table.snapshot.rejected_messages[SYNOPTIC_REJECTED_RECORD] = 1;
	poll_after(250);
	CHECK_EQUAL(0, port(80)->drops);
	drops(1, 80, 100);
	drops(3, 80, 100);
	poll_after(250);
	CHECK_EQUAL(0, port(80)->drops);
	drops(2, 81, 100);
	poll_after(250);
	CHECK_EQUAL(100, port(81)->drops);
}

TEST(listeners_that_come_and_go_are_forgotten)
{
	start();
	for (uint64_t i = 0; i < 1000; i++) {
		drops(i, 80, 2);
		poll_after(250);
		CHECK_EQUAL(0, sampler->shown.unlisted_listeners);
	}
	CHECK_EQUAL(999 * 2, port(80)->drops);
	CHECK(sampler->sockets < LISTENERS);
}

TEST(a_reuseport_group_is_as_full_as_its_fullest_socket)
{
	start();
	for (int i = 0; i < 2; i++) {
		queues(1, 80, 2);
		queues(2, 80, 10);
		table.listeners[1].drops = (uint32_t)i * 3;
		poll_after(250);
	}
	CHECK_EQUAL(2, port(80)->sockets);
	CHECK_EQUAL(12, port(80)->accept_queue_length);
	CHECK_EQUAL(18, port(80)->accept_queue_limit);
	CHECK(port(80)->utilization == 1);
	CHECK_EQUAL(250 * MILLISECOND, port(80)->full_nanoseconds);
	CHECK_EQUAL(12 * 250 * MILLISECOND, port(80)->length_nanoseconds);
	CHECK_EQUAL(3, port(80)->drops);
}

/* In a group of its own each would be full for 500 ms. */
TEST(groups_shown_as_one_are_full_while_any_of_them_is)
{
	start();
	queues(1, 80, 0);
	queues(2, 81, 0);
	poll_after(0);
	row(1)->group = 0;
	queues(1, 80, 10);
	queues(2, 81, 0);
	poll_after(250);
	queues(1, 80, 10);
	queues(2, 81, 10);
	poll_after(250);
	queues(1, 80, 0);
	queues(2, 81, 10);
	poll_after(250);
	CHECK_EQUAL(750 * MILLISECOND, port(80)->full_nanoseconds);
	CHECK_EQUAL(0, port(81)->full_nanoseconds);
	CHECK(port(81)->utilization_nanoseconds == 0);
	CHECK(port(81)->peak_utilization == 1); /* of its own sockets */
	CHECK_EQUAL(10 * 500 * MILLISECOND, port(81)->length_nanoseconds);
	/* Also after the one that has the sums is closed. */
	queues(2, 81, 10);
	poll_after(250);
	CHECK_EQUAL(1000 * MILLISECOND, port(80)->full_nanoseconds);
}

TEST(a_scan_of_the_callers_own_adds_up_as_a_poll_does)
{
	start();
	drops(1, 80, 5);
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, synoptic_sampler_add(sampler, &table, now));
	clear_table();
	listens(1, 80)->drops = 7;
	table.listeners[0].accept_queue_length = 5;
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, synoptic_sampler_add(sampler, &table, now + SECOND));
	CHECK_EQUAL(2, port(80)->drops);
	CHECK_EQUAL(5 * SECOND, port(80)->length_nanoseconds);
	CHECK(port(80)->peak_utilization == 0.5);
	table.snapshot.unlisted_listeners = 1;
	CHECK_EQUAL(SYNOPTIC_SAMPLER_FULL, synoptic_sampler_add(sampler, &table, now + 2 * SECOND));
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, synoptic_sampler_add(sampler, &table, now + 3 * SECOND));
	CHECK_EQUAL(-EINVAL, synoptic_sampler_add(sampler, NULL, now));
	CHECK_EQUAL(-EINVAL, synoptic_sampler_add(NULL, &table, now));
	CHECK_EQUAL(-EINVAL, synoptic_sampler_add(table.listeners, &table, now));
}

TEST(a_group_that_is_no_row_is_the_rows_own)
{
	start();
	queues(1, 80, 10);
	poll_after(0);
	row(0)->group = 12345;
	queues(1, 80, 10);
	poll_after(250);
	CHECK_EQUAL(250 * MILLISECOND, port(80)->full_nanoseconds);
}

TEST(namespaces_have_listeners_of_their_own)
{
	start();
	for (uint32_t i = 0; i < 2; i++) {
		table.snapshot.table[SYNOPTIC_NAMESPACES].count = 2;
		table.namespaces[0].cookie = 7;
		table.namespaces[1].cookie = 8;
		drops(1, 80, 0);
		drops(1, 80, 5 * i);
		table.listeners[1].netns_row = 1;
		poll_after(250);
	}
	CHECK_EQUAL(2, sampler->shown.rows.count);
	CHECK_EQUAL(7, row(0)->netns_cookie);
	CHECK_EQUAL(8, row(1)->netns_cookie);
	CHECK_EQUAL(0, row(0)->drops);
	CHECK_EQUAL(5, row(1)->drops);
}

static void fill_rows(uint16_t first)
{
	for (uint16_t i = 0; i < LISTENERS; i++)
		drops(first + i, (uint16_t)(first + i), 0);
}

TEST(rows_of_closed_groups_are_freed_when_there_is_no_room)
{
	start();
	fill_rows(100);
	poll_after(0);
	fill_rows(100);
	drops(200, 200, 0);
	poll_after(250);
	CHECK_EQUAL(1, sampler->shown.unlisted_listeners);
	sampler_free_rows(sampler);
	port(100);
	drops(100, 100, 0);
	poll_after(250);
	sampler_free_rows(sampler);
	port(100);
	CHECK(!sampled_port(sampler, 0, 101));
	drops(100, 100, 0);
	drops(200, 200, 0);
	poll_after(250);
	CHECK_EQUAL(LISTENERS + 1, port(200)->serial);
	CHECK_EQUAL(1, port(200)->group);
	CHECK_EQUAL(0, sampler->shown.unlisted_listeners);
}

TEST(a_row_that_others_are_folded_into_is_kept)
{
	start();
	drops(1, 80, 0);
	drops(2, 81, 0);
	drops(3, 82, 0);
	poll_after(0);
	row(1)->group = 0;
	drops(2, 81, 0);
	poll_after(7200000);
	sampler_free_rows(sampler);
	port(80);
	port(81);
	CHECK(!sampled_port(sampler, 0, 82));
}

TEST(a_closed_group_is_remembered_for_an_hour)
{
	start();
	drops(1, 80, 0);
	poll_after(0);
	poll_after(3600000);
	sampler_free_rows(sampler);
	port(80);
	poll_after(1);
	sampler_free_rows(sampler);
	CHECK(!sampled_port(sampler, 0, 80));
}

TEST(a_larger_sampler_goes_on)
{
	start();
	fill_rows(100);
	poll_after(0);
	CHECK_EQUAL(0, synoptic_sampler_start(larger_buffer, sizeof(larger_buffer), 2 * LISTENERS,
					      sampler));
	sampler = (void *)larger_buffer;
	fill_rows(100);
	table.listeners[3].drops = 4;
	table.listeners[3].accept_queue_length = 10;
	drops(200, 200, 5);
	poll_after(250);
	CHECK_EQUAL(0, sampler->shown.unlisted_listeners);
	CHECK_EQUAL(4, port(103)->drops);
	CHECK_EQUAL(4, port(103)->serial);
	CHECK_EQUAL(5, port(200)->drops);
	CHECK_EQUAL(250 * MILLISECOND, port(103)->full_nanoseconds);
	CHECK_EQUAL(250 * MILLISECOND, sampler->shown.observed_nanoseconds);
}

TEST(polls_take_a_hundredth_of_a_core)
{
	struct budget budget = { 0 };
	uint64_t at = 1000 * SECOND, spent = 0;

	while (at < 2000 * SECOND) {
		CHECK_EQUAL(0, budget_wait(&budget, at));
		budget_spend(&budget, 7 * MILLISECOND);
		spent += 7 * MILLISECOND;
		at += 250 * MILLISECOND;
		at += budget_wait(&budget, at);
	}
	/* All that may be saved, and the last one overdraws it. */
	CHECK(spent <= 10 * SECOND + 107 * MILLISECOND);
	CHECK(spent >= 10 * SECOND);
}

TEST(polls_that_take_less_wait_for_nothing)
{
	struct budget budget = { 0 };

	for (uint64_t at = 1000 * SECOND; at < 2000 * SECOND; at += 250 * MILLISECOND) {
		CHECK_EQUAL(0, budget_wait(&budget, at));
		budget_spend(&budget, 2 * MILLISECOND);
	}
	budget_spend(&budget, 90 * MILLISECOND);
	CHECK_EQUAL(0, budget_wait(&budget, 2000 * SECOND));
}

static enum synoptic_source source;
static uint32_t interval_ms;

static int call(void *buffer)
{
	static _Alignas(8) char scan_buffer[1 << 18];

	return synoptic_sample(buffer, source, "/proc", interval_ms, 10000, scan_buffer,
			       sizeof(scan_buffer));
}

static void start_call(enum synoptic_source with, uint32_t milliseconds)
{
	need_sock_diag();
	enter_namespace();
	start();
	source = with;
	interval_ms = milliseconds;
}

TEST(a_queue_that_is_full_for_a_second_is_seen_to_be)
{
	struct full_second second;

	start_call(SYNOPTIC_SOURCE_AUTO, 40);
	second = sample_full_second(sampler, call);
	check_full_second(sampler, 0, second);
	CHECK_EQUAL(SYNOPTIC_SOURCE_SOCK_DIAG, sampler->shown.source);
	CHECK_EQUAL(SYNOPTIC_KNOWN_LIMIT | SYNOPTIC_KNOWN_DROPS, port(second.port)->known);
	CHECK_EQUAL(1, port(second.port)->accept_queue_limit);
}

TEST(proc_has_the_length_and_no_limit)
{
	struct queue queue;

	start_call(SYNOPTIC_SOURCE_PROC, 10);
	queue = queue_open();
	queue_fill(&queue);
	for (int i = 0; i < 3; i++) {
		synoptic_sampler_ask(sampler);
		CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, call(sampler));
	}
	CHECK_EQUAL(2, port(queue.port)->accept_queue_length);
	CHECK_EQUAL(0, port(queue.port)->known);
	CHECK_EQUAL(0, port(queue.port)->full_nanoseconds);
	CHECK_EQUAL(0, sampler->shown.observed_nanoseconds);
	CHECK_EQUAL(3, sampler->shown.polls);
	queue_empty(&queue);
	close(queue.listener);
}

/* The kernel drops a third connection's SYN. */
TEST(drops_are_those_of_the_kernel)
{
	struct queue queue;
	int client;

	start_call(SYNOPTIC_SOURCE_SOCK_DIAG, 1000);
	synoptic_sampler_ask(sampler);
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, call(sampler));
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	queue = queue_open();
	queue_fill(&queue);
	CHECK(connect(client, (struct sockaddr *)&queue.address, sizeof(queue.address)) < 0);
	synoptic_sampler_ask(sampler);
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, call(sampler));
	CHECK(port(queue.port)->drops >= 1);
	close(client);
	queue_empty(&queue);
	close(queue.listener);
}

TEST(it_ends_when_it_is_asked_not_when_the_next_poll_is_due)
{
	struct sampling sampling;
	uint64_t begun;

	start_call(SYNOPTIC_SOURCE_AUTO, 30000);
	sampling_start(&sampling, sampler, call);
	usleep(100000);
	begun = now_nanoseconds();
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, sampling_ask(&sampling));
	CHECK(now_nanoseconds() - begun < 5 * SECOND);
	/* The first, and the one that it was asked for. */
	CHECK(sampler->shown.polls <= 2);
	CHECK(sampler->shown.newest > begun);
	CHECK_EQUAL(0, sampler->shown.asked);
}

TEST(the_next_call_polls_an_interval_after_the_last_one)
{
	uint64_t before;
	struct sampling sampling;

	start_call(SYNOPTIC_SOURCE_AUTO, 300);
	synoptic_sampler_ask(sampler);
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, call(sampler));
	before = sampler->shown.polls;
	sampling_start(&sampling, sampler, call);
	usleep(50000);
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, sampling_ask(&sampling));
	CHECK(sampler->shown.polls <= before + 2);
	CHECK(sampler->shown.observed_nanoseconds >= 40 * MILLISECOND);
}

TEST(it_ends_when_there_is_no_room_once)
{
	struct queue queues_open[2];

	start_call(SYNOPTIC_SOURCE_AUTO, 1);
	CHECK_EQUAL(0, synoptic_sampler_start(sampler, sizeof(sampler_buffer), 1, NULL));
	queues_open[0] = queue_open();
	queues_open[1] = queue_open();
	CHECK_EQUAL(SYNOPTIC_SAMPLER_FULL, call(sampler));
	CHECK_EQUAL(1, sampler->shown.unlisted_listeners);
	synoptic_sampler_ask(sampler);
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, call(sampler));
	CHECK_EQUAL(0, synoptic_sampler_start(larger_buffer, sizeof(larger_buffer), 2, sampler));
	synoptic_sampler_ask(larger_buffer);
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, call(larger_buffer));
	CHECK(sampled_port(larger_buffer, 0, queues_open[0].port));
	CHECK(sampled_port(larger_buffer, 0, queues_open[1].port));
	close(queues_open[0].listener);
	close(queues_open[1].listener);
}

TEST(it_ends_when_the_source_is_not_there)
{
	static _Alignas(8) char scan_buffer[1 << 18];

	start();
	CHECK_EQUAL(-ENOENT, synoptic_sample(sampler, SYNOPTIC_SOURCE_PROC, "/nonexistent", 1, 1000,
					     scan_buffer, sizeof(scan_buffer)));
	CHECK_EQUAL(ENOENT, sampler->shown.error);
	CHECK_EQUAL(1, sampler->shown.failed_polls);
	CHECK_EQUAL(0, sampler->shown.newest);
}

TEST(what_can_not_be_asked_for_is_refused)
{
	static _Alignas(8) char scan_buffer[1 << 18];

	start();
	CHECK_EQUAL(0, synoptic_sampler_size(0));
	CHECK_EQUAL(0, synoptic_sampler_size(65535));
	CHECK(synoptic_sampler_size(65534) > 0);
	CHECK_EQUAL(-EINVAL, synoptic_sampler_start(larger_buffer, 100, LISTENERS, NULL));
	CHECK_EQUAL(-EINVAL, synoptic_sampler_start(larger_buffer + 4, 16000, LISTENERS, NULL));
	CHECK_EQUAL(-EINVAL, synoptic_sampler_start(larger_buffer, 16000, 1, sampler));
	CHECK_EQUAL(-EINVAL, synoptic_sample(sampler, SYNOPTIC_SOURCE_AUTO, "/proc", 0, 1000,
					     scan_buffer, sizeof(scan_buffer)));
	CHECK_EQUAL(-EINVAL, synoptic_sample(sampler, SYNOPTIC_SOURCE_AUTO, "/proc", 1, 0,
					     scan_buffer, sizeof(scan_buffer)));
	CHECK_EQUAL(-EINVAL, synoptic_sample(sampler, SYNOPTIC_SOURCE_BPF, "/proc", 1, 1000,
					     scan_buffer, sizeof(scan_buffer)));
	memset(larger_buffer, 0, sizeof(larger_buffer));
	CHECK_EQUAL(-EINVAL, synoptic_sample(larger_buffer, SYNOPTIC_SOURCE_AUTO, "/proc", 1, 1000,
					     scan_buffer, sizeof(scan_buffer)));
}

MAIN()
