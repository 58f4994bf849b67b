/* A source: a directory of episodes in someone's format, as its own metadata
 * describes it.
 *
 * The reader opens the directory, reads the metadata strictly and lists what
 * each episode consists of; of the data files it reads no more than says which
 * rows are whose.  Paths are relative to the directory and have not been judged
 * yet.  The caller owns the source and reads its plain fields; it does not
 * change afterwards and may then be read from any thread. */
#ifndef SLUICE_FORMATS_SOURCE_H
#define SLUICE_FORMATS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "sluice/base/error.h"
#include "sluice/catalog/facet.h"

/* Bounds: what one source may hold. */
#define SL_SOURCE_EPISODES_MAX 1000000
#define SL_SOURCE_FILES_MAX    8000000

/* Which part of another file of the source a file is. */
enum sl_source_part {
	SL_SOURCE_ITSELF = 0, /* there is no other */
	SL_SOURCE_WHOLE,      /* all of it, under another path */
	SL_SOURCE_ROWS,       /* rows of a Parquet file */
	SL_SOURCE_FRAMES,     /* frames of an mp4's video */
	SL_SOURCE_LAYER,      /* the channels of one layer of an MCAP file */
};

struct sl_source_file {
	char *layer; /* "state", "video.wrist"; NULL: a dataset file */
	char *path;  /* in the source, and in the mirror */
	/* Not NULL: the file's bytes, whatever is in the directory. */
	char *generated;
	bool is_metadata; /* what the episode tells of itself, as JSON */
	/* Not SL_SOURCE_ITSELF: what it is made of. */
	enum sl_source_part part;
	char *from;
	/* Row, or microseconds of the film; log time in ns. */
	uint64_t first;
	/* Rows or frames; the log time at which it ends, 0: all of it. */
	uint64_t count;
};

struct sl_source_episode {
	char *key; /* never changes at the source; identity with the site */
	json_t *metadata; /* object */
	struct sl_facets facets;
	uint64_t frames; /* 0 if the format does not say */
	struct sl_source_file *files;
	size_t file_count;
	/* Not NULL: the metadata itself shows that the episode is incomplete.
	 */
	char *defect;
};

struct sl_source {
	const char *format; /* "lerobot", "files", "mcap" */
	int dir_fd;
	struct sl_source_episode *episodes;
	size_t episode_count;
	struct sl_source_file *dataset_files;
	size_t dataset_file_count;
	char **warnings;
	size_t warning_count;
	struct mcap_layers *mcap_layers; /* ours; NULL but for "mcap" */
};

/* LeRobot v2.0, v2.1 (reference: lerobot v0.3.3, src/lerobot/datasets) or
 * v3.0, whose shared files become files of each episode, as v2.1 has them. */
SL_MUST_CHECK enum sl_status sl_lerobot_open(
    struct sl_source **out, const char *dir, struct sl_error *err);

/* `episodes.jsonl` and files; service/formats/README.md has the format. */
SL_MUST_CHECK enum sl_status sl_files_open(
    struct sl_source **out, const char *dir, struct sl_error *err);

struct sl_mcap_source_options {
	/* A file of lines "TOPIC SCHEMA LAYER" that goes before our own table;
	 * NULL: the table alone. */
	const char *layer_map;
	bool keep_original; /* also deliver each file as it is, as layer raw */
};

/* A folder of .mcap files, or one of them.  Each is read whole, once, and its
 * CRCs are checked: a damaged one is an episode with a defect.  What is odd
 * about the others becomes warnings.  service/formats/README.md says what
 * becomes what. */
SL_MUST_CHECK enum sl_status sl_mcap_source_open(struct sl_source **out,
    const char *path, const struct sl_mcap_source_options *options,
    struct sl_error *err);

/* NULL is allowed. */
void sl_source_free(struct sl_source *source);

/* Open a regular file beneath `dir_fd` for reading, following no symlink
 * anywhere; SL_ERR_NOT_FOUND if there is none, SL_ERR_INVALID if it is a
 * link or no regular file. */
SL_MUST_CHECK enum sl_status sl_source_open_file(
    int *out_fd, int dir_fd, const char *path, struct sl_error *err);

/* Write the bytes of a file that is rows or frames of another into `fd`, an
 * empty file open for reading and writing.  The same source gives the same
 * bytes.  SL_ERR_INVALID in plain words if they cannot be had.  Any thread. */
SL_MUST_CHECK enum sl_status sl_source_make_file(int fd,
    const struct sl_source *source, const struct sl_source_file *file,
    struct sl_error *err);

#endif /* SLUICE_FORMATS_SOURCE_H */
