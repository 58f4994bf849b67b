/* A pin: the exact set of episodes that a training run was given, as a text
 * that the customer signs (NAME.minisig beside NAME).
 *
 *   # sluice-pin/v1
 *   # name: run-7
 *   # dataset: ur5e-kitting
 *   # seq: 7
 *   # licence: 0197…
 *   # created: 2026-11-21T10:00:00Z
 *   # purpose: commercial_train/logistics@DE        ("-" for none)
 *   # layers: meta,state                            ("*" for all)
 *   # where: task=pick                              ("-" for no filter)
 *   # checkpoint: sluice.example.org/ur5e-kitting/1 7 <base64 root>
 *   # files: 36 bytes=734003200
 *   # batch: 1 <SHA-256 of its manifest> 0-12,15    (segments held of it)
 *   # episode: 1 <id> 2                             (number, id, revision)
 *   SHA256 (SHA256SUMS) = …                         (of the tree)
 *
 * Every line but the last begins with "# ", so that `sha256sum -c --strict`
 * reads it where the tree's SHA256SUMS lies.  The segments, with the hash of
 * the manifest that binds them, say every byte; the checkpoint says in which
 * log those manifests are leaves. */
#ifndef SLUICE_CATALOG_PIN_H
#define SLUICE_CATALOG_PIN_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/layer.h"
#include "sluice/catalog/multirange.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/purpose.h"
#include "sluice/catalog/where.h"

/* About 70 bytes an episode. */
#define SL_PIN_BYTES_MAX ((size_t)256 * 1024 * 1024)
/* First line of a checkpoint: origin/dataset/epoch. */
#define SL_PIN_LOG_MAX      255
#define SL_PIN_LOG_SIZE_MAX (UINT64_C(1) << 40)
/* Files and bytes; below 2^53, so that JSON readers agree. */
#define SL_PIN_COUNT_MAX (UINT64_C(1) << 52)

/* Whose segments are held, of one batch. */
struct sl_pin_batch {
	uint32_t seq;
	unsigned char manifest[32];    /* SHA-256 of its bytes */
	struct sl_multirange segments; /* ordinals; never empty */
};

struct sl_pin_episode {
	uint32_t number; /* from 1; the dataset's own files are no episode */
	uint32_t revision;
	struct sl_uuid id;
};

/* The owner embeds it and calls clear. */
struct sl_pin {
	char name[SL_SLUG_MAX + 1];
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq; /* the batch that the tree was at */
	struct sl_uuid licence;
	int64_t created_us; /* whole seconds */
	char purpose[SL_PURPOSE_TEXT_MAX + 1];
	struct sl_layers layers; /* asked for */
	struct sl_where *where;  /* NULL: no filter; owned */
	char log[SL_PIN_LOG_MAX + 1];
	uint64_t log_size; /* at least seq */
	unsigned char log_root[32];
	uint64_t files;
	uint64_t bytes;
	struct sl_pin_batch *batches; /* ascending by seq */
	size_t batch_count;
	struct sl_pin_episode *episodes; /* ascending by number */
	size_t episode_count;
	unsigned char tree[32]; /* SHA-256 of the tree's SHA256SUMS */
};

/* Everything, of nothing. */
void sl_pin_init(struct sl_pin *pin);
void sl_pin_clear(struct sl_pin *pin);

/* In ascending order.  Moves `segments` in, on success only. */
SL_MUST_CHECK enum sl_status sl_pin_add_batch(struct sl_pin *pin, uint32_t seq,
    const unsigned char manifest[32], struct sl_multirange *segments);
SL_MUST_CHECK enum sl_status sl_pin_add_episode(
    struct sl_pin *pin, const struct sl_pin_episode *episode);

/* NULL if the pin has no such episode or batch; borrowed. */
const struct sl_pin_episode *sl_pin_find_episode(
    const struct sl_pin *pin, uint32_t number);
const struct sl_pin_batch *sl_pin_find_batch(
    const struct sl_pin *pin, uint32_t seq);

/* Only the bytes that sl_pin_format() writes are accepted.  *out must be
 * initialised and is replaced on success only. */
SL_MUST_CHECK enum sl_status sl_pin_parse(
    struct sl_pin *out, struct sl_slice text, struct sl_error *err);

/* SL_ERR_INVALID for values that parse would refuse. */
SL_MUST_CHECK enum sl_status sl_pin_format(
    struct sl_buf *buf, const struct sl_pin *pin, struct sl_error *err);

#endif /* SLUICE_CATALOG_PIN_H */
