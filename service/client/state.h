/* state.json: what the tree of a mirror is, as of the last completed apply.
 *
 *   {"version":1,"dataset":D,"seq":7,"complete":true,"root":{…},
 *    "request":{…},"segments":{"1":"0-12"}}
 *
 * `root` is a pin, as profiles have it; `segments` are those whose files are in
 * the tree. */
#ifndef SL_CLIENT_STATE_H
#define SL_CLIENT_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "holdings.h"
#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/trust.h"
#include "sluice/client/wish.h"

#define SL_STATE_BYTES_MAX (32 * 1024 * 1024)

/* The owner embeds it and calls clear. */
struct sl_state {
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq;
	bool is_complete;
	struct sl_trust_pin pin; /* what the pull's profile pinned */
	struct sl_wish wish;
	struct sl_holdings held;
};

void sl_state_init(struct sl_state *state);
void sl_state_clear(struct sl_state *state);
SL_MUST_CHECK enum sl_status sl_state_copy(
    struct sl_state *out, const struct sl_state *state);

SL_MUST_CHECK enum sl_status sl_state_from_json(
    struct sl_state *out, json_t *object, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_state_to_json(const struct sl_state *state);

SL_MUST_CHECK enum sl_status sl_state_parse(
    struct sl_state *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_state_format(
    struct sl_buf *buf, const struct sl_state *state);

#endif /* SL_CLIENT_STATE_H */
