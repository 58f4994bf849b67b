/* The two ends that a delivery may have, as one. */
#ifndef SL_SESSION_OUTLET_PRIVATE_H
#define SL_SESSION_OUTLET_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/session/delivery.h"

/* It wants no body (the method HEAD). */
bool outlet_is_head_only(const struct sl_delivery_order *order);
/* For people; never NULL. */
const char *outlet_peer(const struct sl_delivery_order *order);
/* NULL: unknown, as of a file. */
const char *outlet_address(const struct sl_delivery_order *order);
uint64_t outlet_sent(const struct sl_delivery_order *order);
void outlet_resume(const struct sl_delivery_order *order);
/* Nothing comes after this body. */
void outlet_last(const struct sl_delivery_order *order);
void outlet_abort(const struct sl_delivery_order *order);
SL_MUST_CHECK enum sl_status outlet_begin(const struct sl_delivery_order *order,
    const struct sl_response *response, const struct sl_body_source *source,
    void *ctx);

#endif /* SL_SESSION_OUTLET_PRIVATE_H */
