/* Bytes that may be received now: a token bucket for all deliveries of a client
 * together.  What one does not use, the others can.
 *
 * A piece that has begun may overdraw it; the debt is waited off.  Pure; the
 * caller tells the time. */
#ifndef SL_CLIENT_BUDGET_H
#define SL_CLIENT_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct sl_budget {
	uint64_t rate;      /* bytes per second; 0: no limit */
	int64_t left_milli; /* thousandths of a byte; below zero: a debt */
	int64_t at_ms;      /* when that was so */
};

/* `now_ms` is monotonic. */
void sl_budget_init(struct sl_budget *budget, uint64_t rate, int64_t now_ms);
/* Is there anything left? */
bool sl_budget_has(struct sl_budget *budget, int64_t now_ms);
void sl_budget_spend(struct sl_budget *budget, uint64_t bytes);
/* How long, from the last sl_budget_has(), until there is something. */
int64_t sl_budget_wait_ms(const struct sl_budget *budget);

#endif /* SL_CLIENT_BUDGET_H */
