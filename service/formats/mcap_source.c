#include "mcap_source.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

#include "mcap_episode.h"
#include "mcap_layers.h"

#define UNCLAIMED_MAX 3 /* named in warnings; the rest is counted */
/* Of one file: few enough that little is lost by a kill, enough that the
 * file's summary is not read too often. */
#define EPISODES_PER_UNIT 32
/* A line that a scan told.  What each of its episodes may have by
 * sl_json_parse, bytes and values, fits into it. */
#define TOLD_BYTES_MAX (EPISODES_PER_UNIT * MCAP_TOLD_BYTES_MAX)

void
mcap_source_free(struct mcap_source *mcap)
{
	if (mcap == NULL)
		return;
	mcap_layers_free(mcap->layers);
	json_decref(mcap->seen);
	free(mcap);
}

void
mcap_unit_free(struct mcap_unit *unit)
{
	if (unit == NULL)
		return;
	mcap_marks_clear(&unit->marks);
	free(unit);
}

enum sl_status
mcap_source_claim_key(struct sl_source *source, const char *key,
    const char *path, struct sl_error *err)
{
	json_t *seen = source->mcap->seen;
	const char *other = json_string_value(json_object_get(seen, key));
	enum sl_status status;
	json_t *where;

	if (other != NULL)
		return sl_error_code(err, SL_ERR_INVALID, "duplicate_key",
		    "episode key \"%s\" a second time: in %s and in %s", key,
		    other, path);
	status = sl_json_text(&where, sl_slice_text(path), err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "the name %s", path);
	return json_object_set_new(seen, key, where) == 0 ? SL_OK
	                                                  : SL_ERR_NOMEM;
}

/* ---- units ---- */

static enum sl_status
add_unit(struct sl_source *source, const char *path, uint64_t bytes,
    struct sl_source_unit **out)
{
	struct sl_source_unit **units =
	    sl_array_room(source->units, source->unit_count, sizeof(*units));
	struct sl_source_unit *unit;

	*out = NULL;
	if (units == NULL)
		return SL_ERR_NOMEM;
	source->units = units;
	unit = calloc(1, sizeof(*unit));
	if (unit == NULL)
		return SL_ERR_NOMEM;
	units[source->unit_count++] = unit;
	*unit = (struct sl_source_unit){.path = strdup(path),
	    .bytes = bytes,
	    .episode_count = 1,
	    .mcap = calloc(1, sizeof(*unit->mcap))};
	*out = unit;
	return unit->path == NULL || unit->mcap == NULL ? SL_ERR_NOMEM : SL_OK;
}

static enum sl_status
add_file(struct sl_source *source, const char *path)
{
	struct sl_source_unit *unit;
	struct stat info;
	uint64_t bytes = 0;

	/* If it cannot be had, the scan says why. */
	if (fstatat(source->dir_fd, path, &info, AT_SYMLINK_NOFOLLOW) == 0)
		bytes = (uint64_t)info.st_size;
	return add_unit(source, path, bytes, &unit);
}

/* Units for the episodes of a file that holds several. */
static enum sl_status
add_runs(struct sl_source *source, struct sl_source_unit *whole)
{
	size_t total = whole->mcap->marks.count;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < total;
	     i += EPISODES_PER_UNIT) {
		size_t count = total - i < EPISODES_PER_UNIT
		    ? total - i
		    : EPISODES_PER_UNIT;
		struct sl_source_unit *unit;

		status = add_unit(source, whole->path,
		    (uint64_t)((double)whole->bytes * (double)count /
		        (double)total),
		    &unit);
		if (status != SL_OK)
			break;
		snprintf(unit->part, sizeof(unit->part), "episodes %zu %zu", i,
		    count);
		unit->episode_count = count;
		unit->mcap->whole = whole;
		unit->mcap->first = i;
		unit->mcap->count = count;
		whole->mcap->runs_left++;
	}
	return status;
}

/* ---- what scans told ---- */

enum sl_status
mcap_file_read(struct sl_scan_file *out, const json_t *told)
{
	const char *hex = json_string_value(json_object_get(told, "sha256"));
	json_int_t bytes = json_integer_value(json_object_get(told, "bytes"));

	if (hex == NULL || bytes <= 0 || strlen(hex) != 64)
		return SL_ERR_INVALID;
	out->bytes = (uint64_t)bytes;
	return sl_hex_decode(out->sha256, 32, sl_slice_of(hex, 64));
}

