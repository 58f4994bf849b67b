#include "mcap_feed.h"

#include <stdlib.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"
#include "sluice/formats/mcap_index.h"
#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"

#define EVERY_SPAN SIZE_MAX

/* Metadata or an attachment that the spans may have. */
struct extra {
	struct sl_mcap_record pointer; /* a record of the summary */
	size_t span;                   /* or EVERY_SPAN */
};

struct mcap_feed {
	struct sl_mcap_reader *reader; /* of a whole file */
	struct sl_mcap_index *index;   /* of spans */
	const struct mcap_mark *marks;
	size_t mark_count;
	size_t at; /* the span */
	struct extra *extras;
	size_t extra_count;
	size_t extra_at;
	struct sl_mcap_span messages; /* of this span and those after it */
	bool has_begun;
	/* A message after the span, borrowed from the index. */
	const struct sl_mcap_message *pending;
	struct sl_mcap_record record;
};

static enum sl_status
add_extra(
    struct mcap_feed *feed, const struct sl_mcap_record *pointer, size_t span)
{
	struct extra *extras =
	    sl_array_room(feed->extras, feed->extra_count, sizeof(*extras));

	if (extras == NULL)
		return SL_ERR_NOMEM;
	feed->extras = extras;
	extras[feed->extra_count++] = (struct extra){*pointer, span};
	return SL_OK;
}

/* The span of the marker that stands there, or none of them. */
static size_t
find_mark(const struct mcap_feed *feed, uint64_t offset)
{
	size_t at = 0;

	while (at < feed->mark_count && feed->marks[at].offset != offset)
		at++;
	return at;
}

/* The marks of the file's other episodes stay behind. */
static enum sl_status
list_metadata(struct mcap_feed *feed)
{
	size_t count = sl_mcap_index_count(feed->index, SL_MCAP_METADATA_INDEX);
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		struct sl_mcap_record pointer;
		size_t span = EVERY_SPAN;

		sl_mcap_index_get(
		    feed->index, SL_MCAP_METADATA_INDEX, i, &pointer);
		if (sl_slice_is_text(pointer.as.metadata_index.name, "episode"))
			span =
			    find_mark(feed, pointer.as.metadata_index.offset);
		if (span == EVERY_SPAN || span < feed->mark_count)
			status = add_extra(feed, &pointer, span);
	}
	return status;
}

static bool
has_marker(const struct mcap_feed *feed, size_t span)
{
	for (size_t i = 0; i < feed->extra_count; i++)
		if (feed->extras[i].span == span)
			return true;
	return false;
}

/* A summary need not index metadata. */
static enum sl_status
add_markers(struct mcap_feed *feed, int fd, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < feed->mark_count; i++) {
		struct sl_mcap_record pointer = {
		    .opcode = SL_MCAP_METADATA_INDEX,
		    .as.metadata_index.offset = feed->marks[i].offset};
		unsigned char head[SL_MCAP_HEAD_BYTES];

		if (has_marker(feed, i))
			continue;
		status = sl_file_read_at(
		    fd, head, sizeof(head), feed->marks[i].offset, err);
		if (status != SL_OK)
			return status;
		pointer.as.metadata_index.length =
		    mcap_get(head + 1, 8) + SL_MCAP_HEAD_BYTES;
		status = add_extra(feed, &pointer, i);
	}
	return status;
}

static enum sl_status
list_attachments(struct mcap_feed *feed)
{
	uint64_t first = feed->marks[0].start_time;
	uint64_t last = feed->marks[feed->mark_count - 1].end_time;
	size_t count =
	    sl_mcap_index_count(feed->index, SL_MCAP_ATTACHMENT_INDEX);
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		struct sl_mcap_record pointer;
		uint64_t time;

		sl_mcap_index_get(
		    feed->index, SL_MCAP_ATTACHMENT_INDEX, i, &pointer);
		time = pointer.as.attachment_index.log_time;
		if (time >= first && time < last)
			status = add_extra(feed, &pointer, EVERY_SPAN);
	}
	return status;
}

enum sl_status
mcap_feed_new(struct mcap_feed **out, int fd, struct sl_error *err)
{
	struct mcap_feed *feed = calloc(1, sizeof(*feed));
	enum sl_status status;

	*out = NULL;
	if (feed == NULL)
		return SL_ERR_NOMEM;
	if (lseek(fd, 0, SEEK_SET) != 0)
		status = sl_error_errno(err, "seek");
	else
		status = sl_mcap_reader_new(&feed->reader, fd);
	if (status != SL_OK) {
		mcap_feed_free(feed);
		return status;
	}
	*out = feed;
	return SL_OK;
}

