/* proc_net_tcp.c - the TCP sockets of a namespace from /proc/net/tcp and tcp6. */
#include "proc_net_tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"

/* A read returns a page at most: seq_read_iter(), fs/seq_file.c. */
#define READ_BUFFER 8192

/*
 * The columns that are read; get_tcp4_sock(), net/ipv4/tcp_ipv4.c. Columns are
 * separated by blanks and have no fixed position: the first grows with the number of
 * sockets, and lines are padded for IPv4 only.
 */
enum column {
	NUMBER = 0, /* `sl' in the first line */
	LOCAL = 1,  /* address:port, in hexadecimal; the address' words in host order */
	REMOTE = 2,
	STATE = 3,
	QUEUES = 4, /* tx_queue:rx_queue */
	TIMER = 5,  /* tr:tm->when */
	REPEATS = 6, /* retrnsmt */
	INODE = 9,
};

void proc_net_tcp_start(struct proc_net_tcp *file, struct tally *tally, uint8_t family,
			enum proc_lines lines)
{
	*file = (struct proc_net_tcp){ .tally = tally, .family = family, .lines = lines };
	tally->known &= ~(uint32_t)SYNOPTIC_KNOWN_AGES;
}

/* Columns that are read of the line, if it has them. */
static uint32_t columns_read(const struct proc_net_tcp *file)
{
	uint8_t state = file->field > STATE ? file->socket.state : 0;

	return state == TCP_LISTEN || tally_may_be_orphan(state) ? INODE + 1 : REPEATS + 1;
}

/* Columns without which it is no line: of a listener up to the inode. */
static uint32_t columns_needed(const struct proc_net_tcp *file)
{
	return file->field > STATE && file->socket.state == TCP_LISTEN ? INODE + 1 : QUEUES + 1;
}

/* Reads `digits` hexadecimal digits. Returns false if there is anything else. */
static bool read_hex(const char *text, uint32_t digits, uint32_t *value)
{
	*value = 0;
	for (uint32_t i = 0; i < digits; i++) {
		char c = text[i];
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (c >= 'A' && c <= 'F')
			digit = (uint32_t)(c - 'A' + 10);
		else
			return false;
		*value = *value << 4 | digit;
	}
	return true;
}

static bool read_address(struct proc_net_tcp *file, uint32_t address[4], uint32_t *port)
{
	uint32_t words = file->family == AF_INET ? 1 : 4;

	if (file->length != words * 8 + 5 || file->text[words * 8] != ':' ||
	    !read_hex(file->text + words * 8 + 1, 4, port))
		return false;
	file->socket.key = hash_mix(file->socket.key, *port);
	for (uint32_t i = 0; i < words; i++) {
		if (!read_hex(file->text + i * 8, 8, &address[i]))
			return false;
		file->socket.key = hash_mix(file->socket.key, address[i]);
	}
	return true;
}

static bool read_local(struct proc_net_tcp *file)
{
	uint32_t port;

	if (!read_address(file, file->own, &port))
		return false;
	file->socket.port = (uint16_t)port;
	return true;
}

static bool read_remote(struct proc_net_tcp *file)
{
	uint32_t peer[4], port;

	if (!read_address(file, peer, &port))
		return false;
	if (file->family == AF_INET)
		tally_set_ipv4(&file->socket, file->own, peer);
	else
		tally_set_ipv6(&file->socket, file->own, peer);
	file->socket.peer_port = (uint16_t)port;
	return true;
}

static bool read_state(struct proc_net_tcp *file)
{
	uint32_t state;

	if (file->length != 2 || !read_hex(file->text, 2, &state) ||
	    state < TCP_ESTABLISHED || state > TCP_CLOSING)
		return false;
	file->socket.state = (uint8_t)state;
	file->socket.key = hash_mix(file->socket.key, state);
	return true;
}

static bool read_queues(struct proc_net_tcp *file)
{
	return file->length == 17 && file->text[8] == ':' &&
	       read_hex(file->text, 8, &file->socket.send_queue) &&
	       read_hex(file->text + 9, 8, &file->socket.receive_queue);
}

