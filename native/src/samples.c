/* samples.c - adds polls of the listeners up. */
#include "samples.h"

#define SECOND 1000000000ULL

/* The longest time between two polls that is taken to have been as the second one shows. */
#define LONGEST_GAP SECOND

/* All together are 60 seconds at least. */
#define PEAK_SPAN (5 * SECOND)

/* A dump may miss a socket: inet_diag_dump_icsk() resumes a chain by position. */
#define MISSED_POLLS 4

/* Returns false if there is no room for the socket. */
static bool add_drops(const struct sampler_tables *tables, struct synoptic_sampled *row,
		      const struct synoptic_listener *listener)
{
	struct sampler_socket *socket = sampler_socket(tables, row->netns_cookie, listener);

	if (!socket)
		return false;
	row->drops += (uint32_t)(listener->drops - socket->drops);
	socket->drops = listener->drops;
	socket->poll = tables->sampler->poll;
	return true;
}

static void add_queue(struct synoptic_sampled *row, const struct synoptic_listener *listener)
{
	double utilization;

	row->sockets++;
	row->known |= listener->known;
	row->accept_queue_length += listener->accept_queue_length;
	if (!(listener->known & SYNOPTIC_KNOWN_LIMIT))
		return;
	row->accept_queue_limit += listener->accept_queue_limit;
	utilization = listener->accept_queue_length / (listener->accept_queue_limit + 1.0);
	if (utilization > row->utilization)
		row->utilization = utilization;
}

/* Returns false if there is no room for the listener, or for its drops. */
static bool add_listener(const struct sampler_tables *tables, uint64_t netns_cookie,
			 const struct synoptic_listener *listener, uint64_t now)
{
	struct synoptic_sampled *row = sampler_row(tables, netns_cookie, listener);
	struct sampler_account *account;

	if (!row)
		return false;
	account = &tables->accounts[row - tables->rows];
	if (account->poll != tables->sampler->poll) {
		account->poll = tables->sampler->poll;
		row->seen = now;
		row->sockets = 0;
		row->known = 0;
		row->accept_queue_length = 0;
		row->accept_queue_limit = 0;
		row->utilization = 0;
	}
	add_queue(row, listener);
	return !(listener->known & SYNOPTIC_KNOWN_DROPS) || add_drops(tables, row, listener);
}

/* Clears the spans that have begun since the last peak. */
static void move_peaks(struct sampler_account *account, uint64_t now)
{
	uint32_t newest = (uint32_t)(now / PEAK_SPAN);
	uint32_t begun = newest - account->peaks_until;

	for (uint32_t i = 0; i < begun && i < SAMPLER_PEAKS; i++)
		account->peaks[(newest - i) % SAMPLER_PEAKS] = 0;
	account->peaks_until = newest;
}

static void add_peak(struct sampler_account *account, double utilization, uint64_t now)
{
	double *peak;

	move_peaks(account, now);
	peak = &account->peaks[account->peaks_until % SAMPLER_PEAKS];
	if (utilization > *peak)
		*peak = utilization;
}

/* Takes what the poll shows to have been so for the `credit` before, in nanoseconds. */
static void integrate(const struct sampler_tables *tables, uint64_t credit, uint64_t now)
{
	uint32_t count = tables->sampler->shown.rows.count;

	for (uint32_t i = 0; i < count; i++) {
		struct synoptic_sampled *row = &tables->rows[i];
		struct sampler_account *account = sampler_account(tables, i);

		if (tables->accounts[i].poll != tables->sampler->poll)
			continue;
		row->length_nanoseconds += (double)row->accept_queue_length * (double)credit;
		if (row->utilization > 0)
			add_peak(&tables->accounts[i], row->utilization, now);
		if (row->utilization > account->highest)
			account->highest = row->utilization;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct synoptic_sampled *row = &tables->rows[i];
		struct sampler_account *account = &tables->accounts[i];

		if (account->highest == 0)
			continue;
		row->utilization_nanoseconds += account->highest * (double)credit;
		if (account->highest >= 1)
			row->full_nanoseconds += credit;
		account->highest = 0;
	}
}

static const void *table_row(const struct synoptic_snapshot *snapshot,
			     enum synoptic_table_number number, uint32_t row)
{
	const struct synoptic_table *table = &snapshot->table[number];

	return (const char *)snapshot + table->offset + (size_t)row * table->stride;
}

static uint64_t netns_cookie_of(const struct synoptic_snapshot *snapshot, uint32_t netns_row)
{
	const struct synoptic_namespace *row;

	if (netns_row >= snapshot->table[SYNOPTIC_NAMESPACES].count)
		return 0;
	row = table_row(snapshot, SYNOPTIC_NAMESPACES, netns_row);
	return row->cookie;
}

/* Whether the scan has read every listener. */
static bool is_complete(const struct synoptic_snapshot *snapshot)
{
	return snapshot->unlisted_listeners == 0 && snapshot->unlisted_namespaces == 0 &&
	       snapshot->rejected_messages[SYNOPTIC_REJECTED_RECORD] == 0 &&
	       snapshot->rejected_messages[SYNOPTIC_REJECTED_CHAIN] == 0;
}

static void add_listeners(const struct sampler_tables *tables, const struct synoptic_snapshot *snapshot,
			  uint64_t now)
{
	struct synoptic_sampler *shown = &tables->sampler->shown;

	shown->unlisted_listeners = snapshot->unlisted_listeners;
	for (uint32_t i = 0; i < snapshot->table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *row = table_row(snapshot, SYNOPTIC_LISTENERS, i);

		shown->unlisted_listeners +=
			!add_listener(tables, netns_cookie_of(snapshot, row->netns_row), row, now);
	}
}

void samples_add(struct sampler *sampler, const struct synoptic_snapshot *snapshot, uint64_t now)
{
	struct sampler_tables tables = sampler_tables(sampler);
	struct synoptic_sampler *shown = &sampler->shown;
	bool limits = snapshot->source != SYNOPTIC_SOURCE_PROC;
	uint64_t gap = now - shown->newest;
	uint64_t credit = limits && sampler->limits && gap <= LONGEST_GAP ? gap : 0;

	sampler->poll++;
	sampler->limits = limits;
	shown->newest = now;
	shown->observed_nanoseconds += credit;
	add_listeners(&tables, snapshot, now);
	integrate(&tables, credit, now);
	/* proc has no drops, and its cookies are others. */
	if (!limits)
		return;
	sampler->all_sockets = is_complete(snapshot) && shown->unlisted_listeners == 0;
	if (sampler->sockets == sampler->capacity)
		sampler_forget_sockets(&tables, 1);
	else if (sampler->all_sockets)
		sampler_forget_sockets(&tables, MISSED_POLLS);
}

void samples_show(struct sampler *sampler, uint64_t now)
{
	struct sampler_tables tables = sampler_tables(sampler);

	for (uint32_t i = 0; i < sampler->shown.rows.count; i++) {
		struct sampler_account *account = &tables.accounts[i];
		double peak = 0;

		if (tables.rows[i].serial == 0)
			continue;
		move_peaks(account, now);
		for (int span = 0; span < SAMPLER_PEAKS; span++)
			if (account->peaks[span] > peak)
				peak = account->peaks[span];
		tables.rows[i].peak_utilization = peak;
	}
}
