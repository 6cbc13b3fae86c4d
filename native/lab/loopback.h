/*
 * loopback.h - sockets on the loopback interface.
 *
 * IPV4 means 127.0.0.1, IPV6 ::1 and MAPPED ::ffff:127.0.0.1 at both ends. Every
 * socket has SO_LINGER {1, 0}, accepted ones by inheritance: however the process
 * ends, none of them is left in a closing state.
 *
 * Functions return a descriptor or 0, or -errno with a failure text.
 */
#ifndef LAB_LOOPBACK_H
#define LAB_LOOPBACK_H

#include <stdbool.h>

#include "census.h"

struct bounds;

/* Where a listener binds. */
struct place {
	enum family family;
	bool wildcard; /* MAPPED only: :: with IPv4 let in, so an ipv6 socket by its address */
	unsigned port; /* 0: any */
};

/* The family a listener at `place` counts as. */
enum family loopback_listener_family(const struct place *place);

/*
 * A socket bound to `place`, which no other socket has; *place learns the port.
 * One chosen here is outside the ephemeral range while such are free: clients
 * take the ephemeral ones up, and no listener can then bind to any of them.
 */
int loopback_claim(const struct bounds *bounds, struct place *place);

/* Lets loopback_join() bind further sockets to the port a claimed one has. */
int loopback_share(int claimed);
int loopback_join(const struct place *place);

int loopback_listen(int bound, unsigned backlog);

/* A client of the listener at the port; it fails after 10 s. */
int loopback_connect(enum family family, unsigned port);

/* A client that has sent its SYN and will repeat it `retries` times. */
int loopback_connect_no_wait(enum family family, unsigned port, unsigned retries);

int loopback_accept(int listener);

/* Its end will be a FIN, which is repeated until answered, and no reset, which isn't. */
int loopback_close_gently(int fd);

/* Pauses before another look; false once `since` is 10 s ago (census_now()), or at a signal. */
bool loopback_look_again(uint64_t since);

/* Waits up to 10 s until the socket is in the state. */
int loopback_await(int fd, int state);

/* Waits up to 10 s until the listener's accept queue is `length` long. */
int loopback_await_queue(int listener, unsigned length);

#endif
