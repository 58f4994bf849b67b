/* One episode as an MCAP file under way, and what its file is made of.
 *
 * An input is one file of the episode, whatever its format: it knows when its
 * next messages are due, and writes them when it is asked to.  So the inputs
 * are merged by time, and none is ever in memory as a whole. */
#ifndef SL_EXPORT_MCAP_EPISODE_H
#define SL_EXPORT_MCAP_EPISODE_H

#include "lerobot_set.h"
#include "sluice/formats/robot_log.h"

#define MCAP_TOPIC_MAX 256

struct mcap_episode {
	struct export_run *run;
	const struct sl_contents_episode *from;
	struct sl_robot_log *log;
	json_t *facts;        /* what the index says, and its metadata */
	json_t *source;       /* what its LeRobot source says; or {} */
	uint64_t start_ns;    /* time 0 of files without a clock */
	bool has_record;      /* "episode": a layer has brought it */
	json_t *words;        /* texts: what is left out, and why */
	json_t *topics;       /* as keys: those that are taken */
	struct sl_buf seen;   /* hashes of the metadata that is written */
	struct sl_error *err; /* never NULL */
};

struct mcap_input;

struct mcap_input_kind {
	/* Write what is due at time_ns; then set time_ns to what is next, or
	 * is_over.  A failure ends the input. */
	enum sl_status (*put)(struct mcap_input *input);
	void (*free)(struct mcap_input *input);
};

struct mcap_input {
	const struct mcap_input_kind *kind;
	struct mcap_episode *episode;
	const struct sl_contents_file *file;
	int fd; /* closed behind free */
	uint64_t time_ns;
	bool is_over;
};

/* *out is made anew, with its channels, and has an fd and a file.  One that is
 * not understood says why in the episode's err. */
typedef enum sl_status mcap_open_fn(struct mcap_input **out,
    struct mcap_episode *episode, const struct sl_contents_file *file, int fd);

mcap_open_fn mcap_csv_open;   /* a table as text */
mcap_open_fn mcap_film_open;  /* mp4 */
mcap_open_fn mcap_layer_open; /* MCAP */
mcap_open_fn mcap_notes_open; /* JSON Lines */
mcap_open_fn mcap_rows_open;  /* Parquet */

/* `log` writes to the file; the caller keeps all but the log's messages. */
SL_MUST_CHECK enum sl_status mcap_episode_write(struct mcap_episode *episode);

/* A word about the episode, said now and whenever its file is kept. */
SL_MUST_CHECK enum sl_status mcap_episode_word(
    struct mcap_episode *episode, const char *fmt, ...) SL_PRINTF(2, 3);

/* An entry of a metadata record: the value as JSON text. */
SL_MUST_CHECK enum sl_status mcap_map_json(
    struct sl_buf *map, const char *key, const json_t *value);

/* Was this not asked before? */
SL_MUST_CHECK enum sl_status mcap_episode_is_new(
    struct mcap_episode *episode, struct sl_slice bytes, bool *is_new);

/* "/state" of "…/state.csv", "/right/state" if the episode has another of that
 * name: the same in all episodes. */
void mcap_episode_stem(const struct mcap_episode *episode,
    const struct sl_contents_file *file, char out[MCAP_TOPIC_MAX]);

/* Its files with that suffix; of all layers: NULL. */
size_t mcap_episode_count(
    const struct mcap_episode *episode, const char *layer, const char *suffix);

/* "/video/wrist" of the layer video.wrist; with the file's stem behind it if
 * the layer has no part or another file of that kind. */
void mcap_episode_topic(const struct mcap_episode *episode,
    const struct sl_contents_file *file, char out[MCAP_TOPIC_MAX]);

/* Make the topic one line of UTF-8 that no other file or column of the episode
 * has, with a number behind it if need be: columns "a.b" and "a/b". */
SL_MUST_CHECK enum sl_status mcap_topic_take(
    struct mcap_episode *episode, char topic[MCAP_TOPIC_MAX]);

/* "/observation/state" of "observation.state". */
void mcap_topic_of(
    char out[MCAP_TOPIC_MAX], const char *prefix, const char *name);

#endif /* SL_EXPORT_MCAP_EPISODE_H */
