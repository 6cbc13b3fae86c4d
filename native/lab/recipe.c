/* recipe.c - what can be made. */
#include "recipe.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "flood.h"
#include "freeze.h"
#include "queue.h"
#include "timers.h"

#define PAIRS .measure = freeze_measure_pairs, .make = freeze_pairs

const struct recipe recipes[] = {
	{ .name = "established", PAIRS,
	  .client = TCP_ESTABLISHED, .server = TCP_ESTABLISHED },
	{ .name = "syn_sent", .measure = freeze_measure_syn_sent, .make = freeze_syn_sent },
	{ .name = "syn_recv", .measure = freeze_measure_syn_recv, .make = freeze_syn_recv },
	{ .name = "fin_wait1", PAIRS, .turn = freeze_fin_wait1, .traits = UNANSWERED,
	  .client = TCP_FIN_WAIT1, .server = TCP_ESTABLISHED },
	{ .name = "fin_wait2", PAIRS, .closes_first = CLIENT,
	  .client = TCP_FIN_WAIT2, .server = TCP_CLOSE_WAIT },
	{ .name = "close_wait", PAIRS, .closes_first = CLIENT,
	  .client = TCP_FIN_WAIT2, .server = TCP_CLOSE_WAIT },
	{ .name = "last_ack", PAIRS, .closes_first = SERVER, .turn = freeze_fin_wait1,
	  .traits = UNANSWERED,
	  .client = TCP_LAST_ACK, .server = TCP_FIN_WAIT2 },
	{ .name = "closing", PAIRS, .turn = freeze_closing, .traits = UNANSWERED,
	  .client = TCP_CLOSING, .server = TCP_FIN_WAIT1 },
	{ .name = "time_wait", .measure = freeze_measure_time_wait, .make = freeze_pairs,
	  .closes_first = CLIENT, .turn = freeze_time_wait,
	  .client = TCP_TIME_WAIT, .server = TCP_CLOSE },
	{ .name = "keepalive", PAIRS, .turn = timers_keepalive,
	  .client = TCP_ESTABLISHED, .server = TCP_ESTABLISHED },
	{ .name = "retransmitting", PAIRS, .turn = timers_send_unanswered, .traits = UNANSWERED,
	  .client = TCP_ESTABLISHED, .server = TCP_ESTABLISHED, .settle = timers_await_repeat },
	{ .name = "zero_window", PAIRS, .turn = timers_fill_window, .traits = SMALL_WINDOW,
	  .client = TCP_ESTABLISHED, .server = TCP_ESTABLISHED,
	  .settle = timers_await_zero_window },
	{ .name = "orphan", PAIRS, .turn = freeze_fin_wait1, .traits = UNANSWERED,
	  .client = TCP_FIN_WAIT1, .server = TCP_ESTABLISHED, .settle = timers_abandon },
	{ .name = "repeated_syn", .measure = freeze_measure_syn_sent, .make = freeze_syn_sent,
	  .settle = timers_await_repeat },
	{ .name = "repeated_syn_ack", .measure = freeze_measure_syn_recv, .make = freeze_syn_recv,
	  .settle = timers_await_second_syn_ack },
	{ .name = "listen", .measure = queue_measure_listen, .make = queue_make_listen },
	{ .name = "listener", .measure = queue_measure, .make = queue_make,
	  .keys = KEY_BACKLOG | KEY_FILL | KEY_GROUP | KEY_PORT },
	{ .name = "syn", .measure = flood_measure, .make = flood_make,
	  .keys = KEY_BACKLOG | KEY_PORT },
	{ .name = NULL },
};

const struct recipe *recipe_find(const char *name, int length)
{
	for (const struct recipe *recipe = recipes; recipe->name; recipe++)
		if ((size_t)length == strlen(recipe->name) &&
		    memcmp(name, recipe->name, (size_t)length) == 0)
			return recipe;
	return NULL;
}

const char *recipe_names(void)
{
	static char names[256];
	size_t length = 0;

	for (const struct recipe *recipe = recipes; recipe->name; recipe++)
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
					   length ? ", " : "", recipe->name);
	return names;
}
