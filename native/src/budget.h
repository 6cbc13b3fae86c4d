/* budget.h - how much CPU time polling may take: a token bucket. */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdint.h>

/* Times are nanoseconds. All zero is a budget that nothing was spent of. */
struct budget {
	int64_t spent; /* that isn't earned back */
	uint64_t earned_until;
};

/* How long to wait until something may be spent; 0: it may now. */
uint64_t budget_wait(struct budget *budget, uint64_t now);

/* May overdraw it. */
void budget_spend(struct budget *budget, uint64_t cpu_time);

#endif
