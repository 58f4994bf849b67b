#include "sluice/publish/log.h"

#include "sluice/base/base64.h"
#include "sluice/store/trust.h"

#include "log_signer.h"
#include "log_trust.h"

/* ---- all logs ---- */

/* Datasets with a log or a batch that waits: names as keys of an object. */
static enum sl_status
find_names(
    json_t *names, const struct sl_log_options *options, struct sl_error *err)
{
	struct sl_log_pending *pending;
	size_t count;
	json_t *rows = NULL;
	const json_t *row;
	size_t i;
	enum sl_status status;

	status = sl_store_log_pending(
	    &pending, &count, options->db, options->dataset, err);
	for (i = 0; status == SL_OK && i < count; i++)
		if (json_object_set_new(
		        names, pending[i].dataset, json_true()) != 0)
			status = SL_ERR_NOMEM;
	sl_log_pending_free(pending, count);
	if (status == SL_OK)
		status = sl_store_log_state(
		    &rows, options->db, options->dataset, err);
	if (status != SL_OK)
		return status;
	json_array_foreach (rows, i, row) {
		const char *name =
		    json_string_value(json_object_get(row, "dataset"));
		if (name != NULL &&
		    json_object_set_new(names, name, json_true()) != 0)
			status = SL_ERR_NOMEM;
	}
	json_decref(rows);
	return status;
}

static enum sl_status
run_names(json_t *out, const struct sl_log_options *options,
    const struct sl_trust *trust, json_t *names, struct sl_error *err)
{
	enum sl_status first = SL_OK;
	const char *name;
	json_t *value;

	json_object_foreach (names, name, value) {
		struct sl_error own = {0};
		enum sl_status status =
		    signer_run(out, options, trust, name, &own);

		if (status == SL_OK || first != SL_OK)
			continue;
		first = status;
		if (err != NULL)
			*err = own;
	}
	return first;
}

/* Trust file and key for what signs. */
static enum sl_status
need_key(struct sl_trust *trust, const struct sl_log_options *options,
    struct sl_error *err)
{
	const struct log_trust_source source = {
	    options->db, options->home, options->root};
	enum sl_status status;

	sl_trust_init(trust);
	status = log_trust_load(trust, &source, err);
	if (status == SL_OK)
		status = log_trust_need(
		    trust, SL_TRUST_LOG, options->key, "not_a_log_key", err);
	return status;
}

enum sl_status
sl_log_run(
    json_t **out, const struct sl_log_options *options, struct sl_error *err)
{
	struct sl_trust trust;
	json_t *names = json_object();
	enum sl_status status;

	*out = json_pack("{s:[], s:[]}", "shown", "waiting");
	if (*out == NULL || names == NULL) {
		json_decref(names);
		return SL_ERR_NOMEM;
	}
	status = need_key(&trust, options, err);
	if (status == SL_OK)
		status = find_names(names, options, err);
	if (status == SL_OK)
		status = run_names(*out, options, &trust, names, err);
	json_decref(names);
	sl_trust_clear(&trust);
	return status;
}

/* ---- adopting ---- */

static enum sl_status
adopt(struct signer *signer)
{
	const struct sl_log_tree *told = &signer->head.checkpoint.tree;
	struct sl_log_range range;
	unsigned char last[32];
	enum sl_status status = signer_load(signer);

	if (status != SL_OK)
		return status;
	if (signer->has_signed)
		return sl_error_code(signer->err, SL_ERR_EXISTS,
		    "log_state_exists", "%s is there already",
		    signer->state.path);
	if (!signer_has_head(signer))
		return sl_error_code(signer->err, SL_ERR_NOT_FOUND,
		    "checkpoint_not_found",
		    "the database has no checkpoint of %s in epoch %u to go "
		    "on from",
		    signer->dataset, signer->epoch);
	status = log_head_check(&signer->head, signer->trust, signer->err);
	log_tiles_init(signer->tiles, signer->options->objects, signer->dataset,
	    signer->epoch, told->size);
	if (status == SL_OK)
		status =
		    log_tiles_check(signer->tiles, told, &range, signer->err);
	if (status == SL_OK)
		status = log_tiles_last(signer->tiles, last, signer->err);
	if (status == SL_OK)
		status = signer_remember(signer, told);
	return status;
}

