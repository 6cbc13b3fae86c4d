/* refusal.c - which errors of a source mean that it can't be had. */
#include <errno.h>

#include "synoptic.h"

enum synoptic_refusal synoptic_refusal(int error)
{
	switch (error) {
	case 0:
	case EINTR:
	case EAGAIN:
	case EBUSY:
	case ETIME:
	case ETIMEDOUT:
	case ENOMEM:
	case ENOBUFS:
	case EMFILE:
	case ENFILE:
	case ENOSPC:
	case EDQUOT:
	case EUSERS:
		return SYNOPTIC_REFUSAL_NONE;
	case EPERM:
	case EACCES:
		return SYNOPTIC_REFUSAL_FORBIDDEN;
	case ENOENT:
	case EINVAL:
	case ENOSYS:
	case EPROTONOSUPPORT:
	case ESOCKTNOSUPPORT:
	case EPFNOSUPPORT:
	case EAFNOSUPPORT:
	case EOPNOTSUPP:
	case ECONNREFUSED: /* of netlink: nothing in the kernel has registered for the protocol */
		return SYNOPTIC_REFUSAL_UNSUPPORTED;
	case EPROTO:
	case EBADMSG:
	case EMSGSIZE:
		return SYNOPTIC_REFUSAL_IMPLAUSIBLE;
	default:
		return SYNOPTIC_REFUSAL_OTHER;
	}
}
