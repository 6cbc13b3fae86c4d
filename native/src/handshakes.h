/* handshakes.h - reads the map of what connections do between scans. */
#ifndef HANDSHAKES_H
#define HANDSHAKES_H

#include <stddef.h>
#include <stdint.h>

/* synoptic_read_handshakes(), with another time for SYNOPTIC_HANDSHAKES_IDLE_S. */
int handshakes_read(const int descriptors[3], const char *procfs, uint64_t idle_nanoseconds,
		    void *buffer, size_t size);

#endif
