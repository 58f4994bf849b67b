#include "sight.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cabinet.h"
#include "seal.h"
#include "tree.h"

#define FOLDER     "log"
#define CHECKPOINT "checkpoint"
#define INCLUSION  "inclusion"

enum sl_status
sl_sight_note_set(
    struct sl_sight_note *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_checkpoint checkpoint;
	struct sl_note note;
	struct sl_buf copy;
	enum sl_status status =
	    sl_checkpoint_parse_note(&checkpoint, &note, text, err);

	if (status != SL_OK) {
		if (err != NULL && err->code[0] == '\0')
			memcpy(err->code, "bad_checkpoint", 15);
		if (err != NULL)
			err->status = SL_ERR_INTEGRITY;
		return SL_ERR_INTEGRITY;
	}
	sl_buf_init(&copy, SL_NOTE_BYTES_MAX);
	status = sl_buf_append(&copy, text.data, text.len);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	sl_buf_clear(&out->text);
	out->text = copy;
	out->checkpoint = checkpoint;
	return SL_OK;
}

void
sl_sight_note_clear(struct sl_sight_note *note)
{
	sl_buf_clear(&note->text);
	memset(note, 0, sizeof(*note));
}

void
sl_sight_init(struct sl_sight *sight)
{
	memset(sight, 0, sizeof(*sight));
	sl_buf_init(&sight->proof_text, SL_SIGHT_PROOF_MAX);
}

static void
drop_proof(struct sl_sight *sight)
{
	sl_buf_clear(&sight->proof_text);
	sight->has_proof = false;
	memset(&sight->proof, 0, sizeof(sight->proof));
}

void
sl_sight_clear(struct sl_sight *sight)
{
	sl_sight_note_clear(&sight->kept);
	drop_proof(sight);
	sl_sight_init(sight);
}

uint32_t
sl_sight_proven(const struct sl_sight *sight)
{
	return sight->has_proof ? (uint32_t)sight->proof.index + 1 : 0;
}

/* -- load -- */

static enum sl_status
damaged(struct sl_error *err, const char *name, const char *why)
{
	char text[SL_ERROR_TEXT_MAX / 2];

	memccpy(text, why, '\0', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	return sl_error_code(err, SL_ERR_INTEGRITY, "checkpoint_damaged",
	    ".sluice/" FOLDER "/%s: %s", name, text);
}

/* Read a file that may be missing: then SL_OK, and `buf` is empty. */
static enum sl_status
read_file(
    int folder, const char *name, struct sl_buf *buf, struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status = sl_cabinet_read(folder, name, buf, &why);

	if (status == SL_OK || status == SL_ERR_NOT_FOUND)
		return SL_OK;
	if (status == SL_ERR_INTEGRITY || status == SL_ERR_LIMIT)
		return damaged(err, name, why.text);
	return sl_error_set(
	    err, status, ".sluice/" FOLDER "/%s: %s", name, why.text);
}

/* Is it of this log, and not a note that was changed? */
static enum sl_status
check_kept(const struct sl_trust *trust, const char *dataset,
    const struct sl_checkpoint *checkpoint, struct sl_slice text,
    struct sl_error *err)
{
	struct sl_error why = {0};
	struct sl_note note;

	if (strcmp(checkpoint->dataset, dataset) != 0 ||
	    (trust->version > 0 &&
	        strcmp(checkpoint->origin, trust->origin) != 0))
		return sl_error_set(
		    err, SL_ERR_INTEGRITY, "of another dataset or service");
	if (trust->version == 0 || sl_note_parse(&note, text, NULL) != SL_OK ||
	    sl_seal_check_line(trust, checkpoint, &note, &why) == SL_OK ||
	    strcmp(why.code, "bad_signature") != 0)
		return SL_OK;
	*err = why;
	return SL_ERR_INTEGRITY;
}

static enum sl_status
load_kept(struct sl_sight *sight, const struct sl_trust *trust,
    const char *dataset, int folder, struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, SL_NOTE_BYTES_MAX);
	status = read_file(folder, CHECKPOINT, &text, err);
	if (status == SL_OK && text.len > 0) {
		status =
		    sl_sight_note_set(&sight->kept, sl_buf_slice(&text), &why);
		if (status == SL_OK)
			status = check_kept(trust, dataset,
			    &sight->kept.checkpoint, sl_buf_slice(&text), &why);
		if (status == SL_ERR_INTEGRITY) {
			sl_sight_note_clear(&sight->kept);
			damaged(err, CHECKPOINT, why.text);
		}
	}
	sl_buf_clear(&text);
	return status;
}

