#include "sluice/client/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "episode.h"
#include "inspection.h"
#include "leaves.h"
#include "sluice/base/base64.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/minisig.h"

/* -- an open mirror, its batches checked -- */

struct view {
	struct sl_verify_options look;
	struct sl_verify_result unused;
	struct sl_check check;
};

static enum sl_status
view_open(struct view *view, const char *dir, struct sl_error *err)
{
	enum sl_status status;

	memset(view, 0, sizeof(*view));
	view->look.dir = dir;
	view->check.options = &view->look;
	view->check.result = &view->unused;
	status = sl_check_open(&view->check, SL_MIRROR_LOOK, err);
	if (status != SL_OK)
		return status;
	status = sl_check_load_whole(&view->check, err);
	if (status != SL_OK)
		sl_check_clear(&view->check);
	return status;
}

static enum sl_status
finish(json_t **out, enum sl_status status, struct sl_error *err)
{
	if (status == SL_OK && *out == NULL)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (status != SL_OK) {
		json_decref(*out);
		*out = NULL;
	}
	return status;
}

/* -- log -- */

static json_t *
witnesses_json(const struct sl_note *note)
{
	json_t *witnesses = json_array();
	char at[SL_TIME_TEXT_MAX];

	for (size_t i = 0; i < note->line_count; i++) {
		const struct sl_note_line *line = &note->lines[i];

		if (!line->is_cosignature ||
		    line->time_s > (uint64_t)INT64_MAX / 1000000)
			continue;
		sl_time_format(at, (int64_t)line->time_s * 1000000);
		json_array_append_new(witnesses,
		    json_pack("{s:s%, s:s}", "name",
		        (const char *)line->name.data, line->name.len, "time",
		        at));
	}
	return witnesses;
}

/* Null if the mirror has none. */
static enum sl_status
checkpoint_json(
    json_t **out, const struct sl_mirror *mirror, struct sl_error *err)
{
	char root[SL_BASE64_LEN(SL_LOG_HASH_BYTES) + 1];
	char name[SL_CHECKPOINT_NAME_MAX];
	struct sl_checkpoint checkpoint;
	enum sl_status status;
	struct sl_note note;
	struct sl_buf text;

	sl_buf_init(&text, SL_NOTE_BYTES_MAX);
	status = sl_leaves_checkpoint(&checkpoint, &note, &text, mirror, err);
	if (status == SL_OK) {
		sl_checkpoint_name(name, &checkpoint);
		sl_base64_encode(
		    root, checkpoint.tree.root.bytes, SL_LOG_HASH_BYTES);
		*out = json_pack("{s:s, s:I, s:s, s:o}", "log", name, "size",
		    (json_int_t)checkpoint.tree.size, "root", root, "witnesses",
		    witnesses_json(&note));
	} else if (status == SL_ERR_NOT_FOUND) {
		status = sl_error_clear(err);
		*out = json_null();
	}
	sl_buf_clear(&text);
	return finish(out, status, err);
}

static json_t *
batch_json(const struct sl_check *check, uint32_t seq)
{
	const struct sl_head_batch *batch = &check->heads.batches[seq - 1];
	const struct sl_manifest *manifest = &batch->manifest;
	char key[SL_KEY_ID_TEXT_LEN + 1];
	char published[SL_TIME_TEXT_MAX];
	char hash[2 * sizeof(batch->hash) + 1];

	sl_episode_signer(key, &check->mirror, seq);
	sl_time_format(published, manifest->published_us);
	sl_hex_encode(hash, batch->hash, sizeof(batch->hash));
	return json_pack("{s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:b}",
	    "seq", (json_int_t)seq, "leaf", (json_int_t)seq - 1, "published",
	    published, "added", (json_int_t)manifest->added, "revised",
	    (json_int_t)manifest->revised, "retracted",
	    (json_int_t)manifest->retracted, "bytes",
	    (json_int_t)manifest->content_bytes, "key", key, "manifest", hash,
	    "applied", (int)(seq <= check->mirror.state.seq));
}

enum sl_status
sl_history_log(json_t **out, const char *dir, struct sl_error *err)
{
	json_t *batches, *checkpoint = NULL;
	enum sl_status status;
	struct view view;

	*out = NULL;
	status = view_open(&view, dir, err);
	if (status != SL_OK)
		return status;
	status = checkpoint_json(&checkpoint, &view.check.mirror, err);
	batches = json_array();
	for (size_t i = 0; status == SL_OK && i < view.check.heads.count; i++)
		if (json_array_append_new(
		        batches, batch_json(&view.check, (uint32_t)i + 1)) != 0)
			status =
			    sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	*out = json_pack("{s:s, s:I, s:I, s:o, s:o?}", "dataset",
	    view.check.mirror.state.dataset, "seq",
	    (json_int_t)view.check.mirror.state.seq, "known_seq",
	    (json_int_t)view.check.heads.count, "batches", batches,
	    "checkpoint", checkpoint);
	sl_check_clear(&view.check);
	return finish(out, status, err);
}

