#include "sluice/catalog/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sluice/base/base64.h"
#include "sluice/crypto/minisig.h"

#include "reader.h"

static bool
is_sound(const struct sl_checkpoint *checkpoint)
{
	return sl_trust_origin_is_valid(sl_slice_text(checkpoint->origin)) &&
	    sl_dataset_name_is_valid(sl_slice_text(checkpoint->dataset)) &&
	    checkpoint->epoch > 0 && checkpoint->epoch <= SL_TRUST_EPOCH_MAX &&
	    checkpoint->tree.size <= SL_LOG_SIZE_MAX;
}

void
sl_checkpoint_name(
    char out[SL_CHECKPOINT_NAME_MAX], const struct sl_checkpoint *checkpoint)
{
	snprintf(out, SL_CHECKPOINT_NAME_MAX, "%s/%s/%" PRIu32,
	    checkpoint->origin, checkpoint->dataset, checkpoint->epoch);
}

enum sl_status
sl_checkpoint_format(struct sl_buf *buf, const struct sl_checkpoint *checkpoint,
    struct sl_error *err)
{
	char name[SL_CHECKPOINT_NAME_MAX];
	char root[SL_BASE64_LEN(SL_LOG_HASH_BYTES) + 1];
	enum sl_status status;

	if (!is_sound(checkpoint))
		return sl_error_set(err, SL_ERR_INVALID,
		    "no checkpoint has such an origin, dataset, epoch or "
		    "size");
	sl_checkpoint_name(name, checkpoint);
	sl_base64_encode(root, checkpoint->tree.root.bytes, SL_LOG_HASH_BYTES);
	status = sl_buf_printf(
	    buf, "%s\n%" PRIu64 "\n%s\n", name, checkpoint->tree.size, root);
	if (status != SL_OK)
		return sl_error_set(err, status, "no room for a checkpoint");
	return SL_OK;
}

static void
take_origin(struct sl_reader *reader, char out[SL_TRUST_ORIGIN_MAX + 1])
{
	struct sl_slice origin = sl_reader_until(reader, '/');

	if (reader->failed || !sl_trust_origin_is_valid(origin)) {
		reader->failed = true;
		return;
	}
	memcpy(out, origin.data, origin.len);
	out[origin.len] = '\0';
}

/* One spelling only: what format writes. */
static bool
is_canonical(const struct sl_checkpoint *checkpoint, struct sl_slice body)
{
	struct sl_buf again;
	bool is_same;

	sl_buf_init(&again, SL_CHECKPOINT_BODY_MAX);
	is_same = sl_checkpoint_format(&again, checkpoint, NULL) == SL_OK &&
	    sl_slice_is(sl_buf_slice(&again), body);
	sl_buf_clear(&again);
	return is_same;
}

enum sl_status
sl_checkpoint_parse(
    struct sl_checkpoint *out, struct sl_slice body, struct sl_error *err)
{
	struct sl_reader reader = {body, false};
	struct sl_checkpoint checkpoint = {0};

	take_origin(&reader, checkpoint.origin);
	sl_reader_dataset(&reader, '/', checkpoint.dataset);
	checkpoint.epoch =
	    (uint32_t)sl_reader_number(&reader, '\n', SL_TRUST_EPOCH_MAX);
	checkpoint.tree.size = sl_reader_number(&reader, '\n', SL_LOG_SIZE_MAX);
	sl_reader_base64(&reader, '\n', checkpoint.tree.root.bytes);
	if (reader.failed || reader.rest.len != 0 ||
	    !is_canonical(&checkpoint, body))
		return sl_error_code(err, SL_ERR_INVALID, "bad_checkpoint",
		    "not a checkpoint (at byte %zu)",
		    body.len - reader.rest.len);
	*out = checkpoint;
	return SL_OK;
}

enum sl_status
sl_checkpoint_parse_note(struct sl_checkpoint *out, struct sl_note *note,
    struct sl_slice text, struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status = sl_note_parse(note, text, &why);

	if (status != SL_OK)
		return sl_error_code(
		    err, status, "bad_checkpoint", "%s", why.text);
	return sl_checkpoint_parse(out, note->body, err);
}

enum sl_status
sl_checkpoint_check_log(const struct sl_checkpoint *checkpoint,
    const struct sl_note *note, const struct sl_verify_key *keys,
    size_t key_count, size_t *signer, struct sl_error *err)
{
	char name[SL_CHECKPOINT_NAME_MAX];
	size_t found = key_count;

	sl_checkpoint_name(name, checkpoint);
	for (size_t i = 0; i < key_count; i++) {
		enum sl_status status = sl_note_check(note, name, &keys[i]);

		if (status == SL_ERR_NOT_FOUND)
			continue;
		if (status != SL_OK)
			return sl_error_code(err, status, "bad_signature",
			    "checkpoint %s %" PRIu64 ": the log's signature is "
			    "not good",
			    name, checkpoint->tree.size);
		if (found == key_count)
			found = i;
	}
	if (found == key_count)
		return sl_error_code(err, SL_ERR_INTEGRITY,
		    "checkpoint_unsigned",
		    "checkpoint %s %" PRIu64 " has no signature by a key of "
		    "the log",
		    name, checkpoint->tree.size);
	if (signer != NULL)
		*signer = found;
	return SL_OK;
}

/* The empty line and the log's line after a body. */
static enum sl_status
append_line(struct sl_buf *note, const struct sl_sign_key *key,
    const char *name, struct sl_slice body)
{
	char line[SL_NOTE_LINE_MAX];
	enum sl_status status = sl_note_sign(line, key, name, body);

	if (status == SL_OK)
		status = sl_buf_append(note, body.data, body.len);
	if (status == SL_OK)
		status = sl_buf_append_text(note, "\n");
	if (status == SL_OK)
		status = sl_buf_append_text(note, line);
	return status;
}

enum sl_status
sl_checkpoint_sign(struct sl_buf *note, struct sl_buf *minisig,
    const struct sl_checkpoint *checkpoint, const struct sl_sign_key *key,
    struct sl_error *err)
{
	char name[SL_CHECKPOINT_NAME_MAX];
	char comment[SL_CHECKPOINT_NAME_MAX + 48];
	struct sl_buf body;
	enum sl_status status;

	sl_buf_init(&body, SL_CHECKPOINT_BODY_MAX);
	status = sl_checkpoint_format(&body, checkpoint, err);
	if (status != SL_OK)
		goto out;
	sl_checkpoint_name(name, checkpoint);
	snprintf(comment, sizeof(comment), "sluice-checkpoint %s %" PRIu64,
	    name, checkpoint->tree.size);
	status = append_line(note, key, name, sl_buf_slice(&body));
	if (status == SL_OK)
		status = sl_minisig_write(
		    minisig, key, sl_buf_slice(&body), comment);
	if (status != SL_OK)
		(void)sl_error_set(err, status, "no room for a checkpoint");
out:
	sl_buf_clear(&body);
	return status;
}
