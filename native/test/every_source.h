/* every_source.h - for tests of what every source reports, in a table of connections of their own. */
#ifndef EVERY_SOURCE_H
#define EVERY_SOURCE_H

#include "pairs.h"
#include "places.h"

static bool has_bpf;

/* Where no BPF program can be loaded, the other sources are tested all the same. */
static void start_every_source(void)
{
	static struct load_failure failure;
	static bool tried;

	children_end();
	need_sock_diag();
	if (!tried)
		has_bpf = load(&node_descriptors, &failure) == 0;
	tried = true;
	own_table_enter(1024);
}

#endif
