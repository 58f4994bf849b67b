#include "evidence.h"

#include <stdio.h>
#include <string.h>

#include "sluice/catalog/trust.h"
#include "sluice/store/trust.h"

void
evidence_init(struct evidence *evidence)
{
	memset(evidence, 0, sizeof(*evidence));
	sl_logbook_init(&evidence->logbook);
}

void
evidence_clear(struct evidence *evidence)
{
	json_decref(evidence->trust);
	evidence->trust = NULL;
	sl_logbook_clear(&evidence->logbook);
}

/* ---- asking ---- */

/* Where the epoch of the log began, by the newest trust file. */
static enum sl_status
find_epoch_start(
    struct evidence *evidence, const json_t *version, struct sl_error *err)
{
	const struct sl_trust_point *point;
	const char *text = json_string_value(json_object_get(version, "text"));
	struct sl_trust trust;
	enum sl_status status;

	sl_trust_init(&trust);
	status = sl_trust_parse(
	    &trust, sl_slice_text(text == NULL ? "" : text), err);
	point = status == SL_OK
	    ? sl_trust_epoch_start(
	          &trust, evidence->dataset_name, evidence->logbook.epoch)
	    : NULL;
	if (point != NULL && point->size < evidence->logbook.tree.size)
		evidence->proven_from = point->size;
	sl_trust_clear(&trust);
	if (status != SL_OK)
		return sl_error_code(err, SL_ERR_INTEGRITY, "log_damaged",
		    "the newest trust file cannot be read");
	return SL_OK;
}

static void
on_newest(
    void *ctx, enum sl_status status, json_t *value, const struct sl_error *err)
{
	struct evidence *evidence = ctx;
	struct sl_error words = *err;

	if (status == SL_OK && json_array_size(value) == 1)
		status = find_epoch_start(
		    evidence, json_array_get(value, 0), &words);
	evidence->fn(evidence->ctx, status, &words);
}

/* The caller knows another epoch: root says where this one goes on. */
static enum sl_status
compare_epochs(struct evidence *evidence, bool *is_asking, struct sl_error *err)
{
	const struct sl_logbook *logbook = &evidence->logbook;

	*is_asking = false;
	if (logbook->epoch == 0 || evidence->known.size == 0 ||
	    evidence->known.epoch > logbook->epoch)
		return SL_OK;
	if (evidence->known.epoch == logbook->epoch) {
		if (evidence->known.size < logbook->tree.size)
			evidence->proven_from = evidence->known.size;
		return SL_OK;
	}
	*is_asking = true;
	return sl_store_trust_newest(evidence->db, on_newest, evidence, err);
}

static void
on_checkpoint(void *ctx, enum sl_status status, const struct sl_log_head *head,
    const struct sl_error *err)
{
	struct evidence *evidence = ctx;
	struct sl_error words = *err;
	bool is_asking = false;

	if (status == SL_OK)
		status = sl_logbook_set(&evidence->logbook, evidence->objects,
		    evidence->dataset_name, head, &words);
	if (status == SL_OK)
		status = compare_epochs(evidence, &is_asking, &words);
	if (status != SL_OK || !is_asking)
		evidence->fn(evidence->ctx, status, &words);
}

static void
on_trust(
    void *ctx, enum sl_status status, json_t *value, const struct sl_error *err)
{
	struct evidence *evidence = ctx;
	struct sl_error words = *err;

	if (status == SL_OK) {
		evidence->trust = json_incref(value);
		status = sl_store_log_checkpoint(evidence->db,
		    evidence->dataset, on_checkpoint, evidence, &words);
		if (status == SL_OK)
			return;
	}
	evidence->fn(evidence->ctx, status, &words);
}

enum sl_status
evidence_start(struct evidence *evidence, struct sl_error *err)
{
	return sl_store_trust_after(evidence->db, evidence->known.trust,
	    SL_TRUST_VERSIONS_MAX, on_trust, evidence, err);
}

