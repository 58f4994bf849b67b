/* JSON Lines, which is how annotation comes: a message per line, by start_ns,
 * which counts from the episode's beginning.  A line without start_ns has the
 * time of the line before it. */
#include <stdlib.h>

#include "mcap_episode.h"
#include "sluice/base/array.h"
#include "sluice/base/file.h"
#include "sluice/catalog/json.h"
#include "sluice/formats/lines.h"

#define LINE_MAX_BYTES (1u << 20)
#define LINES_MAX      1000000
/* A year after the episode's beginning. */
#define TIME_MAX_NS (INT64_C(366) * 86400 * 1000000000)

struct note {
	uint64_t time_ns;
	uint64_t at;
	size_t len;
};

struct notes {
	struct mcap_input input;
	struct note *items; /* by time */
	size_t count;
	size_t next;
	struct sl_buf text;
	char topic[MCAP_TOPIC_MAX];
};

static void
free_notes(struct mcap_input *input)
{
	struct notes *notes = (struct notes *)input;

	sl_buf_clear(&notes->text);
	free(notes->items);
	free(notes);
}

static enum sl_status
read_time(const struct sl_line *line, uint64_t *time_ns, struct sl_error *err)
{
	const json_t *start;
	json_t *value;
	enum sl_status status =
	    sl_json_parse(&value, line->text, LINE_MAX_BYTES, err);

	if (status != SL_OK)
		return sl_error_prefix(
		    err, status, "line %llu", (unsigned long long)line->number);
	start = json_object_get(value, "start_ns");
	if (!json_is_object(value) ||
	    (start != NULL && !json_is_integer(start)) ||
	    json_integer_value(start) < 0 ||
	    json_integer_value(start) > TIME_MAX_NS)
		status = sl_error_set(err, SL_ERR_INVALID,
		    "line %llu is no object whose start_ns counts from the "
		    "episode's beginning",
		    (unsigned long long)line->number);
	else if (start != NULL)
		*time_ns = (uint64_t)json_integer_value(start);
	json_decref(value);
	return status;
}

static enum sl_status
add_line(struct notes *notes, const struct sl_line *line, uint64_t time_ns)
{
	struct note *items;

	if (notes->count == LINES_MAX)
		return sl_error_set(notes->input.episode->err, SL_ERR_LIMIT,
		    "more than %d lines", LINES_MAX);
	items = sl_array_room(notes->items, notes->count, sizeof(*items));
	if (items == NULL)
		return SL_ERR_NOMEM;
	notes->items = items;
	items[notes->count++] = (struct note){
	    .time_ns = time_ns, .at = line->at, .len = line->text.len};
	return SL_OK;
}

static int
compare(const void *a, const void *b)
{
	const struct note *x = a;
	const struct note *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static enum sl_status
read_all(struct notes *notes)
{
	struct sl_error *err = notes->input.episode->err;
	struct sl_lines *lines;
	struct sl_line line;
	uint64_t time_ns = 0;
	bool is_there = true;
	enum sl_status status = sl_lines_open(
	    &lines, notes->input.fd, notes->input.file->bytes, LINE_MAX_BYTES);

	while (status == SL_OK && is_there) {
		status = sl_lines_next(lines, &is_there, &line, err);
		if (status != SL_OK || !is_there || line.text.len == 0)
			continue;
		status = read_time(&line, &time_ns, err);
		if (status == SL_OK)
			status = add_line(notes, &line, time_ns);
	}
	sl_lines_free(lines);
	if (status == SL_OK && notes->count > 0)
		qsort(
		    notes->items, notes->count, sizeof(*notes->items), compare);
	return status;
}

static void
advance(struct notes *notes)
{
	struct mcap_input *input = &notes->input;

	input->is_over = notes->next == notes->count;
	if (!input->is_over)
		input->time_ns = input->episode->start_ns +
		    notes->items[notes->next].time_ns;
}

static enum sl_status
put(struct mcap_input *input)
{
	struct notes *notes = (struct notes *)input;
	const struct note *note = &notes->items[notes->next++];
	struct mcap_episode *episode = input->episode;
	enum sl_status status;

	sl_buf_reset(&notes->text);
	status = sl_buf_reserve(&notes->text, note->len);
	if (status == SL_OK)
		status = sl_file_read_at(input->fd, notes->text.data, note->len,
		    note->at, episode->err);
	notes->text.len = status == SL_OK ? note->len : 0;
	if (status == SL_OK)
		status = sl_robot_log_json(episode->log, input->time_ns,
		    notes->topic, sl_buf_slice(&notes->text), episode->err);
	advance(notes);
	return status;
}

enum sl_status
mcap_notes_open(struct mcap_input **out, struct mcap_episode *episode,
    const struct sl_contents_file *file, int fd)
{
	static const struct mcap_input_kind kind = {put, free_notes};
	struct notes *notes = calloc(1, sizeof(*notes));
	enum sl_status status;

	if (notes == NULL)
		return SL_ERR_NOMEM;
	notes->input = (struct mcap_input){
	    .kind = &kind, .episode = episode, .file = file, .fd = fd};
	sl_buf_init(&notes->text, LINE_MAX_BYTES);
	if (mcap_episode_count(episode, file->layer, ".jsonl") > 1)
		mcap_episode_topic(episode, file, notes->topic);
	else
		mcap_topic_of(notes->topic, "", file->layer);
	status = read_all(notes);
	if (status == SL_OK)
		status = mcap_topic_take(episode, notes->topic);
	if (status != SL_OK) {
		free_notes(&notes->input);
		return status;
	}
	advance(notes);
	*out = &notes->input;
	return SL_OK;
}
