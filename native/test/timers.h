/* timers.h - what ss reports of each connection's timer, for tests. */
#ifndef TIMERS_H
#define TIMERS_H

#include "synoptic.h"
#include "test.h"

#include <inttypes.h>

/* A namespace's connections, as a scan counts them. */
struct timers_seen {
	struct synoptic_timers inbound, outbound;
	uint32_t orphans;
};

struct timers_line {
	char state[16], local[64], timer[16];
	unsigned long receive, send;
	unsigned repeats;
	uint64_t inode;
};

static inline unsigned timers_port(const char *address)
{
	return (unsigned)atoi(strrchr(address, ':') + 1);
}

/* STATE RECV-Q SEND-Q LOCAL PEER timer:(NAME,TIME,REPEATS) ino:NUMBER ..., of TIME nothing if it is 0. */
static inline void timers_parse(const char *text, struct timers_line *line)
{
	const char *timer = strstr(text, "timer:("), *inode = strstr(text, " ino:");

	memset(line, 0, sizeof(*line));
	CHECK_EQUAL(4, sscanf(text, "%15s %lu %lu %63s", line->state, &line->receive, &line->send,
			      line->local));
	if (timer) {
		CHECK_EQUAL(1, sscanf(timer, "timer:(%15[a-z],", line->timer));
		timer = strchr(strchr(timer, ',') + 1, ',');
		CHECK(timer);
		line->repeats = (unsigned)atoi(timer + 1);
	}
	if (inode)
		CHECK_EQUAL(1, sscanf(inode, " ino:%" SCNu64, &line->inode));
}

static inline bool timers_is(const char *text, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(text, *names) == 0)
			return true;
	return false;
}

static inline void timers_count(const struct timers_line *line, bool inbound,
				struct timers_seen *seen)
{
	static const char *const handshakes[] = { "SYN-SENT", "SYN-RECV", NULL };
	static const char *const closing[] = {
		"FIN-WAIT-1", "FIN-WAIT-2", "LAST-ACK", "CLOSING", NULL,
	};
	struct synoptic_timers *timers = inbound ? &seen->inbound : &seen->outbound;
	bool repeated = strcmp(line->timer, "on") == 0 && line->repeats > 0;
	bool handshake = timers_is(line->state, handshakes);
	bool orphan = timers_is(line->state, closing) && line->inode == 0 &&
		      strcmp(line->timer, "timewait") != 0;

	timers->retransmitting += repeated && !handshake;
	timers->repeated_syn += repeated && handshake;
	timers->zero_window += strcmp(line->timer, "persist") == 0;
	timers->keepalive += strcmp(line->timer, "keepalive") == 0 && !orphan;
	seen->orphans += orphan;
}

/* Of the namespace that the process is in. ss lists listeners first. */
static inline void timers_of_ss(struct timers_seen *seen)
{
	static bool listening[65536];
	struct timers_line line;
	char text[512];
	FILE *ss = popen("ss --no-header --tcp --all --numeric --options --extended", "re");

	CHECK(ss);
	memset(seen, 0, sizeof(*seen));
	memset(listening, 0, sizeof(listening));
	while (fgets(text, sizeof(text), ss)) {
		timers_parse(text, &line);
		if (strcmp(line.state, "LISTEN") == 0)
			listening[timers_port(line.local)] = true;
		else
			timers_count(&line, listening[timers_port(line.local)] &&
				     strcmp(line.state, "SYN-SENT") != 0, seen);
	}
	if (pclose(ss) != 0)
		SKIP("there is no ss here (Debian: iproute2)");
}

static inline void timers_add(struct synoptic_timers *sum, const struct synoptic_timers *timers)
{
	sum->retransmitting += timers->retransmitting;
	sum->zero_window += timers->zero_window;
	sum->repeated_syn += timers->repeated_syn;
	sum->keepalive += timers->keepalive;
}

/* Of one namespace of a snapshot. */
static inline void timers_of_row(const struct synoptic_snapshot *snapshot, uint32_t netns_row,
				 struct timers_seen *seen)
{
	const struct synoptic_table *table = snapshot->table;
	const char *at = (const char *)snapshot;
	const struct synoptic_namespace *namespace = (const void *)
		(at + table[SYNOPTIC_NAMESPACES].offset +
		 (size_t)netns_row * table[SYNOPTIC_NAMESPACES].stride);

	CHECK(netns_row < table[SYNOPTIC_NAMESPACES].count);
	CHECK_EQUAL(SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS,
		    namespace->known & (SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS));
	*seen = (struct timers_seen){
		.outbound = namespace->outbound_timers, .orphans = namespace->orphans,
	};
	for (uint32_t i = 0; i < table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *row = (const void *)
			(at + table[SYNOPTIC_LISTENERS].offset +
			 (size_t)i * table[SYNOPTIC_LISTENERS].stride);

		if (row->netns_row == netns_row)
			timers_add(&seen->inbound, &row->timers);
	}
}

#endif
