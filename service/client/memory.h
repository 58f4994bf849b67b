/* request.json: the dataset and the wish of the pull that began last, so that
 * a plain pull goes on with it even if nothing was applied yet. */
#ifndef SL_CLIENT_MEMORY_H
#define SL_CLIENT_MEMORY_H

#include "mirror.h"
#include "sluice/client/wish.h"
#include "transport.h"

/* All of everything if there is none.  SL_ERR_CONFLICT if the mirror is of
 * another dataset; SL_ERR_INTEGRITY with code request_damaged. */
SL_MUST_CHECK enum sl_status sl_memory_read(const struct sl_mirror *mirror,
    const char *dataset, struct sl_wish *wish, struct sl_error *err);

struct sl_memory_options {
	const char *dataset;
	bool is_forgotten; /* damage does not matter: it is not wanted */
	const struct sl_transport *transport; /* for notes */
};

/* The same for a pull: where request.json is missing or damaged, what the tree
 * is.  *is_lost says that it is to be written again. */
SL_MUST_CHECK enum sl_status sl_memory_recall(const struct sl_mirror *mirror,
    const struct sl_memory_options *options, struct sl_wish *wish,
    bool *is_lost, struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_memory_write(struct sl_mirror *mirror,
    const char *dataset, const struct sl_wish *wish, struct sl_error *err);

/* The dataset it names; "" if there is none. */
SL_MUST_CHECK enum sl_status sl_memory_dataset(const struct sl_mirror *mirror,
    char out[SL_DATASET_NAME_MAX + 1], struct sl_error *err);

#endif /* SL_CLIENT_MEMORY_H */
