/* Reading /proc/net/tcp and tcp6, whatever their lines look like. */
#include "proc_net_tcp.h"
#include "start_tally.h"
#include "test.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define TITLE \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define REST " 00:00000000 00000000     0        0 "

static struct synoptic_snapshot snapshot;
static struct synoptic_namespace namespace;
static struct tally tally;
static struct proc_net_tcp file;

/* Reads `text` in pieces of `step` bytes, as a whole file. */
static int read_pieces(uint8_t family, const char *text, size_t step)
{
	size_t size = strlen(text);
	int status = 0;

	start_tally(&tally, &snapshot, &namespace);
	proc_net_tcp_start(&file, &tally, family, PROC_ALL);
	for (size_t at = 0; at < size && status == 0; at += step)
		status = proc_net_tcp_read(&file, text + at, size - at < step ? size - at : step);
	return status ? status : proc_net_tcp_end(&file);
}

static int read_text(uint8_t family, const char *text)
{
	return read_pieces(family, text, strlen(text));
}

/* From a real kernel: a listener with two in its accept queue, a connection with unread bytes. */
static const char ipv4[] = TITLE
	"   0: 00000000:1F90 00000000:0000 0A 00000000:00000002" REST "31337 1 0000000000000000 100 0 0 10 0                 \n"
	"   1: 0100007F:1F90 0100007F:C350 01 00000007:00000005" REST "31338 1 0000000000000000 20 4 30 10 -1               \n"
	"   2: 0100007F:C350 0100007F:1F90 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000                                \n";

TEST(a_line_is_a_socket)
{
	CHECK_EQUAL(0, read_text(AF_INET, ipv4));
	CHECK_EQUAL(3, snapshot.scanned_sockets);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV4][TCP_LISTEN]);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV4][TCP_ESTABLISHED]);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV4][TCP_TIME_WAIT]);
	CHECK_EQUAL(5, namespace.receive_queue_bytes);
	CHECK_EQUAL(7, namespace.send_queue_bytes);
}

TEST(pieces_may_be_cut_anywhere)
{
	for (size_t step = 1; step < sizeof(ipv4); step++) {
		CHECK_EQUAL(0, read_pieces(AF_INET, ipv4, step));
		CHECK_EQUAL(3, snapshot.scanned_sockets);
		CHECK_EQUAL(5, namespace.receive_queue_bytes);
	}
}

TEST(a_file_that_ends_inside_a_line_is_an_error)
{
	char cut[sizeof(ipv4)];

	for (size_t size = 0; size < sizeof(ipv4) - 1; size++) {
		memcpy(cut, ipv4, size);
		cut[size] = '\0';
		if (size > 0 && cut[size - 1] == '\n')
			CHECK_EQUAL(0, read_pieces(AF_INET, cut, size));
		else
			CHECK(read_pieces(AF_INET, cut, size ? size : 1) < 0);
	}
}

TEST(neither_slot_width_nor_line_length_matters)
{
	CHECK_EQUAL(0, read_text(AF_INET, TITLE
		"123456789: 0100007F:1F90 0100007F:C350 01 00000000:00000000" REST "1\n"
		"0: 0100007F:1F91 0100007F:C350 01 00000000:00000000" REST "1 2 3 4 5 6 7 8 9 10 11 12 13"
		" a_column_that_is_much_longer_than_any_that_is_known_today_and_that_is_no_reason_to_fail\n"));
	CHECK_EQUAL(2, snapshot.scanned_sockets);
}

TEST(ipv6_addresses_are_four_words_and_may_be_v4_mapped)
{
	CHECK_EQUAL(0, read_text(AF_INET6, TITLE
		"   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000" REST "1 1\n"
		"   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C350 08 00000000:00000000" REST "2 1\n"
		"   2: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C350 01 00000000:00000000" REST "3 1\n"));
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV6][TCP_LISTEN]);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV4][TCP_CLOSE_WAIT]);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV6][TCP_ESTABLISHED]);
}

/* Old tables of TCP and of UDP name other columns behind the inode, or none. */
TEST(columns_after_the_inode_mean_nothing)
{
	CHECK_EQUAL(0, read_text(AF_INET6,
		"  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"
		"12345: 000080FE00000000FF11223344556677:1F90 00000000000000000000000000000000:0000 0A 00000000:00000001" REST "51 2 00000000b9256fdd 0\n"
		" 6073: 00000000000000000000000000000000:14EB 00000000000000000000000000000000:0000 07 00000000:00000000" REST "52\n"));
	CHECK_EQUAL(2, snapshot.scanned_sockets);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV6][TCP_LISTEN]);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV6][TCP_CLOSE]);
	CHECK_EQUAL(51, listener_rows[0].inode);
}

