/*
 * filter.h - classic BPF: which segments a socket gets to see.
 *
 * Every function returns 0 or -errno, with a failure text.
 */
#ifndef LAB_FILTER_H
#define LAB_FILTER_H

#include "census.h"

/* Nothing gets through. */
int filter_drop_all(int fd);

/* On a listener: only SYNs get through, so that no handshake completes. */
int filter_pass_syn(int fd);

/*
 * On a listener, for the connections it accepts: all inherit this one filter,
 * where a filter attached to each costs 6 KiB of kernel memory and 28 us.
 * filter_mute() then silences one client towards its server, and is what the
 * filter looks for; the other direction stays open.
 */
int filter_drop_muted(int fd);
int filter_mute(int client, enum family family);

/* On a raw TCP socket: segments to the others don't fill its queue. */
int filter_pass_source(int raw, enum family family, unsigned port);

/* All further SYNs to a SO_REUSEPORT group go to its member, counted in order of listen(). */
int filter_steer(int listener, unsigned member);
int filter_steer_no_more(int listener);

#endif