/*
 * These two may have another form, on a kernel that is no Linux: then the timers are unknown.
 */
static void read_timer(struct proc_net_tcp *file)
{
	uint32_t timer;

	file->socket.timer = TALLY_TIMERS;
	if (file->length > 3 && file->text[2] == ':' && read_hex(file->text, 2, &timer) &&
	    timer < TALLY_TIMERS)
		file->socket.timer = (uint8_t)timer;
}

/* gVisor has no timers: a timewait socket of Linux has always one. */
static void read_repeats(struct proc_net_tcp *file)
{
	struct tally_socket *socket = &file->socket;
	uint32_t repeats;

	if (file->length != 8 || !read_hex(file->text, 8, &repeats) ||
	    socket->timer == TALLY_TIMERS ||
	    (socket->state == TCP_TIME_WAIT && socket->timer != TALLY_TIMER_TIME_WAIT))
		return;
	socket->repeats = repeats > UINT8_MAX ? UINT8_MAX : (uint8_t)repeats;
	socket->known |= SYNOPTIC_KNOWN_TIMERS;
}

/* Listeners of one SO_REUSEPORT group differ in nothing else. */
static bool read_inode(struct proc_net_tcp *file)
{
	uint64_t inode = 0;

	for (uint32_t i = 0; i < file->length; i++) {
		if (file->text[i] < '0' || file->text[i] > '9')
			return false;
		inode = inode * 10 + (uint64_t)(file->text[i] - '0');
	}
	file->socket.inode = inode;
	if (file->socket.state == TCP_LISTEN) {
		file->socket.cookie = inode;
		file->socket.key = hash_mix(file->socket.key, (uint32_t)inode);
		return true;
	}
	file->socket.closed = inode == 0;
	if (file->socket.known & SYNOPTIC_KNOWN_TIMERS)
		file->socket.known |= SYNOPTIC_KNOWN_ORPHANS;
	return true;
}

static bool read_field(struct proc_net_tcp *file)
{
	if (file->length > sizeof(file->text))
		return false;
	switch (file->field) {
	case LOCAL:
		return read_local(file);
	case REMOTE:
		return read_remote(file);
	case STATE:
		return read_state(file);
	case QUEUES:
		return read_queues(file);
	case TIMER:
		read_timer(file);
		return true;
	case REPEATS:
		read_repeats(file);
		return true;
	case INODE:
		return read_inode(file);
	default:
		return true;
	}
}

/* The first line names the columns, which proves that the file is a table of sockets. */
static bool read_title(const struct proc_net_tcp *file)
{
	return file->field != NUMBER || (file->length == 2 && memcmp(file->text, "sl", 2) == 0);
}

static int end_field(struct proc_net_tcp *file)
{
	if (file->length == 0)
		return 0;
	if (!(file->titled ? read_field(file) : read_title(file)))
		return -EPROTO;
	file->field++;
	file->length = 0;
	return 0;
}

/*
 * A connection is counted with the listener that it belongs to, which must be known by then.
 * tcp_seek_last_pos(), net/ipv4/tcp_ipv4.c, walks the listeners first. Before Linux 4.4 each is
 * followed by its request sockets; gVisor lists sockets in no order at all.
 */
static int fold_socket(struct proc_net_tcp *file)
{
	bool listener = file->socket.state == TCP_LISTEN;

	if (file->lines == PROC_ALL && listener && file->past_listeners)
		return 1;
	/* gVisor lists sockets that are not bound, and all of them look the same. */
	if (file->socket.state == TCP_CLOSE)
		file->socket.key = 0;
	else if (!listener)
		file->past_listeners = true;
	if (file->lines == PROC_ALL || listener == (file->lines == PROC_LISTENERS))
		tally_add(file->tally, &file->socket);
	return 0;
}

