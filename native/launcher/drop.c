/* drop.c - gives up every privilege for good. */
#include "drop.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SETS _LINUX_CAPABILITY_U32S_3

static int failed(const char **what, const char *call)
{
	*what = call;
	return -errno;
}

/* A process without capabilities can't empty the bounding set, and can't use it either. */
static int holds_any(bool *any, const char **what)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[SETS];

	if (syscall(SYS_capget, &header, sets) < 0)
		return failed(what, "capget");
	for (int i = 0; i < SETS; i++)
		*any = *any || sets[i].permitted;
	return 0;
}

/* Needs CAP_SETPCAP. A kernel has fewer than 64 capabilities, and returns EINVAL for others. */
static int empty_bounding_set(const char **what)
{
	for (int capability = 0; capability < 64; capability++)
		if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return failed(what, "prctl(PR_CAPBSET_DROP)");
	return 0;
}

int drop_root(uid_t user, const char **what)
{
	if (setgroups(0, NULL) < 0)
		return failed(what, "setgroups");
	if (setresgid(user, user, user) < 0)
		return failed(what, "setresgid");
	if (setresuid(user, user, user) < 0)
		return failed(what, "setresuid");
	return 0;
}

/* All but those of the first 32 that are in `kept`, and that it has. */
static int empty_sets(unsigned int kept, const char **what)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[SETS] = { { 0 } };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return failed(what, "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");
	if (syscall(SYS_capget, &header, sets) < 0)
		return failed(what, "capget");
	sets[0].effective = sets[0].permitted = sets[0].permitted & kept;
	sets[0].inheritable = 0;
	sets[1] = (struct __user_cap_data_struct){ 0 };
	if (syscall(SYS_capset, &header, sets) < 0)
		return failed(what, "capset");
	return 0;
}

int drop_privileges(uid_t user, const char **what)
{
	bool any = false;
	int status = holds_any(&any, what);

	if (status == 0 && any)
		status = empty_bounding_set(what);
	if (status == 0 && user != DROP_NO_USER)
		status = drop_root(user, what);
	if (status == 0 && any)
		status = empty_sets(0, what);
	if (status == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		status = failed(what, "prctl(PR_SET_NO_NEW_PRIVS)");
	return status;
}

bool may_read_processes(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[SETS];

	return syscall(SYS_capget, &header, sets) == 0 &&
	       (sets[0].effective & 1u << CAP_SYS_PTRACE) != 0;
}

int drop_to_reading_processes(uid_t user, const char **what)
{
	int status = empty_bounding_set(what);

	/* A change of the user would take the capabilities. */
	if (status == 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		status = failed(what, "prctl(PR_SET_KEEPCAPS)");
	if (status == 0 && user != DROP_NO_USER)
		status = drop_root(user, what);
	if (status == 0)
		status = empty_sets(1u << CAP_SYS_PTRACE | 1u << CAP_DAC_READ_SEARCH, what);
	if (status == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		status = failed(what, "prctl(PR_SET_DUMPABLE)");
	if (status == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		status = failed(what, "prctl(PR_SET_NO_NEW_PRIVS)");
	return status;
}
