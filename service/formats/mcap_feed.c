#include "mcap_feed.h"

#include <stdlib.h>
#include <unistd.h>

#include "sluice/formats/mcap_index.h"
#include "sluice/formats/mcap_reader.h"

struct mcap_feed {
	struct sl_mcap_reader *reader; /* of a whole file */
	struct sl_mcap_index *index;   /* of a span */
	struct sl_mcap_span span;
	size_t metadata;    /* how many have come out */
	size_t attachments; /* how many have been looked at */
	struct sl_mcap_record record;
};

static enum sl_status
open_span(struct mcap_feed *feed, int fd, struct sl_error *err)
{
	enum sl_status status;

	status = sl_mcap_index_open(&feed->index, fd, err);
	if (status == SL_OK)
		status = sl_mcap_index_begin(feed->index, &feed->span, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_set(err, SL_ERR_INVALID,
		    "several episodes in one file need a summary with an "
		    "index of its chunks; this one has none");
	return status;
}

enum sl_status
mcap_feed_new(struct mcap_feed **out, int fd, uint64_t start_time,
    uint64_t end_time, struct sl_error *err)
{
	struct mcap_feed *feed = calloc(1, sizeof(*feed));
	enum sl_status status = SL_OK;

	*out = NULL;
	if (feed == NULL)
		return SL_ERR_NOMEM;
	feed->span.start_time = start_time;
	feed->span.end_time = end_time;
	if (end_time != 0)
		status = open_span(feed, fd, err);
	else if (lseek(fd, 0, SEEK_SET) != 0)
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

void
mcap_feed_free(struct mcap_feed *feed)
{
	if (feed == NULL)
		return;
	sl_mcap_reader_free(feed->reader);
	sl_mcap_index_free(feed->index);
	free(feed);
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

/* The next attachment of the span, if there is one more. */
static bool
find_attachment(struct mcap_feed *feed, struct sl_mcap_record *pointer)
{
	size_t count =
	    sl_mcap_index_count(feed->index, SL_MCAP_ATTACHMENT_INDEX);

	while (feed->attachments < count) {
		uint64_t time;

		sl_mcap_index_get(feed->index, SL_MCAP_ATTACHMENT_INDEX,
		    feed->attachments++, pointer);
		time = pointer->as.attachment_index.log_time;
		if (time >= feed->span.start_time && time < feed->span.end_time)
			return true;
	}
	return false;
}

static enum sl_status
next_of_span(struct mcap_feed *feed, const struct sl_mcap_record **out,
    struct sl_error *err)
{
	const struct sl_mcap_message *message;
	struct sl_mcap_record pointer;
	enum sl_status status;

	*out = &feed->record;
	if (feed->metadata <
	    sl_mcap_index_count(feed->index, SL_MCAP_METADATA_INDEX)) {
		sl_mcap_index_get(feed->index, SL_MCAP_METADATA_INDEX,
		    feed->metadata++, &pointer);
		return sl_mcap_index_read(
		    feed->index, &pointer, &feed->record, err);
	}
	if (find_attachment(feed, &pointer))
		return sl_mcap_index_read(
		    feed->index, &pointer, &feed->record, err);
	status = sl_mcap_index_next(feed->index, &message, err);
	if (status != SL_OK || message == NULL)
		*out = NULL;
	else
		feed->record = (struct sl_mcap_record){
		    .opcode = SL_MCAP_MESSAGE, .as.message = *message};
	return status;
}

enum sl_status
mcap_feed_next(struct mcap_feed *feed, const struct sl_mcap_record **out,
    struct sl_error *err)
{
	return feed->reader != NULL ? next_of_stream(feed, out, err)
	                            : next_of_span(feed, out, err);
}
