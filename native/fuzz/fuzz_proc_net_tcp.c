/*
 * fuzz_proc_net_tcp.c - the text of /proc/net/tcp and tcp6, whole and in pieces.
 *
 * Input: a byte of options, one with the size of the pieces, one with the read that fails, then the
 * two texts with a zero byte between them.
 *
 * A slow reader of the target's own says how many sockets are in which state.
 */
#include "clock.h"
#include "snapshot.h"

#define PLAYING (fake_time != 0)
#define OWN_OPEN open_text
#define OWN_READ read_text
#define OWN_CLOSE
#include "calls.h"

#include <fcntl.h>
#include <unistd.h>

#define LISTENERS 24
#define DESCRIPTOR OWN_DESCRIPTORS /* of tcp, and the next of tcp6 */
#define TIMEOUT_MS 1000
#define MILLISECOND 1000000

enum option {
	LISTENERS_ALONE = 1,
	NO_TCP6 = 2,
	NO_TCP = 4,
	INTERRUPTED = 8, /* each read is so, once */
	LATE = 16,       /* each read takes a while */
	LONG_PATH = 32,
};

static struct text {
	const char *bytes;
	size_t size, at;
} texts[2];

static uint8_t options, failing;
static size_t piece;
static uint32_t reads;
static bool pieces; /* the second time, and as the input says */

static int open_text(const char *path, int flags)
{
	bool ipv6 = strcmp(path, "/p/net/tcp6") == 0;

	REQUIRE((ipv6 || strcmp(path, "/p/net/tcp") == 0) && flags == (O_RDONLY | O_CLOEXEC));
	if (options & (ipv6 ? NO_TCP6 : NO_TCP))
		return fail_with(options & LATE ? EACCES : ENOENT);
	texts[ipv6].at = 0;
	opened++;
	return DESCRIPTOR + ipv6;
}

static ssize_t read_text(int fd, void *bytes, size_t size)
{
	struct text *text = &texts[fd - DESCRIPTOR];
	size_t most = pieces && piece ? piece : size;

	REQUIRE(fd == DESCRIPTOR || fd == DESCRIPTOR + 1);
	reads++;
	if (pieces && (options & INTERRUPTED) && reads % 2)
		return fail_with(EINTR);
	if (pieces && failing && reads == failing)
		return fail_with(EIO);
	if (pieces && (options & LATE))
		fake_time += MILLISECOND;
	if (most > text->size - text->at)
		most = text->size - text->at;
	if (most)
		memcpy(bytes, text->bytes + text->at, most);
	text->at += most;
	return (ssize_t)most;
}

/* The two digits of the fourth word. */
static uint32_t state_of(const char *line, const char *end)
{
	uint32_t state = 0;

	for (int word = 0; word < 3; word++) {
		while (line < end && (*line == ' ' || *line == '\t'))
			line++;
		while (line < end && *line != ' ' && *line != '\t')
			line++;
	}
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	for (int digit = 0; digit < 2 && line < end; digit++, line++)
		state = state * 16 + (uint32_t)(*line <= '9' ? *line - '0' : *line - 'A' + 10);
	return state;
}

/* Adds the sockets of a file by state. */
static void expect(const struct text *text, uint64_t sockets[SYNOPTIC_STATES])
{
	const char *end = text->bytes + text->size, *line = memchr(text->bytes, '\n', text->size);

	for (line++; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		uint32_t state;

		/* The last line has its end. */
		REQUIRE(next);
		state = state_of(line, next);
		REQUIRE(state > 0 && state < SYNOPTIC_STATES);
		sockets[state]++;
		line = next + 1;
	}
}

static void require_counts(const struct synoptic_snapshot *snapshot)
{
	uint64_t expected[SYNOPTIC_STATES] = { 0 }, sum = 0, duplicates = 0;

	expect(&texts[0], expected);
	if (!(options & NO_TCP6))
		expect(&texts[1], expected);
	for (int state = 0; state < SYNOPTIC_STATES; state++)
		sum += expected[state];
	if (options & LISTENERS_ALONE) {
		REQUIRE(snapshot->scanned_sockets + snapshot->duplicate_sockets ==
			expected[TCP_LISTEN]);
		return;
	}
	REQUIRE(snapshot->scanned_sockets + snapshot->duplicate_sockets == sum);
	for (int state = 0; state < SYNOPTIC_STATES; state++) {
		const struct synoptic_namespace *row = namespace_row(snapshot, 0);
		uint64_t sockets = row->sockets[0][state] + row->sockets[1][state];

		REQUIRE(sockets <= expected[state]);
		duplicates += expected[state] - sockets;
	}
	REQUIRE(duplicates == snapshot->duplicate_sockets);
}

static int scan(struct synoptic_snapshot *snapshot, size_t size)
{
	static char long_path[5000];
	bool alone = options & LISTENERS_ALONE;
	const char *procfs = "/p";
	int status;

	if (pieces && (options & LONG_PATH)) {
		memset(long_path, 'p', sizeof(long_path) - 1);
		procfs = long_path;
	}
	opened = 0;
	reads = 0;
	fake_time = 1000000000;
	if (alone)
		status = synoptic_scan_listeners(SYNOPTIC_SOURCE_PROC, procfs, TIMEOUT_MS, snapshot,
						 size);
	else
		status = synoptic_scan(SYNOPTIC_SOURCE_PROC, procfs, TIMEOUT_MS, snapshot, size, 0);
	fake_time = 0;
	REQUIRE(opened == 0);
	require_consistent(snapshot, size, status, alone);
	if (status == 0)
		require_counts(snapshot);
	return status;
}

static bool fails_in_pieces(void)
{
	return failing || (options & (LATE | LONG_PATH));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct synoptic_snapshot *whole, *cut;
	static size_t room;
	struct input input = { bytes, size };
	const char *middle;
	int status;

	if (!whole) {
		room = synoptic_snapshot_size(LISTENERS, 0, 1);
		whole = malloc(room);
		cut = malloc(room);
		REQUIRE(whole && cut);
	}
	options = take(&input);
	piece = take(&input);
	failing = take(&input);
	middle = input.left ? memchr(input.at, 0, input.left) : NULL;
	texts[0] = (struct text){ .bytes = (const char *)input.at, .size = input.left };
	texts[1] = (struct text){ .bytes = "" };
	if (middle) {
		texts[0].size = (size_t)(middle - texts[0].bytes);
		texts[1].bytes = middle + 1;
		texts[1].size = input.left - texts[0].size - 1;
	}
	pieces = false;
	status = scan(whole, room);
	pieces = true;
	if (fails_in_pieces())
		scan(cut, room);
	else
		REQUIRE(scan(cut, room) == status && memcmp(whole, cut, whole->size) == 0);
	return 0;
}
