#include "witness.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/catalog/checkpoint.h"
#include "sluice/store/log.h"

#include "log_head.h"
#include "log_state.h"
#include "log_tiles.h"
#include "log_trust.h"

struct witness {
	const struct sl_witness_options *options;
	const struct sl_trust *trust;
	const char *dataset;
	struct log_state state;
	struct log_head head;
	struct log_tiles *tiles;
	struct sl_error *err;
};

/* Both notes, so that anybody can see it; what cannot be written is lost, the
 * refusal stands. */
static void
keep_evidence(struct witness *witness)
{
	const char *now =
	    json_string_value(json_object_get(witness->head.row, "note"));
	struct sl_buf text;

	sl_buf_init(&text, 3 * SL_NOTE_BYTES_MAX);
	if (sl_buf_append_text(&text, "sluice-fork/v1\n") == SL_OK &&
	    sl_buf_append(&text, witness->state.text.data,
	        witness->state.text.len) == SL_OK &&
	    sl_buf_append_text(&text, "--\n") == SL_OK &&
	    sl_buf_append_text(&text, now) == SL_OK)
		(void)(log_state_keep_fork(&witness->state, sl_buf_slice(&text),
		           NULL) == SL_OK);
	sl_buf_clear(&text);
}

/* From the tree seen last to the one that is there now. */
static enum sl_status
check_growth(struct witness *witness, const struct sl_log_tree *old_tree)
{
	const struct sl_log_tree *new_tree = &witness->head.checkpoint.tree;

	if (new_tree->size < old_tree->size)
		return sl_error_code(witness->err, SL_ERR_INTEGRITY, "rollback",
		    "the log of %s has %llu leaves and had %llu before",
		    witness->dataset, (unsigned long long)new_tree->size,
		    (unsigned long long)old_tree->size);
	if (new_tree->size > old_tree->size)
		return log_tiles_check_growth(
		    witness->tiles, old_tree, new_tree, witness->err);
	if (!sl_log_hash_is(&new_tree->root, &old_tree->root))
		return sl_error_code(witness->err, SL_ERR_INTEGRITY, "fork",
		    "the log of %s has another root at %llu leaves than "
		    "before",
		    witness->dataset, (unsigned long long)new_tree->size);
	return SL_OK;
}

static enum sl_status
check_seen(struct witness *witness)
{
	struct sl_checkpoint seen;
	struct sl_note note;
	enum sl_status status = sl_checkpoint_parse_note(
	    &seen, &note, sl_buf_slice(&witness->state.text), witness->err);

	if (status != SL_OK)
		return sl_error_prefix(
		    witness->err, status, "%s", witness->state.path);
	status = check_growth(witness, &seen.tree);
	if (status == SL_ERR_INTEGRITY)
		keep_evidence(witness);
	return status;
}

/* A first look: at an epoch's begin, root says where it starts. */
static enum sl_status
check_first(struct witness *witness)
{
	const struct sl_checkpoint *now = &witness->head.checkpoint;
	const struct sl_trust_point *start =
	    sl_trust_epoch_start(witness->trust, witness->dataset, now->epoch);
	struct sl_log_tree tree;

	if (now->epoch == 1)
		return SL_OK;
	if (start == NULL)
		return sl_error_code(witness->err, SL_ERR_INTEGRITY,
		    "epoch_unproven",
		    "the log of %s is in epoch %u, of which the trust file "
		    "says nothing",
		    witness->dataset, now->epoch);
	tree.size = start->size;
	memcpy(tree.root.bytes, start->root, sizeof(tree.root.bytes));
	return check_growth(witness, &tree);
}

static enum sl_status
check_head(struct witness *witness)
{
	const struct sl_checkpoint *now = &witness->head.checkpoint;
	struct sl_log_range range;
	enum sl_status status =
	    log_head_check(&witness->head, witness->trust, witness->err);

	if (status != SL_OK)
		return status;
	log_tiles_init(witness->tiles, witness->options->objects,
	    witness->dataset, now->epoch, now->tree.size);
	status = log_state_read(&witness->state, now->epoch, witness->err);
	if (status == SL_OK)
		status = witness->state.has ? check_seen(witness)
		                            : check_first(witness);
	if (status == SL_OK)
		status = log_tiles_check(
		    witness->tiles, &now->tree, &range, witness->err);
	return status;
}

