/* The LeRobot episodes of a mirror, as one dataset: what v2.1 and v3 are made
 * of.  Several sources of one dataset (folders of the mirror with a meta/ each)
 * become one if their features are the same. */
#ifndef SL_EXPORT_LEROBOT_SET_H
#define SL_EXPORT_LEROBOT_SET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

#define LEROBOT_VIDEOS_MAX 64

/* A folder of the mirror with a meta/ of its own. */
struct lerobot_root {
	char *prefix; /* "" or "folder/" */
	json_t *info;
	json_t *lines;  /* of episodes.jsonl, by index as text */
	json_t *images; /* statistics of images, by index as text */
	int64_t *tasks; /* index there → index here */
	size_t task_count;
};

struct lerobot_episode {
	const struct sl_contents_episode *from;
	const struct lerobot_root *root;
	const json_t *line;   /* borrowed; may be NULL */
	const json_t *images; /* the same */
	const struct sl_contents_file *state;
	const struct sl_contents_file *videos[LEROBOT_VIDEOS_MAX];
	uint64_t length; /* rows */
};

struct lerobot_set {
	struct export_run *run;
	struct lerobot_root *roots;
	size_t root_count;
	struct lerobot_episode *episodes; /* in their new order */
	size_t episode_count;
	json_t *features;                 /* of what is exported, in order */
	char *videos[LEROBOT_VIDEOS_MAX]; /* names of features */
	size_t video_count;
	json_t *tasks; /* texts */
	double fps;
	uint64_t frames;
};

/* Cleared by the caller in any case.  SL_ERR_INVALID, code not_lerobot, if the
 * mirror holds no LeRobot dataset. */
SL_MUST_CHECK enum sl_status lerobot_set_read(
    struct lerobot_set *set, struct export_run *run, struct sl_error *err);
void lerobot_set_clear(struct lerobot_set *set);

/* Texts of an episode's tasks; a new reference, NULL when out of memory. */
json_t *lerobot_set_tasks_of(
    const struct lerobot_set *set, const struct lerobot_episode *episode);

/* meta/info.json but for the version and its paths; NULL when out of memory. */
json_t *lerobot_set_info(const struct lerobot_set *set);

/* A text that changes when anything does that goes into the rows of episodes
 * first … first + count - 1. */
SL_MUST_CHECK enum sl_status lerobot_set_key(const struct lerobot_set *set,
    size_t first, size_t count, uint64_t first_row, char key[65]);

#endif /* SL_EXPORT_LEROBOT_SET_H */
