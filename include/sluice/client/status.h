/* What a mirror says about itself, without a server and without a lock. */
#ifndef SLUICE_CLIENT_STATUS_H
#define SLUICE_CLIENT_STATUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/name.h"
#include "sluice/client/trust_state.h"
#include "sluice/client/wish.h"

struct sl_mirror_status {
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq;       /* of the tree; 0: nothing applied yet */
	uint32_t known_seq; /* newest batch whose head is here */
	bool is_complete;   /* no INCOMPLETE */
	bool is_applying;   /* an apply was interrupted */
	uint64_t segments;
	uint64_t staged_chunks;
	int64_t licence_until_us; /* by the last grant; 0: unknown */
	/* The server's no since then; "": none. */
	char refusal_code[SL_ERROR_CODE_MAX];
	char refusal[SL_ERROR_TEXT_MAX];
	int64_t refused_at_us;
	char class_name[SL_SLUG_MAX + 1];
	uint32_t release_seq; /* the next batch for the licence's class, */
	int64_t release_at_us;
	json_t *licence; /* as /v1/licences told it last; NULL: never */
	struct sl_trust_state trust;
	/* A kept file of a batch, of trust or of the log that is not what was
	 * signed, and what to do; status SL_OK if there is none.  Not looked
	 * for before the first pull was completed. */
	struct sl_error damage;
	struct sl_wish wish;
};

void sl_mirror_status_init(struct sl_mirror_status *status);
void sl_mirror_status_clear(struct sl_mirror_status *status);

/* SL_ERR_NOT_FOUND if `dir` is no mirror. */
SL_MUST_CHECK enum sl_status sl_mirror_status_read(
    struct sl_mirror_status *out, const char *dir, struct sl_error *err);

#endif /* SLUICE_CLIENT_STATUS_H */