static enum sl_status
read_mark(struct mcap_marks *marks, const json_t *told)
{
	struct mcap_mark *items =
	    sl_array_room(marks->items, marks->count, sizeof(*items));
	const char *key = json_string_value(json_array_get(told, 3));
	json_int_t numbers[3];

	if (items == NULL)
		return SL_ERR_NOMEM;
	marks->items = items;
	for (size_t i = 0; i < 3; i++)
		numbers[i] = json_integer_value(json_array_get(told, i));
	if (key == NULL || !mcap_key_is_good(key))
		return SL_ERR_INVALID;
	items[marks->count] = (struct mcap_mark){.key = strdup(key),
	    .has_times = true,
	    .start_time = (uint64_t)numbers[0],
	    .end_time = (uint64_t)numbers[1],
	    .offset = (uint64_t)numbers[2]};
	return items[marks->count++].key == NULL ? SL_ERR_NOMEM : SL_OK;
}

static enum sl_status
add_marks(struct sl_source *source, struct sl_source_unit *unit,
    const json_t *told, const json_t *marks)
{
	enum sl_status status = SL_OK;
	size_t i;
	json_t *mark;

	json_array_foreach (marks, i, mark) {
		if (status == SL_OK)
			status = read_mark(&unit->mcap->marks, mark);
	}
	unit->mcap->messages_left =
	    (uint64_t)json_integer_value(json_object_get(told, "messages"));
	return status == SL_OK ? add_runs(source, unit) : status;
}

/* The last of a file's episodes has come. */
static enum sl_status
end_run(struct sl_source *source, struct sl_source_unit *whole)
{
	if (--whole->mcap->runs_left > 0 || whole->mcap->messages_left == 0)
		return SL_OK;
	return source_warn(source,
	    "%s: %" PRIu64 " messages belong to no episode and are left out",
	    whole->path, whole->mcap->messages_left);
}

static enum sl_status
add_episodes(struct sl_source *source, struct sl_source_unit *unit,
    const json_t *episodes, struct sl_error *err)
{
	struct sl_source_unit *whole = unit->mcap->whole;
	enum sl_status status = SL_OK;
	size_t i;
	json_t *told;

	json_array_foreach (episodes, i, told) {
		struct mcap_place_of place = {.path = unit->path};

		if (status != SL_OK)
			break;
		if (whole != NULL && i < unit->mcap->count)
			place.mark =
			    &whole->mcap->marks.items[unit->mcap->first + i];
		status = mcap_episode_add(source, &place, told, err);
		if (whole != NULL)
			whole->mcap->messages_left -=
			    (uint64_t)json_integer_value(
			        json_object_get(told, "messages"));
	}
	return status == SL_OK && whole != NULL ? end_run(source, whole)
	                                        : status;
}

static enum sl_status
parse_told(json_t **out, const char *told, struct sl_error *err)
{
	return sl_json_parse(out, sl_slice_text(told), TOLD_BYTES_MAX, err);
}

enum sl_status
sl_source_add_scan(
    struct sl_source *source, size_t at, const char *told, struct sl_error *err)
{
	struct sl_source_unit *unit = source->units[at];
	const json_t *marks;
	json_t *value;
	enum sl_status status;

