#include "log_head.h"

#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/witness.h"
#include "sluice/store/log.h"

static enum sl_status
read_row(struct log_head *head, const struct sl_trust *trust,
    const char *dataset, struct sl_error *err)
{
	const char *note = NULL;
	enum sl_status status =
	    sl_json_need_text(&note, head->row, "note", err);

	if (status == SL_OK)
		status = sl_json_need_uuid(
		    &head->publication, head->row, "publication", err);
	if (status == SL_OK)
		status = sl_checkpoint_parse_note(
		    &head->checkpoint, &head->note, sl_slice_text(note), err);
	if (status != SL_OK)
		return sl_error_prefix(
		    err, status, "the log of %s in the database", dataset);
	if (strcmp(head->checkpoint.origin, trust->origin) != 0 ||
	    strcmp(head->checkpoint.dataset, dataset) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "wrong_log",
		    "the checkpoint of %s in the database is one of %s/%s",
		    dataset, head->checkpoint.origin, head->checkpoint.dataset);
	return SL_OK;
}

enum sl_status
log_head_load(struct log_head *head, struct sl_db *db,
    const struct sl_trust *trust, const char *dataset, struct sl_error *err)
{
	json_t *rows;
	enum sl_status status;

	memset(head, 0, sizeof(*head));
	status = sl_store_log_state(&rows, db, dataset, err);
	if (status != SL_OK)
		return status;
	head->has = json_array_size(rows) > 0;
	head->row = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	return head->has ? read_row(head, trust, dataset, err) : SL_OK;
}

enum sl_status
log_head_check(const struct log_head *head, const struct sl_trust *trust,
    struct sl_error *err)
{
	const struct sl_trust_key *live[SL_TRUST_KEYS_MAX];
	struct sl_verify_key keys[SL_TRUST_KEYS_MAX];
	size_t count = sl_trust_live_keys(live, trust, SL_TRUST_LOG);

	for (size_t i = 0; i < count; i++)
		keys[i] = live[i]->key;
	return sl_checkpoint_check_log(
	    &head->checkpoint, &head->note, keys, count, NULL, err);
}

/* The note as subscribers get it: the log's lines, then the witnesses'. */
static enum sl_status
append_note(struct sl_buf *out, const struct log_head *head)
{
	const json_t *lines = json_object_get(head->row, "cosignatures");
	const json_t *row;
	size_t i;
	enum sl_status status = sl_buf_append_text(
	    out, json_string_value(json_object_get(head->row, "note")));

	json_array_foreach (lines, i, row) {
		const char *line =
		    json_string_value(json_object_get(row, "line"));

		if (status == SL_OK)
			status = line == NULL ? SL_ERR_INVALID
			                      : sl_buf_append_text(out, line);
	}
	return status;
}

size_t
log_head_count_witnesses(
    const struct log_head *head, const struct sl_trust *trust)
{
	struct sl_witnessed witnessed = {.count = 0};
	struct sl_note note;
	struct sl_buf text;
	size_t count = 0;

	sl_buf_init(&text, SL_NOTE_BYTES_MAX);
	if (append_note(&text, head) == SL_OK &&
	    sl_note_parse(&note, sl_buf_slice(&text), NULL) == SL_OK &&
	    sl_witnessed_read(
	        &witnessed, trust, &note, sl_clock_wall_us(), NULL) == SL_OK)
		count = witnessed.count;
	sl_buf_clear(&text);
	return count;
}

void
log_head_clear(struct log_head *head)
{
	json_decref(head->row);
	head->row = NULL;
}
