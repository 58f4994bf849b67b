/* What ingest hands to publish: the episodes of one source as they are now,
 * with their files by hash.  draft.json is its text; the files lie beside it
 * under objects/<aa>/<sha256>.
 *
 * Made by sl_draft_parse(), or by sl_draft_new(), add calls and
 * sl_draft_seal(); then read-only.  Read the fields, do not write them. */
#ifndef SLUICE_CATALOG_DRAFT_H
#define SLUICE_CATALOG_DRAFT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/facet.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/path.h"

#define SL_DRAFT_BYTES_MAX    (512u << 20)
#define SL_DRAFT_EPISODES_MAX 1000000
#define SL_DRAFT_KEY_MAX      512

struct sl_draft_file {
	const char *layer; /* "meta" for dataset files */
	const char *path;  /* in the mirror */
	const char *media_type;
	uint64_t bytes;
	unsigned char sha256[32];
};

struct sl_draft_episode {
	const char *key; /* with `into/` before it; identity with the site */
	json_t *metadata;
	struct sl_facets facets;
	struct sl_draft_file *files; /* by layer, then path */
	size_t file_count;
	unsigned char digest[32]; /* over facets and files */
};

struct sl_draft_left_out {
	const char *key;
	const char *reason;
};

struct sl_draft {
	char dataset[SL_DATASET_NAME_MAX + 1];
	char site[SL_SLUG_MAX + 1];
	char format[SL_SLUG_MAX + 1];
	char into[SL_PATH_MAX + 1]; /* folder in the mirror, "" for its top */
	const char *source;         /* what the source is called */
	int64_t created_us;
	struct sl_draft_episode *episodes; /* by key */
	size_t episode_count;
	struct sl_draft_file *dataset_files; /* by path */
	size_t dataset_file_count;
	const char **warnings;
	size_t warning_count;
	struct sl_draft_left_out *left_out;
	size_t left_out_count;
	unsigned char digest[32];         /* over episodes and dataset files */
	struct sl_draft_strings *strings; /* ours */
};

/* Who and where; `into` is "" or a valid path, `site` a slug. */
SL_MUST_CHECK enum sl_status sl_draft_new(struct sl_draft **out,
    const char *dataset, const char *site, const char *into,
    struct sl_error *err);
/* NULL is allowed. */
void sl_draft_free(struct sl_draft *draft);

SL_MUST_CHECK enum sl_status sl_draft_set_source(struct sl_draft *draft,
    const char *format, const char *source, int64_t created_us);

/* Copies; takes a reference to metadata.  Files are added to the episode that
 * was added last. */
SL_MUST_CHECK enum sl_status sl_draft_add_episode(struct sl_draft *draft,
    const char *key, json_t *metadata, const struct sl_facets *facets);
SL_MUST_CHECK enum sl_status sl_draft_add_file(
    struct sl_draft *draft, const struct sl_draft_file *file);
SL_MUST_CHECK enum sl_status sl_draft_add_dataset_file(
    struct sl_draft *draft, const struct sl_draft_file *file);
SL_MUST_CHECK enum sl_status sl_draft_add_warning(
    struct sl_draft *draft, const char *text);
SL_MUST_CHECK enum sl_status sl_draft_add_left_out(
    struct sl_draft *draft, const char *key, const char *reason);

/* Sort, compute the digests, refuse duplicate keys, bad layers and paths that
 * clash (SL_ERR_INVALID or SL_ERR_CONFLICT). */
SL_MUST_CHECK enum sl_status sl_draft_seal(
    struct sl_draft *draft, struct sl_error *err);

/* draft.json, strictly; sealed. */
SL_MUST_CHECK enum sl_status sl_draft_parse(
    struct sl_draft **out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_draft_write(
    struct sl_buf *buf, const struct sl_draft *draft);

/* NULL if there is no such episode; borrowed.  Sealed drafts only. */
const struct sl_draft_episode *sl_draft_find(
    const struct sl_draft *draft, const char *key);

#endif /* SLUICE_CATALOG_DRAFT_H */
