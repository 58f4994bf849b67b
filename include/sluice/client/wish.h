/* What a customer wants of a dataset; the mirror remembers it. */
#ifndef SLUICE_CLIENT_WISH_H
#define SLUICE_CLIENT_WISH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/layer.h"
#include "sluice/catalog/multirange.h"
#include "sluice/catalog/purpose.h"
#include "sluice/catalog/where.h"

/* The owner embeds it and calls clear.  All zero bytes ask for everything. */
struct sl_wish {
	bool has_licence;
	struct sl_uuid licence;
	bool has_layers;
	struct sl_layers layers;
	struct sl_where *where; /* NULL: no filter; owned */
	bool has_episodes;
	struct sl_multirange episodes; /* numbers */
	uint32_t max_episodes;         /* 0: no limit */
	uint64_t max_bytes;            /* 0: no limit; whole episodes */
	/* What it is for, declared with every request; "" is the least. */
	char purpose[SL_PURPOSE_TEXT_MAX + 1];
	/* Numbers whose deletion was certified: never wanted again. */
	struct sl_multirange deleted;
};

void sl_wish_init(struct sl_wish *wish);
void sl_wish_clear(struct sl_wish *wish);
SL_MUST_CHECK enum sl_status sl_wish_copy(
    struct sl_wish *out, const struct sl_wish *wish);
bool sl_wish_is_equal(const struct sl_wish *a, const struct sl_wish *b);

/* Options as typed; NULL and UINT64_MAX were not given and leave that part as
 * it is.  0 takes a limit away, "*" that of the layers; an empty text is
 * SL_ERR_INVALID. */
struct sl_wish_options {
	const char *licence;
	const char *layers;
	const char *where;
	const char *episodes;
	uint64_t max_episodes;
	uint64_t max_bytes;
	const char *purpose;
};
SL_MUST_CHECK enum sl_status sl_wish_change(struct sl_wish *wish,
    const struct sl_wish_options *options, struct sl_error *err);

/* The "request" member of state.json. */
SL_MUST_CHECK enum sl_status sl_wish_from_json(
    struct sl_wish *out, json_t *object, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_wish_to_json(const struct sl_wish *wish);

#endif /* SLUICE_CLIENT_WISH_H */
