#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/array.h"
#include "sluice/base/clock.h"

#include "match.h"
#include "plan_build.h"

/* What index.json takes at most, so that 16 MiB are not exceeded. */
#define ENTRY_BYTES 1024
#define LAYER_BYTES 160
#define FILE_BYTES  160
#define CHUNK_BYTES 96
#define INDEX_BYTES (SL_INDEX_BYTES_MAX - (256u << 10))

enum sl_status
plan_add(struct plan *plan, struct plan_item **out)
{
	size_t count = plan->count;
	struct plan_item *items =
	    sl_array_room(plan->items, count, sizeof(*items));

	if (items == NULL)
		return SL_ERR_NOMEM;
	plan->items = items;
	*out = &plan->items[plan->count++];
	**out = (struct plan_item){0};
	sl_entry_init(&(*out)->entry);
	return SL_OK;
}

enum sl_status
plan_add_file(struct plan_item *item, const struct plan_file *file)
{
	size_t count = item->file_count;
	struct plan_file *files =
	    sl_array_room(item->files, count, sizeof(*files));

	if (files == NULL)
		return SL_ERR_NOMEM;
	item->files = files;
	item->files[item->file_count++] = *file;
	item->new_bytes += file->file.bytes;
	return SL_OK;
}

void
plan_clear(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct plan_item *item = &plan->items[i];

		for (size_t n = 0; n < item->file_count; n++) {
			if (item->files[n].content != NULL) {
				sl_buf_clear(item->files[n].content);
				free(item->files[n].content);
			}
		}
		free(item->files);
		sl_entry_clear(&item->entry);
	}
	free(plan->items);
	*plan = (struct plan){0};
}

/* ---- layers ---- */

static bool
is_same_layer(const struct sl_index_file *old, size_t old_count,
    const struct sl_draft_file *files, size_t count)
{
	if (old_count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(old[i].path, files[i].path) != 0 ||
		    memcmp(old[i].sha256, files[i].sha256, 32) != 0)
			return false;
	}
	return true;
}

/* files[0 … count) are those of one layer. */
static enum sl_status
plan_layer(struct plan_item *item, struct known *known,
    const struct candidate *candidate, const struct sl_draft_file *files,
    size_t count, struct sl_error *err)
{
	struct sl_entry_layer layer = {.kind = SL_LAYER_NEW};
	const struct known_layer *before = candidate->known == NULL
	    ? NULL
	    : known_find_layer(candidate->known, files[0].layer);
	const struct sl_index_file *old = NULL;
	size_t old_count = 0;
	enum sl_status status = SL_OK;

	snprintf(layer.name, sizeof(layer.name), "%s", files[0].layer);
	if (before != NULL) {
		status = known_files(&old, &old_count, known, before, err);
		if (status != SL_OK)
			return status;
		if (is_same_layer(old, old_count, files, count)) {
			layer.kind = SL_LAYER_KEPT;
			layer.seq = before->seq;
			layer.ordinal = before->ordinal;
		}
	}
	status = sl_entry_add_layer(&item->entry, &layer, err);
	if (status != SL_OK || layer.kind == SL_LAYER_KEPT)
		return status;
	item->new_layers++;
	for (size_t i = 0; status == SL_OK && i < count; i++) {
		struct plan_file file = {
		    .file = files[i], .dir = candidate->draft->dir};

		status = plan_add_file(item, &file);
	}
	return status;
}

