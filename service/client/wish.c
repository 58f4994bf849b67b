#include "sluice/client/wish.h"

#include <string.h>

#include "sluice/catalog/json.h"

#define TEXT_MAX (1024 * 1024)

void
sl_wish_init(struct sl_wish *wish)
{
	memset(wish, 0, sizeof(*wish));
}

void
sl_wish_clear(struct sl_wish *wish)
{
	sl_where_free(wish->where);
	sl_multirange_clear(&wish->episodes);
	sl_multirange_clear(&wish->deleted);
	sl_wish_init(wish);
}

static enum sl_status
copy_where(struct sl_where **out, const struct sl_where *where)
{
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, SL_WHERE_TEXT_MAX + 1);
	status = sl_where_format(&text, where);
	if (status == SL_OK)
		status = sl_where_parse(out, sl_buf_slice(&text), NULL);
	sl_buf_clear(&text);
	return status;
}

enum sl_status
sl_wish_copy(struct sl_wish *out, const struct sl_wish *wish)
{
	enum sl_status status;

	*out = *wish;
	out->where = NULL;
	sl_multirange_init(&out->episodes);
	sl_multirange_init(&out->deleted);
	status = copy_where(&out->where, wish->where);
	if (status == SL_OK)
		status = sl_multirange_copy(&out->episodes, &wish->episodes);
	if (status == SL_OK)
		status = sl_multirange_copy(&out->deleted, &wish->deleted);
	if (status != SL_OK)
		sl_wish_clear(out);
	return status;
}

bool
sl_wish_is_equal(const struct sl_wish *a, const struct sl_wish *b)
{
	json_t *left = sl_wish_to_json(a);
	json_t *right = sl_wish_to_json(b);
	bool equal = left != NULL && json_equal(left, right);

	json_decref(left);
	json_decref(right);
	return equal;
}

static enum sl_status
change_licence(struct sl_wish *wish, const char *text, struct sl_error *err)
{
	if (sl_uuid_parse(&wish->licence, sl_slice_text(text)) != SL_OK)
		return sl_error_set(
		    err, SL_ERR_INVALID, "'%s' is not a licence's id", text);
	wish->has_licence = true;
	return SL_OK;
}

static enum sl_status
change_layers(struct sl_wish *wish, const char *text, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	bool is_all = strcmp(text, "*") == 0;

	if (!is_all)
		status =
		    sl_layers_parse(&wish->layers, sl_slice_text(text), err);
	if (status == SL_OK)
		wish->has_layers = !is_all;
	return status;
}

static enum sl_status
change_where(struct sl_wish *wish, const char *text, struct sl_error *err)
{
	struct sl_where *where;
	enum sl_status status;

	if (text[0] == '\0')
		return sl_error_set(
		    err, SL_ERR_INVALID, "where: the filter is empty");
	status = sl_where_parse(&where, sl_slice_text(text), err);
	if (status != SL_OK)
		return status;
	sl_where_free(wish->where);
	wish->where = where;
	return SL_OK;
}

static enum sl_status
change_episodes(struct sl_wish *wish, const char *text, struct sl_error *err)
{
	enum sl_status status =
	    sl_multirange_parse(&wish->episodes, sl_slice_text(text), err);

	if (status == SL_OK && text[0] == '\0')
		status =
		    sl_error_set(err, SL_ERR_INVALID, "no number is named");
	if (status != SL_OK)
		return sl_error_prefix(err, status, "episodes");
	wish->has_episodes = true;
	return SL_OK;
}

static enum sl_status
change_purpose(struct sl_wish *wish, const char *text, struct sl_error *err)
{
	struct sl_purpose purpose;
	enum sl_status status;

	if (text[0] == '\0')
		return sl_error_set(err, SL_ERR_INVALID,
		    "purpose: nothing is named; the least is evaluate");
	status = sl_purpose_parse(&purpose, sl_slice_text(text), err);
	if (status == SL_OK)
		sl_purpose_format(wish->purpose, &purpose);
	return status;
}

