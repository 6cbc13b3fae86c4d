/* timers.h - connections on which a timer runs. The types are those of struct recipe. */
#ifndef LAB_TIMERS_H
#define LAB_TIMERS_H

#include "recipe.h"

/* What freeze_pairs() does to a connection. */
int timers_keepalive(const struct connection *connection, enum family family);
int timers_send_unanswered(const struct connection *connection, enum family family);
int timers_fill_window(const struct connection *connection, enum family family);

/* Waits up to 10 s until the client has repeated something. */
int timers_await_repeat(const struct connection *connection);

/* Waits up to 10 s until the client has more to send, and no window for it. */
int timers_await_zero_window(const struct connection *connection);

/* Closes the client: nobody has it open any more, and it goes on. */
int timers_abandon(const struct connection *connection);

/* Waits up to 10 s until the client, connected before, has got a second SYN-ACK. */
int timers_await_second_syn_ack(const struct connection *connection);

#endif