	status = parse_told(&value, told, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", unit->path);
	marks = json_object_get(value, "marks");
	if (marks != NULL)
		status = add_marks(source, unit, value, marks);
	else
		status = add_episodes(
		    source, unit, json_object_get(value, "episodes"), err);
	json_decref(value);
	return status;
}

static enum sl_status
each_layer(const json_t *episode, sl_scan_file_fn *on_file, void *ctx)
{
	enum sl_status status = SL_OK;
	size_t i;
	json_t *layer;

	json_array_foreach (json_object_get(episode, "layers"), i, layer) {
		struct sl_scan_file file;

		if (status == SL_OK)
			status = mcap_file_read(&file, layer);
		if (status == SL_OK)
			status = on_file(ctx, &file);
	}
	return status;
}

enum sl_status
sl_scan_each_file(const char *told, sl_scan_file_fn *on_file, void *ctx)
{
	enum sl_status status;
	json_t *value;
	json_t *episode;
	size_t i;

	status = parse_told(&value, told, NULL);
	if (status != SL_OK)
		return status;
	json_array_foreach (json_object_get(value, "episodes"), i, episode) {
		if (status == SL_OK)
			status = each_layer(episode, on_file, ctx);
	}
	json_decref(value);
	return status;
}

struct sl_slice
sl_source_scan_rules(const struct sl_source *source)
{
	if (source->mcap == NULL)
		return sl_slice_text("");
	return mcap_layers_text(source->mcap->layers);
}

/* ---- opening ---- */

static bool
is_mcap(const char *path)
{
	size_t len = strlen(path);

	return len > 5 && strcmp(path + len - 5, ".mcap") == 0;
}

/* Files at the top (README.md, LICENSE) go with the dataset; no other may,
 * because dataset files are free of charge. */
static enum sl_status
add_tree(struct sl_source *source, const struct source_tree *tree,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;
	size_t left = 0;

	for (size_t i = 0; status == SL_OK && i < tree->count; i++) {
		const char *path = tree->paths[i];

		if (is_mcap(path))
			status = add_file(source, path);
		else if (strchr(path, '/') == NULL)
			status = source_add_dataset_file(source, path, err);
		else if (left++ < UNCLAIMED_MAX)
			status = source_warn(source,
			    "%s is no .mcap file and is left out", path);
	}
	if (status == SL_OK && left > UNCLAIMED_MAX)
		status = source_warn(source,
		    "%zu more files are no .mcap files and are left out",
		    left - UNCLAIMED_MAX);
	return status;
}

static enum sl_status
read_folder(struct sl_source *source, struct sl_error *err)
{
	struct source_tree tree;
	enum sl_status status;

	status = source_tree_read(&tree, source->dir_fd, err);
	if (status != SL_OK)
		return status;
	status = add_tree(source, &tree, err);
	source_tree_clear(&tree);
	return status;
}

/* The folder that `path` is in, if it is a file; NULL when out of memory. */
static char *
folder_of(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash == NULL ? path : slash + 1;
	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static enum sl_status
new_mcap(struct mcap_source **out, const struct sl_mcap_source_options *options,
    struct sl_error *err)
{
	struct mcap_source *mcap = calloc(1, sizeof(*mcap));

	*out = mcap;
	if (mcap == NULL)
		return SL_ERR_NOMEM;
	mcap->keep_original = options->keep_original;
	mcap->seen = json_object();
	if (mcap->seen == NULL)
		return SL_ERR_NOMEM;
	return mcap_layers_new(&mcap->layers, options->layer_map, err);
}

static enum sl_status
open_path(struct sl_source **source, const char *path,
    const struct sl_mcap_source_options *options, struct sl_error *err)
{
	const char *name = NULL;
	struct stat info;
	enum sl_status status;
	char *folder;

	if (stat(path, &info) != 0)
		return sl_error_errno(err, "%s", path);
	if (S_ISREG(info.st_mode) && !is_mcap(path))
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: neither a folder nor an .mcap file", path);
	folder = S_ISREG(info.st_mode) ? folder_of(path, &name) : strdup(path);
	if (folder == NULL)
		return SL_ERR_NOMEM;
	status = source_new(source, "mcap", folder, err);
	free(folder);
	if (status == SL_OK)
		status = new_mcap(&(*source)->mcap, options, err);
	if (status != SL_OK)
		return status;
	return name != NULL ? add_file(*source, name)
	                    : read_folder(*source, err);
}

enum sl_status
sl_mcap_source_open(struct sl_source **out, const char *path,
    const struct sl_mcap_source_options *options, struct sl_error *err)
{
	struct sl_source *source = NULL;
	enum sl_status status;

	*out = NULL;
	status = open_path(&source, path, options, err);
	if (status == SL_OK && source->unit_count == 0)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "%s: no .mcap file", path);
	if (status == SL_OK)
		*out = source;
	else
		sl_source_free(source);
	return status;
}
