/* Every errno there is: which of them leaves a scan to the next source. */
#include "synoptic.h"
#include "test.h"

#include <errno.h>

#define MOST 4095 /* MAX_ERRNO, include/linux/err.h */

static const int passing[] = {
	0, EINTR, EAGAIN, EBUSY, ETIME, ETIMEDOUT, ENOMEM, ENOBUFS, EMFILE, ENFILE, ENOSPC, EDQUOT,
	EUSERS,
};

static bool passes(int error)
{
	for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++)
		if (passing[i] == error)
			return true;
	return false;
}

TEST(a_timeout_and_a_shortage_are_no_refusals_and_everything_else_is_one)
{
	for (int error = 0; error <= MOST; error++)
		CHECK_EQUAL(passes(error), synoptic_refusal(error) == SYNOPTIC_REFUSAL_NONE);
}

TEST(a_refusal_says_which)
{
	int each[SYNOPTIC_REFUSALS] = { 0 };

	for (int error = 0; error <= MOST; error++)
		each[synoptic_refusal(error)]++;
	CHECK_EQUAL(SYNOPTIC_REFUSAL_FORBIDDEN, synoptic_refusal(EPERM));
	CHECK_EQUAL(SYNOPTIC_REFUSAL_FORBIDDEN, synoptic_refusal(EACCES));
	CHECK_EQUAL(2, each[SYNOPTIC_REFUSAL_FORBIDDEN]);
	CHECK_EQUAL(SYNOPTIC_REFUSAL_UNSUPPORTED, synoptic_refusal(EAFNOSUPPORT));
	CHECK_EQUAL(SYNOPTIC_REFUSAL_UNSUPPORTED, synoptic_refusal(ENOENT));
	CHECK_EQUAL(9, each[SYNOPTIC_REFUSAL_UNSUPPORTED]);
	CHECK_EQUAL(SYNOPTIC_REFUSAL_IMPLAUSIBLE, synoptic_refusal(EPROTO));
	CHECK_EQUAL(3, each[SYNOPTIC_REFUSAL_IMPLAUSIBLE]);
	CHECK_EQUAL(SYNOPTIC_REFUSAL_OTHER, synoptic_refusal(EIO));
	CHECK_EQUAL(MOST + 1 - 2 - 9 - 3 - (int)(sizeof(passing) / sizeof(*passing)),
		    each[SYNOPTIC_REFUSAL_OTHER]);
}

MAIN()
