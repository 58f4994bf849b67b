/* One reading of a unit of an MCAP source: survey and layers at once.
 *
 *	{"episodes":[…]}, or of a file that holds several
 *	{"messages":N,"marks":[[start_ns,end_ns,offset,key],…]} */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "mcap_episode.h"
#include "mcap_feed.h"
#include "mcap_source.h"
#include "mcap_split.h"

/* Steps of the progress, and how long a scan goes on that is to end. */
#define STEP_BYTES (1u << 20)
/* What a message takes besides its data. */
#define MESSAGE_BYTES 31

struct scan {
	const struct sl_source *source;
	const struct sl_source_unit *unit;
	const struct sl_scan_place *place;
	struct mcap_feed *feed;
	struct mcap_surveyor *surveyor;
	struct mcap_splitter *splitter; /* NULL: layers are not wanted */
	uint64_t read;                  /* not told yet */
	uint64_t offset;
	json_t *told;
	json_t *episodes; /* of it */
	struct sl_error *err;
};

/* Is it the file that is at fault? */
static bool
is_fault(enum sl_status status)
{
	return status == SL_ERR_INVALID || status == SL_ERR_INTEGRITY ||
	    status == SL_ERR_LIMIT;
}

static enum sl_status
note_read(struct scan *scan, const struct sl_mcap_record *record,
    struct sl_error *why)
{
	if (scan->unit->mcap->whole == NULL) {
		uint64_t offset = mcap_feed_offset(scan->feed);

		scan->read += offset - scan->offset;
		scan->offset = offset;
	} else if (record->opcode == SL_MCAP_MESSAGE) {
		scan->read += record->as.message.data.len + MESSAGE_BYTES;
	}
	if (scan->read < STEP_BYTES)
		return SL_OK;
	if (!scan->place->on_read(scan->place->ctx, scan->read))
		return sl_error_set(why, SL_ERR_CANCELLED, "interrupted");
	scan->read = 0;
	return SL_OK;
}

static enum sl_status
take_record(struct scan *scan, const struct mcap_survey *survey,
    const struct sl_mcap_record *record, struct sl_error *why)
{
	enum sl_status status =
	    mcap_surveyor_take(scan->surveyor, record, scan->offset, why);

	/* Layers of several episodes are made once their marks are known. */
	if (scan->unit->mcap->whole == NULL && survey->marks.count > 1) {
		mcap_splitter_free(scan->splitter);
		scan->splitter = NULL;
	}
	if (status == SL_OK && scan->splitter != NULL)
		status = mcap_splitter_take(scan->splitter, record, why);
	return status;
}

static enum sl_status
take_all(
    struct scan *scan, const struct mcap_survey *survey, struct sl_error *why)
{
	const struct sl_mcap_record *record;
	enum sl_status status;

	for (;;) {
		status = mcap_feed_next(scan->feed, &record, why);
		if (status != SL_OK || record == NULL)
			return status;
		status = note_read(scan, record, why);
		if (status == SL_OK)
			status = take_record(scan, survey, record, why);
		if (status != SL_OK)
			return status;
	}
}

/* Survey and layers of what the feed gives; *layers is NULL without. */
static enum sl_status
read_records(struct scan *scan, struct mcap_survey *survey, json_t **layers,
    struct sl_error *why)
{
	const struct mcap_layers *rules = scan->source->mcap->layers;
	enum sl_status finished;
	enum sl_status status;

	*layers = NULL;
	status = mcap_surveyor_new(&scan->surveyor, survey, scan->feed, rules);
	if (status == SL_OK)
		status = mcap_splitter_new(
		    &scan->splitter, scan->feed, rules, scan->place);
	if (status == SL_OK)
		status = take_all(scan, survey, why);
	finished = mcap_surveyor_finish(scan->surveyor);
	scan->surveyor = NULL;
	if (status == SL_OK)
		status = finished;
	if (status == SL_OK && scan->splitter != NULL &&
	    survey->message_count > 0)
		status = mcap_splitter_finish(scan->splitter, layers, why);
	mcap_splitter_free(scan->splitter);
	scan->splitter = NULL;
	return status;
}

static enum sl_status
add_told(struct scan *scan, enum sl_status status, json_t *told)
{
	if (status == SL_OK && json_array_append(scan->episodes, told) != 0)
		status = SL_ERR_NOMEM;
	json_decref(told);
	return status;
}

static enum sl_status
refuse(struct scan *scan, const struct mcap_place_of *place,
    const struct mcap_marks *marks, const char *why)
{
	json_t *told;
	enum sl_status status =
	    mcap_episode_refuse(&told, place, marks, why, scan->err);

	return add_told(scan, status, told);
}

static enum sl_status
fail(struct scan *scan, enum sl_status status, const struct sl_error *why)
{
	return sl_error_set(
	    scan->err, status, "%s: %s", scan->unit->path, why->text);
}

/* ---- what the feed gives ---- */

