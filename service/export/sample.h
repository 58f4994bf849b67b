/* One episode under a name of its own: what layouts of a file or a sample per
 * episode have in common. */
#ifndef SL_EXPORT_SAMPLE_H
#define SL_EXPORT_SAMPLE_H

#include "layout.h"
#include "sluice/crypto/sha256.h"

/* Six digits, '-' and at most 64 of the publisher's key. */
#define SAMPLE_NAME_MAX 80

/* "000007-ep-17": the episode's number in the dataset, which it keeps for
 * ever, and its key as far as paths tell, with '_' for all but letters, digits,
 * '-' and '_'. */
void sample_name(
    char out[SAMPLE_NAME_MAX + 1], const struct sl_contents_episode *episode);

/* Its files by layer and path, so that their order is always the same; the
 * caller frees the array.  NULL when out of memory. */
const struct sl_contents_file **sample_files(
    const struct sl_contents_episode *episode);

/* What the index says of it, and `metadata`, the content of its metadata file
 * if that is held.  NULL when out of memory. */
json_t *sample_facts(
    const struct export_run *run, const struct sl_contents_episode *episode);

bool sample_has_suffix(const char *path, const char *suffix);

/* The file whose content is `metadata` there; NULL if none is held. */
const struct sl_contents_file *sample_metadata_file(
    const struct sl_contents_episode *episode);

/* All that the facts and the files depend on. */
void sample_add_to_key(
    struct sl_sha256 *hash, const struct sl_contents_episode *episode);

/* The dataset's own files, copied to dataset/ in the folder. */
SL_MUST_CHECK enum sl_status sample_dataset_files(
    struct export_run *run, struct sl_error *err);

#endif /* SL_EXPORT_SAMPLE_H */
