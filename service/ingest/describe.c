#include "describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/metadata.h"

struct describer {
	struct sl_source *source;
	const struct sl_ingest_options *options;
	struct sl_metadata_rules *rules;
	size_t described; /* how many episodes are */
};

static void
fill_facets(const struct describer *describer, struct sl_facets *facets)
{
	const struct sl_facets *defaults = describer->options->facets;

	for (size_t i = 0; defaults != NULL && i < SL_FACET_COUNT; i++) {
		if (facets->value[i][0] == '\0')
			memcpy(facets->value[i], defaults->value[i],
			    sizeof(facets->value[i]));
	}
}

/* LeRobot says its tasks as texts. */
static enum sl_status
add_instruction(json_t *metadata)
{
	const json_t *first =
	    json_array_get(json_object_get(metadata, "tasks"), 0);
	json_t *task = json_object_get(metadata, "task");

	if (!json_is_string(first) || !json_is_object(task) ||
	    json_object_get(task, "language_instruction") != NULL)
		return SL_OK;
	return json_object_set_new(task, "language_instruction",
	           json_string(json_string_value(first))) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

static enum sl_status
complete(struct describer *describer, struct sl_source_episode *episode)
{
	struct sl_facets facets = episode->facets;
	enum sl_status status =
	    sl_metadata_fill(episode->metadata, describer->options->metadata);

	fill_facets(describer, &facets);
	if (status == SL_OK)
		status = sl_metadata_take_facets(episode->metadata, &facets);
	return status == SL_OK ? add_instruction(episode->metadata) : status;
}

static enum sl_status
set_defect(struct sl_source_episode *episode, const struct sl_error *why)
{
	if (asprintf(&episode->defect, "metadata: %s", why->text) < 0) {
		episode->defect = NULL;
		return SL_ERR_NOMEM;
	}
	return SL_OK;
}

/* SL_OK also for an episode that got a defect. */
static enum sl_status
judge(struct describer *describer, struct sl_source_episode *episode)
{
	struct sl_error why = {0};
	enum sl_status status;

	if (sl_metadata_is_described(episode->metadata)) {
		status = sl_metadata_check(
		    describer->rules, episode->metadata, &why);
		if (status == SL_OK)
			status = sl_metadata_facets(
			    &episode->facets, episode->metadata, &why);
	} else if (describer->options->need_metadata) {
		status = sl_error_set(&why, SL_ERR_INVALID,
		    "none of the schema; --metadata FILE gives what all "
		    "episodes have in common");
	} else {
		return SL_OK;
	}
	if (status == SL_OK || status == SL_ERR_NOMEM)
		return status;
	return set_defect(episode, &why);
}

static struct sl_source_file *
find_file(const struct sl_source_episode *episode)
{
	for (size_t i = 0; i < episode->file_count; i++) {
		if (episode->files[i].is_metadata)
			return &episode->files[i];
	}
	return NULL;
}

static enum sl_status
add_file(struct sl_source_episode *episode, struct sl_source_file **out)
{
	struct sl_source_file *files =
	    sl_array_room(episode->files, episode->file_count, sizeof(*files));
	struct sl_source_file *file;

	*out = NULL;
	if (files == NULL)
		return SL_ERR_NOMEM;
	episode->files = files;
	file = &files[episode->file_count];
	*file = (struct sl_source_file){
	    .layer = strdup("meta"), .is_metadata = true};
	if (asprintf(&file->path, "metadata/%s.json", episode->key) < 0)
		file->path = NULL;
	episode->file_count++;
	*out = file;
	return file->layer == NULL || file->path == NULL ? SL_ERR_NOMEM : SL_OK;
}

/* The completed metadata as the file that customers get. */
static enum sl_status
write_file(struct sl_source_episode *episode)
{
	struct sl_source_file *file = find_file(episode);
	enum sl_status status = SL_OK;
	char *text;

	if (file == NULL)
		status = add_file(episode, &file);
	if (status != SL_OK)
		return status;
	text = json_dumps(episode->metadata, JSON_INDENT(2) | JSON_SORT_KEYS);
	free(file->generated);
	if (text == NULL || asprintf(&file->generated, "%s\n", text) < 0) {
		file->generated = NULL;
		status = SL_ERR_NOMEM;
	}
	free(text);
	return status;
}

static enum sl_status
read_text(struct describer *describer, const struct sl_source_file *file,
    struct sl_buf *out, struct sl_error *why)
{
	struct stat info;
	enum sl_status status;
	int fd;

	if (file->generated != NULL)
		return sl_buf_append_text(out, file->generated);
	status = sl_source_open_file(
	    &fd, describer->source->dir_fd, file->path, why);
	if (status != SL_OK)
		return status;
	if (fstat(fd, &info) != 0)
		status = sl_error_errno(why, "%s", file->path);
	else if (info.st_size > SL_METADATA_BYTES_MAX)
		status = sl_error_set(
		    why, SL_ERR_LIMIT, "%s is too long", file->path);
	else
		status = sl_buf_reserve(out, (size_t)info.st_size);
	if (status == SL_OK)
		status = sl_file_read_at(
		    fd, out->data, (size_t)info.st_size, 0, why);
	if (status == SL_OK)
		out->len = (size_t)info.st_size;
	close(fd);
	return status;
}

/* Metadata that are a file are a text until here: values of all episodes at
 * once would take ten times as much memory. */
static enum sl_status
read_file(struct describer *describer, struct sl_source_episode *episode)
{
	const struct sl_source_file *file = find_file(episode);
	struct sl_error why = {0};
	struct sl_buf text;
	json_t *metadata;
	enum sl_status status;

	if (file == NULL)
		return SL_OK;
	sl_buf_init(&text, SL_METADATA_BYTES_MAX);
	status = read_text(describer, file, &text, &why);
	if (status == SL_OK)
		status = sl_json_parse(&metadata, sl_buf_slice(&text),
		    SL_METADATA_BYTES_MAX, &why);
	sl_buf_clear(&text);
	if (status == SL_ERR_NOMEM)
		return status;
	if (status != SL_OK)
		return set_defect(episode, &why);
	json_decref(episode->metadata);
	episode->metadata = metadata;
	return SL_OK;
}

static enum sl_status
describe_episode(struct describer *describer, struct sl_source_episode *episode)
{
	bool is_completed = describer->options->metadata != NULL;
	enum sl_status status;

	if (episode->defect != NULL)
		return SL_OK;
	status = read_file(describer, episode);
	if (status != SL_OK || episode->defect != NULL)
		return status;
	if (is_completed)
		status = complete(describer, episode);
	if (status == SL_OK)
		status = judge(describer, episode);
	/* What metadata say goes before what a command line says of all. */
	fill_facets(describer, &episode->facets);
	/* Metadata of the schema always reach the customer. */
	if (status == SL_OK && episode->defect == NULL &&
	    (is_completed ||
	        (find_file(episode) == NULL &&
	            sl_metadata_is_described(episode->metadata))))
		status = write_file(episode);
	if (status == SL_OK && find_file(episode) != NULL &&
	    json_object_clear(episode->metadata) != 0)
		status = SL_ERR_NOMEM;
	return status;
}

enum sl_status
describer_new(struct describer **out, struct sl_source *source,
    const struct sl_ingest_options *options, struct sl_error *err)
{
	struct describer *describer = calloc(1, sizeof(*describer));
	enum sl_status status;

	*out = NULL;
	if (describer == NULL)
		return SL_ERR_NOMEM;
	describer->source = source;
	describer->options = options;
	status = sl_metadata_rules_new(&describer->rules, err);
	if (status != SL_OK) {
		free(describer);
		return status;
	}
	*out = describer;
	return SL_OK;
}

void
describer_free(struct describer *describer)
{
	if (describer == NULL)
		return;
	sl_metadata_rules_free(describer->rules);
	free(describer);
}

enum sl_status
describer_go_on(struct describer *describer)
{
	struct sl_source *source = describer->source;
	enum sl_status status = SL_OK;

	while (status == SL_OK && describer->described < source->episode_count)
		status = describe_episode(
		    describer, &source->episodes[describer->described++]);
	return status;
}
