#include "mcap_inputs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mirror_file.h"
#include "sample.h"

#define ORIGINAL "/original.mcap"
/* The other files end within a year of it, and ROS has 32 bits of seconds. */
#define START_MAX_NS (((UINT64_C(1) << 32) - 366 * 86400) * 1000000000)

static void
free_input(struct mcap_input *input)
{
	int fd = input->fd;

	input->kind->free(input);
	close(fd);
}

void
mcap_inputs_clear(struct mcap_inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++)
		free_input(inputs->items[i]);
	free(inputs->files);
	free(inputs->is_left);
	*inputs = (struct mcap_inputs){0};
}

/* ---- files with something wrong ---- */

/* A file that was published so is worth a word; one that was damaged in the
 * mirror since then ends the export, for it would lack what was delivered. */
static enum sl_status
judge(struct mcap_episode *episode, const struct sl_contents_file *file,
    enum sl_status failure, const char *outcome)
{
	struct sl_error why = *episode->err;
	enum sl_status status;

	if (!mirror_file_is_suspect(failure))
		return failure;
	status =
	    sl_contents_check_file(episode->run->contents, file, episode->err);
	if (status != SL_OK)
		return status;
	*episode->err = why;
	if (failure == SL_ERR_IO)
		return failure;
	status = mcap_episode_word(episode, "episode %u: %s: %s%s",
	    episode->from->number, file->path,
	    why.text[0] == '\0' ? sl_status_text(failure) : why.text, outcome);
	(void)sl_error_clear(episode->err);
	return status;
}

/* ---- opening ---- */

static enum sl_status
open_file(struct mcap_input **out, struct mcap_episode *episode,
    const struct sl_contents_file *file, mcap_open_fn *open)
{
	enum sl_status status;
	int fd;

	/* What still parses may be other than what was signed. */
	status =
	    sl_contents_check_file(episode->run->contents, file, episode->err);
	if (status == SL_OK)
		status = sl_contents_open_file(
		    &fd, episode->run->contents, file->path, episode->err);
	if (status != SL_OK)
		return status;
	status = open(out, episode, file, fd);
	if (status != SL_OK)
		close(fd);
	return status;
}

static enum sl_status
add_input(struct mcap_inputs *inputs, struct mcap_episode *episode, size_t at,
    mcap_open_fn *open)
{
	const struct sl_contents_file *file = inputs->files[at];
	enum sl_status status;

	if (inputs->count == MCAP_INPUTS_MAX)
		status = sl_error_set(episode->err, SL_ERR_LIMIT,
		    "more than %d files of the episode become messages",
		    MCAP_INPUTS_MAX);
	else
		status = open_file(
		    &inputs->items[inputs->count], episode, file, open);
	inputs->is_left[at] = status != SL_OK;
	inputs->count += status == SL_OK;
	return status == SL_OK ? SL_OK : judge(episode, file, status, "");
}

/* What the record "sluice" has as a whole. */
static bool
is_in_facts(
    const struct mcap_episode *episode, const struct sl_contents_file *file)
{
	return file == sample_metadata_file(episode->from) &&
	    json_object_get(episode->facts, "metadata") != NULL;
}

static mcap_open_fn *
opener_of(const struct sl_contents_file *file)
{
	static const struct {
		const char *suffix;
		mcap_open_fn *open;
	} openers[] = {{".csv", mcap_csv_open}, {".jsonl", mcap_notes_open},
	    {".mp4", mcap_film_open}, {".parquet", mcap_rows_open}};

	if (strcmp(file->layer, "meta") == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(openers) / sizeof(*openers); i++) {
		if (sample_has_suffix(file->path, openers[i].suffix))
			return openers[i].open;
	}
	return NULL;
}

