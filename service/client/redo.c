#include "redo.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/json.h"

void
sl_redo_clear(struct sl_redo *redo)
{
	sl_state_clear(&redo->next);
	free(redo->files);
	memset(redo, 0, sizeof(*redo));
}

enum sl_status
sl_redo_name_files(struct sl_redo *redo, const struct sl_file_list *files)
{
	redo->files = calloc(files->count + 1, sizeof(*redo->files));
	if (redo->files == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < files->count; i++)
		redo->files[i] = files->items[i].place;
	redo->file_count = files->count;
	return SL_OK;
}

enum sl_status
sl_redo_files(const struct sl_redo *redo, const struct sl_heads *heads,
    struct sl_file_list *files, struct sl_error *err)
{
	for (size_t i = 0; i < redo->file_count; i++) {
		const struct sl_stage_file *place = &redo->files[i];
		const struct sl_index *index =
		    sl_heads_index(heads, place->seq);
		const struct sl_index_segment *segment =
		    sl_heads_segment(heads, place->seq, place->ordinal);
		struct sl_file_ref file = {.place = *place};

		if (segment == NULL || place->file >= segment->file_count)
			return sl_error_set(err, SL_ERR_INTEGRITY,
			    "redo.json: no such file in the batches");
		file.info = &index->files[segment->file_first + place->file];
		file.published_us = index->published_us;
		if (sl_file_list_add(files, &file) != SL_OK)
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	return SL_OK;
}

static json_t *
files_to_json(const struct sl_redo *redo)
{
	json_t *array = redo->is_repair ? json_array() : json_null();

	for (size_t i = 0; array != NULL && i < redo->file_count; i++) {
		const struct sl_stage_file *file = &redo->files[i];

		if (json_array_append_new(array,
		        json_pack("[I,I,I]", (json_int_t)file->seq,
		            (json_int_t)file->ordinal,
		            (json_int_t)file->file)) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

enum sl_status
sl_redo_write(
    struct sl_mirror *mirror, const struct sl_redo *redo, struct sl_error *err)
{
	enum sl_status status = SL_ERR_NOMEM;
	struct sl_buf text;
	json_t *object;

	object = json_pack("{s:i, s:s, s:o, s:o}", "version", 1, "stage",
	    redo->stage, "state", sl_state_to_json(&redo->next), "files",
	    files_to_json(redo));
	sl_buf_init(&text, SL_STATE_BYTES_MAX);
	if (object != NULL)
		status = sl_json_dump(&text, object);
	json_decref(object);
	if (status != SL_OK)
		sl_error_set(err, status, "redo.json");
	else
		status = sl_mirror_write(
		    mirror, "redo.json", sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	return status;
}

static bool
file_from_json(struct sl_stage_file *out, const json_t *triple)
{
	json_int_t value[3];

	if (json_array_size(triple) != 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		const json_t *item = json_array_get(triple, i);

		value[i] = json_integer_value(item);
		if (!json_is_integer(item) || value[i] < 0 ||
		    value[i] > (json_int_t)SL_SEQ_MAX)
			return false;
	}
	out->seq = (uint32_t)value[0];
	out->ordinal = (uint32_t)value[1];
	out->file = (uint32_t)value[2];
	return true;
}

static enum sl_status
read_files(struct sl_redo *redo, json_t *object, struct sl_error *err)
{
	enum sl_status status;
	json_t *array;

	status = sl_json_maybe_array(&array, object, "files", err);
	if (status != SL_OK || array == NULL)
		return status;
	redo->is_repair = true;
	redo->files = calloc(json_array_size(array) + 1, sizeof(*redo->files));
	if (redo->files == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (!file_from_json(&redo->files[redo->file_count++],
		        json_array_get(array, i)))
			return sl_error_set(
			    err, SL_ERR_INVALID, "files[%zu]", i);
	}
	return SL_OK;
}

static enum sl_status
read_redo(struct sl_redo *redo, json_t *object, struct sl_error *err)
{
	const char *stage;
	enum sl_status status;
	json_t *state;

	status = sl_json_need_version(object, 1, err);
	if (status == SL_OK)
		status = sl_json_need_text(&stage, object, "stage", err);
	if (status == SL_OK)
		status = sl_json_need_object(&state, object, "state", err);
	if (status == SL_OK)
		status = sl_state_from_json(&redo->next, state, err);
	if (status == SL_OK)
		status = read_files(redo, object, err);
	if (status != SL_OK)
		return status;
	redo->stage = strcmp(stage, "repair") == 0 ? "repair" : "staging";
	return SL_OK;
}

enum sl_status
sl_redo_read(
    const struct sl_mirror *mirror, struct sl_redo *redo, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;
	json_t *object;

	memset(redo, 0, sizeof(*redo));
	sl_buf_init(&text, SL_STATE_BYTES_MAX);
	status = sl_mirror_read(mirror, "redo.json", &text, err);
	if (status == SL_OK) {
		status = sl_json_parse(
		    &object, sl_buf_slice(&text), SL_STATE_BYTES_MAX, err);
		if (status == SL_OK) {
			status = read_redo(redo, object, err);
			json_decref(object);
		}
		if (status != SL_OK)
			sl_error_prefix(
			    err, status, "%s/redo.json", mirror->meta_dir);
	}
	sl_buf_clear(&text);
	return status;
}

uint32_t
sl_redo_newest(const struct sl_mirror *mirror)
{
	struct sl_error ignored = {0};
	uint32_t newest = mirror->state.seq;
	struct sl_redo redo;

	if (sl_redo_read(mirror, &redo, &ignored) == SL_OK &&
	    redo.next.seq > newest)
		newest = redo.next.seq;
	sl_redo_clear(&redo);
	return newest;
}