static int end_line(struct proc_net_tcp *file)
{
	int status = end_field(file);

	if (status)
		return status;
	if (file->titled) {
		if (file->field < columns_needed(file))
			return -EPROTO;
		status = fold_socket(file);
	} else if (file->field == 0) {
		return -EPROTO;
	}
	file->titled = true;
	file->field = 0;
	file->socket = (struct tally_socket){ .key = 1 };
	return status;
}

/* Takes in a field up to its end or the end of the piece. Returns how many bytes that are. */
static size_t read_bytes(struct proc_net_tcp *file, const char *piece, size_t size)
{
	size_t count = 0;

	while (count < size && piece[count] != ' ' && piece[count] != '\n' && piece[count] != '\t')
		count++;
	if (file->length + count <= sizeof(file->text)) {
		memcpy(file->text + file->length, piece, count);
		file->length += (uint32_t)count;
	} else {
		file->length = sizeof(file->text) + 1;
	}
	return count;
}

int proc_net_tcp_read(struct proc_net_tcp *file, const char *piece, size_t size)
{
	size_t i = 0;

	while (i < size) {
		int status;

		if (file->titled && file->field >= columns_read(file)) {
			const char *end = memchr(piece + i, '\n', size - i);

			if (!end)
				return 0;
			i = (size_t)(end - piece);
		}
		if (piece[i] != '\n')
			file->inside = true;
		i += read_bytes(file, piece + i, size - i);
		if (i == size)
			return 0;
		file->inside = piece[i] != '\n';
		status = file->inside ? end_field(file) : end_line(file);
		if (status)
			return status;
		i++;
	}
	return 0;
}

int proc_net_tcp_end(const struct proc_net_tcp *file)
{
	if (!file->titled)
		return -EPROTO;
	return file->inside ? -EBADMSG : 0;
}

/*
 * The read that finds the end walks the whole table once more, in one go: 127 ms at a
 * million sockets (tcp_seek_last_pos(), net/ipv4/tcp_ipv4.c). The read before it
 * fills less than a page, which shows the end on today's kernels; but no interface
 * promises that, and a missed socket is worse than time lost where sock_diag is refused.
 */
static int read_file(struct proc_net_tcp *file, int fd, deadline_t deadline)
{
	char buffer[READ_BUFFER];

	while (deadline_left(deadline) > 0) {
		ssize_t size = read(fd, buffer, sizeof(buffer));
		int status;

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return -errno;
		if (size == 0)
			return proc_net_tcp_end(file);
		status = proc_net_tcp_read(file, buffer, (size_t)size);
		if (status)
			return status;
	}
	return -ETIMEDOUT;
}

static int scan_file(struct tally *tally, const char *procfs, uint8_t family,
		     enum proc_lines lines, deadline_t deadline)
{
	const char *name = family == AF_INET ? "tcp" : "tcp6";
	struct proc_net_tcp file;
	char path[PATH_MAX];
	int fd, status;

	if (snprintf(path, sizeof(path), "%s/net/%s", procfs, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* A kernel without IPv6 has no tcp6. */
	if (fd < 0 && errno == ENOENT && family == AF_INET6)
		return 0;
	if (fd < 0)
		return -errno;
	proc_net_tcp_start(&file, tally, family, lines);
	status = read_file(&file, fd, deadline);
	close(fd);
	return status;
}

static int scan_files(struct tally *tally, const char *procfs, enum proc_lines lines,
		      deadline_t deadline)
{
	int status = scan_file(tally, procfs, AF_INET, lines, deadline);

	return status ? status : scan_file(tally, procfs, AF_INET6, lines, deadline);
}

int proc_net_tcp_scan(struct tally *tally, const char *procfs, bool in_order, deadline_t deadline)
{
	int status;

	if (in_order && !tally->listeners_alone)
		return scan_files(tally, procfs, PROC_ALL, deadline);
	status = scan_files(tally, procfs, PROC_LISTENERS, deadline);
	if (status || tally->listeners_alone)
		return status;
	return scan_files(tally, procfs, PROC_OTHERS, deadline);
}
