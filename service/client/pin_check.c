/* What a pin says, held against the mirror's signed batches and a tree. */
#include <string.h>

#include "frozen.h"
#include "inspection.h"
#include "leaves.h"
#include "pins.h"
#include "sluice/client/pin.h"
#include "sluice/crypto/sha256.h"
#include "sums.h"

struct checking {
	const struct sl_pin_verify_options *options;
	struct sl_pin_check *out;
	struct sl_check check;
	struct sl_pin pin;
	struct sl_holdings segments;
};

static enum sl_status
mismatch(
    const struct checking *checking, const char *what, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "pin_mismatch",
	    "pin %s of %s: %s", checking->options->name, checking->options->dir,
	    what);
}

static enum sl_status
check_batches(struct checking *checking, struct sl_error *err)
{
	const struct sl_heads *heads = &checking->check.heads;
	const struct sl_pin *pin = &checking->pin;

	if (strcmp(pin->dataset, checking->check.mirror.state.dataset) != 0)
		return mismatch(checking, "it is of another dataset", err);
	if (pin->seq > heads->count)
		return mismatch(
		    checking, "the mirror does not have its batch", err);
	for (size_t i = 0; i < pin->batch_count; i++) {
		const struct sl_pin_batch *batch = &pin->batches[i];

		if (memcmp(batch->manifest, heads->batches[batch->seq - 1].hash,
		        sizeof(batch->manifest)) != 0)
			return mismatch(checking,
			    "a batch that it names is another one here", err);
	}
	return SL_OK;
}

static enum sl_status
check_sums(struct checking *checking, struct sl_error *err)
{
	unsigned char hash[SL_SHA256_BYTES];
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, SL_SUMS_BYTES_MAX);
	status = sl_pins_holdings(&checking->segments, &checking->pin);
	if (status != SL_OK)
		sl_error_set(err, status, "out of memory");
	else
		status = sl_sums_text(
		    &text, &checking->check.heads, &checking->segments, err);
	if (status == SL_OK)
		status = sl_sha256_of(hash, sl_buf_slice(&text));
	if (status == SL_OK &&
	    memcmp(hash, checking->pin.tree, sizeof(hash)) != 0)
		status = mismatch(
		    checking, "its segments are not the tree it names", err);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
check_log(struct checking *checking, struct sl_error *err)
{
	struct sl_log_tree tree = {.size = checking->pin.log_size};
	struct sl_leaves leaves;
	enum sl_status status;

	memcpy(
	    tree.root.bytes, checking->pin.log_root, sizeof(tree.root.bytes));
	status = sl_leaves_load(
	    &leaves, &checking->check.mirror, &checking->check.heads, err);
	if (status == SL_OK)
		status = sl_leaves_check(&leaves, &tree, err);
	checking->out->is_in_log = status == SL_OK;
	if (status == SL_ERR_STATE)
		status = sl_error_clear(err);
	sl_leaves_clear(&leaves);
	return status;
}

static enum sl_status
check_tree(struct checking *checking, struct sl_error *err)
{
	const struct sl_pin_verify_options *options = checking->options;
	struct sl_findings findings;
	enum sl_status status;

	status = sl_frozen_compare(&findings, &checking->check.heads,
	    &checking->segments, options->tree, options->is_cancelled, err);
	for (size_t i = 0; status == SL_OK && i < findings.count; i++)
		if (options->on_damage != NULL)
			options->on_damage(options->ctx,
			    sl_damage_name(findings.items[i].damage),
			    findings.items[i].path);
	if (status == SL_OK && findings.count > 0)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "damaged",
		    "%s is not what was pinned: %zu changed, missing or not "
		    "the dataset's",
		    options->tree, findings.count);
	sl_findings_clear(&findings);
	checking->out->files = checking->pin.files;
	checking->out->bytes = checking->pin.bytes;
	return status;
}

static enum sl_status
check_all(struct checking *checking, struct sl_error *err)
{
	struct sl_check *check = &checking->check;
	enum sl_status status = sl_check_open(check, SL_MIRROR_LOOK, err);

	if (status != SL_OK)
		return status;
	status = sl_check_load_whole(check, err);
	if (status == SL_OK)
		status = sl_pins_read(&checking->pin, &check->mirror,
		    checking->options->name, checking->options->key, err);
	if (status == SL_OK)
		status = check_batches(checking, err);
	if (status == SL_OK)
		status = check_sums(checking, err);
	if (status == SL_OK)
		status = check_log(checking, err);
	if (status == SL_OK)
		checking->out->is_current = sl_holdings_are_equal(
		    &checking->segments, &check->mirror.state.held);
	if (status == SL_OK && checking->options->tree != NULL)
		status = check_tree(checking, err);
	return status;
}

enum sl_status
sl_pin_verify(struct sl_pin_check *out,
    const struct sl_pin_verify_options *options, struct sl_error *err)
{
	const struct sl_verify_options look = {.dir = options->dir};
	struct sl_verify_result unused = {0};
	struct checking checking = {
	    .options = options,
	    .out = out,
	    .check = {.options = &look, .result = &unused},
	};
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	checking.check.mirror.root = checking.check.mirror.meta = -1;
	checking.check.mirror.lock = -1;
	sl_pin_init(&checking.pin);
	status = check_all(&checking, err);
	sl_holdings_clear(&checking.segments);
	sl_pin_clear(&checking.pin);
	sl_check_clear(&checking.check);
	return status;
}
