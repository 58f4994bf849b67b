#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/catalog/json.h"

#include "mcap_episode.h"
#include "mcap_layers.h"

#define EPISODES_PER_FILE_MAX 100000
#define UNCLAIMED_MAX         3 /* named in warnings; the rest is counted */

struct opener {
	struct sl_source *source;
	const struct sl_mcap_source_options *options;
	json_t *seen; /* key: path */
	struct sl_error *err;
};

/* ---- keys ---- */

static enum sl_status
claim_key(struct opener *opener, const char *key, const char *path)
{
	const char *other =
	    json_string_value(json_object_get(opener->seen, key));

	if (other != NULL)
		return sl_error_code(opener->err, SL_ERR_INVALID,
		    "duplicate_key",
		    "episode key \"%s\" a second time: in %s and in %s", key,
		    other, path);
	/* NULL, and so -1: a path that is not UTF-8. */
	if (json_object_set_new(opener->seen, key, json_string(path)) != 0)
		return sl_error_set(opener->err, SL_ERR_INVALID,
		    "%s: the name is not UTF-8", path);
	return SL_OK;
}

static enum sl_status
refuse(
    struct opener *opener, const struct mcap_place_of *place, const char *why)
{
	struct mcap_place_of unmarked = {.path = place->path};
	char key[MCAP_KEY_MAX + 1];
	enum sl_status status;

	status = mcap_episode_key(key, place, NULL);
	if (status != SL_OK)
		status = mcap_episode_key(key, &unmarked, opener->err);
	if (status == SL_OK)
		status = claim_key(opener, key, place->path);
	if (status == SL_OK)
		status = mcap_episode_refuse(
		    opener->source, key, place->path, why, opener->err);
	return status;
}

/* Is it the file that is at fault? */
static bool
is_fault(enum sl_status status)
{
	return status == SL_ERR_INVALID || status == SL_ERR_INTEGRITY ||
	    status == SL_ERR_LIMIT;
}

/* ---- one episode ---- */

static enum sl_status
add_original(struct opener *opener, const struct mcap_place_of *place)
{
	struct sl_source_episode *episode =
	    &opener->source->episodes[opener->source->episode_count - 1];
	enum sl_status status;
	char *path;

	if (!opener->options->keep_original || episode->defect != NULL)
		return SL_OK;
	if (place->end_time != 0)
		return source_warn(opener->source,
		    "episode %s: the original is one file with others and is "
		    "not kept",
		    episode->key);
	if (asprintf(&path, "episodes/%s/original.mcap", episode->key) < 0)
		return SL_ERR_NOMEM;
	status = source_add_file(episode, "raw", path, opener->err);
	free(path);
	if (status != SL_OK)
		return status;
	return source_set_part(episode, SL_SOURCE_WHOLE, place->path, 0, 0);
}

static enum sl_status
add_episode(struct opener *opener, const struct mcap_place_of *place,
    const struct mcap_survey *survey)
{
	char key[MCAP_KEY_MAX + 1];
	enum sl_status status;

	status = mcap_episode_key(key, place, opener->err);
	if (status == SL_OK)
		status = claim_key(opener, key, place->path);
	if (status == SL_OK)
		status = mcap_episode_add(
		    opener->source, key, place, survey, opener->err);
	return status == SL_OK ? add_original(opener, place) : status;
}

/* ---- several in one file ---- */

static bool
read_time(const json_t *marker, const char *key, uint64_t *out)
{
	const char *text = json_string_value(json_object_get(marker, key));

	return text != NULL && sl_parse_u64(text, UINT64_MAX, out);
}

static int
compare_places(const void *a, const void *b)
{
	const struct mcap_place_of *x = a;
	const struct mcap_place_of *y = b;

	return (x->start_time > y->start_time) -
	    (x->start_time < y->start_time);
}

/* A place per marker, by time; *why says what is wrong with them. */
static enum sl_status
read_markers(struct mcap_place_of *places, const char *path,
    const json_t *markers, struct sl_error *why)
{
	size_t count = json_array_size(markers);
	char key[MCAP_KEY_MAX + 1];

	for (size_t i = 0; i < count; i++) {
		struct mcap_place_of *place = &places[i];

		*place = (struct mcap_place_of){
		    .path = path, .marker = json_array_get(markers, i)};
		if (json_object_get(place->marker, "key") == NULL)
			return sl_error_set(why, SL_ERR_INVALID,
			    "episode %zu of %zu has no key", i + 1, count);
		if (mcap_episode_key(key, place, why) != SL_OK)
			return SL_ERR_INVALID;
		if (!read_time(place->marker, "start_ns", &place->start_time) ||
		    !read_time(place->marker, "end_ns", &place->end_time) ||
		    place->end_time <= place->start_time)
			return sl_error_set(why, SL_ERR_INVALID,
			    "episode %s of %zu in one file needs start_ns and "
			    "end_ns",
			    key, count);
	}
	qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 1; i < count; i++) {
		if (places[i].start_time >= places[i - 1].end_time)
			continue;
		return sl_error_set(why, SL_ERR_INVALID,
		    "episodes %s and %s overlap in time",
		    json_string_value(
		        json_object_get(places[i - 1].marker, "key")),
		    json_string_value(
		        json_object_get(places[i].marker, "key")));
	}
	return SL_OK;
}

static enum sl_status
add_span(struct opener *opener, int fd, const struct mcap_place_of *place,
    uint64_t *messages)
{
	struct mcap_survey survey;
	struct sl_error why = {0};
	enum sl_status status;

	status = mcap_survey_make(&survey, fd, opener->source->mcap_layers,
	    place->start_time, place->end_time, &why);
	*messages += survey.message_count;
	if (status == SL_OK)
		status = add_episode(opener, place, &survey);
	else if (is_fault(status))
		status = refuse(opener, place, why.text);
	mcap_survey_clear(&survey);
	return status;
}

