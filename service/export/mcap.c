/* An MCAP file per episode: its layers, which a mirror has as files of their
 * own, joined again by time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sample.h"
#include "sluice/base/array.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"
#include "sluice/formats/mcap_index.h"
#include "sluice/formats/mcap_writer.h"

#define MAKER     "sluice-mcap/1"
#define FACTS_MAX (32u << 20)
/* Of one episode, each open while it is joined. */
#define LAYERS_MAX 256

/* One layer's file. */
struct input {
	const struct sl_contents_file *file;
	int fd;
	struct sl_mcap_index *index;
	struct sl_mcap_span span;
	const struct sl_mcap_message *next; /* NULL: no more */
	uint16_t ids[65536];                /* channel there → channel here */
};

struct join {
	struct export_run *run;
	const struct sl_contents_episode *episode;
	struct input *inputs[LAYERS_MAX];
	size_t input_count;
	struct sl_mcap_writer *writer;
	struct sl_mcap_schema *schemas; /* borrowed texts */
	size_t schema_count;
	uint16_t channel_count;
	struct sl_error *err;
};

/* ---- which files ---- */

static bool
is_mcap(const struct sl_contents_file *file)
{
	size_t len = strlen(file->path);

	return len > 5 && strcmp(file->path + len - 5, ".mcap") == 0;
}

/* The publisher's file (--keep-original) holds what the layers hold. */
static bool
is_original(const struct sl_contents_file *file)
{
	const char *slash = strrchr(file->path, '/');

	return slash != NULL && strcmp(slash, "/original.mcap") == 0;
}

static size_t
count_layers(const struct sl_contents_episode *episode)
{
	size_t count = 0;

	for (size_t i = 0; i < episode->file_count; i++)
		count += is_mcap(&episode->files[i]) &&
		    !is_original(&episode->files[i]);
	return count;
}

static bool
is_joined(const struct sl_contents_episode *episode,
    const struct sl_contents_file *file)
{
	return is_mcap(file) &&
	    (!is_original(file) || count_layers(episode) == 0);
}

/* ---- inputs ---- */

static void
free_input(struct input *input)
{
	sl_mcap_index_free(input->index);
	if (input->fd >= 0)
		close(input->fd);
	free(input);
}

static enum sl_status
add_input(struct join *join, const struct sl_contents_file *file)
{
	struct input *input;
	enum sl_status status;

	if (join->input_count == LAYERS_MAX)
		return sl_error_set(join->err, SL_ERR_LIMIT,
		    "episode %u has more than %d MCAP files",
		    join->episode->number, LAYERS_MAX);
	input = calloc(1, sizeof(*input));
	if (input == NULL)
		return SL_ERR_NOMEM;
	input->file = file;
	input->fd = -1;
	join->inputs[join->input_count++] = input;
	status = sl_contents_open_file(
	    &input->fd, join->run->contents, file->path, join->err);
	if (status == SL_OK)
		status =
		    sl_mcap_index_open(&input->index, input->fd, join->err);
	if (status != SL_OK)
		return sl_error_prefix(join->err, status, "%s", file->path);
	return SL_OK;
}

static enum sl_status
add_inputs(struct join *join)
{
	const struct sl_contents_file **files = sample_files(join->episode);
	enum sl_status status = files == NULL ? SL_ERR_NOMEM : SL_OK;

	for (size_t i = 0; status == SL_OK && i < join->episode->file_count;
	     i++) {
		if (is_joined(join->episode, files[i]))
			status = add_input(join, files[i]);
	}
	free(files);
	return status;
}

/* ---- definitions ---- */

/* The same schema in several files is one. */
static enum sl_status
define_schema(
    struct join *join, const struct sl_mcap_schema *schema, uint16_t *id)
{
	struct sl_mcap_schema *schemas;
	struct sl_mcap_schema mine = *schema;

	for (size_t i = 0; i < join->schema_count; i++) {
		const struct sl_mcap_schema *known = &join->schemas[i];

		if (sl_slice_is(known->name, schema->name) &&
		    sl_slice_is(known->encoding, schema->encoding) &&
		    sl_slice_is(known->data, schema->data)) {
			*id = known->id;
			return SL_OK;
		}
	}
	if (join->schema_count == UINT16_MAX)
		return sl_error_set(
		    join->err, SL_ERR_LIMIT, "too many schemas");
	schemas =
	    sl_array_room(join->schemas, join->schema_count, sizeof(*schemas));
	if (schemas == NULL)
		return SL_ERR_NOMEM;
	join->schemas = schemas;
	mine.id = (uint16_t)(join->schema_count + 1);
	schemas[join->schema_count++] = mine;
	*id = mine.id;
	return sl_mcap_writer_schema(join->writer, &mine, join->err);
}