/* Remember first, then sign. */
static enum sl_status
cosign(struct witness *witness, json_t *out)
{
	const struct sl_checkpoint *now = &witness->head.checkpoint;
	const char *note =
	    json_string_value(json_object_get(witness->head.row, "note"));
	struct sl_cosignature cosignature = {.dataset = witness->dataset,
	    .epoch = now->epoch,
	    .size = now->tree.size,
	    .time_s = (uint64_t)(sl_clock_wall_us() / 1000000)};
	char time[SL_TIME_TEXT_MAX];
	char line[SL_NOTE_LINE_MAX];
	struct sl_verify_key half;
	bool is_newer;
	enum sl_status status =
	    log_state_write(&witness->state, sl_slice_text(note), witness->err);

	if (status != SL_OK)
		return status;
	sl_sign_key_public(witness->options->key, &half);
	cosignature.witness =
	    sl_trust_find(witness->trust, SL_TRUST_WITNESS, &half)->name;
	status = sl_note_cosign(line, witness->options->key,
	    cosignature.witness, witness->head.note.body, cosignature.time_s);
	cosignature.line = sl_slice_text(line);
	if (status == SL_OK)
		status = sl_store_cosign(&is_newer, witness->options->db,
		    &cosignature, witness->err);
	if (status != SL_OK)
		return status;
	sl_time_format(time, (int64_t)cosignature.time_s * 1000000);
	if (json_array_append_new(out,
	        json_pack("{s:s, s:I, s:I, s:s}", "dataset", witness->dataset,
	            "epoch", (json_int_t)now->epoch, "size",
	            (json_int_t)now->tree.size, "time", time)) != 0)
		return SL_ERR_NOMEM;
	return SL_OK;
}

enum sl_status
witness_dataset(json_t *out, const struct sl_witness_options *options,
    const struct sl_trust *trust, const char *dataset, struct sl_error *err)
{
	struct witness witness = {.options = options,
	    .trust = trust,
	    .dataset = dataset,
	    .tiles = calloc(1, sizeof(struct log_tiles)),
	    .err = err};
	enum sl_status status;

	if (witness.tiles == NULL)
		return SL_ERR_NOMEM;
	status = log_state_open(
	    &witness.state, options->home, "witness", dataset, err);
	if (status == SL_OK)
		status = log_head_load(
		    &witness.head, options->db, trust, dataset, err);
	if (status == SL_OK && witness.head.has) {
		status = check_head(&witness);
		if (status == SL_OK)
			status = cosign(&witness, out);
	}
	log_head_clear(&witness.head);
	log_state_close(&witness.state);
	free(witness.tiles);
	return status;
}

/* Each log for itself: one that is not good does not keep the others from
 * being fresh. */
static enum sl_status
witness_all(json_t *out, const struct sl_witness_options *options,
    const struct sl_trust *trust, struct sl_error *err)
{
	enum sl_status first = SL_OK;
	enum sl_status status;
	json_t *rows;
	const json_t *row;
	size_t i;

	status = sl_store_log_state(&rows, options->db, options->dataset, err);
	if (status != SL_OK)
		return status;
	json_array_foreach (rows, i, row) {
		const char *name =
		    json_string_value(json_object_get(row, "dataset"));
		struct sl_error own = {0};

		status = name == NULL
		    ? SL_ERR_INTEGRITY
		    : witness_dataset(out, options, trust, name, &own);
		if (status == SL_OK || first != SL_OK)
			continue;
		first = status;
		if (err != NULL)
			*err = own;
	}
	json_decref(rows);
	return first;
}

enum sl_status
sl_witness_run(json_t **out, const struct sl_witness_options *options,
    struct sl_error *err)
{
	const struct log_trust_source source = {
	    options->db, options->home, options->root};
	struct sl_trust trust;
	enum sl_status status;

	*out = json_array();
	if (*out == NULL)
		return SL_ERR_NOMEM;
	sl_trust_init(&trust);
	status = log_trust_load(&trust, &source, err);
	if (status == SL_OK)
		status = log_trust_need(&trust, SL_TRUST_WITNESS, options->key,
		    "not_a_witness_key", err);
	if (status == SL_OK)
		status = witness_all(*out, options, &trust, err);
	sl_trust_clear(&trust);
	return status;
}
