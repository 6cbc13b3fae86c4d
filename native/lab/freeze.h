/* freeze.h - connections held in one state. The types are those of struct recipe. */
#ifndef LAB_FREEZE_H
#define LAB_FREEZE_H

#include "recipe.h"

/* SYN-ACKs repeated by a listener that must not complete its handshakes. */
#define FREEZE_SYN_ACK_RETRIES 24

int freeze_measure_pairs(const struct population *population, const struct bounds *bounds,
			 struct measure *measure);
int freeze_measure_syn_sent(const struct population *population, const struct bounds *bounds,
			    struct measure *measure);
int freeze_measure_syn_recv(const struct population *population, const struct bounds *bounds,
			    struct measure *measure);
int freeze_measure_time_wait(const struct population *population, const struct bounds *bounds,
			     struct measure *measure);

/* Both ends of each connection in this process. */
int freeze_pairs(const struct chunk *chunk, struct census *census);

int freeze_syn_sent(const struct chunk *chunk, struct census *census);
int freeze_syn_recv(const struct chunk *chunk, struct census *census);

/* What this socket sends next may go unanswered for a day. */
int freeze_be_patient(int fd);

/* What freeze_pairs() does to a connection. */
int freeze_fin_wait1(const struct connection *connection, enum family family);
int freeze_closing(const struct connection *connection, enum family family);
int freeze_time_wait(const struct connection *connection, enum family family);

#endif
