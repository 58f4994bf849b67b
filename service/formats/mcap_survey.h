/* What an episode in an MCAP file consists of: its channels with their layers,
 * counts and times, its metadata, its marks, and what is odd about it. */
#ifndef SL_FORMATS_MCAP_SURVEY_H
#define SL_FORMATS_MCAP_SURVEY_H

#include <jansson.h>

#include "sluice/base/error.h"
#include "sluice/catalog/layer.h"

#include "mcap_mark.h"

struct mcap_feed;
struct mcap_layers;
struct mcap_surveyor;

struct mcap_channel_survey {
	uint16_t id;
	bool has_schema;
	char *topic;
	char *schema; /* its name; "" without one */
	char layer[SL_LAYER_MAX + 1];
	uint64_t count;
	uint64_t first_time;
	uint64_t last_time;  /* of the message before */
	uint64_t end_time;   /* the latest */
	uint64_t backwards;  /* messages earlier than the one before */
	uint64_t worst_back; /* ns */
	uint64_t worst_gap;  /* ns between messages that follow each other */
	uint64_t unreadable; /* not what their schema says */
	char *why;           /* of the first of them */
	/* Log time less the sender's time, least and most, in ns. */
	bool has_lag;
	int64_t lag_min;
	int64_t lag_max;
};

struct mcap_survey {
	struct mcap_channel_survey *channels; /* that have messages */
	size_t channel_count;
	uint64_t message_count;
	uint64_t start_time;
	uint64_t end_time;
	json_t *metadata; /* {record name: {key: value}} */
	json_t *marker;   /* {key: value} of the first "episode"; NULL: none */
	struct mcap_marks marks;
};

/* Fill `out`, to be cleared in any case, from what the feed gives; everything
 * is borrowed. */
SL_MUST_CHECK enum sl_status mcap_surveyor_new(struct mcap_surveyor **out,
    struct mcap_survey *survey, const struct mcap_feed *feed,
    const struct mcap_layers *layers);
/* The next record; `offset` is where it stands, if it is metadata. */
SL_MUST_CHECK enum sl_status mcap_surveyor_take(struct mcap_surveyor *surveyor,
    const struct sl_mcap_record *record, uint64_t offset, struct sl_error *err);
/* The survey is complete.  Frees the surveyor; NULL is allowed. */
SL_MUST_CHECK enum sl_status mcap_surveyor_finish(
    struct mcap_surveyor *surveyor);
void mcap_survey_clear(struct mcap_survey *survey);

/* What is odd, one line of text after the other in plain words; NULL after
 * the last (`at` counts from 0).  The caller frees it. */
SL_MUST_CHECK enum sl_status mcap_survey_finding(
    const struct mcap_survey *survey, size_t at, char **out);

#endif /* SL_FORMATS_MCAP_SURVEY_H */
