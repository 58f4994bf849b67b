#include "sluice/client/verify.h"

#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "inspection.h"
#include "kept.h"
#include "redo.h"
#include "shelf.h"
#include "sluice/base/clock.h"
#include "sluice/client/machine.h"

const char *
sl_damage_name(enum sl_damage damage)
{
	static const char *const names[] = {
	    "changed", "missing", "extra", "link"};

	return names[damage];
}

void
sl_check_clear(struct sl_check *check)
{
	sl_findings_clear(&check->findings);
	sl_file_list_clear(&check->files);
	sl_heads_clear(&check->heads);
	sl_notary_clear(&check->notary);
	sl_mirror_close(&check->mirror);
}

/* The profile's, unless the mirror began with an earlier version by the same
 * root keys, or the profile pins nothing. */
static const struct sl_trust_pin *
choose_pin(const struct sl_trust_pin *profile, const struct sl_trust_pin *kept)
{
	unsigned char hashes[2][SL_TRUST_HASH_BYTES];

	if (profile->version == 0)
		return kept;
	if (sl_trust_pin_hash(hashes[0], profile) != SL_OK ||
	    sl_trust_pin_hash(hashes[1], kept) != SL_OK ||
	    memcmp(hashes[0], hashes[1], sizeof(hashes[0])) != 0)
		return profile;
	return kept;
}

enum sl_status
sl_check_load(struct sl_check *check, struct sl_error *err)
{
	const struct sl_profile *profile = check->options->profile;
	const struct sl_state *state = &check->mirror.state;
	const struct sl_notary_options options = {
	    .dataset = state->dataset,
	    .pin = profile == NULL ? &state->pin
	                           : choose_pin(&profile->pin, &state->pin),
	    .meta = check->mirror.meta,
	    .meta_dir = check->mirror.meta_dir,
	    .may_write = check->mirror.lock >= 0,
	    .anchor = sl_machine_trust(),
	    .is_offline = true,
	    .rule = {sl_clock_wall_us(), check->options->max_age_ms},
	};
	enum sl_status status =
	    sl_notary_open(&check->notary, &options, &check->damage, err);

	if (status == SL_OK)
		status = sl_heads_init(
		    &check->heads, state->dataset, &check->notary.chain, err);
	if (status == SL_OK)
		status = sl_shelf_load(&check->heads, &check->mirror,
		    sl_redo_newest(&check->mirror), err);
	return status;
}

/* Trust files, or what is kept of the log, are not as they were. */
static enum sl_status
refuse_kept(const struct sl_check *check, struct sl_error *err)
{
	bool is_damaged = check->damage.status != SL_OK;

	return sl_error_code(err, SL_ERR_INTEGRITY,
	    is_damaged ? check->damage.code : "trust_damaged",
	    "%.300s; `sluice pull %s %s` gets it again",
	    is_damaged ? check->damage.text : ".sluice/trust: not there",
	    check->mirror.state.dataset, check->options->dir);
}

enum sl_status
sl_check_load_whole(struct sl_check *check, struct sl_error *err)
{
	enum sl_status status = sl_check_load(check, err);

	if (check->damage.status != SL_OK ||
	    (check->heads.is_damaged &&
	        sl_trust_chain_version(&check->notary.chain) == 0))
		return refuse_kept(check, err);
	if (check->heads.is_damaged)
		return sl_shelf_advise(err, "repair", "", check->options->dir);
	if (status == SL_OK)
		status = sl_kept_check(&check->notary, &check->heads,
		    sl_redo_newest(&check->mirror), err);
	return status;
}

enum sl_status
sl_check_open(
    struct sl_check *check, enum sl_mirror_mode mode, struct sl_error *err)
{
	const char *dir = check->options->dir;
	enum sl_status status;

	status = sl_mirror_open(&check->mirror, dir, mode, err);
	if (status == SL_ERR_IO && mode == SL_MIRROR_WRITE)
		status =
		    sl_mirror_open(&check->mirror, dir, SL_MIRROR_LOOK, err);
	if (status == SL_OK && !check->mirror.has_state) {
		sl_mirror_close(&check->mirror);
		return sl_error_code(err, SL_ERR_NOT_FOUND, "nothing_applied",
		    "%s: no pull has been completed here yet", dir);
	}
	return status;
}

enum sl_status
sl_check_look(struct sl_check *check, struct sl_error *err)
{
	const struct sl_state *state = &check->mirror.state;
	enum sl_status status = SL_OK;

	if (check->mirror.lock >= 0)
		status =
		    sl_apply_finish(&check->mirror, &check->heads, NULL, err);
	if (status == SL_OK)
		status = sl_file_list_build(
		    &check->files, &check->heads, &state->held, err);
	if (status == SL_OK)
		status = sl_findings_make(&check->findings, &check->mirror,
		    &check->heads, &check->files, check->options, err);
	if (status != SL_OK)
		return status;
	snprintf(check->result->dataset, sizeof(check->result->dataset), "%s",
	    state->dataset);
	check->result->seq = state->seq;
	check->result->is_complete =
	    state->is_complete && !sl_mirror_has(&check->mirror, "INCOMPLETE");
	sl_notary_tell(&check->notary, &check->result->trust);
	check->result->files = check->files.count;
	check->result->bytes = check->files.bytes;
	return SL_OK;
}

void
sl_check_report(struct sl_check *check)
{
	const struct sl_verify_options *options = check->options;

	for (size_t i = 0; i < check->findings.count; i++) {
		const struct sl_finding *finding = &check->findings.items[i];

		if (finding->file == SIZE_MAX)
			check->result->extra++;
		else
			check->result->damaged++;
		if (options->on_damage != NULL)
			options->on_damage(
			    options->ctx, finding->damage, finding->path);
	}
}

enum sl_status
sl_verify(const struct sl_verify_options *options,
    struct sl_verify_result *result, struct sl_error *err)
{
	struct sl_check check = {.options = options, .result = result};
	enum sl_status status;

	memset(result, 0, sizeof(*result));
	status = sl_check_open(&check, SL_MIRROR_WRITE, err);
	if (status != SL_OK)
		return status;
	status = sl_check_load_whole(&check, err);
	if (status == SL_OK)
		status = sl_check_look(&check, err);
	if (status == SL_OK)
		sl_check_report(&check);
	sl_check_clear(&check);
	if (status != SL_OK || result->damaged + result->extra == 0)
		return status;
	return sl_error_code(err, SL_ERR_INTEGRITY, "damaged",
	    "%s: damaged or missing files: %llu; not the dataset's: %llu",
	    options->dir, (unsigned long long)result->damaged,
	    (unsigned long long)result->extra);
}
