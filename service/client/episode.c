#include "episode.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"
#include "sluice/crypto/minisig.h"
#include "sluice/crypto/sha256.h"
#include "tree.h"

/* Metadata files that are longer are named, not read. */
#define METADATA_MAX (1024 * 1024)

enum sl_status
sl_episode_find(uint32_t *out, const struct sl_heads *heads, const char *text,
    struct sl_error *err)
{
	struct sl_live_episode episode;
	struct sl_uuid id;
	uint64_t number = 0;
	bool is_id = sl_uuid_parse(&id, sl_slice_text(text)) == SL_OK;
	uint32_t last = sl_live_max_number(heads->live);

	if (!is_id && sl_parse_u64(text, last, &number) && number > 0) {
		*out = (uint32_t)number;
		return SL_OK;
	}
	for (uint32_t at = 1; is_id && at <= last; at++) {
		if (sl_live_find(&episode, heads->live, at) == SL_OK &&
		    sl_uuid_is(&episode.id, &id)) {
			*out = at;
			return SL_OK;
		}
	}
	return sl_error_code(err, SL_ERR_NOT_FOUND, "no_such_episode",
	    "%s never had an episode %.64s", heads->dataset, text);
}

void
sl_episode_signer(char out[SL_KEY_ID_TEXT_LEN + 1],
    const struct sl_mirror *mirror, uint32_t seq)
{
	struct sl_verify_key key = {0};
	struct sl_minisig minisig;
	struct sl_buf text;
	char name[64];

	out[0] = '\0';
	snprintf(name, sizeof(name), "batches/%06u/manifest.minisig", seq);
	sl_buf_init(&text, SL_MINISIG_MAX);
	if (sl_mirror_read(mirror, name, &text, NULL) == SL_OK &&
	    sl_minisig_parse(&minisig, sl_buf_slice(&text), NULL) == SL_OK) {
		memcpy(key.id, minisig.key_id, sizeof(key.id));
		sl_verify_key_format_id(out, &key);
	}
	sl_buf_clear(&text);
}

/* -- history -- */

static json_t *
event_json(const struct sl_mirror *mirror, const struct sl_head_batch *batch,
    const struct sl_entry *entry)
{
	char key[SL_KEY_ID_TEXT_LEN + 1];
	char hash[2 * sizeof(batch->hash) + 1];
	char published[SL_TIME_TEXT_MAX];
	uint32_t seq = batch->manifest.seq;

	sl_episode_signer(key, mirror, seq);
	sl_hex_encode(hash, batch->hash, sizeof(batch->hash));
	sl_time_format(published, batch->manifest.published_us);
	return json_pack("{s:I, s:I, s:s, s:I, s:s, s:s?, s:s, s:s}", "seq",
	    (json_int_t)seq, "leaf", (json_int_t)seq - 1, "op",
	    sl_entry_op_name(entry->op), "revision",
	    (json_int_t)entry->revision, "published", published, "reason",
	    entry->reason[0] == '\0' ? NULL : entry->reason, "manifest", hash,
	    "key", key);
}

static json_t *
history_json(const struct sl_mirror *mirror, const struct sl_heads *heads,
    uint32_t number)
{
	json_t *history = json_array();

	for (size_t i = 0; i < heads->count; i++) {
		const struct sl_entry *entry =
		    sl_index_find_entry(heads->batches[i].index, number);

		if (entry != NULL)
			json_array_append_new(history,
			    event_json(mirror, &heads->batches[i], entry));
	}
	return history;
}

/* -- files -- */

/* Read a metadata file if it is here as it was signed. */
static json_t *
read_metadata(const struct sl_mirror *mirror, const struct sl_index_file *file)
{
	unsigned char hash[SL_SHA256_BYTES];
	json_t *value = NULL;
	struct sl_buf text;
	int fd;

	if (file->bytes == 0 || file->bytes > METADATA_MAX ||
	    sl_tree_open(mirror->root, file->path, &fd, NULL) != SL_OK)
		return NULL;
	sl_buf_init(&text, METADATA_MAX + 1);
	if (sl_buf_reserve(&text, (size_t)file->bytes) == SL_OK &&
	    sl_file_read_at(fd, text.data, (size_t)file->bytes, 0, NULL) ==
	        SL_OK) {
		text.len = (size_t)file->bytes;
		if (sl_sha256_of(hash, sl_buf_slice(&text)) != SL_OK ||
		    memcmp(hash, file->sha256, sizeof(hash)) != 0 ||
		    sl_json_parse(&value, sl_buf_slice(&text), METADATA_MAX,
		        NULL) != SL_OK)
			value = NULL;
	}
	close(fd);
	sl_buf_clear(&text);
	if (!json_is_object(value)) {
		json_decref(value);
		value = NULL;
	}
	return value;
}

static json_t *
file_json(const struct sl_index_file *file, const struct sl_entry_layer *layer,
    bool is_held)
{
	char hash[2 * sizeof(file->sha256) + 1];

	sl_hex_encode(hash, file->sha256, sizeof(file->sha256));
	return json_pack("{s:s, s:I, s:s, s:s, s:I, s:b}", "path", file->path,
	    "bytes", (json_int_t)file->bytes, "sha256", hash, "layer",
	    layer->name, "seq", (json_int_t)layer->seq, "held", (int)is_held);
}

