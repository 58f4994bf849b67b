/* Certifying that data are gone: after a licence has ended, or when a provider
 * recalls an episode.
 *
 * A certificate is a signed receipt with a deletion in it. */
#ifndef SLUICE_CLIENT_DELETION_H
#define SLUICE_CLIENT_DELETION_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/name.h"
#include "sluice/client/client.h"
#include "sluice/crypto/key.h"

struct sl_deletion_options {
	const char *dir;     /* the mirror */
	const char *episode; /* number or UUID; NULL: everything */
	const struct sl_sign_key *key;
};

/* What a mirror has of it. */
struct sl_deletion {
	char dataset[SL_DATASET_NAME_MAX + 1];
	struct sl_uuid licence;
	bool is_all;
	struct sl_uuid episode;
	uint32_t number;
	uint64_t files; /* still there, staged ones not counted */
	uint64_t bytes;
	char first[SL_ERROR_TEXT_MAX / 2]; /* the path of one of them */
	uint64_t extra;   /* files beside them that are not the dataset's */
	uint64_t receipt; /* its number, by the server */
};

/* Changes nothing.  SL_ERR_NOT_FOUND, code no_such_episode. */
SL_MUST_CHECK enum sl_status sl_deletion_look(
    const struct sl_deletion_options *options, struct sl_deletion *out,
    struct sl_error *err);

/* Remove what is there if told, forget what was staged, look again, sign and
 * hand in.  An episode is never wanted by this mirror again.  SL_ERR_CONFLICT
 * with code data_present if something is there and shall not be removed.  Once
 * all is gone it may be called again until the provider has it. */
SL_MUST_CHECK enum sl_status sl_deletion_certify(struct sl_client *client,
    const struct sl_deletion_options *options, bool may_remove,
    struct sl_deletion *out, struct sl_error *err);

/* Without a mirror: on the word of who signs.  `folder` has what pulls have
 * kept for the user: heads in folder/ledger, and there receipts go. */
SL_MUST_CHECK enum sl_status sl_deletion_declare(struct sl_client *client,
    const struct sl_uuid *licence, const char *folder,
    const struct sl_sign_key *key, struct sl_deletion *out,
    struct sl_error *err);

#endif /* SLUICE_CLIENT_DELETION_H */
