/* What an admin says of a dataset: visibility, price, notices, recall.
 * Changes answer as in customer.h. */
#ifndef SLUICE_STORE_NOTICE_H
#define SLUICE_STORE_NOTICE_H

#include <stdint.h>

#include "sluice/store/reply.h"

/* `visibility` public, listed or private (hidden but for licensees). */
SL_MUST_CHECK enum sl_status sl_store_dataset_set_visibility(json_t **out,
    struct sl_db *db, const char *dataset, const char *visibility,
    const char *reason, struct sl_error *err);

/* The price that the page shows: a licence's price terms and "currency"; NULL
 * for none.  SL_ERR_INVALID, code bad_price. */
SL_MUST_CHECK enum sl_status sl_store_price_set(json_t **out, struct sl_db *db,
    const char *dataset, const json_t *price, const char *reason,
    struct sl_error *err);

struct sl_notice_new {
	const char *dataset;
	const char *kind; /* delay, schema, deprecation, info */
	const char *text;
	int64_t at_us; /* when it takes effect; 0: no time */
	const char *reason;
};

/* Shown on the dataset's page, told to its licensees as an event.
 * {"number","kind","text","at","created"} */
SL_MUST_CHECK enum sl_status sl_store_notice_add(json_t **out, struct sl_db *db,
    const struct sl_notice_new *notice, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_notice_list(
    json_t **out, struct sl_db *db, const char *dataset, struct sl_error *err);
/* No longer shown; the event stays. */
SL_MUST_CHECK enum sl_status sl_store_notice_remove(json_t **out,
    struct sl_db *db, const char *dataset, int64_t number, const char *reason,
    struct sl_error *err);

/* Who holds an episode (its UUID or number), and who confirmed its removal:
 * {"dataset","episode","number","retracted_seq","reason","holders":[
 * {"customer","licence","status","confirmed":null|{"how":"retraction"|
 * "deletion","receipt":n,"at"}}],"confirmed":n,"open":n}. */
SL_MUST_CHECK enum sl_status sl_store_recall(json_t **out, struct sl_db *db,
    const char *dataset, const char *episode, struct sl_error *err);

#endif /* SLUICE_STORE_NOTICE_H */