/* From a real kernel: one each that retransmits, probes, keeps alive, repeats a SYN and a SYN-ACK. */
TEST(a_line_has_its_timer_and_how_often_it_has_expired)
{
	CHECK_EQUAL(0, read_text(AF_INET, TITLE
		"   0: 0100007F:0051 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31349452 1 0000000000000000 100 0 0 10 0\n"
		"   1: 0100007F:D5E6 0100007F:EE4A 01 00000001:00000000 01:00000022 00000003     0        0 31348436 2 0000000000000000 168 0 0 1 7\n"
		"   2: 0100007F:D5EC 0100007F:EE4A 01 00000001:00000000 01:00000022 00000000     0        0 31348438 2 0000000000000000 168 0 0 1 7\n"
		"   3: 0100007F:C1C2 0100007F:EE49 01 00001C80:00000000 04:0000002B 00000000     0        0 31349412 2 0000000000000000 40 0 0 10 -1\n"
		"   4: 0100007F:0051 0100007F:EE48 01 00000000:00000000 02:000AFC1D 00000000     0        0 31349407 2 0000000000000000 20 0 0 10 -1\n"
		"   5: 0100007F:A110 0100007F:EE4C 02 00000001:00000000 01:00000032 00000002     0        0 31349426 2 0000000000000000 400 0 0 1 7\n"
		"   6: 0100007F:0051 0100007F:8298 03 00000000:00000000 01:00000096 00000001     0        0 0 1 0000000000000000\n"));
	CHECK_EQUAL(1, namespace.outbound_timers.retransmitting);
	CHECK_EQUAL(1, namespace.outbound_timers.zero_window);
	CHECK_EQUAL(1, namespace.outbound_timers.repeated_syn);
	CHECK_EQUAL(0, namespace.outbound_timers.keepalive);
	CHECK_EQUAL(1, listener_rows[0].timers.keepalive);
	CHECK_EQUAL(1, listener_rows[0].timers.repeated_syn);
	CHECK_EQUAL(SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS, tally.known);
}

TEST(a_line_of_a_closing_state_without_an_inode_is_an_orphan)
{
	CHECK_EQUAL(0, read_text(AF_INET, TITLE
		"   0: 0100007F:B13E 0100007F:EE4B 04 00000001:00000000 01:0000004E 00000003     0        0 0 1 0000000000000000 168 0 0 1 7\n"
		"   1: 0100007F:B14C 0100007F:EE4B 04 00000001:00000000 01:0000004E 00000003     0        0 77 1 0000000000000000 168 0 0 1 7\n"
		"   2: 0100007F:B14D 0100007F:EE4B 05 00000000:00000000 02:00001770 00000000     0        0 0 1 0000000000000000 168 0 0 1 7\n"
		"   3: 0100007F:B14E 0100007F:EE4B 05 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000\n"
		"   4: 0100007F:B14F 0100007F:EE4B 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000 20 0 0 10 -1\n"));
	CHECK_EQUAL(2, namespace.orphans);
	CHECK_EQUAL(SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS, tally.known);
}

/* gVisor writes zeroes for what it doesn't know. */
TEST(where_lines_have_no_timers_these_are_unknown_and_sockets_are_counted)
{
	static const char *const lines[] = {
		"0: 0100007F:1F90 0100007F:C350 04 00000000:00000000\n",
		"0: 0100007F:1F90 0100007F:C350 04 00000000:00000000 01:00000000\n",
		"0: 0100007F:1F90 0100007F:C350 04 00000000:00000000 1 2 3 4 5 6\n",
		"0: 0100007F:1F90 0100007F:C350 04 00000000:00000000 09:00000000 00000000 0 0 7\n",
		"0: 0100007F:1F90 0100007F:C350 04 00000000:00000000 01:00000000 -1 0 0 7\n",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char text[256];

		snprintf(text, sizeof(text), "%s%s", TITLE, lines[i]);
		CHECK_EQUAL(0, read_text(AF_INET, text));
		CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV4][TCP_FIN_WAIT1]);
		CHECK_EQUAL(0, tally.known);
	}
	CHECK_EQUAL(0, read_text(AF_INET, TITLE
		"0: 0100007F:1F90 0100007F:C350 04 00000000:00000000 01:00000000 00000000 0 0\n"));
	CHECK_EQUAL(SYNOPTIC_KNOWN_TIMERS, tally.known);
	CHECK_EQUAL(0, read_text(AF_INET, TITLE
		"0: 0100007F:1F90 0100007F:C350 06 00000000:00000000 00:00000000 00000000 0 0 0\n"));
	CHECK_EQUAL(SYNOPTIC_KNOWN_ORPHANS, tally.known);
}

