/* What the readers of LeRobot's versions share. */
#ifndef SL_FORMATS_LEROBOT_H
#define SL_FORMATS_LEROBOT_H

#include <stdbool.h>

#include "sluice/catalog/layer.h"
#include "sluice/catalog/name.h"

#include "lerobot_path.h"
#include "source_build.h"

#define LEROBOT_INDEX_MAX   9999999
#define LEROBOT_CAMERAS_MAX 64

struct lerobot_camera {
	const char *key; /* borrowed from info or the tree */
	size_t key_len;
	char layer[SL_LAYER_MAX + 1];
	bool is_declared;
	bool is_depth;
	size_t found_count;
};

struct lerobot {
	struct sl_source *source;
	struct source_tree tree;
	bool *claimed; /* per path of the tree */
	json_t *info;
	const char *data_path;
	const char *video_path; /* NULL: no videos */
	unsigned long long chunks_size;
	double fps;
	char robot[SL_SLUG_MAX + 1];
	struct lerobot_camera cameras[LEROBOT_CAMERAS_MAX];
	size_t camera_count;
	bool is_v3;
	unsigned char *seen; /* bit per episode index */
	struct sl_error *err;
};

/* meta/info.json; its features; the cameras among them and their layers. */
SL_MUST_CHECK enum sl_status lerobot_read_info(struct lerobot *lerobot);
SL_MUST_CHECK enum sl_status lerobot_read_features(struct lerobot *lerobot);
SL_MUST_CHECK enum sl_status lerobot_find_undeclared(struct lerobot *lerobot);
SL_MUST_CHECK enum sl_status lerobot_name_layer(
    struct lerobot_camera *camera, unsigned parts, struct sl_error *err);
SL_MUST_CHECK enum sl_status lerobot_name_layers(struct lerobot *lerobot);

/* An episode from what a line of meta/episodes.jsonl says; `line` is its
 * metadata, and gets `fps`. */
SL_MUST_CHECK enum sl_status lerobot_add_episode(
    struct lerobot *lerobot, json_t *line, struct sl_error *err);
/* By index; and is it as many as meta/info.json says? */
SL_MUST_CHECK enum sl_status lerobot_finish_episodes(struct lerobot *lerobot);
unsigned long long lerobot_episode_index(
    const struct sl_source_episode *episode);

/* A file of the source; the caller closes it. */
SL_MUST_CHECK enum sl_status lerobot_open_file(const struct lerobot *lerobot,
    const char *path, int *fd, uint64_t *bytes, struct sl_error *err);

/* The first thing that is wrong with an episode stays. */
SL_MUST_CHECK enum sl_status lerobot_set_defect(
    struct sl_source_episode *episode, const char *fmt, ...) SL_PRINTF(2, 3);

/* What nobody claimed: files of the dataset, and those that are left out. */
SL_MUST_CHECK enum sl_status lerobot_claim_rest(struct lerobot *lerobot);

/* Totals of meta/info.json against what is there: a warning for each that
 * differs.  `videos` are files. */
SL_MUST_CHECK enum sl_status lerobot_check_totals(
    struct lerobot *lerobot, size_t videos);

/* Each version, once info and tree are read. */
SL_MUST_CHECK enum sl_status lerobot_v2_read(struct lerobot *lerobot);
SL_MUST_CHECK enum sl_status lerobot_v3_read(struct lerobot *lerobot);

#endif /* SL_FORMATS_LEROBOT_H */
