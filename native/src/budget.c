/* budget.c - how much CPU time polling may take: a token bucket. */
#include "budget.h"

/* A hundredth of a core. */
#define SHARE 100

/* That of ten seconds. */
#define SAVED_AT_MOST (10 * 1000000000LL / SHARE)

uint64_t budget_wait(struct budget *budget, uint64_t now)
{
	int64_t earned = (int64_t)((now - budget->earned_until) / SHARE);

	budget->spent = budget->spent > earned ? budget->spent - earned : 0;
	budget->earned_until = now;
	return budget->spent < SAVED_AT_MOST ? 0 : (uint64_t)(budget->spent - SAVED_AT_MOST + 1) * SHARE;
}

void budget_spend(struct budget *budget, uint64_t cpu_time)
{
	budget->spent += (int64_t)cpu_time;
}
