#include "budget.h"

/* What is not used is kept this long. */
#define BURST_MS 100
/* Above it a limit is none; products below stay far from overflow. */
#define RATE_MAX UINT64_C(1000000000000)

void
sl_budget_init(struct sl_budget *budget, uint64_t rate, int64_t now_ms)
{
	budget->rate = rate < RATE_MAX ? rate : RATE_MAX;
	budget->left_milli = (int64_t)budget->rate * BURST_MS;
	budget->at_ms = now_ms;
}

bool
sl_budget_has(struct sl_budget *budget, int64_t now_ms)
{
	int64_t full = (int64_t)budget->rate * BURST_MS;
	int64_t passed = now_ms - budget->at_ms;

	if (budget->rate == 0)
		return true;
	budget->at_ms = now_ms;
	/* A debt may be longer than a burst. */
	while (passed > 0 && budget->left_milli < full) {
		int64_t step = passed < BURST_MS ? passed : BURST_MS;

		budget->left_milli += (int64_t)budget->rate * step;
		passed -= step;
	}
	if (budget->left_milli > full)
		budget->left_milli = full;
	return budget->left_milli > 0;
}

void
sl_budget_spend(struct sl_budget *budget, uint64_t bytes)
{
	if (budget->rate > 0)
		budget->left_milli -= (int64_t)(bytes * 1000);
}

int64_t
sl_budget_wait_ms(const struct sl_budget *budget)
{
	if (budget->rate == 0 || budget->left_milli > 0)
		return 0;
	return -budget->left_milli / (int64_t)budget->rate + 1;
}