/* -- diff -- */

/* What became of one episode between two batches. */
struct change {
	bool was_live; /* after the first batch */
	bool is_touched;
	enum sl_entry_op op; /* the last */
	uint32_t seq;        /* of it */
	uint32_t revision;
	struct sl_uuid id;
	const char *reason; /* borrowed from the index */
	json_t *layers;     /* names of new segments, each once; or NULL */
	json_t *dropped;
	uint64_t files;
	uint64_t bytes;
};

struct diff {
	const struct sl_heads *heads;
	struct change *of; /* by number */
	uint32_t max;
	uint64_t counts[3]; /* by op */
	uint64_t files;
	uint64_t bytes;
};

static enum sl_status
add_name(json_t **names, const char *name)
{
	const json_t *known;
	size_t i;

	if (*names == NULL)
		*names = json_array();
	json_array_foreach (*names, i, known) {
		if (strcmp(json_string_value(known), name) == 0)
			return SL_OK;
	}
	return json_array_append_new(*names, json_string(name)) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

static enum sl_status
take_layers(struct change *change, const struct sl_index *index,
    const struct sl_entry *entry)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < entry->layer_count; i++) {
		const struct sl_entry_layer *layer = &entry->layers[i];

		switch (layer->kind) {
		case SL_LAYER_NEW:
			status = add_name(&change->layers, layer->name);
			change->files +=
			    index->segments[layer->ordinal].file_count;
			change->bytes +=
			    index->segments[layer->ordinal].content_bytes;
			break;
		case SL_LAYER_KEPT:
			break;
		case SL_LAYER_DROPPED:
			status = add_name(&change->dropped, layer->name);
			break;
		}
	}
	return status;
}

static enum sl_status
read_batch(struct diff *diff, uint32_t seq, bool is_before)
{
	const struct sl_index *index = sl_heads_index(diff->heads, seq);
	enum sl_status status = SL_OK;

	for (uint32_t i = 0;
	     status == SL_OK && index != NULL && i < index->entry_count; i++) {
		const struct sl_entry *entry = &index->entries[i];
		struct change *change;

		if (entry->number > diff->max)
			continue;
		change = &diff->of[entry->number];
		if (is_before) {
			change->was_live = entry->op != SL_ENTRY_RETRACT;
			continue;
		}
		change->is_touched = true;
		change->op = entry->op;
		change->seq = seq;
		change->revision = entry->revision;
		change->id = entry->id;
		change->reason = entry->reason;
		status = take_layers(change, index, entry);
	}
	return status;
}

static const char *const change_names[] = {"added", "revised", "retracted"};