enum sl_status
sl_wish_change(struct sl_wish *wish, const struct sl_wish_options *options,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;

	if (options->licence != NULL)
		status = change_licence(wish, options->licence, err);
	if (status == SL_OK && options->layers != NULL)
		status = change_layers(wish, options->layers, err);
	if (status == SL_OK && options->where != NULL)
		status = change_where(wish, options->where, err);
	if (status == SL_OK && options->episodes != NULL)
		status = change_episodes(wish, options->episodes, err);
	if (status == SL_OK && options->purpose != NULL)
		status = change_purpose(wish, options->purpose, err);
	if (status != SL_OK)
		return status;
	if (options->max_episodes != UINT64_MAX) {
		if (options->max_episodes > UINT32_MAX)
			return sl_error_set(
			    err, SL_ERR_INVALID, "too many episodes");
		wish->max_episodes = (uint32_t)options->max_episodes;
	}
	if (options->max_bytes != UINT64_MAX)
		wish->max_bytes = options->max_bytes;
	return SL_OK;
}

enum sl_status
sl_wish_from_json(struct sl_wish *out, json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"licence", "layers", "where",
	    "episodes", "max_episodes", "max_bytes", "purpose", "deleted",
	    NULL};
	struct sl_wish_options options = {0};
	const char *deleted = NULL;
	enum sl_status status;
	bool present;

	options.max_episodes = options.max_bytes = 0;
	status = sl_json_only_keys(object, keys, err);
	if (status == SL_OK)
		status = sl_json_maybe_text(
		    &options.licence, object, "licence", err);
	if (status == SL_OK)
		status =
		    sl_json_maybe_text(&options.layers, object, "layers", err);
	if (status == SL_OK)
		status =
		    sl_json_maybe_text(&options.where, object, "where", err);
	if (status == SL_OK)
		status = sl_json_maybe_text(
		    &options.episodes, object, "episodes", err);
	if (status == SL_OK)
		status = sl_json_maybe_u64(&present, &options.max_episodes,
		    object, "max_episodes", UINT32_MAX, err);
	if (status == SL_OK)
		status = sl_json_maybe_u64(&present, &options.max_bytes, object,
		    "max_bytes", INT64_MAX, err);
	if (status == SL_OK)
		status = sl_json_maybe_text(
		    &options.purpose, object, "purpose", err);
	if (status == SL_OK)
		status = sl_json_maybe_text(&deleted, object, "deleted", err);
	if (status == SL_OK && deleted != NULL)
		status = sl_multirange_parse(
		    &out->deleted, sl_slice_text(deleted), err);
	return status != SL_OK ? status : sl_wish_change(out, &options, err);
}

/* Takes nothing; false when out of memory. */
static bool
set_text(json_t *object, const char *key, const struct sl_buf *text)
{
	return json_object_set_new(object, key,
	           json_stringn(
	               text->data == NULL ? "" : (const char *)text->data,
	               text->len)) == 0;
}

static bool
set_texts(json_t *object, const struct sl_wish *wish, struct sl_buf *text)
{
	if (wish->has_layers &&
	    (sl_layers_format(text, &wish->layers) != SL_OK ||
	        !set_text(object, "layers", text)))
		return false;
	sl_buf_reset(text);
	if (wish->where != NULL &&
	    (sl_where_format(text, wish->where) != SL_OK ||
	        !set_text(object, "where", text)))
		return false;
	sl_buf_reset(text);
	if (wish->has_episodes &&
	    (sl_multirange_format(text, &wish->episodes) != SL_OK ||
	        !set_text(object, "episodes", text)))
		return false;
	sl_buf_reset(text);
	return wish->deleted.count == 0 ||
	    (sl_multirange_format(text, &wish->deleted) == SL_OK &&
	        set_text(object, "deleted", text));
}

json_t *
sl_wish_to_json(const struct sl_wish *wish)
{
	char licence[SL_UUID_TEXT_LEN + 1];
	json_t *object = json_object();
	struct sl_buf text;
	bool done;

	sl_buf_init(&text, TEXT_MAX);
	done = object != NULL && set_texts(object, wish, &text);
	sl_buf_clear(&text);
	if (done && wish->has_licence) {
		sl_uuid_format(licence, &wish->licence);
		done = json_object_set_new(
		           object, "licence", json_string(licence)) == 0;
	}
	if (done && wish->purpose[0] != '\0')
		done = json_object_set_new(
		           object, "purpose", json_string(wish->purpose)) == 0;
	if (done && wish->max_episodes > 0)
		done = json_object_set_new(object, "max_episodes",
		           json_integer(wish->max_episodes)) == 0;
	if (done && wish->max_bytes > 0)
		done = json_object_set_new(object, "max_bytes",
		           json_integer((json_int_t)wish->max_bytes)) == 0;
	if (!done) {
		json_decref(object);
		return NULL;
	}
	return object;
}
