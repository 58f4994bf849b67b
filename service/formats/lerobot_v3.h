/* A LeRobot v3 directory as it becomes one of v2.1: a file per episode.  Its
 * tables are read first, then the files are given to the episodes, then the
 * documents of v2.1 are written; all on the stack of lerobot_v3_read(). */
#ifndef SL_FORMATS_LEROBOT_V3_H
#define SL_FORMATS_LEROBOT_V3_H

#include "sluice/base/buf.h"

#include "lerobot.h"
#include "lerobot_shards.h"

/* What the files of an episode are called. */
#define LEROBOT_V3_DATA_PATH              \
	"data/chunk-{episode_chunk:03d}/" \
	"episode_{episode_index:06d}.parquet"
#define LEROBOT_V3_VIDEO_PATH                           \
	"videos/chunk-{episode_chunk:03d}/{video_key}/" \
	"episode_{episode_index:06d}.mp4"

/* Where meta/episodes says that an episode's film is. */
struct lerobot_v3_film {
	unsigned long long chunk;
	unsigned long long file;
	uint64_t first_us;
	bool is_there;
};

/* A row of meta/episodes. */
struct lerobot_v3_row {
	struct lerobot_rows rows;
	unsigned long long chunk;
	unsigned long long file;
	struct lerobot_v3_film *films; /* one per camera */
};

struct lerobot_v3 {
	struct lerobot *lerobot;
	const char *data_path; /* of the shared files */
	const char *video_path;
	/* By index, as the episodes of the source. */
	struct lerobot_v3_row *rows;
	size_t row_count;
	json_t *film_uses; /* path → number of episodes */
	/* Lines of JSON, for v2.1. */
	struct sl_buf tasks;
	struct sl_buf episodes;
	struct sl_buf stats;
};

/* The next Parquet file below the folder ("data/"), claimed; `*at` begins with
 * 0 and is where to go on.  NULL: there are no more. */
const char *lerobot_v3_next_table(
    struct lerobot_v3 *v3, const char *folder, size_t *at);

/* A document of v2.1; its text is taken out of the buffer. */
SL_MUST_CHECK enum sl_status lerobot_v3_add_text(
    struct lerobot_v3 *v3, const char *path, struct sl_buf *text);

/* meta/tasks.parquet, and meta/episodes: the rows and the episodes of the
 * source, by index.  The cameras must be known. */
SL_MUST_CHECK enum sl_status lerobot_v3_read_tasks(struct lerobot_v3 *v3);
SL_MUST_CHECK enum sl_status lerobot_v3_read_episodes(struct lerobot_v3 *v3);

/* Give each episode its rows of the data files and its part of the films; what
 * is missing or does not fit is its defect. */
SL_MUST_CHECK enum sl_status lerobot_v3_claim_files(struct lerobot_v3 *v3);

#endif /* SL_FORMATS_LEROBOT_V3_H */