/* The dataset's own files count, but are no episode. */
static enum sl_status
report_change(struct diff *diff, uint32_t number, json_t *episodes)
{
	struct change *change = &diff->of[number];
	char id[SL_UUID_TEXT_LEN + 1];
	enum sl_entry_op op = change->op;

	if (!change->is_touched ||
	    (op == SL_ENTRY_RETRACT && !change->was_live))
		return SL_OK;
	if (op != SL_ENTRY_RETRACT) {
		op = change->was_live ? SL_ENTRY_REVISE : SL_ENTRY_ADD;
		diff->files += change->files;
		diff->bytes += change->bytes;
	}
	if (number > 0)
		diff->counts[op]++;
	sl_uuid_format(id, &change->id);
	return json_array_append_new(episodes,
	           json_pack("{s:I, s:s, s:s, s:I, s:O*, s:O*, s:s?, s:I, s:I, "
	                     "s:I}",
	               "number", (json_int_t)number, "id", id, "change",
	               change_names[op], "revision",
	               (json_int_t)change->revision, "layers",
	               op == SL_ENTRY_RETRACT ? NULL : change->layers,
	               "dropped", change->dropped, "reason",
	               op == SL_ENTRY_RETRACT ? change->reason : NULL, "seq",
	               (json_int_t)change->seq, "files",
	               (json_int_t)(op == SL_ENTRY_RETRACT ? 0 : change->files),
	               "bytes",
	               (json_int_t)(op == SL_ENTRY_RETRACT ? 0
	                                                   : change->bytes))) ==
	        0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

static enum sl_status
make_diff(struct diff *diff, uint32_t from, uint32_t until, json_t **out)
{
	json_t *episodes = json_array();
	enum sl_status status = SL_OK;

	diff->max = sl_live_max_number(diff->heads->live);
	diff->of = calloc((size_t)diff->max + 1, sizeof(*diff->of));
	if (diff->of == NULL)
		status = SL_ERR_NOMEM;
	for (uint32_t seq = 1; status == SL_OK && seq <= until; seq++)
		status = read_batch(diff, seq, seq <= from);
	for (uint32_t n = 0; status == SL_OK && n <= diff->max; n++)
		status = report_change(diff, n, episodes);
	*out = json_pack("{s:s, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I}",
	    "dataset", diff->heads->dataset, "from", (json_int_t)from, "until",
	    (json_int_t)until, "episodes", episodes, "added",
	    (json_int_t)diff->counts[SL_ENTRY_ADD], "revised",
	    (json_int_t)diff->counts[SL_ENTRY_REVISE], "retracted",
	    (json_int_t)diff->counts[SL_ENTRY_RETRACT], "files",
	    (json_int_t)diff->files, "bytes", (json_int_t)diff->bytes);
	for (uint32_t n = 0; diff->of != NULL && n <= diff->max; n++) {
		json_decref(diff->of[n].layers);
		json_decref(diff->of[n].dropped);
	}
	free(diff->of);
	return status;
}

enum sl_status
sl_history_diff(json_t **out, const char *dir, uint32_t from, uint32_t until,
    struct sl_error *err)
{
	struct diff diff = {0};
	enum sl_status status;
	struct view view;
	size_t count;

	*out = NULL;
	status = view_open(&view, dir, err);
	if (status != SL_OK)
		return status;
	diff.heads = &view.check.heads;
	count = view.check.heads.count;
	if (until == 0)
		until = (uint32_t)count;
	if (from > until || until > count)
		status = sl_error_code(err, SL_ERR_NOT_FOUND, "batch_not_found",
		    "%s knows batches 1 to %zu: give two of them, the older "
		    "one first",
		    dir, count);
	if (status == SL_OK) {
		status = make_diff(&diff, from, until, out);
		if (status != SL_OK)
			sl_error_set(err, status, "out of memory");
	}
	sl_check_clear(&view.check);
	return finish(out, status, err);
}

/* -- provenance -- */

/* The caller clears the view only after SL_OK. */
static enum sl_status
view_episode(struct view *view, uint32_t *number, const char *dir,
    const char *episode, struct sl_error *err)
{
	enum sl_status status = view_open(view, dir, err);

	if (status != SL_OK)
		return status;
	status = sl_episode_find(number, &view->check.heads, episode, err);
	if (status != SL_OK)
		sl_check_clear(&view->check);
	return status;
}

enum sl_status
sl_history_provenance(
    json_t **out, const char *dir, const char *episode, struct sl_error *err)
{
	enum sl_status status;
	uint32_t number;
	struct view view;

	*out = NULL;
	status = view_episode(&view, &number, dir, episode, err);
	if (status != SL_OK)
		return status;
	status = sl_episode_tell(
	    out, &view.check.mirror, &view.check.heads, number, err);
	sl_check_clear(&view.check);
	return finish(out, status, err);
}

static enum sl_status
write_proof(struct sl_buf *out, const struct sl_check *check, uint32_t seq,
    struct sl_error *err)
{
	struct sl_log_portable portable = {.index = seq - 1};
	struct sl_checkpoint checkpoint;
	struct sl_leaves leaves;
	enum sl_status status;
	struct sl_note note;
	struct sl_buf text;

	sl_buf_init(&text, SL_NOTE_BYTES_MAX);
	status = sl_leaves_load(&leaves, &check->mirror, &check->heads, err);
	if (status == SL_OK)
		status = sl_leaves_checkpoint(
		    &checkpoint, &note, &text, &check->mirror, err);
	if (status == SL_OK)
		status = sl_leaves_check(&leaves, &checkpoint.tree, err);
	if (status == SL_OK)
		status = sl_leaves_prove(&portable.proof, &leaves,
		    portable.index, checkpoint.tree.size, err);
	if (status == SL_OK) {
		portable.note = sl_buf_slice(&text);
		status = sl_log_portable_format(out, &portable);
		if (status != SL_OK)
			sl_error_set(err, status, "the proof");
	}
	sl_leaves_clear(&leaves);
	sl_buf_clear(&text);
	return status;
}

enum sl_status
sl_history_proof(struct sl_buf *out, const char *dir, const char *episode,
    struct sl_error *err)
{
	struct sl_live_episode found;
	enum sl_status status;
	uint32_t number;
	struct view view;

	status = view_episode(&view, &number, dir, episode, err);
	if (status != SL_OK)
		return status;
	status = sl_live_find(&found, view.check.heads.live, number);
	if (status == SL_OK)
		status = write_proof(out, &view.check, found.last_seq, err);
	sl_check_clear(&view.check);
	return status;
}