static json_t *
list_marks(const struct mcap_marks *marks)
{
	json_t *list = json_array();

	/* Times are of 64 bits without a sign, in a number that has one. */
	for (size_t i = 0; list != NULL && i < marks->count; i++) {
		const struct mcap_mark *mark = &marks->items[i];

		if (json_array_append_new(list,
		        json_pack("[I, I, I, s]", (json_int_t)mark->start_time,
		            (json_int_t)mark->end_time,
		            (json_int_t)mark->offset, mark->key)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static enum sl_status
tell_marks(struct scan *scan, struct mcap_survey *survey)
{
	struct mcap_place_of place = {.path = scan->unit->path};
	struct sl_error why = {0};
	json_t *marks;

	if (mcap_marks_sort(&survey->marks, &why) != SL_OK)
		return refuse(scan, &place, &survey->marks, why.text);
	marks = list_marks(&survey->marks);
	return json_object_set_new(scan->told, "marks", marks) == 0 &&
	        json_object_set_new(scan->told, "messages",
	            json_integer((json_int_t)survey->message_count)) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

/* `status` and `why` are those of the feed's beginning. */
static enum sl_status
scan_feed(struct scan *scan, const struct mcap_place_of *place,
    enum sl_status status, struct sl_error *why)
{
	struct mcap_survey survey = {0};
	json_t *layers = NULL;
	json_t *episode;

	if (status == SL_OK)
		status = read_records(scan, &survey, &layers, why);
	if (is_fault(status)) {
		status = refuse(scan, place, &survey.marks, why->text);
	} else if (status != SL_OK) {
		status = fail(scan, status, why);
	} else if (place->mark == NULL && survey.marks.count > 1) {
		status = tell_marks(scan, &survey);
	} else {
		status = mcap_episode_tell(
		    &episode, place, &survey, layers, scan->err);
		status = add_told(scan, status, episode);
	}
	mcap_survey_clear(&survey);
	return status;
}

static enum sl_status
scan_whole(struct scan *scan, int fd)
{
	struct mcap_place_of place = {.path = scan->unit->path};
	struct sl_error why = {0};
	enum sl_status status = mcap_feed_new(&scan->feed, fd, &why);

	return scan_feed(scan, &place, status, &why);
}

/* ---- some of the episodes of a file ---- */

static enum sl_status
scan_span(struct scan *scan, const struct mcap_mark *mark, size_t at)
{
	struct mcap_place_of place = {.path = scan->unit->path, .mark = mark};
	struct sl_error why = {0};
	enum sl_status status = mcap_feed_begin_span(scan->feed, at, &why);

	if (status == SL_ERR_NOT_FOUND)
		status = SL_ERR_INVALID;
	return scan_feed(scan, &place, status, &why);
}

static enum sl_status
scan_spans(struct scan *scan, int fd)
{
	const struct mcap_unit *unit = scan->unit->mcap;
	const struct mcap_mark *marks =
	    unit->whole->mcap->marks.items + unit->first;
	struct sl_error why = {0};
	enum sl_status status;

	status = mcap_feed_new_spans(&scan->feed, fd, marks, unit->count, &why);
	if (status == SL_ERR_NOT_FOUND)
		status = sl_error_set(&why, SL_ERR_INVALID,
		    "several episodes in one file need a summary with an "
		    "index of its chunks; this one has none");
	if (status != SL_OK && !is_fault(status))
		return fail(scan, status, &why);
	if (status == SL_OK) {
		for (size_t i = 0; status == SL_OK && i < unit->count; i++)
			status = scan_span(scan, &marks[i], i);
		return status;
	}
	status = SL_OK;
	for (size_t i = 0; status == SL_OK && i < unit->count; i++)
		status = refuse(scan,
		    &(struct mcap_place_of){scan->unit->path, &marks[i]},
		    &unit->marks, why.text);
	return status;
}

/* ---- */

enum sl_status
sl_source_scan(char **out, const struct sl_source *source,
    const struct sl_source_unit *unit, const struct sl_scan_place *place,
    struct sl_error *err)
{
	struct scan scan = {.source = source,
	    .unit = unit,
	    .place = place,
	    .episodes = json_array(),
	    .err = err};
	enum sl_status status;
	int fd;

	*out = NULL;
	scan.told = json_pack("{s:O}", "episodes", scan.episodes);
	status = sl_source_open_file(&fd, source->dir_fd, unit->path, err);
	if (status == SL_OK) {
		if (scan.told == NULL)
			status = SL_ERR_NOMEM;
		else if (unit->mcap->whole != NULL)
			status = scan_spans(&scan, fd);
		else
			status = scan_whole(&scan, fd);
		close(fd);
	}
	mcap_feed_free(scan.feed);
	if (status == SL_OK)
		*out = json_dumps(scan.told, JSON_COMPACT);
	json_decref(scan.episodes);
	json_decref(scan.told);
	return status == SL_OK && *out == NULL ? SL_ERR_NOMEM : status;
}