/* proof_text is the file. */
static enum sl_status
parse_proof(struct sl_sight *sight, struct sl_error *err)
{
	struct sl_note note;
	enum sl_status status = sl_log_portable_parse(
	    &sight->proof, sl_buf_slice(&sight->proof_text), err);

	if (status == SL_OK)
		status = sl_checkpoint_parse_note(
		    &sight->proven, &note, sight->proof.note, err);
	if (status == SL_OK &&
	    (sight->proof.index >= SL_SEQ_MAX ||
	        sight->proof.index >= sight->proven.tree.size))
		status = sl_error_set(
		    err, SL_ERR_INVALID, "the index is beyond the log");
	sight->has_proof = status == SL_OK;
	return status;
}

static enum sl_status
load_proof(struct sl_sight *sight, const struct sl_trust *trust,
    const char *dataset, int folder, struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status =
	    read_file(folder, INCLUSION, &sight->proof_text, err);

	if (status != SL_OK || sight->proof_text.len == 0)
		return status;
	status = parse_proof(sight, &why);
	if (status == SL_OK)
		status = check_kept(
		    trust, dataset, &sight->proven, sight->proof.note, &why);
	if (status == SL_OK)
		return SL_OK;
	drop_proof(sight);
	return damaged(err, INCLUSION, why.text);
}

enum sl_status
sl_sight_load(struct sl_sight *sight, const struct sl_trust *trust,
    const char *dataset, int meta, struct sl_error *err)
{
	enum sl_status status, proof;
	int folder = openat(
	    meta, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (folder < 0 && errno == ENOENT)
		return SL_OK;
	if (folder < 0)
		return errno == ELOOP || errno == ENOTDIR
		    ? damaged(err, "", "not a folder")
		    : sl_error_errno(err, ".sluice/" FOLDER);
	status = load_kept(sight, trust, dataset, folder, err);
	proof = load_proof(
	    sight, trust, dataset, folder, status == SL_OK ? err : NULL);
	close(folder);
	if (sight->kept.text.len == 0 && sight->has_proof &&
	    sl_sight_note_set(&sight->kept, sight->proof.note, NULL) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	return status == SL_OK ? proof : status;
}

/* -- keep -- */

static enum sl_status
store(int meta, const char *name, struct sl_slice bytes, struct sl_error *err)
{
	const struct sl_cabinet_file file = {name, bytes};
	enum sl_status status;
	int folder;

	status = sl_tree_make_folder(meta, FOLDER, &folder, err);
	if (status != SL_OK)
		return status;
	/* The folder's own name in .sluice may be new. */
	status = fsync(meta) == 0 ? sl_cabinet_replace(folder, &file, err)
	                          : sl_error_errno(err, ".sluice");
	close(folder);
	return status;
}

enum sl_status
sl_sight_keep(struct sl_sight *sight, struct sl_slice note, int meta,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;

	if (sl_slice_is(sl_buf_slice(&sight->kept.text), note))
		return SL_OK;
	if (meta >= 0)
		status = store(meta, CHECKPOINT, note, err);
	return status == SL_OK ? sl_sight_note_set(&sight->kept, note, err)
	                       : status;
}

/* Does the kept proof say the same already? */
static bool
is_proven(
    const struct sl_sight *sight, const struct sl_log_inclusion *inclusion)
{
	const struct sl_checkpoint *kept = &sight->kept.checkpoint;

	return sight->has_proof && sight->proof.index == inclusion->index &&
	    sight->proven.epoch == kept->epoch &&
	    sight->proven.tree.size == kept->tree.size;
}

enum sl_status
sl_sight_prove(struct sl_sight *sight, const struct sl_log_inclusion *inclusion,
    int meta, struct sl_error *err)
{
	const struct sl_log_portable proof = {
	    .index = inclusion->index,
	    .proof = inclusion->proof,
	    .note = sl_buf_slice(&sight->kept.text),
	};
	enum sl_status status;
	struct sl_buf text;

	if (is_proven(sight, inclusion))
		return SL_OK;
	sl_buf_init(&text, SL_SIGHT_PROOF_MAX);
	status = sl_log_portable_format(&text, &proof);
	if (status != SL_OK)
		sl_error_set(err, status, "proof");
	if (status == SL_OK && meta >= 0)
		status = store(meta, INCLUSION, sl_buf_slice(&text), err);
	if (status != SL_OK) {
		sl_buf_clear(&text);
		return status;
	}
	sl_buf_clear(&sight->proof_text);
	sight->proof_text = text;
	return parse_proof(sight, err);
}

enum sl_status
sl_sight_forget_proof(struct sl_sight *sight, int meta, struct sl_error *err)
{
	drop_proof(sight);
	if (meta >= 0 && unlinkat(meta, FOLDER "/" INCLUSION, 0) != 0 &&
	    errno != ENOENT)
		return sl_error_errno(err, ".sluice/" FOLDER "/" INCLUSION);
	return SL_OK;
}
