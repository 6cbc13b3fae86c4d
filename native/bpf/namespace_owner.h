/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* namespace_owner.h - the user that owns a network namespace: struct synoptic_namespace.owner_uid. */
#ifndef NAMESPACE_OWNER_H
#define NAMESPACE_OWNER_H

#include "run.h"

/* create_user_ns() allows 32 levels, and the initial one is not counted. */
#define USER_NAMESPACES_MOST 33

struct owner_search {
	struct walk_order *order;
	__u64 user_ns;
	__u32 uid;
};

static long to_outer_user_namespace(__u32 index, struct owner_search *search)
{
	__u32 uid;

	if (search->user_ns == 0)
		return 1;
	spend(search->order, COST_NODE);
	uid = CAST(user_namespace, search->user_ns)->owner.val;
	if (uid != 0)
		search->uid = uid;
	search->user_ns = word_at(PLACE(search->user_ns, user_namespace, parent));
	return 0;
}

static __always_inline __u32 owner_of(struct walk_order *order, __u64 net)
{
	struct owner_search search = {
		.order = order, .user_ns = word_at(PLACE(net, net, user_ns)),
	};

	bpf_loop(USER_NAMESPACES_MOST, to_outer_user_namespace, &search, 0);
	return search.uid;
}

#endif
