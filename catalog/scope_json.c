#include "scope_json.h"

#include "sluice/base/buf.h"
#include "sluice/catalog/json.h"

static enum sl_status
read_window(struct sl_scope *scope, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"from", "until", NULL};
	json_t *window;
	uint64_t until = 0;
	bool has_until = false;
	enum sl_status status =
	    sl_json_need_object(&window, object, "window", err);

	if (status == SL_OK)
		status = sl_json_only_keys(window, keys, err);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &scope->window_from, window, "from", SL_SEQ_MAX, err);
	if (status == SL_OK && json_object_get(window, "until") == NULL)
		status =
		    sl_error_set(err, SL_ERR_INVALID, "\"until\" is missing");
	if (status == SL_OK)
		status = sl_json_maybe_u64(
		    &has_until, &until, window, "until", SL_SEQ_MAX, err);
	if (status == SL_OK && has_until && until == 0)
		status =
		    sl_error_set(err, SL_ERR_INVALID, "\"until\" is batch 0");
	scope->window_until = (uint32_t)until;
	return status;
}

enum sl_status
sl_scope_read_filter(
    struct sl_scope *scope, const json_t *object, struct sl_error *err)
{
	const char *where;
	json_t *layers;
	enum sl_status status =
	    sl_json_need_array(&layers, object, "layers", err);

	if (status == SL_OK)
		status = sl_layers_from_json(&scope->layers, layers, err);
	if (status == SL_OK)
		status = sl_json_need_text(&where, object, "where", err);
	if (status == SL_OK)
		status =
		    sl_where_parse(&scope->where, sl_slice_text(where), err);
	return status;
}

enum sl_status
sl_scope_read(
    struct sl_scope *scope, const json_t *object, struct sl_error *err)
{
	enum sl_status status = sl_scope_read_filter(scope, object, err);

	if (status == SL_OK)
		status = read_window(scope, object, err);
	return status;
}

json_t *
sl_scope_where_json(const struct sl_scope *scope)
{
	struct sl_buf text;
	json_t *value = NULL;

	sl_buf_init(&text, SL_WHERE_TEXT_MAX + 1);
	if (sl_where_format(&text, scope->where) == SL_OK)
		value = json_stringn(
		    text.len == 0 ? "" : (const char *)text.data, text.len);
	sl_buf_clear(&text);
	return value;
}

json_t *
sl_scope_window_json(const struct sl_scope *scope)
{
	return json_pack("{s:I,s:o}", "from", (json_int_t)scope->window_from,
	    "until",
	    scope->window_until == 0
	        ? json_null()
	        : json_integer((json_int_t)scope->window_until));
}
