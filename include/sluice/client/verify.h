/* Is a mirror what its signed batches say?  Offline; and its repair.
 *
 * An apply that was interrupted is completed first. */
#ifndef SLUICE_CLIENT_VERIFY_H
#define SLUICE_CLIENT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/profile.h"
#include "sluice/client/client.h"
#include "sluice/client/trust_state.h"

enum sl_damage {
	SL_DAMAGE_CHANGED,
	SL_DAMAGE_MISSING,
	SL_DAMAGE_EXTRA, /* a file that is not the dataset's */
	SL_DAMAGE_LINK,  /* a symbolic link, or no regular file or folder */
};

/* "changed", "missing", "extra", "link" */
const char *sl_damage_name(enum sl_damage damage);

struct sl_verify_options {
	const char *dir;
	/* Whose root is trusted; NULL, or one without a pin: that of the last
	 * pull. */
	const struct sl_profile *profile;
	uint64_t max_age_ms; /* of a repair that asks the server */
	bool is_quick;       /* sizes and times only */
	bool (*is_cancelled)(void);
	/* Each finding, on the calling thread, by path; may be NULL. */
	void (*on_damage)(void *ctx, enum sl_damage damage, const char *path);
	void (*on_progress)(
	    void *ctx, uint64_t bytes, uint64_t total, uint64_t files);
	void *ctx;
};

struct sl_verify_result {
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq;
	bool is_complete;
	uint64_t files;
	uint64_t bytes;
	uint64_t damaged; /* changed, missing or a link */
	uint64_t extra;
	struct sl_trust_state trust;
	/* Of a repair. */
	uint64_t repaired_files;
	uint64_t received_chunks;
	uint64_t received_bytes;
};

/* SL_ERR_INTEGRITY if there is damage or something extra. */
SL_MUST_CHECK enum sl_status sl_verify(const struct sl_verify_options *options,
    struct sl_verify_result *result, struct sl_error *err);

/* Verify, fetch the chunks that cover the damage, put the files right.
 * SL_ERR_PARTIAL if extra files are left. */
SL_MUST_CHECK enum sl_status sl_repair(struct sl_client *client,
    const struct sl_verify_options *options, struct sl_verify_result *result,
    struct sl_error *err);

#endif /* SLUICE_CLIENT_VERIFY_H */