static enum sl_status
add_spans(struct opener *opener, int fd, const char *path,
    const struct mcap_survey *whole)
{
	size_t count = json_array_size(whole->markers);
	struct mcap_place_of *places = calloc(count, sizeof(*places));
	struct sl_error why = {0};
	uint64_t messages = 0;
	enum sl_status status;

	if (places == NULL)
		return SL_ERR_NOMEM;
	status = read_markers(places, path, whole->markers, &why);
	if (status == SL_ERR_INVALID)
		status = refuse(
		    opener, &(struct mcap_place_of){.path = path}, why.text);
	else
		for (size_t i = 0; status == SL_OK && i < count; i++)
			status = add_span(opener, fd, &places[i], &messages);
	free(places);
	if (status == SL_OK && why.text[0] == '\0' &&
	    messages < whole->message_count)
		status = source_warn(opener->source,
		    "%s: %" PRIu64 " messages belong to no episode and are "
		    "left out",
		    path, whole->message_count - messages);
	return status;
}

/* ---- one file ---- */

static enum sl_status
add_surveyed(struct opener *opener, int fd, const char *path,
    const struct mcap_survey *survey)
{
	size_t count = json_array_size(survey->markers);
	struct mcap_place_of place = {
	    .path = path, .marker = json_array_get(survey->markers, 0)};
	char key[MCAP_KEY_MAX + 1];
	struct sl_error why = {0};

	if (count > EPISODES_PER_FILE_MAX)
		return refuse(opener, &(struct mcap_place_of){.path = path},
		    "it marks too many episodes");
	if (count > 1)
		return add_spans(opener, fd, path, survey);
	if (mcap_episode_key(key, &place, &why) != SL_OK)
		return refuse(opener, &place, why.text);
	return add_episode(opener, &place, survey);
}

static enum sl_status
add_file(struct opener *opener, const char *path)
{
	struct mcap_place_of place = {.path = path};
	struct mcap_survey survey;
	struct sl_error why = {0};
	enum sl_status status;
	int fd;

	status =
	    sl_source_open_file(&fd, opener->source->dir_fd, path, opener->err);
	if (status != SL_OK)
		return status;
	status = mcap_survey_make(
	    &survey, fd, opener->source->mcap_layers, 0, 0, &why);
	if (status == SL_OK)
		status = add_surveyed(opener, fd, path, &survey);
	else if (is_fault(status))
		status = refuse(opener, &place, why.text);
	else
		status =
		    sl_error_set(opener->err, status, "%s: %s", path, why.text);
	mcap_survey_clear(&survey);
	close(fd);
	return status;
}

static bool
is_mcap(const char *path)
{
	size_t len = strlen(path);

	return len > 5 && strcmp(path + len - 5, ".mcap") == 0;
}

/* Files at the top (README.md, LICENSE) go with the dataset; no other may,
 * because dataset files are free of charge. */
static enum sl_status
add_tree(struct opener *opener, const struct source_tree *tree)
{
	enum sl_status status = SL_OK;
	size_t left = 0;

	for (size_t i = 0; status == SL_OK && i < tree->count; i++) {
		const char *path = tree->paths[i];

		if (is_mcap(path))
			status = add_file(opener, path);
		else if (strchr(path, '/') == NULL)
			status = source_add_dataset_file(
			    opener->source, path, opener->err);
		else if (left++ < UNCLAIMED_MAX)
			status = source_warn(opener->source,
			    "%s is no .mcap file and is left out", path);
	}
	if (status == SL_OK && left > UNCLAIMED_MAX)
		status = source_warn(opener->source,
		    "%zu more files are no .mcap files and are left out",
		    left - UNCLAIMED_MAX);
	return status;
}

static enum sl_status
read_folder(struct opener *opener)
{
	struct source_tree tree;
	enum sl_status status;

	status = source_tree_read(&tree, opener->source->dir_fd, opener->err);
	if (status != SL_OK)
		return status;
	status = add_tree(opener, &tree);
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
open_path(struct opener *opener, const char *path)
{
	const char *name = NULL;
	struct stat info;
	enum sl_status status;
	char *folder;

	if (stat(path, &info) != 0)
		return sl_error_errno(opener->err, "%s", path);
	if (S_ISREG(info.st_mode) && !is_mcap(path))
		return sl_error_set(opener->err, SL_ERR_INVALID,
		    "%s: neither a folder nor an .mcap file", path);
	folder = S_ISREG(info.st_mode) ? folder_of(path, &name) : strdup(path);
	if (folder == NULL)
		return SL_ERR_NOMEM;
	status = source_new(&opener->source, "mcap", folder, opener->err);
	free(folder);
	if (status == SL_OK)
		status = mcap_layers_new(&opener->source->mcap_layers,
		    opener->options->layer_map, opener->err);
	if (status != SL_OK)
		return status;
	return name != NULL ? add_file(opener, name) : read_folder(opener);
}

enum sl_status
sl_mcap_source_open(struct sl_source **out, const char *path,
    const struct sl_mcap_source_options *options, struct sl_error *err)
{
	struct opener opener = {
	    .options = options, .seen = json_object(), .err = err};
	enum sl_status status;

	*out = NULL;
	if (opener.seen == NULL)
		return SL_ERR_NOMEM;
	status = open_path(&opener, path);
	if (status == SL_OK && opener.source->episode_count == 0)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "%s: no .mcap file", path);
	json_decref(opener.seen);
	if (status == SL_OK)
		*out = opener.source;
	else
		sl_source_free(opener.source);
	return status;
}