/* The files of one layer; the first metadata that can be read goes to
 * *metadata. */
static void
add_layer(json_t *files, json_t **metadata, const struct sl_mirror *mirror,
    const struct sl_heads *heads, const struct sl_entry_layer *layer)
{
	const struct sl_index *index = sl_heads_index(heads, layer->seq);
	const struct sl_index_segment *segment =
	    sl_heads_segment(heads, layer->seq, layer->ordinal);
	bool is_held = sl_holdings_contain(
	    &mirror->state.held, layer->seq, layer->ordinal);

	for (uint32_t i = 0; segment != NULL && i < segment->file_count; i++) {
		const struct sl_index_file *file =
		    &index->files[segment->file_first + i];

		json_array_append_new(files, file_json(file, layer, is_held));
		if (*metadata == NULL && is_held &&
		    strcmp(layer->name, "meta") == 0)
			*metadata = read_metadata(mirror, file);
	}
}

static json_t *
files_json(json_t **metadata, const struct sl_mirror *mirror,
    const struct sl_heads *heads, const struct sl_live_episode *episode)
{
	json_t *files = json_array();

	for (uint32_t i = 0; i < episode->layer_count; i++) {
		struct sl_entry_layer layer;

		if (sl_live_layer(&layer, heads->live, episode->number, i) ==
		    SL_OK)
			add_layer(files, metadata, mirror, heads, &layer);
	}
	return files;
}

/* -- what the metadata says -- */

/* The text at a path of members such as "privacy.consent.basis"; borrowed. */
static const char *
text_at(const json_t *object, const char *path)
{
	char name[64];

	while (object != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		object = json_object_get(object, name);
		path += len + (path[len] == '.');
	}
	return json_string_value(object);
}

static const char *
first_text(const json_t *metadata, const char *const paths[])
{
	const char *text = NULL;

	for (; text == NULL && *paths != NULL; paths++)
		text = text_at(metadata, *paths);
	return text;
}

static json_t *
facets_json(const struct sl_live_episode *episode)
{
	json_t *facets = json_object();

	for (int i = 0; i < SL_FACET_COUNT; i++)
		if (episode->facets[i] != NULL && episode->facets[i][0] != '\0')
			json_object_set_new(facets,
			    sl_facet_name((enum sl_facet)i),
			    json_string(episode->facets[i]));
	if (episode->duration_ms > 0)
		json_object_set_new(facets, "duration_ms",
		    json_integer((json_int_t)episode->duration_ms));
	return facets;
}

static const char *
facet(const struct sl_live_episode *episode, enum sl_facet which)
{
	const char *value = episode->facets[which];

	return value == NULL || value[0] == '\0' ? NULL : value;
}

/* The words of catalog/schema/episode.schema.json. */
static enum sl_status
add_people(
    json_t *out, const json_t *metadata, const struct sl_live_episode *episode)
{
	static const char *const collector[] = {
	    "provenance.collector", "provenance.publisher", NULL};
	static const char *const operator_id[] = {"operator.operator_id", NULL};
	static const char *const consent[] = {"consent.class", NULL};
	static const char *const robot[] = {
	    "embodiment.model", "embodiment.robot_type", NULL};
	static const char *const site[] = {"scene.site_id", NULL};
	const struct {
		const char *key;
		const char *const *paths;
		const char *fact;
	} rows[] = {{"collector", collector, NULL},
	    {"operator", operator_id, NULL}, {"consent", consent, NULL},
	    {"robot", robot, facet(episode, SL_FACET_ROBOT)},
	    {"site", site, facet(episode, SL_FACET_SITE)}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = rows[i].fact;
		json_t *value;

		/* The signed index says it for all licensees. */
		if (text == NULL)
			text = first_text(metadata, rows[i].paths);
		value = text == NULL ? json_null() : json_string(text);
		if (json_object_set_new(out, rows[i].key, value) != 0)
			return SL_ERR_NOMEM;
	}
	return SL_OK;
}

enum sl_status
sl_episode_tell(json_t **out, const struct sl_mirror *mirror,
    const struct sl_heads *heads, uint32_t number, struct sl_error *err)
{
	json_t *files, *metadata = NULL;
	struct sl_live_episode episode;
	char id[SL_UUID_TEXT_LEN + 1];
	enum sl_status status = sl_live_find(&episode, heads->live, number);

	if (status != SL_OK)
		return sl_error_set(err, status, "no such episode");
	sl_uuid_format(id, &episode.id);
	files = files_json(&metadata, mirror, heads, &episode);
	*out = json_pack("{s:s, s:I, s:s, s:I, s:b, s:s?, s:o, s:o, s:o, s:O?}",
	    "dataset", heads->dataset, "number", (json_int_t)number, "id", id,
	    "revision", (json_int_t)episode.revision, "retracted",
	    (int)episode.retracted, "reason",
	    episode.reason[0] == '\0' ? NULL : episode.reason, "facets",
	    facets_json(&episode), "history",
	    history_json(mirror, heads, number), "files", files, "metadata",
	    metadata);
	if (*out == NULL || add_people(*out, metadata, &episode) != SL_OK)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	json_decref(metadata);
	return status;
}