/* The publisher's files (--keep-original), or all others. */
static enum sl_status
open_layers(
    struct mcap_inputs *inputs, struct mcap_episode *episode, bool is_original)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < episode->from->file_count;
	     i++) {
		const char *path = inputs->files[i]->path;

		if (inputs->is_left[i] && sample_has_suffix(path, ".mcap") &&
		    sample_has_suffix(path, ORIGINAL) == is_original)
			status = add_input(inputs, episode, i, mcap_layer_open);
	}
	return status;
}

/* An original holds all that the layers in its folder were cut from. */
static void
leave_cut(struct mcap_inputs *inputs, const struct mcap_episode *episode,
    const char *original)
{
	size_t folder = strlen(original) - strlen(ORIGINAL) + 1;

	for (size_t i = 0; i < episode->from->file_count; i++) {
		const char *path = inputs->files[i]->path;

		if (strncmp(path, original, folder) == 0 &&
		    strchr(path + folder, '/') == NULL &&
		    sample_has_suffix(path, ".mcap"))
			inputs->is_left[i] = false;
	}
}

/* The first message of all says when it begins. */
static enum sl_status
find_start(const struct mcap_inputs *inputs, struct mcap_episode *episode)
{
	uint64_t first = START_MAX_NS;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < inputs->count; i++) {
		const struct mcap_input *input = inputs->items[i];

		if (input->is_over)
			continue;
		if (input->time_ns >= START_MAX_NS)
			status = mcap_episode_word(episode,
			    "episode %u: %s begins %" PRIu64
			    " ns after 1970, which is no time: the other files "
			    "do not begin with it",
			    episode->from->number, input->file->path,
			    input->time_ns);
		else if (input->time_ns < first)
			first = input->time_ns;
	}
	if (first < START_MAX_NS)
		episode->start_ns = first;
	return status;
}

/* Those with a clock of their own come first. */
static enum sl_status
open_mcaps(struct mcap_inputs *inputs, struct mcap_episode *episode)
{
	enum sl_status status;

	for (size_t i = 0; i < episode->from->file_count; i++)
		inputs->is_left[i] = !is_in_facts(episode, inputs->files[i]);
	status = open_layers(inputs, episode, true);
	for (size_t i = 0; i < inputs->count; i++)
		leave_cut(inputs, episode, inputs->items[i]->file->path);
	if (status == SL_OK)
		status = open_layers(inputs, episode, false);
	return status == SL_OK ? find_start(inputs, episode) : status;
}

enum sl_status
mcap_inputs_open(struct mcap_inputs *inputs, struct mcap_episode *episode)
{
	size_t count = episode->from->file_count;
	enum sl_status status;

	*inputs = (struct mcap_inputs){.files = sample_files(episode->from),
	    .is_left = calloc(count + 1, sizeof(bool))};
	if (inputs->files == NULL || inputs->is_left == NULL)
		return SL_ERR_NOMEM;
	status = open_mcaps(inputs, episode);
	for (size_t i = 0; status == SL_OK && i < count; i++) {
		mcap_open_fn *open = opener_of(inputs->files[i]);

		if (inputs->is_left[i] && open != NULL)
			status = add_input(inputs, episode, i, open);
	}
	return status;
}

/* ---- messages ---- */

static struct mcap_input *
earliest(const struct mcap_inputs *inputs)
{
	struct mcap_input *best = NULL;

	for (size_t i = 0; i < inputs->count; i++) {
		struct mcap_input *input = inputs->items[i];

		if (!input->is_over &&
		    (best == NULL || input->time_ns < best->time_ns))
			best = input;
	}
	return best;
}

enum sl_status
mcap_inputs_merge(
    const struct mcap_inputs *inputs, struct mcap_episode *episode)
{
	struct mcap_input *input;
	enum sl_status status = SL_OK;

	while (status == SL_OK && (input = earliest(inputs)) != NULL) {
		status = input->kind->put(input);
		if (status != SL_OK) {
			input->is_over = true;
			status = judge(episode, input->file, status,
			    ": what follows in it is left out");
		}
		if (status == SL_OK)
			status = export_is_wanted(episode->run, episode->err);
	}
	return status;
}