static enum sl_status
define_channel(struct join *join, struct input *input,
    const struct sl_mcap_channel *channel)
{
	const struct sl_mcap_schema *schema =
	    sl_mcap_index_schema(input->index, channel->schema_id);
	struct sl_mcap_channel mine = *channel;
	enum sl_status status = SL_OK;

	if (join->channel_count == UINT16_MAX)
		return sl_error_set(
		    join->err, SL_ERR_LIMIT, "too many channels");
	mine.schema_id = 0;
	if (schema != NULL)
		status = define_schema(join, schema, &mine.schema_id);
	if (status != SL_OK)
		return status;
	mine.id = ++join->channel_count;
	input->ids[channel->id] = mine.id;
	return sl_mcap_writer_channel(join->writer, &mine, join->err);
}

static enum sl_status
define_all(struct join *join, struct input *input)
{
	size_t count = sl_mcap_index_count(input->index, SL_MCAP_CHANNEL);
	struct sl_mcap_record record;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		sl_mcap_index_get(input->index, SL_MCAP_CHANNEL, i, &record);
		status = define_channel(join, input, &record.as.channel);
	}
	return status;
}

/* ---- attachments and metadata ---- */

/* Each layer's file has all metadata of the episode: those of `input` that an
 * earlier one has, too, are written already. */
static bool
is_known(struct join *join, size_t input, const struct sl_mcap_metadata *record)
{
	for (size_t i = 0; i < input; i++) {
		struct sl_mcap_index *index = join->inputs[i]->index;
		size_t count =
		    sl_mcap_index_count(index, SL_MCAP_METADATA_INDEX);

		for (size_t n = 0; n < count; n++) {
			struct sl_mcap_record at;
			struct sl_mcap_record other;

			sl_mcap_index_get(
			    index, SL_MCAP_METADATA_INDEX, n, &at);
			if (sl_mcap_index_read(index, &at, &other, NULL) ==
			        SL_OK &&
			    sl_slice_is(other.as.metadata.name, record->name) &&
			    sl_slice_is(
			        other.as.metadata.metadata, record->metadata))
				return true;
		}
	}
	return false;
}

static enum sl_status
copy_records(struct join *join, size_t at, enum sl_mcap_opcode opcode)
{
	struct sl_mcap_index *index = join->inputs[at]->index;
	size_t count = sl_mcap_index_count(index, opcode);
	struct sl_mcap_record pointer;
	struct sl_mcap_record record;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		sl_mcap_index_get(index, opcode, i, &pointer);
		status =
		    sl_mcap_index_read(index, &pointer, &record, join->err);
		if (status != SL_OK)
			break;
		if (record.opcode == SL_MCAP_ATTACHMENT)
			status = sl_mcap_writer_attachment(
			    join->writer, &record.as.attachment, join->err);
		else if (!is_known(join, at, &record.as.metadata))
			status = sl_mcap_writer_metadata(
			    join->writer, &record.as.metadata, join->err);
	}
	return status;
}

/* A metadata record "sluice": what the index says of the episode. */
static enum sl_status
put_facts(struct join *join)
{
	struct sl_mcap_metadata record = {.name = sl_slice_text("sluice")};
	json_t *facts = sample_facts(join->run, join->episode);
	struct sl_buf text;
	struct sl_buf map;
	enum sl_status status;

	sl_buf_init(&text, FACTS_MAX);
	sl_buf_init(&map, FACTS_MAX + 64);
	status = facts == NULL ? SL_ERR_NOMEM : sl_json_dump(&text, facts);
	if (status == SL_OK)
		status = sl_mcap_map_add(
		    &map, sl_slice_text("facts"), sl_buf_slice(&text));
	record.metadata = sl_buf_slice(&map);
	if (status == SL_OK)
		status =
		    sl_mcap_writer_metadata(join->writer, &record, join->err);
	json_decref(facts);
	sl_buf_clear(&text);
	sl_buf_clear(&map);
	return status;
}

/* ---- messages ---- */

static struct input *
earliest(struct join *join)
{
	struct input *best = NULL;

	for (size_t i = 0; i < join->input_count; i++) {
		struct input *input = join->inputs[i];

		if (input->next != NULL &&
		    (best == NULL ||
		        input->next->log_time < best->next->log_time))
			best = input;
	}
	return best;
}

static enum sl_status
copy_messages(struct join *join)
{
	struct input *input;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < join->input_count; i++) {
		input = join->inputs[i];
		status =
		    sl_mcap_index_begin(input->index, &input->span, join->err);
		if (status == SL_OK)
			status = sl_mcap_index_next(
			    input->index, &input->next, join->err);
	}
	while (status == SL_OK && (input = earliest(join)) != NULL) {
		struct sl_mcap_message message = *input->next;

		message.channel_id = input->ids[message.channel_id];
		status =
		    sl_mcap_writer_message(join->writer, &message, join->err);
		if (status == SL_OK)
			status = sl_mcap_index_next(
			    input->index, &input->next, join->err);
		if (status == SL_OK)
			status = export_is_wanted(join->run, join->err);
	}
	return status;
}

