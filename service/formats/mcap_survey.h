/* What an episode in an MCAP file consists of: its channels with their layers,
 * counts and times, its metadata, and what is odd about it.
 *
 * Made by one reading of the episode, in which every CRC is checked. */
#ifndef SL_FORMATS_MCAP_SURVEY_H
#define SL_FORMATS_MCAP_SURVEY_H

#include <jansson.h>

#include "sluice/base/error.h"
#include "sluice/catalog/layer.h"

struct mcap_layers;

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
	/* Of channels and attachments, without repetition, sorted. */
	char (*layers)[SL_LAYER_MAX + 1];
	size_t layer_count;
	json_t *metadata; /* {record name: {key: value}} */
	json_t *markers;  /* [{key: value}], of the records named "episode" */
};

/* `end_time` 0: the whole file.  SL_ERR_INVALID, SL_ERR_INTEGRITY or
 * SL_ERR_LIMIT with the offset if the file is damaged.  `out` is to be cleared
 * in any case. */
SL_MUST_CHECK enum sl_status mcap_survey_make(struct mcap_survey *out, int fd,
    const struct mcap_layers *layers, uint64_t start_time, uint64_t end_time,
    struct sl_error *err);
void mcap_survey_clear(struct mcap_survey *survey);

/* What is odd, one line of text after the other in plain words; NULL after
 * the last (`at` counts from 0).  The caller frees it. */
SL_MUST_CHECK enum sl_status mcap_survey_finding(
    const struct mcap_survey *survey, size_t at, char **out);

#endif /* SL_FORMATS_MCAP_SURVEY_H */
