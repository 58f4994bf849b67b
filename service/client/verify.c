#include "sluice/client/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "engine.h"
#include "files.h"
#include "findings.h"
#include "gather.h"
#include "heads.h"
#include "mirror.h"
#include "resume.h"
#include "tree.h"

const char *
sl_damage_name(enum sl_damage damage)
{
	static const char *const names[] = {
	    "changed", "missing", "extra", "link"};

	return names[damage];
}

struct check {
	const struct sl_verify_options *options;
	struct sl_verify_result *result;
	struct sl_mirror mirror;
	struct sl_heads heads;
	struct sl_file_list files;
	struct sl_findings findings;
};

static void
check_clear(struct check *check)
{
	sl_findings_clear(&check->findings);
	sl_file_list_clear(&check->files);
	sl_heads_clear(&check->heads);
	sl_mirror_close(&check->mirror);
}

static enum sl_status
load_heads(struct check *check, struct sl_error *err)
{
	const struct sl_profile *profile = check->options->profile;
	const struct sl_state *state = &check->mirror.state;
	enum sl_status status;

	if (profile != NULL)
		status = sl_heads_init(&check->heads, state->dataset,
		    profile->root, profile->root_count, err);
	else
		status = sl_heads_init(&check->heads, state->dataset,
		    state->root, state->root_count, err);
	if (status == SL_OK)
		status = sl_heads_load(&check->heads, check->mirror.meta, err);
	return status;
}

/* A mirror that cannot be written can still be looked at. */
static enum sl_status
open_mirror(struct check *check, struct sl_error *err)
{
	const char *dir = check->options->dir;
	enum sl_status status;

	status = sl_mirror_open(&check->mirror, dir, SL_MIRROR_WRITE, err);
	if (status == SL_ERR_IO)
		status =
		    sl_mirror_open(&check->mirror, dir, SL_MIRROR_LOOK, err);
	if (status == SL_OK && !check->mirror.has_state) {
		sl_mirror_close(&check->mirror);
		return sl_error_code(err, SL_ERR_NOT_FOUND, "nothing_applied",
		    "%s: no pull has been completed here yet", dir);
	}
	return status;
}

static enum sl_status
look(struct check *check, struct sl_error *err)
{
	const struct sl_state *state = &check->mirror.state;
	enum sl_status status;

	status = load_heads(check, err);
	if (status == SL_OK && check->mirror.lock >= 0)
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
	check->result->files = check->files.count;
	check->result->bytes = check->files.bytes;
	return SL_OK;
}

static void
report(struct check *check)
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
	struct check check = {.options = options, .result = result};
	enum sl_status status;

	memset(result, 0, sizeof(*result));
	status = open_mirror(&check, err);
	if (status != SL_OK)
		return status;
	status = look(&check, err);
	if (status == SL_OK)
		report(&check);
	check_clear(&check);
	if (status != SL_OK || result->damaged + result->extra == 0)
		return status;
	return sl_error_code(err, SL_ERR_INTEGRITY, "damaged",
	    "%s: %llu files are damaged or missing, %llu are not the "
	    "dataset's",
	    options->dir, (unsigned long long)result->damaged,
	    (unsigned long long)result->extra);
}

/* -- repair -- */

static int
by_place(const void *a, const void *b)
{
	const struct sl_stage_file *left =
	    &((const struct sl_file_ref *)a)->place;
	const struct sl_stage_file *right =
	    &((const struct sl_file_ref *)b)->place;

	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	if (left->ordinal != right->ordinal)
		return left->ordinal < right->ordinal ? -1 : 1;
	return left->file < right->file ? -1 : left->file > right->file;
}

static enum sl_status
list_damaged(const struct check *check, struct sl_file_list *out)
{
	enum sl_status status = SL_OK;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; status == SL_OK && i < check->findings.count; i++) {
		size_t file = check->findings.items[i].file;

		if (file != SIZE_MAX)
			status =
			    sl_file_list_add(out, &check->files.items[file]);
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), by_place);
	return status;
}

static enum sl_status
fetch_damaged(struct check *check, struct sl_client *client,
    const struct sl_file_list *damaged, struct sl_stage *stage,
    struct sl_error *err)
{
	struct sl_gather_result gathered = {0};
	const struct sl_gather_options options = {
	    .client = client,
	    .dataset = check->mirror.state.dataset,
	    .wish = &check->mirror.state.wish,
	    .stage = stage,
	    .jobs = 2,
	};
	struct sl_wants wants = {0};
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < damaged->count; i++) {
		const struct sl_stage_file *place = &damaged->items[i].place;

		status = sl_wants_add_file(&wants, &check->heads, place->seq,
		    place->ordinal, place->file, err);
	}
	if (status == SL_OK)
		status = sl_wants_seal(&wants, err);
	if (status == SL_OK)
		status = sl_gather_run(&wants, &options, &gathered, err);
	sl_wants_clear(&wants);
	check->result->received_chunks = gathered.received_chunks;
	check->result->received_bytes = gathered.received_bytes;
	return status;
}

static enum sl_status
mend(struct check *check, struct sl_client *client,
    const struct sl_file_list *damaged, struct sl_error *err)
{
	struct sl_stage stage;
	enum sl_status status;

	status = sl_tree_remove_all(check->mirror.meta, "repair", err);
	if (status == SL_OK)
		status = sl_stage_open(&stage, check->mirror.meta, "repair",
		    check->heads.count, err);
	if (status != SL_OK)
		return status;
	status = fetch_damaged(check, client, damaged, &stage, err);
	sl_stage_close(&stage);
	if (status == SL_OK)
		status = sl_apply_repair(
		    &check->mirror, &check->heads, damaged, err);
	if (status == SL_OK)
		status = sl_tree_remove_all(check->mirror.meta, "repair", err);
	if (status == SL_OK)
		check->result->repaired_files = damaged->count;
	return status;
}

enum sl_status
sl_repair(struct sl_client *client, const struct sl_verify_options *options,
    struct sl_verify_result *result, struct sl_error *err)
{
	struct check check = {.options = options, .result = result};
	struct sl_file_list damaged = {0};
	enum sl_status status;

	memset(result, 0, sizeof(*result));
	status = open_mirror(&check, err);
	if (status != SL_OK)
		return status;
	status = look(&check, err);
	if (status == SL_OK) {
		report(&check);
		status = list_damaged(&check, &damaged);
	}
	if (status == SL_OK && damaged.count > 0)
		status = mend(&check, client, &damaged, err);
	sl_file_list_clear(&damaged);
	check_clear(&check);
	if (status != SL_OK || result->extra == 0)
		return status;
	return sl_error_code(err, SL_ERR_PARTIAL, "extra_left",
	    "%s: %llu files that are not the dataset's were left alone",
	    options->dir, (unsigned long long)result->extra);
}
