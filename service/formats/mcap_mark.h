/* The marks of an MCAP file's episodes: its metadata records "episode".  What
 * else they say is read again when the episode is. */
#ifndef SL_FORMATS_MCAP_MARK_H
#define SL_FORMATS_MCAP_MARK_H

#include <stdbool.h>

#include "sluice/formats/mcap_record.h"

#define MCAP_KEY_MAX 200
/* Marks of one file. */
#define MCAP_MARKS_MAX 100000

struct mcap_mark {
	char *key; /* NULL: it says none; owned */
	bool has_times;
	uint64_t start_time;
	uint64_t end_time; /* not included */
	uint64_t offset;   /* of the record */
};

struct mcap_marks {
	struct mcap_mark *items;
	size_t count;
};

/* SL_ERR_LIMIT for too many. */
SL_MUST_CHECK enum sl_status mcap_marks_add(struct mcap_marks *marks,
    const struct sl_mcap_metadata *metadata, uint64_t offset,
    struct sl_error *err);
void mcap_marks_clear(struct mcap_marks *marks);

/* Put those of a file of several episodes in the order of time;
 * SL_ERR_INVALID says what is wrong with them. */
SL_MUST_CHECK enum sl_status mcap_marks_sort(
    struct mcap_marks *marks, struct sl_error *why);

/* Can it be an episode's key? */
bool mcap_key_is_good(const char *key);

#endif /* SL_FORMATS_MCAP_MARK_H */