static enum sl_status
write_all(struct join *join, int *fd)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	enum sl_status status = add_inputs(join);

	options.sink = sl_mcap_to_fd;
	options.sink_ctx = fd;
	if (status == SL_OK)
		status = sl_mcap_writer_new(&join->writer, &options, join->err);
	for (size_t i = 0; status == SL_OK && i < join->input_count; i++)
		status = define_all(join, join->inputs[i]);
	if (status == SL_OK)
		status = put_facts(join);
	for (size_t i = 0; status == SL_OK && i < join->input_count; i++) {
		status = copy_records(join, i, SL_MCAP_METADATA_INDEX);
		if (status == SL_OK)
			status =
			    copy_records(join, i, SL_MCAP_ATTACHMENT_INDEX);
	}
	if (status == SL_OK)
		status = copy_messages(join);
	return status == SL_OK ? sl_mcap_writer_finish(join->writer, join->err)
	                       : status;
}

/* ---- episodes ---- */

static enum sl_status
episode_key(const struct export_run *run,
    const struct sl_contents_episode *episode, char key[65])
{
	const struct sl_contents_file **files = sample_files(episode);
	unsigned char digest[32];
	struct sl_sha256 hash;
	enum sl_status status =
	    files == NULL ? SL_ERR_NOMEM : sl_sha256_init(&hash);

	if (status == SL_OK) {
		sl_sha256_update(&hash, MAKER, sizeof(MAKER));
		sl_sha256_update(&hash, run->contents->dataset,
		    strlen(run->contents->dataset) + 1);
		sample_add_to_key(&hash, episode);
		for (size_t i = 0; i < episode->file_count; i++)
			sl_sha256_update(&hash, files[i]->sha256, 32);
		status = sl_sha256_final(&hash, digest);
	}
	free(files);
	if (status == SL_OK)
		sl_hex_encode(key, digest, 32);
	return status;
}

static enum sl_status
make_episode(struct join *join, const char *path, const char *key)
{
	struct export_folder *folder = &join->run->folder;
	enum sl_status status;
	int fd;

	status = export_folder_begin(folder, path, &fd, join->err);
	if (status == SL_OK)
		status = write_all(join, &fd);
	sl_mcap_writer_free(join->writer);
	for (size_t i = 0; i < join->input_count; i++)
		free_input(join->inputs[i]);
	free(join->schemas);
	if (status == SL_OK)
		return export_folder_commit(folder, fd, key, NULL, join->err);
	export_folder_abandon(folder, fd);
	return status;
}

/* Never silently. */
static void
warn_of_others(
    struct export_run *run, const struct sl_contents_episode *episode)
{
	for (size_t i = 0; i < episode->file_count; i++) {
		const struct sl_contents_file *file = &episode->files[i];

		if (!is_mcap(file) && strcmp(file->layer, "meta") != 0)
			export_warn(run,
			    "episode %u: %s is no MCAP file and is left out",
			    episode->number, file->path);
	}
}

static enum sl_status
export_episode(struct export_run *run,
    const struct sl_contents_episode *episode, struct sl_error *err)
{
	struct join join = {.run = run, .episode = episode, .err = err};
	char path[SAMPLE_NAME_MAX + 8];
	char name[SAMPLE_NAME_MAX + 1];
	char key[65];
	enum sl_status status = episode_key(run, episode, key);

	if (status != SL_OK)
		return status;
	warn_of_others(run, episode);
	sample_name(name, episode);
	snprintf(path, sizeof(path), "%s.mcap", name);
	run->result->episodes++;
	if (export_folder_keep(&run->folder, path, key) != NULL)
		return SL_OK;
	return make_episode(&join, path, key);
}

static bool
has_mcap(const struct sl_contents_episode *episode)
{
	for (size_t i = 0; i < episode->file_count; i++) {
		if (is_mcap(&episode->files[i]))
			return true;
	}
	return false;
}

enum sl_status
export_mcap(struct export_run *run, struct sl_error *err)
{
	const struct sl_contents *contents = run->contents;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < contents->episode_count;
	     i++) {
		const struct sl_contents_episode *episode =
		    &contents->episodes[i];

		if (episode->number == 0)
			continue;
		if (has_mcap(episode)) {
			status = export_episode(run, episode, err);
			continue;
		}
		run->result->left_out++;
		export_warn(run,
		    "episode %u is left out: none of its files that are held "
		    "is MCAP",
		    episode->number);
	}
	if (status == SL_OK && run->result->episodes == 0)
		return sl_error_code(err, SL_ERR_INVALID, "no_episode",
		    "no episode of the mirror is held as MCAP");
	return status == SL_OK ? sample_dataset_files(run, err) : status;
}