enum sl_status
mcap_feed_new_spans(struct mcap_feed **out, int fd,
    const struct mcap_mark *marks, size_t count, struct sl_error *err)
{
	struct mcap_feed *feed = calloc(1, sizeof(*feed));
	enum sl_status status;

	*out = NULL;
	if (feed == NULL)
		return SL_ERR_NOMEM;
	feed->marks = marks;
	feed->mark_count = count;
	status = sl_mcap_index_open(&feed->index, fd, err);
	if (status == SL_OK)
		status = list_metadata(feed);
	if (status == SL_OK)
		status = add_markers(feed, fd, err);
	if (status == SL_OK)
		status = list_attachments(feed);
	if (status != SL_OK) {
		mcap_feed_free(feed);
		return status;
	}
	*out = feed;
	return SL_OK;
}

void
mcap_feed_free(struct mcap_feed *feed)
{
	if (feed == NULL)
		return;
	sl_mcap_reader_free(feed->reader);
	sl_mcap_index_free(feed->index);
	free(feed->extras);
	free(feed);
}

enum sl_status
mcap_feed_begin_span(struct mcap_feed *feed, size_t at, struct sl_error *err)
{
	enum sl_status status;

	feed->at = at;
	feed->extra_at = 0;
	if (feed->has_begun)
		return SL_OK;
	feed->pending = NULL;
	feed->messages.start_time = feed->marks[at].start_time;
	feed->messages.end_time = feed->marks[feed->mark_count - 1].end_time;
	status = sl_mcap_index_begin(feed->index, &feed->messages, err);
	feed->has_begun = status == SL_OK;
	return status;
}

const struct sl_mcap_channel *
mcap_feed_channel(const struct mcap_feed *feed, uint16_t id)
{
	return feed->reader != NULL ? sl_mcap_reader_channel(feed->reader, id)
	                            : sl_mcap_index_channel(feed->index, id);
}

const struct sl_mcap_schema *
mcap_feed_schema(const struct mcap_feed *feed, uint16_t id)
{
	return feed->reader != NULL ? sl_mcap_reader_schema(feed->reader, id)
	                            : sl_mcap_index_schema(feed->index, id);
}

static bool
is_fed(const struct sl_mcap_record *record)
{
	return record->opcode == SL_MCAP_MESSAGE ||
	    record->opcode == SL_MCAP_ATTACHMENT ||
	    record->opcode == SL_MCAP_METADATA ||
	    record->opcode == SL_MCAP_HEADER;
}

static enum sl_status
next_of_stream(struct mcap_feed *feed, const struct sl_mcap_record **out,
    struct sl_error *err)
{
	enum sl_status status;

	do {
		status = sl_mcap_reader_next(feed->reader, out, err);
	} while (status == SL_OK && *out != NULL && !is_fed(*out));
	return status;
}

/* The next of what is no message; NULL if there is no more. */
static const struct sl_mcap_record *
next_extra(struct mcap_feed *feed)
{
	const struct mcap_mark *mark = &feed->marks[feed->at];

	while (feed->extra_at < feed->extra_count) {
		const struct extra *extra = &feed->extras[feed->extra_at++];
		uint64_t time = extra->pointer.as.attachment_index.log_time;

		if (extra->pointer.opcode == SL_MCAP_ATTACHMENT_INDEX
		        ? time >= mark->start_time && time < mark->end_time
		        : extra->span == EVERY_SPAN || extra->span == feed->at)
			return &extra->pointer;
	}
	return NULL;
}

static enum sl_status
next_message(struct mcap_feed *feed, const struct sl_mcap_record **out,
    struct sl_error *err)
{
	const struct mcap_mark *mark = &feed->marks[feed->at];

	for (;; feed->pending = NULL) {
		enum sl_status status = SL_OK;

		if (feed->pending == NULL)
			status = sl_mcap_index_next(
			    feed->index, &feed->pending, err);
		/* The next span begins anew. */
		feed->has_begun = status == SL_OK;
		if (status != SL_OK)
			return status;
		if (feed->pending == NULL ||
		    feed->pending->log_time >= mark->end_time)
			return SL_OK;
		if (feed->pending->log_time >= mark->start_time)
			break;
	}
	feed->record = (struct sl_mcap_record){
	    .opcode = SL_MCAP_MESSAGE, .as.message = *feed->pending};
	feed->pending = NULL;
	*out = &feed->record;
	return SL_OK;
}

enum sl_status
mcap_feed_next(struct mcap_feed *feed, const struct sl_mcap_record **out,
    struct sl_error *err)
{
	const struct sl_mcap_record *pointer;

	if (feed->reader != NULL)
		return next_of_stream(feed, out, err);
	*out = NULL;
	pointer = next_extra(feed);
	if (pointer == NULL)
		return next_message(feed, out, err);
	*out = &feed->record;
	return sl_mcap_index_read(feed->index, pointer, &feed->record, err);
}

uint64_t
mcap_feed_offset(const struct mcap_feed *feed)
{
	return sl_mcap_reader_offset(feed->reader);
}
