/* A column of numbers, row by row, as the messages of one topic: joints, a
 * wrench, or a JSON object with one `value`.  README.md has the table of what
 * becomes which. */
#ifndef SL_EXPORT_MCAP_SERIES_H
#define SL_EXPORT_MCAP_SERIES_H

#include "mcap_episode.h"

/* Of one row; a picture has no place here. */
#define SERIES_VALUES_MAX 65536

enum series_type {
	SERIES_NUMBER,
	SERIES_INTEGER,
	SERIES_BOOLEAN,
	SERIES_TEXT,
};

struct series_words {
	const char *topic;
	const char *name; /* as the source has it */
	enum series_type type;
	bool is_list;
	size_t width;        /* values of a row */
	const json_t *names; /* texts, an array; NULL: none */
	const json_t *shape; /* the same */
};

struct series;

/* Are these six values the axes of a wrench?  Then the place of each in it. */
bool series_axes(const json_t *names, unsigned place[6]);

SL_MUST_CHECK enum sl_status series_new(struct series **out,
    struct mcap_episode *episode, const struct series_words *words);
/* NULL is allowed. */
void series_free(struct series *series);

/* A row: begin, its values, end.  What is no value or no number is null in
 * JSON, and not a number in joints and a wrench. */
void series_begin(struct series *series);
SL_MUST_CHECK enum sl_status series_add_number(
    struct series *series, double value, bool is_single);
SL_MUST_CHECK enum sl_status series_add_integer(
    struct series *series, int64_t value);
SL_MUST_CHECK enum sl_status series_add_boolean(
    struct series *series, bool value);
SL_MUST_CHECK enum sl_status series_add_text(
    struct series *series, struct sl_slice text);
SL_MUST_CHECK enum sl_status series_add_null(struct series *series);
/* Instead of values: the row has none, not even a list of none. */
void series_miss(struct series *series);
/* Joints and a wrench of no values are no message. */
SL_MUST_CHECK enum sl_status series_end(
    struct series *series, uint64_t time_ns);

#endif /* SL_EXPORT_MCAP_SERIES_H */
