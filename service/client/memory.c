#include "memory.h"

#include <stdio.h>
#include <string.h>

#include "sluice/catalog/json.h"

#define MEMORY_MAX (2 * 1024 * 1024)

/* With what can be done about it. */
static enum sl_status
damaged(const struct sl_mirror *mirror, struct sl_error *err)
{
	char why[SL_ERROR_TEXT_MAX];

	snprintf(why, sizeof(why), "%s", err == NULL ? "" : err->text);
	return sl_error_code(err, SL_ERR_INTEGRITY, "request_damaged",
	    "%s/request.json, what was asked for, is damaged (%.160s); a pull "
	    "goes on with what the last complete one asked for, or with "
	    "--all begins anew",
	    mirror->meta_dir, why);
}

static enum sl_status
read_object(const struct sl_mirror *mirror, json_t **out, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	*out = NULL;
	sl_buf_init(&text, MEMORY_MAX);
	status = sl_mirror_read(mirror, "request.json", &text, err);
	if (status == SL_OK)
		status =
		    sl_json_parse(out, sl_buf_slice(&text), MEMORY_MAX, err);
	sl_buf_clear(&text);
	return status == SL_OK || status == SL_ERR_NOT_FOUND ||
	        status == SL_ERR_NOMEM
	    ? status
	    : damaged(mirror, err);
}

enum sl_status
sl_memory_dataset(const struct sl_mirror *mirror,
    char out[SL_DATASET_NAME_MAX + 1], struct sl_error *err)
{
	const char *name;
	enum sl_status status;
	json_t *object;

	out[0] = '\0';
	status = read_object(mirror, &object, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_clear(err);
	if (status == SL_OK &&
	    sl_json_need_text(&name, object, "dataset", err) != SL_OK)
		status = damaged(mirror, err);
	if (status == SL_OK)
		snprintf(out, SL_DATASET_NAME_MAX + 1, "%s", name);
	json_decref(object);
	return status;
}

enum sl_status
sl_memory_read(const struct sl_mirror *mirror, const char *dataset,
    struct sl_wish *wish, struct sl_error *err)
{
	const char *name;
	enum sl_status status;
	json_t *object, *inner;

	status = read_object(mirror, &object, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_clear(err);
	if (status == SL_OK &&
	    sl_json_need_text(&name, object, "dataset", err) != SL_OK)
		status = damaged(mirror, err);
	if (status == SL_OK && strcmp(name, dataset) != 0)
		status = sl_error_code(err, SL_ERR_CONFLICT, "other_dataset",
		    "%s is a mirror of %.63s, not of %s", mirror->dir, name,
		    dataset);
	if (status == SL_OK &&
	    (sl_json_need_object(&inner, object, "request", err) != SL_OK ||
	        sl_wish_from_json(wish, inner, err) != SL_OK))
		status = damaged(mirror, err);
	json_decref(object);
	return status;
}

enum sl_status
sl_memory_recall(const struct sl_mirror *mirror,
    const struct sl_memory_options *options, struct sl_wish *wish,
    bool *is_lost, struct sl_error *err)
{
	const struct sl_state *state = &mirror->state;
	bool is_there = sl_mirror_has(mirror, "request.json");
	struct sl_error why = {0};
	enum sl_status status;

	status = sl_memory_read(mirror, options->dataset, wish, &why);
	if (status == SL_OK && is_there)
		return SL_OK;
	if (status != SL_OK &&
	    (strcmp(why.code, "request_damaged") != 0 ||
	        (!mirror->has_state && !options->is_forgotten)))
		return sl_error_code(err, status, why.code, "%s", why.text);
	sl_wish_clear(wish);
	*is_lost = mirror->has_state || is_there;
	if (status != SL_OK)
		sl_transport_note(options->transport, "%s", why.text);
	if (!mirror->has_state)
		return SL_OK;
	if (strcmp(state->dataset, options->dataset) != 0)
		return sl_error_code(err, SL_ERR_CONFLICT, "other_dataset",
		    "%s is a mirror of %s, not of %s", mirror->dir,
		    state->dataset, options->dataset);
	status = sl_wish_copy(wish, &state->wish);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

enum sl_status
sl_memory_write(struct sl_mirror *mirror, const char *dataset,
    const struct sl_wish *wish, struct sl_error *err)
{
	json_t *object = json_pack("{s:i, s:s, s:o}", "version", 1, "dataset",
	    dataset, "request", sl_wish_to_json(wish));
	enum sl_status status = SL_ERR_NOMEM;
	struct sl_buf text;

	sl_buf_init(&text, MEMORY_MAX);
	if (object != NULL)
		status = sl_json_dump(&text, object);
	json_decref(object);
	if (status != SL_OK)
		sl_error_set(err, status, "request.json");
	else
		status = sl_mirror_write(
		    mirror, "request.json", sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	return status;
}