/* ---- writing ---- */

static bool
is_key_id(const char *text)
{
	return strlen(text) == 16 &&
	    strspn(text, "0123456789ABCDEFabcdef") == 16;
}

static enum sl_status
write_version(struct head *head, json_t *version)
{
	unsigned number =
	    (unsigned)json_integer_value(json_object_get(version, "version"));
	const char *text = json_string_value(json_object_get(version, "text"));
	json_t *signatures = json_object_get(version, "signatures");
	char path[sizeof(".sluice/trust/999999/0123456789ABCDEF.minisig")];
	const char *key;
	json_t *value;
	enum sl_status status;

	if (number == 0 || number > SL_TRUST_VERSION_MAX || text == NULL ||
	    json_object_size(signatures) > SL_TRUST_SIGNATURES_MAX)
		return SL_ERR_INTEGRITY;
	snprintf(path, sizeof(path), ".sluice/trust/%06u/trust", number);
	status = head_add(head, path, sl_slice_text(text));
	json_object_foreach (signatures, key, value) {
		if (status == SL_OK &&
		    (!is_key_id(key) || !json_is_string(value)))
			status = SL_ERR_INTEGRITY;
		if (status != SL_OK)
			break;
		snprintf(path, sizeof(path), ".sluice/trust/%06u/%s.minisig",
		    number, key);
		status = head_add(
		    head, path, sl_slice_text(json_string_value(value)));
	}
	return status;
}

static enum sl_status
write_trust(
    const struct evidence *evidence, struct head *head, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	json_t *version;
	size_t i;

	json_array_foreach (evidence->trust, i, version) {
		status = write_version(head, version);
		if (status != SL_OK)
			return sl_error_code(err, SL_ERR_INTEGRITY,
			    "log_damaged",
			    "a version of the trust file cannot be sent");
	}
	return status;
}

static enum sl_status
write_consistency(
    const struct evidence *evidence, struct head *head, struct sl_error *err)
{
	struct sl_log_proof proof;
	struct sl_buf text;
	enum sl_status status = sl_logbook_prove_consistency(
	    &proof, &evidence->logbook, evidence->proven_from, err);

	if (status != SL_OK)
		return status;
	sl_buf_init(&text, SL_LOG_PROOF_TEXT_MAX);
	status = sl_log_proof_format(&text, &proof);
	if (status == SL_OK)
		status =
		    head_add(head, ".sluice/consistency", sl_buf_slice(&text));
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
write_inclusion(const struct evidence *evidence, struct head *head,
    uint32_t seq, struct sl_error *err)
{
	struct sl_log_inclusion inclusion = {
	    .index = seq - 1, .size = evidence->logbook.tree.size};
	struct sl_buf text;
	enum sl_status status = sl_logbook_prove_inclusion(
	    &inclusion.proof, &evidence->logbook, inclusion.index, err);

	if (status != SL_OK)
		return status;
	sl_buf_init(&text, SL_LOG_INCLUSION_TEXT_MAX);
	status = sl_log_inclusion_format(&text, &inclusion);
	if (status == SL_OK)
		status =
		    head_add(head, ".sluice/inclusion", sl_buf_slice(&text));
	sl_buf_clear(&text);
	return status;
}

enum sl_status
evidence_write(const struct evidence *evidence, struct head *head,
    uint32_t last_seq, struct sl_error *err)
{
	enum sl_status status = write_trust(evidence, head, err);

	if (status != SL_OK || evidence->logbook.epoch == 0)
		return status;
	status = head_add(
	    head, ".sluice/checkpoint", sl_buf_slice(&evidence->logbook.note));
	if (status == SL_OK && evidence->proven_from > 0)
		status = write_consistency(evidence, head, err);
	if (status == SL_OK && last_seq > 0)
		status = write_inclusion(evidence, head, last_seq, err);
	if (status != SL_OK && err->text[0] == '\0')
		sl_error_set(err, status, "the proofs cannot be written");
	return status;
}