static enum sl_status
plan_dropped(struct plan_item *item, const struct known_episode *known,
    struct sl_error *err)
{
	for (size_t i = 0; i < known->layer_count; i++) {
		struct sl_entry_layer layer = {.kind = SL_LAYER_DROPPED};
		enum sl_status status;

		if (sl_entry_find_layer(&item->entry, known->layers[i].name) !=
		    NULL)
			continue;
		snprintf(layer.name, sizeof(layer.name), "%s",
		    known->layers[i].name);
		status = sl_entry_add_layer(&item->entry, &layer, err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static int
compare_layers(const void *a, const void *b)
{
	const struct sl_entry_layer *x = a;
	const struct sl_entry_layer *y = b;

	return strcmp(x->name, y->name);
}

static enum sl_status
plan_layers(struct plan_item *item, struct known *known,
    const struct candidate *candidate, struct sl_error *err)
{
	const struct sl_draft_episode *episode = candidate->episode;
	size_t first = 0;
	enum sl_status status = SL_OK;

	while (status == SL_OK && first < episode->file_count) {
		size_t end = first + 1;

		while (end < episode->file_count &&
		    strcmp(episode->files[end].layer,
		        episode->files[first].layer) == 0)
			end++;
		status = plan_layer(item, known, candidate,
		    episode->files + first, end - first, err);
		first = end;
	}
	if (status == SL_OK && candidate->known != NULL)
		status = plan_dropped(item, candidate->known, err);
	if (status == SL_OK && item->entry.layer_count > 1)
		qsort(item->entry.layers, item->entry.layer_count,
		    sizeof(*item->entry.layers), compare_layers);
	return status;
}

/* ---- entries ---- */

static enum sl_status
plan_candidate(struct plan *plan, struct known *known,
    const struct candidate *candidate, uint32_t *next_number,
    struct sl_error *err)
{
	const struct sl_draft_episode *episode = candidate->episode;
	struct plan_item *item;
	enum sl_status status;

	status = plan_add(plan, &item);
	if (status != SL_OK)
		return status;
	item->site = candidate->draft->draft->site;
	item->key = episode->key;
	memcpy(item->digest, episode->digest, sizeof(item->digest));
	item->entry.facets = episode->facets;
	if (candidate->known != NULL) {
		item->entry.op = SL_ENTRY_REVISE;
		item->entry.id = candidate->known->id;
		item->entry.number = candidate->known->number;
		item->entry.revision = candidate->known->revision + 1;
	} else {
		if (*next_number > SL_NUMBER_MAX)
			return sl_error_set(
			    err, SL_ERR_LIMIT, "no episode number is left");
		item->entry.op = SL_ENTRY_ADD;
		item->entry.number = (*next_number)++;
		item->entry.revision = 1;
		status = sl_uuid_new(
		    &item->entry.id, (uint64_t)(sl_clock_wall_us() / 1000));
	}
	if (status == SL_OK)
		status = plan_layers(item, known, candidate, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "episode %s", episode->key);
	plan->new_bytes += item->new_bytes;
	return SL_OK;
}

static enum sl_status
plan_retraction(struct plan *plan, struct known_episode *episode,
    const char *reason, struct sl_error *err)
{
	struct plan_item *item;
	enum sl_status status;

	if (!sl_slug_is_valid(sl_slice_text(reason)))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%.80s\" is no reason code: use a-z, 0-9, '.', '_', "
		    "'-'",
		    reason);
	status = plan_add(plan, &item);
	if (status != SL_OK)
		return status;
	item->entry.op = SL_ENTRY_RETRACT;
	item->entry.id = episode->id;
	item->entry.number = episode->number;
	item->entry.revision = episode->revision + 1;
	snprintf(item->entry.reason, sizeof(item->entry.reason), "%s", reason);
	return SL_OK;
}

static enum sl_status
plan_asked_retractions(struct plan *plan, struct known *known,
    const struct sl_publish_options *options, struct sl_error *err)
{
	for (size_t i = 0; i < options->retraction_count; i++) {
		const struct sl_publish_retraction *asked =
		    &options->retractions[i];
		struct known_episode *episode = NULL;
		enum sl_status status;

		status = known_resolve(&episode, known, asked->episode, err);
		if (status != SL_OK)
			return status;
		if (episode->retracted || episode->claimed)
			continue; /* done before, or named twice */
		episode->claimed = true;
		status = plan_retraction(plan, episode, asked->reason, err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
note_vanished(
    struct sl_publish_result *result, const struct known_episode *episode)
{
	char *name = NULL;
	int failed;

	if (asprintf(&name, "%s/%s", episode->site, episode->key) < 0)
		return SL_ERR_NOMEM;
	failed = json_array_append_new(result->vanished, json_string(name));
	free(name);
	return failed != 0 ? SL_ERR_NOMEM : SL_OK;
}

static enum sl_status
plan_vanished(struct plan *plan, struct known *known,
    const struct sl_publish_options *options, struct sl_publish_result *result,
    struct sl_error *err)
{
	size_t count;

	for (size_t i = 0; i < known->episode_count; i++) {
		struct known_episode *episode = &known->episodes[i];
		bool in_scope = false;
		enum sl_status status = SL_OK;

		for (size_t n = 0; n < options->draft_count; n++)
			in_scope |= match_is_in_scope(
			    options->drafts[n].draft, episode);
		if (!in_scope || episode->claimed || episode->retracted)
			continue;
		status = note_vanished(result, episode);
		if (status == SL_OK && options->vanished_reason != NULL)
			status = plan_retraction(
			    plan, episode, options->vanished_reason, err);
		if (status != SL_OK)
			return status;
	}
	count = json_array_size(result->vanished);
	if (count > 0 && options->vanished_reason == NULL)
		return sl_error_code(err, SL_ERR_STATE, "episodes_vanished",
		    "%zu episode%s published before %s no longer in the "
		    "source (first: %s)",
		    count, count == 1 ? "" : "s", count == 1 ? "is" : "are",
		    json_string_value(json_array_get(result->vanished, 0)));
	return SL_OK;
}

static uint32_t
next_number(const struct known *known)
{
	return known->episode_count == 0
	    ? 1
	    : known->episodes[known->episode_count - 1].number + 1;
}

static void
count_items(const struct plan *plan, const struct matches *matches,
    struct sl_publish_result *result)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct sl_entry *entry = &plan->items[i].entry;

		if (entry->number == 0)
			continue;
		switch (entry->op) {
		case SL_ENTRY_ADD:
			result->added_count++;
			break;
		case SL_ENTRY_REVISE:
			result->revised_count++;
			break;
		case SL_ENTRY_RETRACT:
			result->retracted_count++;
			break;
		}
	}
	for (size_t i = 0; i < matches->count; i++)
		result->moved_count += matches->candidates[i].moved;
	result->same_count = matches->same_count;
	result->withdrawn_count = matches->withdrawn_count;
}

/* Retractions first, then corrections, then what is new; the dataset's own
 * files, which speak of all episodes, come with the last batch. */
static enum sl_status
plan_all(struct plan *plan, struct known *known, const struct matches *matches,
    const struct sl_publish_options *options, struct sl_publish_result *result,
    struct sl_error *err)
{
	uint32_t number = next_number(known);
	enum sl_status status;

	status = plan_asked_retractions(plan, known, options, err);
	if (status == SL_OK)
		status = plan_vanished(plan, known, options, result, err);
	for (size_t i = 0; status == SL_OK && i < matches->count; i++) {
		if (matches->candidates[i].known != NULL)
			status = plan_candidate(
			    plan, known, &matches->candidates[i], &number, err);
	}
	for (size_t i = 0; status == SL_OK && i < matches->count; i++) {
		if (matches->candidates[i].known == NULL)
			status = plan_candidate(
			    plan, known, &matches->candidates[i], &number, err);
	}
	if (status == SL_OK)
		status = plan_dataset_files(plan, known, options, err);
	return status;
}

enum sl_status
plan_make(struct plan *out, struct known *known,
    const struct sl_publish_options *options, struct sl_publish_result *result,
    struct sl_error *err)
{
	struct matches matches;
	enum sl_status status;

	*out = (struct plan){0};
	status = matches_make(
	    &matches, known, options->drafts, options->draft_count, err);
	if (status == SL_OK)
		status = plan_all(out, known, &matches, options, result, err);
	if (status == SL_OK)
		status = plan_check_paths(out, known, err);
	if (status == SL_OK)
		count_items(out, &matches, result);
	matches_clear(&matches);
	return status;
}

size_t
plan_batch_size(const struct plan *plan, size_t first)
{
	size_t episodes = 0;
	size_t segments = 0;
	size_t files = 0;
	uint64_t chunks = 0;
	uint64_t bytes = 0;
	size_t i;

	for (i = first; i < plan->count; i++) {
		const struct plan_item *item = &plan->items[i];
		uint64_t item_chunks = item->new_bytes / SL_INDEX_CHUNK_MAX +
		    item->new_layers + item->file_count / 1024;

		bytes += ENTRY_BYTES + item->entry.layer_count * LAYER_BYTES +
		    item_chunks * CHUNK_BYTES;
		for (size_t n = 0; n < item->file_count; n++)
			bytes += FILE_BYTES + strlen(item->files[n].file.path);
		episodes++;
		segments += item->new_layers;
		files += item->file_count;
		chunks += item_chunks;
		if (i > first &&
		    (episodes > SL_INDEX_EPISODES_MAX ||
		        segments > SL_INDEX_SEGMENTS_MAX ||
		        files > SL_INDEX_FILES_MAX ||
		        chunks > SL_INDEX_CHUNKS_MAX || bytes > INDEX_BYTES))
			break;
	}
	return i - first;
}