enum sl_status
sl_log_adopt(
    json_t **out, const struct sl_log_options *options, struct sl_error *err)
{
	struct signer signer;
	struct sl_trust trust;
	enum sl_status status;

	*out = NULL;
	status = need_key(&trust, options, err);
	if (status != SL_OK) {
		sl_trust_clear(&trust);
		return status;
	}
	status = signer_init(&signer, options, &trust, options->dataset, err);
	if (status == SL_OK)
		status = adopt(&signer);
	if (status == SL_OK)
		*out = json_pack("{s:s, s:I, s:I}", "dataset", options->dataset,
		    "epoch", (json_int_t)signer.epoch, "size",
		    (json_int_t)signer.last.tree.size);
	signer_clear(&signer);
	sl_trust_clear(&trust);
	if (status == SL_OK && *out == NULL)
		return SL_ERR_NOMEM;
	return status;
}

/* ---- status ---- */

static json_t *
describe(const struct signer *signer)
{
	const struct signer *s = signer;
	const char *pending = s->pending_count == 0           ? NULL
	    : signer_has_pending(s, SL_PUBLICATION_SEALED, 0) ? "sealed"
	                                                      : "logged";
	json_t *visible = json_object_get(s->head.row, "visible");
	char root[SL_BASE64_LEN(sizeof(struct sl_log_hash)) + 1];

	sl_base64_encode(root, &s->head.checkpoint.tree.root,
	    sizeof(s->head.checkpoint.tree.root));
	return json_pack(
	    "{s:s, s:s, s:I, s:o, s:I, s:s?, s:O?, s:s?, s:I, s:I}", "name",
	    s->dataset, "dataset", s->dataset, "epoch", (json_int_t)s->epoch,
	    "size",
	    s->has_signed ? json_integer((json_int_t)s->last.tree.size)
	                  : json_null(),
	    "logged",
	    s->head.has ? (json_int_t)s->head.checkpoint.tree.size : 0, "root",
	    s->head.has ? root : NULL, "visible", visible, "pending", pending,
	    "witnesses",
	    s->head.has
	        ? (json_int_t)log_head_count_witnesses(&s->head, s->trust)
	        : 0,
	    "threshold", (json_int_t)s->trust->witness_threshold);
}

static enum sl_status
status_of(json_t *out, const struct sl_log_options *options,
    const struct sl_trust *trust, const char *dataset, struct sl_error *err)
{
	struct signer signer;
	enum sl_status status =
	    signer_init(&signer, options, trust, dataset, err);

	if (status == SL_OK)
		status = signer_load(&signer);
	if (status == SL_OK &&
	    json_array_append_new(out, describe(&signer)) != 0)
		status = SL_ERR_NOMEM;
	signer_clear(&signer);
	return status;
}

enum sl_status
sl_log_status(
    json_t **out, const struct sl_log_options *options, struct sl_error *err)
{
	json_t *names = json_object();
	struct sl_trust trust;
	const char *name;
	json_t *value;
	enum sl_status status;

	*out = json_array();
	if (*out == NULL || names == NULL) {
		json_decref(names);
		return SL_ERR_NOMEM;
	}
	sl_trust_init(&trust);
	status = sl_store_trust_load(&trust, options->db, err);
	if (status == SL_OK)
		status = find_names(names, options, err);
	json_object_foreach (names, name, value) {
		if (status == SL_OK)
			status = status_of(*out, options, &trust, name, err);
	}
	json_decref(names);
	sl_trust_clear(&trust);
	return status;
}
