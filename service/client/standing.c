#include "standing.h"

#include <inttypes.h>
#include <string.h>

#include "seal.h"

static enum sl_status
range_of(struct sl_log_range *out, const struct sl_heads *heads, size_t count)
{
	enum sl_status status = SL_OK;

	sl_log_range_init(out);
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = sl_log_range_append(out, &heads->batches[i].leaf);
	return status;
}

enum sl_status
sl_standing_root(struct sl_log_hash *out, const struct sl_heads *heads,
    size_t count, struct sl_error *err)
{
	struct sl_log_range range;
	enum sl_status status = range_of(&range, heads, count);

	if (status == SL_OK)
		status = sl_log_range_root(out, &range);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

/* Do the batches that root spoke of have that root? */
static enum sl_status
check_point(bool *is_same, const struct sl_heads *heads,
    const struct sl_trust_point *point, struct sl_error *err)
{
	struct sl_log_hash own;
	enum sl_status status = sl_standing_root(&own, heads, point->size, err);

	*is_same = status == SL_OK &&
	    memcmp(own.bytes, point->root, sizeof(own.bytes)) == 0;
	return status;
}

enum sl_status
sl_standing_check(const struct sl_heads *heads, size_t count,
    const struct sl_log_tree *tree, const struct sl_log_proof *proof,
    struct sl_error *err)
{
	struct sl_log_range range;
	char root[SL_SEAL_ROOT_TEXT];
	enum sl_status status = range_of(&range, heads, count);

	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	status = sl_log_verify_prefix(
	    &range, &heads->batches[count - 1].leaf, tree, proof);
	if (status == SL_OK || status == SL_ERR_NOMEM)
		return status;
	sl_seal_show_root(root, &tree->root);
	return sl_error_code(err, SL_ERR_INTEGRITY, "not_in_log",
	    "batches 1 to %zu are not what the log's checkpoint has there "
	    "(size %" PRIu64 ", root %s)",
	    count, tree->size, root);
}

enum sl_status
sl_standing_refuse_start(
    const struct sl_trust_point *start, const char *what, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "epoch_unproven",
	    "root says that epoch %u of the log goes on from batch %u, and %s",
	    start->epoch, start->size, what);
}

enum sl_status
sl_standing_check_start(
    const struct sl_heads *heads, uint32_t epoch, struct sl_error *err)
{
	const struct sl_trust_point *start =
	    sl_trust_epoch_start(&heads->chain->newest, heads->dataset, epoch);
	enum sl_status status;
	bool is_same;

	if (epoch == 1 || (start != NULL && start->size > heads->count))
		return SL_OK;
	if (start == NULL)
		return sl_error_code(err, SL_ERR_INTEGRITY, "epoch_unproven",
		    "no trust file says how epoch %u of the log began", epoch);
	status = check_point(&is_same, heads, start, err);
	if (status != SL_OK || is_same)
		return status;
	return sl_standing_refuse_start(start, "the batches are others", err);
}

/* How many batches root vouches for, as far as ours are those. */
static enum sl_status
count_vouched(uint32_t *out, const struct sl_heads *heads, struct sl_error *err)
{
	const struct sl_trust *trust = &heads->chain->newest;
	enum sl_status status = SL_OK;

	*out = 0;
	for (size_t i = 0; status == SL_OK && i < trust->vouch_count; i++) {
		const struct sl_trust_point *point = &trust->vouches[i];
		bool is_same = false;

		if (strcmp(point->dataset, heads->dataset) == 0 &&
		    point->size > *out && point->size <= heads->count)
			status = check_point(&is_same, heads, point, err);
		if (is_same)
			*out = point->size;
	}
	return status;
}

enum sl_status
sl_standing_check_signers(const struct sl_heads *heads, struct sl_error *err)
{
	uint32_t vouched;
	enum sl_status status = count_vouched(&vouched, heads, err);

	for (size_t i = 0; status == SL_OK && i < heads->count; i++) {
		const struct sl_head_batch *batch = &heads->batches[i];

		status = sl_trust_check_publisher(&heads->chain->newest,
		    &batch->signer, heads->dataset,
		    batch->manifest.published_us, i < vouched, err);
		if (status != SL_OK)
			sl_error_prefix(err, status, "batch %zu", i + 1);
	}
	return status;
}
