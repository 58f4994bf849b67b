/* A source: a directory of episodes in someone's format, as its own metadata
 * describes it.
 *
 * The reader opens the directory, reads the metadata strictly and lists what
 * each episode consists of; of the data files it reads no more than says which
 * rows are whose.  Where they alone know (MCAP), it lists units to be scanned
 * instead, and episodes are added as the scans come in.  Paths are relative to
 * the directory and have not been judged yet.  The caller owns the source and
 * reads its plain fields; while nothing is added to it, it may be read from any
 * thread. */
#ifndef SLUICE_FORMATS_SOURCE_H
#define SLUICE_FORMATS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/facet.h"

/* Bounds: what one source may hold. */
#define SL_SOURCE_EPISODES_MAX 1000000
#define SL_SOURCE_FILES_MAX    8000000

/* Which part of another file of the source a file is. */
enum sl_source_part {
	SL_SOURCE_ITSELF = 0, /* there is no other */
	SL_SOURCE_TABLE,      /* all of a Parquet file, if its rows are those of
	                       * the episode */
	SL_SOURCE_WHOLE,      /* all of it, under another path */
	SL_SOURCE_ROWS,       /* rows of a Parquet file */
	SL_SOURCE_FRAMES,     /* frames of an mp4's video */
	SL_SOURCE_LAYER,      /* the channels of one layer of an MCAP file */
};

/* A file that a scan has made. */
struct sl_scan_file {
	uint64_t bytes;
	unsigned char sha256[32];
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
	/* Row, microseconds of the film; of a table, its episode's index. */
	uint64_t first;
	uint64_t count;           /* rows or frames */
	struct sl_scan_file made; /* of SL_SOURCE_LAYER: it is there already */
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

/* A data file that has to be read before it is known what it holds, or some
 * episodes of one that holds many.  As long as the file does not change, the
 * same path and part mean the same. */
struct sl_source_unit {
	char *path;
	char part[48];          /* which episodes; "": all of the file */
	uint64_t bytes;         /* about how many are read */
	size_t episode_count;   /* about how many there are, at least one */
	struct mcap_unit *mcap; /* ours */
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
	struct sl_source_unit **units; /* grows while scans are added */
	size_t unit_count;
	struct mcap_source *mcap; /* ours; NULL but for "mcap" */
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

/* A folder of .mcap files, or one of them: a unit each.
 * service/formats/README.md says what becomes what. */
SL_MUST_CHECK enum sl_status sl_mcap_source_open(struct sl_source **out,
    const char *path, const struct sl_mcap_source_options *options,
    struct sl_error *err);

/* Where the files go that a scan makes; called on the thread of the scan. */
struct sl_scan_place {
	void *ctx;
	/* *out is a new file, written in order, then ended or dropped. */
	enum sl_status (*begin)(void *ctx, void **out, struct sl_error *err);
	enum sl_status (*write)(
	    void *file, struct sl_slice bytes, struct sl_error *err);
	/* It is whole; frees it, also on failure. */
	enum sl_status (*end)(
	    void *file, struct sl_scan_file *made, struct sl_error *err);
	void (*drop)(void *file);
	/* So many more bytes of the unit were read; false ends the scan with
	 * SL_ERR_CANCELLED. */
	bool (*on_read)(void *ctx, uint64_t bytes);
};

/* Read the unit once, with all of its CRCs checked, and make a file of each
 * layer of each episode on the way.  *out, for the caller to free, is a line of
 * JSON that tells all of it; what is damaged is told there and is no error.
 * Memory does not grow with the messages.  Any thread. */
SL_MUST_CHECK enum sl_status sl_source_scan(char **out,
    const struct sl_source *source, const struct sl_source_unit *unit,
    const struct sl_scan_place *place, struct sl_error *err);

/* What besides the bytes of a unit decides what its scan tells: this number,
 * raised with every change of what scans tell and make, and bytes of options
 * (borrowed). */
#define SL_SOURCE_SCAN_VERSION 2
struct sl_slice sl_source_scan_rules(const struct sl_source *source);

/* Each file of what a scan told; SL_ERR_INVALID if that is damaged. */
typedef enum sl_status sl_scan_file_fn(
    void *ctx, const struct sl_scan_file *file);
SL_MUST_CHECK enum sl_status sl_scan_each_file(
    const char *told, sl_scan_file_fn *on_file, void *ctx);

/* Add the episodes, and perhaps more units, that the scan of units[at] told
 * of.  Each unit once, in their order, on one thread. */
SL_MUST_CHECK enum sl_status sl_source_add_scan(struct sl_source *source,
    size_t at, const char *told, struct sl_error *err);

/* NULL is allowed. */
void sl_source_free(struct sl_source *source);

/* Open a regular file beneath `dir_fd` for reading, following no symlink
 * anywhere; SL_ERR_NOT_FOUND if there is none, SL_ERR_INVALID if it is a
 * link or no regular file. */
SL_MUST_CHECK enum sl_status sl_source_open_file(
    int *out_fd, int dir_fd, const char *path, struct sl_error *err);

/* Are the rows of a SL_SOURCE_TABLE, open as `fd`, those of its episode, all
 * of them and in order?  SL_ERR_INVALID in plain words if not.  Reads the
 * columns that say so.  Any thread. */
SL_MUST_CHECK enum sl_status sl_source_judge_table(
    const struct sl_source_file *file, int fd, struct sl_error *err);

/* Raised with every change of what the same part is made to, or of what makes a
 * table a good one. */
#define SL_SOURCE_PART_VERSION 2

/* Write the bytes of a file that is rows or frames of another into `fd`, an
 * empty file open for reading and writing.  The same source gives the same
 * bytes.  SL_ERR_INVALID in plain words if they cannot be had.  Any thread. */
SL_MUST_CHECK enum sl_status sl_source_make_file(int fd,
    const struct sl_source *source, const struct sl_source_file *file,
    struct sl_error *err);

#endif /* SLUICE_FORMATS_SOURCE_H */
