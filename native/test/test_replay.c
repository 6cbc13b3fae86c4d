/* A dump of the real kernel's, recorded and then read again, whole and damaged. */
#include "recording.h"
#include "sock_diag.h"
#include "start_tally.h"

static struct synoptic_snapshot snapshot;
static struct synoptic_namespace namespace;
static struct tally tally;
static struct sock_diag_dump dump;

static void start(void)
{
	record();
	start_tally(&tally, &snapshot, &namespace);
	dump = (struct sock_diag_dump){
		.tally = &tally, .type = TCPDIAG_GETSOCK, .sequence = SEQUENCE, .portid = portid,
	};
}

/* The first `size` bytes of a datagram, in memory of just that size. */
static int play_first(const struct datagram *datagram, size_t size)
{
	char *bytes = malloc(size ? size : 1);
	int status;

	CHECK(bytes);
	memcpy(bytes, datagram->bytes, size);
	status = sock_diag_read(&dump, &datagram->sender, bytes, size);
	free(bytes);
	return status;
}

static int play(const struct datagram *datagram)
{
	return play_first(datagram, datagram->size);
}

/* The datagrams before `end`. */
static void play_until(uint32_t end)
{
	for (uint32_t i = 0; i < end; i++)
		CHECK_EQUAL(0, play(&recorded[i]));
}

static uint64_t rows_before(uint32_t end)
{
	uint64_t rows = 0;

	for (uint32_t i = 0; i < end; i++)
		rows += recorded[i].messages;
	return rows;
}

static void check_whole(void)
{
	CHECK_EQUAL(recorded_rows, snapshot.scanned_sockets);
	CHECK_EQUAL(2 * CONNECTIONS + 5, namespace.sockets[SYNOPTIC_IPV4][TCP_LISTEN] +
					 namespace.sockets[SYNOPTIC_IPV6][TCP_LISTEN]);
}

TEST(a_replayed_dump_counts_what_a_live_scan_counts)
{
	static const int states[] = {
		TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT2, TCP_CLOSE_WAIT, TCP_TIME_WAIT,
	};
	static const struct synoptic_timers none;
	struct synoptic_namespace replayed;

	start();
	play_until(datagrams - 1);
	CHECK_EQUAL(1, play(&recorded[datagrams - 1]));
	check_whole();
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV4][states[i]] +
			       namespace.sockets[SYNOPTIC_IPV6][states[i]]);
	CHECK_EQUAL(5, namespace.receive_queue_bytes);

	replayed = namespace;
	start();
	CHECK_EQUAL(0, sock_diag_scan(&tally, deadline_in(10000)));
	/* The SYN may have been repeated by now, and ages are asked for by themselves. */
	CHECK(namespace.outbound_close_wait.oldest < 10000);
	replayed.outbound_timers = none;
	namespace.outbound_timers = none;
	memset(&namespace.outbound_close_wait, 0, sizeof(namespace.outbound_close_wait));
	CHECK_EQUAL(0, memcmp(&replayed, &namespace, sizeof(namespace)));
	CHECK_EQUAL(recorded_rows, snapshot.scanned_sockets);
}

TEST(a_dump_cut_at_any_byte_counts_what_came_before_and_is_not_done)
{
	record();
	for (uint32_t cut = 0; cut < datagrams; cut++) {
		const struct datagram *datagram = &recorded[cut];
		uint32_t whole = 0;

		for (size_t size = 0; size < datagram->size; size++) {
			bool between = size == 0;
			int status;

			if (whole < datagram->messages && size == datagram->ends[whole]) {
				between = true;
				whole++;
			}
			start();
			play_until(cut);
			status = play_first(datagram, size);
			CHECK_EQUAL(between ? 0 : -EBADMSG, status);
			CHECK_EQUAL(rows_before(cut) + whole, snapshot.scanned_sockets);
		}
	}
}

TEST(a_message_shorter_than_its_struct_is_no_row_and_no_end)
{
	struct datagram row, done;

	record();
	row = recorded[0];
	done = recorded[datagrams - 1];
	for (uint32_t length = 1; length < row.ends[0]; length++) {
		bool is_row = length >= NLMSG_LENGTH(sizeof(struct inet_diag_msg));

		start();
		message_of(&row, 0)->nlmsg_len = length;
		CHECK_EQUAL(is_row ? 0 : -EBADMSG, play_first(&row, length));
		CHECK_EQUAL(is_row, snapshot.scanned_sockets);
	}
	for (uint32_t length = 0; length < NLMSG_LENGTH(sizeof(int)); length++) {
		start();
		message_of(&done, 0)->nlmsg_len = length;
		CHECK(play(&done) < 0);
	}
}