TEST(a_repeated_line_is_a_duplicate)
{
	CHECK_EQUAL(0, read_text(AF_INET, TITLE
		"   0: 0100007F:1F90 0100007F:C350 01 00000000:00000000" REST "7\n"
		"   1: 0100007F:1F90 0100007F:C350 01 00000000:00000009" REST "7\n"
		"   2: 0100007F:1F90 0100007F:C351 01 00000000:00000000" REST "8\n"));
	CHECK_EQUAL(2, snapshot.scanned_sockets);
	CHECK_EQUAL(1, snapshot.duplicate_sockets);
}

TEST(listeners_of_one_address_differ_by_inode)
{
	CHECK_EQUAL(0, read_text(AF_INET, TITLE
		"   0: 00000000:1F90 00000000:0000 0A 00000000:00000000" REST "41 1\n"
		"   1: 00000000:1F90 00000000:0000 0A 00000000:00000000" REST "42 1\n"
		"   2: 00000000:1F90 00000000:0000 0A 00000000:00000000" REST "42 1\n"));
	CHECK_EQUAL(2, snapshot.scanned_sockets);
	CHECK_EQUAL(1, snapshot.duplicate_sockets);
}

TEST(columns_are_apart_by_blanks_and_tabs_alike)
{
	CHECK_EQUAL(0, read_text(AF_INET, "\tsl\tlocal_address\n"
		"0:\t0100007F:1F90\t0100007F:C350\t01\t00000007:00000005\t1\n"));
	CHECK_EQUAL(1, snapshot.scanned_sockets);
	CHECK_EQUAL(5, namespace.receive_queue_bytes);
}

TEST(who_wants_listeners_reads_past_all_others)
{
	static const char text[] = TITLE
		"   0: 00000000:1F90 00000000:0000 0A 00000000:00000000" REST "41 1\n"
		"   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000" REST "7\n"
		"   2: 00000000:1F91 00000000:0000 0A 00000000:00000000" REST "42 1\n";

	start_tally(&tally, &snapshot, &namespace);
	proc_net_tcp_start(&file, &tally, AF_INET, PROC_LISTENERS);
	CHECK_EQUAL(0, proc_net_tcp_read(&file, text, sizeof(text) - 1));
	CHECK_EQUAL(2, snapshot.scanned_sockets);
	CHECK_EQUAL(2, listeners.count);

	proc_net_tcp_start(&file, &tally, AF_INET, PROC_OTHERS);
	CHECK_EQUAL(0, proc_net_tcp_read(&file, text, sizeof(text) - 1));
	CHECK_EQUAL(3, snapshot.scanned_sockets);
	CHECK_EQUAL(1, read_text(AF_INET, text));
}

TEST(what_is_no_such_file_is_an_error)
{
	static const char *const texts[] = {
		"",
		"\n",
		"hello\n",
		TITLE "   0: 0100007F:1F90 0100007F:C350 00 00000000:00000000" REST "1\n",
		TITLE "   0: 0100007F:1F90 0100007F:C350 0C 00000000:00000000" REST "1\n",
		TITLE "   0: 0100007F:1F90 0100007F:C350 01 00000000\n",
		TITLE "   0: 0100007F:1F90 0100007F:C350 01\n",
		TITLE "   0: 0100007F1F90 0100007F:C350 01 00000000:00000000" REST "1\n",
		TITLE "   0: 0100007G:1F90 0100007F:C350 01 00000000:00000000" REST "1\n",
		TITLE "   0: 0100007F:1F90 0100007F:C350 01 0000000:000000000" REST "1\n",
		TITLE "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n",
		TITLE "   0: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C350 01 00000000:00000000" REST "3\n",
		TITLE "\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CHECK(read_pieces(AF_INET, texts[i], strlen(texts[i]) ? strlen(texts[i]) : 1) < 0);
}

MAIN()
