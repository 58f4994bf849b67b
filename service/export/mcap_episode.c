#include "mcap_episode.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mcap_inputs.h"
#include "sample.h"
#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/catalog/json.h"
#include "sluice/crypto/sha256.h"
#include "sluice/formats/media.h"

#define RECORD_MAX (32u << 20)
/* It is in memory as a whole. */
#define ATTACHMENT_MAX (16u << 20)

enum sl_status
mcap_episode_word(struct mcap_episode *episode, const char *fmt, ...)
{
	char text[SL_ERROR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* A name may be cut within a letter. */
	sl_error_tidy(text);
	export_warn(episode->run, "%s", text);
	return json_array_append_new(episode->words, json_string(text)) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

enum sl_status
mcap_episode_is_new(
    struct mcap_episode *episode, struct sl_slice bytes, bool *is_new)
{
	unsigned char digest[32];
	struct sl_sha256 hash;
	enum sl_status status = sl_sha256_init(&hash);

	if (status != SL_OK)
		return status;
	sl_sha256_update(&hash, bytes.data, bytes.len);
	status = sl_sha256_final(&hash, digest);
	if (status != SL_OK)
		return status;
	*is_new = true;
	for (size_t at = 0; at < episode->seen.len; at += sizeof(digest)) {
		if (memcmp(episode->seen.data + at, digest, sizeof(digest)) ==
		    0)
			*is_new = false;
	}
	return *is_new ? sl_buf_append(&episode->seen, digest, sizeof(digest))
	               : SL_OK;
}

/* ---- topics ---- */

void
mcap_topic_of(char out[MCAP_TOPIC_MAX], const char *prefix, const char *name)
{
	snprintf(out, MCAP_TOPIC_MAX, "%s/%s", prefix, name);
	for (char *at = out + strlen(prefix); *at != '\0'; at++) {
		if (*at == '.')
			*at = '/';
	}
}

enum sl_status
mcap_topic_take(struct mcap_episode *episode, char topic[MCAP_TOPIC_MAX])
{
	size_t len = strnlen(topic, MCAP_TOPIC_MAX - 8);

	sl_error_tidy(topic);
	for (unsigned n = 2; json_object_get(episode->topics, topic) != NULL;
	     n++)
		snprintf(topic + len, MCAP_TOPIC_MAX - len, "_%u", n);
	return json_object_set_new_nocheck(
	           episode->topics, topic, json_true()) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

/* "state.csv", "right/state.csv" of "…/right/state.csv"? */
static bool
ends_in(const char *path, const char *end)
{
	size_t len = strlen(path);
	size_t end_len = strlen(end);

	return sample_has_suffix(path, end) &&
	    (len == end_len || path[len - end_len - 1] == '/');
}

/* The least of the path's end that no other file of the episode has. */
static const char *
own_end(const struct mcap_episode *episode, const char *path)
{
	const char *end = path + strlen(path);
	size_t count;

	do {
		if (end > path && end[-1] == '/')
			end--;
		while (end > path && end[-1] != '/')
			end--;
		count = 0;
		for (size_t i = 0; i < episode->from->file_count; i++)
			count += ends_in(episode->from->files[i].path, end);
	} while (count > 1 && end > path);
	return end;
}

void
mcap_episode_stem(const struct mcap_episode *episode,
    const struct sl_contents_file *file, char out[MCAP_TOPIC_MAX])
{
	const char *end = own_end(episode, file->path);
	const char *name = strrchr(end, '/') == NULL ? end : strrchr(end, '/');
	const char *suffix = strrchr(name, '.');
	size_t len = suffix == NULL ? strlen(end) : (size_t)(suffix - end);

	snprintf(out, MCAP_TOPIC_MAX, "/%.*s", len > 120 ? 120 : (int)len, end);
}

size_t
mcap_episode_count(
    const struct mcap_episode *episode, const char *layer, const char *suffix)
{
	size_t count = 0;

	for (size_t i = 0; i < episode->from->file_count; i++) {
		const struct sl_contents_file *file = &episode->from->files[i];

		count += (layer == NULL || strcmp(file->layer, layer) == 0) &&
		    sample_has_suffix(file->path, suffix);
	}
	return count;
}

void
mcap_episode_topic(const struct mcap_episode *episode,
    const struct sl_contents_file *file, char out[MCAP_TOPIC_MAX])
{
	const char *suffix = strrchr(file->path, '.');
	char layer[MCAP_TOPIC_MAX];
	char stem[MCAP_TOPIC_MAX] = "";

	mcap_topic_of(layer, "", file->layer);
	if (strchr(file->layer, '.') == NULL || suffix == NULL ||
	    mcap_episode_count(episode, file->layer, suffix) != 1)
		mcap_episode_stem(episode, file, stem);
	snprintf(out, MCAP_TOPIC_MAX, "%.120s%.130s", layer, stem);
}

/* ---- records ---- */

static enum sl_status
put_text(struct sl_buf *map, const char *key, const char *text)
{
	return sl_mcap_map_add(map, sl_slice_text(key), sl_slice_text(text));
}

enum sl_status
mcap_map_json(struct sl_buf *map, const char *key, const json_t *value)
{
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, RECORD_MAX);
	status = sl_json_dump(&text, value);
	if (status == SL_OK)
		status = sl_mcap_map_add(
		    map, sl_slice_text(key), sl_buf_slice(&text));
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
put_record(struct mcap_episode *episode, const char *name, struct sl_buf *map)
{
	const struct sl_mcap_metadata record = {
	    .name = sl_slice_text(name), .metadata = sl_buf_slice(map)};

	return sl_mcap_writer_metadata(
	    sl_robot_log_writer(episode->log), &record, episode->err);
}

/* "sluice": what the index says of the episode. */
static enum sl_status
put_facts(struct mcap_episode *episode)
{
	struct sl_buf map;
	enum sl_status status;

	sl_buf_init(&map, RECORD_MAX + 64);
	status = mcap_map_json(&map, "facts", episode->facts);
	if (status == SL_OK)
		status = put_record(episode, "sluice", &map);
	sl_buf_clear(&map);
	return status;
}

/* "episode", as ingest reads it: key, facets, tasks, metadata. */
static enum sl_status
put_episode(struct mcap_episode *episode)
{
	json_t *facets = json_object_get(episode->facts, "facets");
	const json_t *metadata = json_object_get(episode->facts, "metadata");
	const json_t *tasks = json_object_get(episode->source, "tasks");
	char name[SAMPLE_NAME_MAX + 1];
	const char *facet;
	json_t *value;
	struct sl_buf map;
	enum sl_status status;

	sample_name(name, episode->from);
	sl_buf_init(&map, RECORD_MAX + 4096);
	/* Behind the number. */
	status = put_text(&map, "key", strchr(name, '-') + 1);
	json_object_foreach (facets, facet, value) {
		if (status == SL_OK)
			status =
			    put_text(&map, facet, json_string_value(value));
	}
	if (status == SL_OK && tasks != NULL)
		status = mcap_map_json(&map, "tasks", tasks);
	if (status == SL_OK && metadata != NULL)
		status = mcap_map_json(&map, "metadata", metadata);
	if (status == SL_OK)
		status = put_record(episode, "episode", &map);
	sl_buf_clear(&map);
	return status;
}

/* What is written is what was hashed. */
static enum sl_status
read_signed(struct mcap_episode *episode, const struct sl_contents_file *file,
    struct sl_buf *bytes)
{
	const struct sl_contents *contents = episode->run->contents;
	unsigned char digest[SL_SHA256_BYTES];
	enum sl_status status;
	int fd;

	status = sl_contents_open_file(&fd, contents, file->path, episode->err);
	if (status != SL_OK)
		return status;
	status = sl_buf_reserve(bytes, (size_t)file->bytes);
	if (status == SL_OK)
		status = sl_file_read_at(
		    fd, bytes->data, (size_t)file->bytes, 0, episode->err);
	close(fd);
	bytes->len = status == SL_OK ? (size_t)file->bytes : 0;
	if (status == SL_OK)
		status = sl_sha256_of(digest, sl_buf_slice(bytes));
	if (status == SL_OK &&
	    memcmp(digest, file->sha256, sizeof(digest)) == 0)
		return SL_OK;
	if (status != SL_OK && status != SL_ERR_IO)
		return status;
	/* Damaged: it says how to repair it. */
	status = sl_contents_check_file(contents, file, episode->err);
	return status == SL_OK
	    ? sl_error_set(episode->err, SL_ERR_IO,
	          "%s could not be read at once; run it again", file->path)
	    : status;
}

static enum sl_status
attach(struct mcap_episode *episode, const struct sl_contents_file *file)
{
	struct sl_mcap_attachment attachment = {.log_time = episode->start_ns,
	    .create_time = episode->start_ns,
	    .name = sl_slice_text(file->path),
	    .media_type = sl_slice_text(sl_media_type(file->path))};
	struct sl_buf bytes;
	enum sl_status status;

	if (file->bytes > ATTACHMENT_MAX)
		return mcap_episode_word(episode,
		    "episode %u: %s is left out: it becomes no messages, and "
		    "is larger than an attachment of %u MiB",
		    episode->from->number, file->path, ATTACHMENT_MAX >> 20);
	sl_buf_init(&bytes, ATTACHMENT_MAX);
	status = read_signed(episode, file, &bytes);
	attachment.data = sl_buf_slice(&bytes);
	if (status == SL_OK)
		status =
		    sl_mcap_writer_attachment(sl_robot_log_writer(episode->log),
		        &attachment, episode->err);
	sl_buf_clear(&bytes);
	return status;
}

static enum sl_status
put_records(struct mcap_episode *episode, const struct mcap_inputs *inputs)
{
	enum sl_status status = put_facts(episode);

	if (status == SL_OK && !episode->has_record)
		status = put_episode(episode);
	for (size_t i = 0; status == SL_OK && i < episode->from->file_count;
	     i++) {
		if (inputs->is_left[i])
			status = attach(episode, inputs->files[i]);
	}
	return status;
}

/* ---- all of it ---- */

/* When the index or the metadata say it was recorded; else 1970. */
static uint64_t
recorded_at(const struct mcap_episode *episode)
{
	const char *texts[] = {
	    json_string_value(json_object_get(
	        json_object_get(episode->facts, "metadata"), "recorded_at")),
	    episode->from->facets[SL_FACET_RECORDED]};
	int64_t time_us;

	for (size_t i = 0; i < 2; i++) {
		if (texts[i] != NULL &&
		    sl_time_parse(&time_us, sl_slice_text(texts[i])) == SL_OK &&
		    time_us >= 0 && time_us < INT64_MAX / 4000)
			return (uint64_t)time_us * 1000;
	}
	return 0;
}

enum sl_status
mcap_episode_write(struct mcap_episode *episode)
{
	struct mcap_inputs inputs;
	enum sl_status status;

	episode->start_ns = recorded_at(episode);
	status = mcap_inputs_open(&inputs, episode);
	if (status == SL_OK)
		status = put_records(episode, &inputs);
	if (status == SL_OK)
		status = mcap_inputs_merge(&inputs, episode);
	if (status == SL_OK)
		status = sl_robot_log_finish(episode->log, episode->err);
	mcap_inputs_clear(&inputs);
	return status;
}