TEST(a_length_beyond_the_datagram_is_an_error_anywhere)
{
	static const uint32_t lengths[] = { 0, 15, 4097, INT32_MAX, UINT32_MAX - 3, UINT32_MAX };
	struct datagram damaged;

	record();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		for (uint32_t at = 0; at < recorded[1].messages; at++) {
			start();
			play_until(1);
			damaged = recorded[1];
			message_of(&damaged, at)->nlmsg_len = lengths[i];
			CHECK_EQUAL(-EBADMSG, play(&damaged));
			CHECK_EQUAL(rows_before(1) + at, snapshot.scanned_sockets);
		}
	}
}

/* Reads the dump with what the request said changed: all of it answers another. */
static void check_nothing_believed(enum synoptic_rejection why, uint64_t rejected)
{
	play_until(datagrams);
	CHECK_EQUAL(0, snapshot.scanned_sockets);
	CHECK_EQUAL(rejected, snapshot.rejected_messages[why]);
}

TEST(an_answer_to_another_request_never_ends_the_dump)
{
	start();
	dump.sequence = SEQUENCE + 1;
	check_nothing_believed(SYNOPTIC_REJECTED_SEQUENCE, recorded_rows + 1);
	start();
	dump.sequence = SEQUENCE - 1;
	check_nothing_believed(SYNOPTIC_REJECTED_SEQUENCE, recorded_rows + 1);
}

TEST(an_answer_to_another_socket_never_ends_the_dump)
{
	start();
	dump.portid = portid + 1;
	check_nothing_believed(SYNOPTIC_REJECTED_PORTID, recorded_rows + 1);
}

TEST(an_answer_from_a_process_never_ends_the_dump)
{
	start();
	for (uint32_t i = 0; i < datagrams; i++) {
		struct datagram forged = recorded[i];

		forged.sender.nl_pid = portid;
		CHECK_EQUAL(0, play(&forged));
	}
	CHECK_EQUAL(0, snapshot.scanned_sockets);
	CHECK_EQUAL(datagrams, snapshot.rejected_messages[SYNOPTIC_REJECTED_SENDER]);
}

/* The dump with message `at` of datagram 1 turned into one of `type` that says `status`. */
static int play_with_status(uint16_t type, int status, uint32_t at)
{
	struct datagram damaged;
	struct nlmsghdr *message;

	start();
	play_until(1);
	damaged = recorded[1];
	message = message_of(&damaged, at);
	message->nlmsg_type = type;
	memcpy(NLMSG_DATA(message), &status, sizeof(status));
	return play(&damaged);
}

TEST(an_error_between_rows_is_the_dumps_error)
{
	static const uint16_t types[] = { NLMSG_ERROR, NLMSG_DONE };
	static const int errors[] = { -EPERM, -ENOENT, -ENOMEM, -EBUSY, -EINVAL };

	record();
	for (int i = 0; i < 2; i++)
		for (size_t e = 0; e < sizeof(errors) / sizeof(*errors); e++)
			for (uint32_t at = 0; at < recorded[1].messages; at++) {
				CHECK_EQUAL(errors[e], play_with_status(types[i], errors[e], at));
				CHECK_EQUAL(rows_before(1) + at, snapshot.scanned_sockets);
			}
	CHECK_EQUAL(-EPROTO, play_with_status(NLMSG_ERROR, 0, 3));
	CHECK_EQUAL(-EPROTO, play_with_status(NLMSG_DONE, EPERM, 3));
	CHECK_EQUAL(-ENOBUFS, play_with_status(NLMSG_OVERRUN, 0, 3));
}

TEST(rows_may_come_in_any_order)
{
	start();
	for (uint32_t i = datagrams - 1; i-- > 0;) {
		struct datagram *datagram = &recorded[i];

		for (uint32_t at = datagram->messages; at-- > 0;) {
			const struct nlmsghdr *message = message_of(datagram, at);

			CHECK_EQUAL(0, sock_diag_read(&dump, &datagram->sender, message,
						      message->nlmsg_len));
		}
	}
	CHECK_EQUAL(1, play(&recorded[datagrams - 1]));
	check_whole();
}

TEST(a_dump_that_repeats_itself_counts_once_and_ends_at_done_only)
{
	start();
	for (int i = 0; i < 3; i++)
		play_until(datagrams - 1);
	check_whole();
	CHECK_EQUAL(2 * recorded_rows, snapshot.duplicate_sockets);
	CHECK_EQUAL(1, play(&recorded[datagrams - 1]));
}

MAIN()
