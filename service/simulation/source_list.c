#include "source_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/catalog/json.h"

#define LIST_BYTES_MAX (1u << 30)
#define LINE_BYTES_MAX (1u << 20)

/* Texts by key, because values take ten times as much memory. */
struct source_list {
	json_t *lines;
	char *path;
};

static enum sl_status
read_line(struct source_list *list, struct sl_slice text, struct sl_error *err)
{
	json_t *line;
	const char *key;
	enum sl_status status = sl_json_parse(&line, text, LINE_BYTES_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", list->path);
	key = json_string_value(json_object_get(line, "key"));
	if (key != NULL &&
	    json_object_set_new(list->lines, key,
	        json_stringn((const char *)text.data, text.len)) != 0)
		status = SL_ERR_NOMEM;
	json_decref(line);
	return status;
}

static enum sl_status
read_lines(struct source_list *list, struct sl_error *err)
{
	struct sl_buf buf;
	enum sl_status status;

	if (access(list->path, F_OK) != 0)
		return SL_OK;
	sl_buf_init(&buf, LIST_BYTES_MAX);
	status = sl_file_read(&buf, list->path, err);
	for (size_t at = 0; status == SL_OK && at < buf.len;) {
		const unsigned char *line = buf.data + at;
		const unsigned char *end = memchr(line, '\n', buf.len - at);
		size_t len = end == NULL ? buf.len - at : (size_t)(end - line);

		at += len + 1;
		if (len > 0)
			status = read_line(list, sl_slice_of(line, len), err);
	}
	sl_buf_clear(&buf);
	return status;
}

enum sl_status
source_list_read(
    struct source_list **out, const char *dir, struct sl_error *err)
{
	struct source_list *list = calloc(1, sizeof(*list));
	enum sl_status status = SL_ERR_NOMEM;

	*out = NULL;
	if (list == NULL)
		return status;
	list->lines = json_object();
	if (asprintf(&list->path, "%s/" SOURCE_LIST_NAME, dir) < 0)
		list->path = NULL;
	else if (list->lines != NULL)
		status = read_lines(list, err);
	if (status != SL_OK) {
		source_list_free(list);
		return status;
	}
	*out = list;
	return SL_OK;
}

bool
source_list_has(const struct source_list *list, const char *key)
{
	return json_object_get(list->lines, key) != NULL;
}

size_t
source_list_count(const struct source_list *list)
{
	return json_object_size(list->lines);
}

enum sl_status
source_list_set(struct source_list *list, const char *key, const json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);
	int failed = text == NULL ||
	    json_object_set_new(list->lines, key, json_string(text)) != 0;

	free(text);
	return failed ? SL_ERR_NOMEM : SL_OK;
}

enum sl_status
source_list_write(const struct source_list *list, struct sl_error *err)
{
	struct sl_buf buf;
	const char *key;
	json_t *line;
	enum sl_status status;

	sl_buf_init(&buf, LIST_BYTES_MAX);
	status =
	    sl_buf_append_text(&buf, "{\"dataset_files\":[\"README.md\"]}\n");
	json_object_foreach (list->lines, key, line) {
		if (status == SL_OK)
			status =
			    sl_buf_append_text(&buf, json_string_value(line));
		if (status == SL_OK)
			status = sl_buf_append_text(&buf, "\n");
	}
	if (status == SL_OK)
		status =
		    sl_file_replace(list->path, sl_buf_slice(&buf), 0644, err);
	sl_buf_clear(&buf);
	return status;
}

void
source_list_free(struct source_list *list)
{
	if (list == NULL)
		return;
	json_decref(list->lines);
	free(list->path);
	free(list);
}
