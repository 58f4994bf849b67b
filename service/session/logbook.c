#include "sluice/session/logbook.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/catalog/checkpoint.h"
#include "sluice/catalog/tile.h"
#include "sluice/objects/objects.h"

/* PostgreSQL keeps no longer ones. */
#define MINISIG_MAX 4096

void
sl_logbook_init(struct sl_logbook *logbook)
{
	memset(logbook, 0, sizeof(*logbook));
	sl_buf_init(&logbook->body, SL_CHECKPOINT_BODY_MAX);
	sl_buf_init(&logbook->note, SL_NOTE_BYTES_MAX);
	sl_buf_init(&logbook->minisig, MINISIG_MAX);
}

void
sl_logbook_clear(struct sl_logbook *logbook)
{
	sl_buf_clear(&logbook->body);
	sl_buf_clear(&logbook->note);
	sl_buf_clear(&logbook->minisig);
	logbook->epoch = 0;
}

static enum sl_status
damaged(const struct sl_logbook *logbook, const char *what,
    const struct sl_error *why, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "log_damaged",
	    "the log of %s, epoch %u, size %llu: %s: %s", logbook->dataset,
	    logbook->epoch, (unsigned long long)logbook->tree.size, what,
	    why->text[0] == '\0' ? "it does not lead to the root" : why->text);
}

static bool
is_same(const struct sl_logbook *logbook, const struct sl_checkpoint *said)
{
	return strcmp(said->dataset, logbook->dataset) == 0 &&
	    said->epoch == logbook->epoch &&
	    said->tree.size == logbook->tree.size &&
	    sl_log_hash_is(&said->tree.root, &logbook->tree.root);
}

enum sl_status
sl_logbook_set(struct sl_logbook *logbook, struct sl_objects *objects,
    const char *dataset, const struct sl_log_head *head, struct sl_error *err)
{
	struct sl_checkpoint said;
	struct sl_error why = {0};
	enum sl_status status;

	sl_logbook_clear(logbook);
	if (head == NULL)
		return SL_OK;
	logbook->objects = objects;
	snprintf(logbook->dataset, sizeof(logbook->dataset), "%s", dataset);
	logbook->epoch = head->epoch;
	logbook->tree.size = head->size;
	memcpy(logbook->tree.root.bytes, head->root, sizeof(head->root));
	status = sl_buf_append_text(&logbook->body, head->body);
	if (status == SL_OK)
		status = sl_buf_append_text(&logbook->note, head->note);
	if (status == SL_OK)
		status = sl_buf_append_text(&logbook->minisig, head->minisig);
	if (status != SL_OK)
		return sl_error_set(
		    err, status, "the checkpoint cannot be kept");
	if (sl_checkpoint_parse(&said, sl_buf_slice(&logbook->body), &why) !=
	        SL_OK ||
	    !is_same(logbook, &said))
		return damaged(logbook, "its checkpoint", &why, err);
	return SL_OK;
}

/* ---- tiles ---- */

static enum sl_status
read_tile(void *ctx, const struct sl_tile *tile,
    unsigned char out[SL_TILE_BYTES_MAX], struct sl_error *err)
{
	const struct sl_logbook *logbook = ctx;
	size_t wanted = (size_t)tile->width * SL_LOG_HASH_BYTES;
	char path[SL_TILE_PATH_MAX];
	const struct sl_log_object name = {
	    logbook->dataset, logbook->epoch, path};
	uint64_t bytes;
	enum sl_status status;
	int fd;

	sl_tile_format_path(path, tile);
	status = sl_objects_log_get(logbook->objects, &name, &fd, &bytes, err);
	if (status != SL_OK)
		return status;
	if (bytes == wanted)
		status = sl_file_read_at(fd, out, wanted, 0, err);
	else
		status = sl_error_set(err, SL_ERR_INTEGRITY,
		    "%s has %llu bytes, not %zu", path,
		    (unsigned long long)bytes, wanted);
	close(fd);
	return status;
}

/* A source and, with it, its reader. */
static struct sl_tile_source *
new_source(const struct sl_logbook *logbook, struct sl_log_reader *reader)
{
	struct sl_tile_source *source = malloc(sizeof(*source));

	if (source == NULL)
		return NULL;
	sl_tile_source_init(
	    source, logbook->tree.size, read_tile, (void *)(uintptr_t)logbook);
	*reader = sl_tile_source_reader(source);
	return source;
}

enum sl_status
sl_logbook_prove_inclusion(struct sl_log_proof *out,
    const struct sl_logbook *logbook, uint64_t index, struct sl_error *err)
{
	struct sl_log_reader reader;
	struct sl_tile_source *source = new_source(logbook, &reader);
	struct sl_log_hash leaf;
	struct sl_error why = {0};
	enum sl_status status;

	if (source == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_log_prove_inclusion(
	    out, index, logbook->tree.size, &reader, &why);
	if (status == SL_OK)
		status = reader.read(reader.ctx, &leaf, 0, index, &why);
	if (status == SL_OK)
		status = sl_log_verify_inclusion(
		    &leaf, index, logbook->tree.size, out, &logbook->tree.root);
	free(source);
	if (status == SL_OK)
		return SL_OK;
	return damaged(logbook, "a proof of inclusion", &why, err);
}

enum sl_status
sl_logbook_prove_consistency(struct sl_log_proof *out,
    const struct sl_logbook *logbook, uint64_t old_size, struct sl_error *err)
{
	struct sl_log_reader reader;
	struct sl_tile_source *source = new_source(logbook, &reader);
	struct sl_log_tree old = {.size = old_size};
	struct sl_log_range range;
	struct sl_error why = {0};
	enum sl_status status;

	if (source == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_log_prove_consistency(
	    out, old_size, logbook->tree.size, &reader, &why);
	if (status == SL_OK)
		status = sl_log_read_range(&range, old_size, &reader, &why);
	if (status == SL_OK)
		status = sl_log_range_root(&old.root, &range);
	if (status == SL_OK)
		status = sl_log_verify_consistency(&old, &logbook->tree, out);
	free(source);
	if (status == SL_OK)
		return SL_OK;
	return damaged(logbook, "a proof of consistency", &why, err);
}
