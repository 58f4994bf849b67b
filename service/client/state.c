#include "state.h"

#include <stdio.h>
#include <string.h>

#include "sluice/catalog/json.h"

void
sl_state_init(struct sl_state *state)
{
	memset(state, 0, sizeof(*state));
}

void
sl_state_clear(struct sl_state *state)
{
	sl_wish_clear(&state->wish);
	sl_holdings_clear(&state->held);
	sl_state_init(state);
}

enum sl_status
sl_state_copy(struct sl_state *out, const struct sl_state *state)
{
	enum sl_status status;

	*out = *state;
	sl_wish_init(&out->wish);
	memset(&out->held, 0, sizeof(out->held));
	status = sl_wish_copy(&out->wish, &state->wish);
	if (status == SL_OK)
		status = sl_holdings_copy(&out->held, &state->held);
	if (status != SL_OK)
		sl_state_clear(out);
	return status;
}

static enum sl_status
read_members(struct sl_state *out, json_t *object, struct sl_error *err)
{
	const char *dataset;
	enum sl_status status;
	json_t *inner;

	status = sl_json_need_text(&dataset, object, "dataset", err);
	if (status != SL_OK)
		return status;
	if (!sl_dataset_name_is_valid(sl_slice_text(dataset)))
		return sl_error_set(err, SL_ERR_INVALID, "bad dataset name");
	snprintf(out->dataset, sizeof(out->dataset), "%s", dataset);
	status = sl_json_need_u32(&out->seq, object, "seq", SL_SEQ_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_bool(
		    &out->is_complete, object, "complete", err);
	if (status == SL_OK)
		status = sl_json_need_object(&inner, object, "root", err);
	if (status == SL_OK)
		status = sl_trust_pin_read(&out->pin, inner, err);
	if (status == SL_OK)
		status = sl_json_need_object(&inner, object, "request", err);
	if (status == SL_OK)
		status = sl_wish_from_json(&out->wish, inner, err);
	if (status == SL_OK)
		status = sl_json_need_object(&inner, object, "segments", err);
	if (status == SL_OK)
		status = sl_holdings_from_json(&out->held, inner, err);
	return status;
}

enum sl_status
sl_state_from_json(struct sl_state *out, json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"version", "dataset", "seq",
	    "complete", "root", "request", "segments", NULL};
	enum sl_status status;

	status = sl_json_only_keys(object, keys, err);
	if (status == SL_OK)
		status = sl_json_need_version(object, 1, err);
	if (status == SL_OK)
		status = read_members(out, object, err);
	if (status != SL_OK)
		sl_state_clear(out);
	return status;
}

json_t *
sl_state_to_json(const struct sl_state *state)
{
	return json_pack("{s:i, s:s, s:I, s:b, s:o, s:o, s:o}", "version", 1,
	    "dataset", state->dataset, "seq", (json_int_t)state->seq,
	    "complete", (int)state->is_complete, "root",
	    sl_trust_pin_json(&state->pin), "request",
	    sl_wish_to_json(&state->wish), "segments",
	    sl_holdings_to_json(&state->held));
}

enum sl_status
sl_state_parse(struct sl_state *out, struct sl_slice text, struct sl_error *err)
{
	enum sl_status status;
	json_t *object;

	status = sl_json_parse(&object, text, SL_STATE_BYTES_MAX, err);
	if (status != SL_OK)
		return status;
	status = sl_state_from_json(out, object, err);
	json_decref(object);
	return status;
}

enum sl_status
sl_state_format(struct sl_buf *buf, const struct sl_state *state)
{
	json_t *object = sl_state_to_json(state);
	enum sl_status status;

	if (object == NULL)
		return SL_ERR_NOMEM;
	status = sl_json_dump(buf, object);
	json_decref(object);
	return status != SL_OK ? status : sl_buf_append_text(buf, "\n");
}
