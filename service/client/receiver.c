#include "receiver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "shelf.h"
#include "sluice/base/buf.h"
#include "sluice/crypto/minisig.h"
#include "sluice/pack/unpack.h"

/* The server sends at most a thousand batches at once. */
#define BATCHES_MAX 1000
#define TRUST_MEMBERS_MAX \
	((uint64_t)SL_CHAIN_STEP_MAX * (1 + SL_TRUST_SIGNATURES_MAX))
#define FOLDER_DIGITS   6
#define LOG_MEMBERS_MAX 3
#define MEMBERS_MAX                                \
	(1 + TRUST_MEMBERS_MAX + LOG_MEMBERS_MAX + \
	    BATCHES_MAX * SL_HEAD_OBJECT_COUNT + 1)
/* Every length is in a signed parent; this only ends an endless stream. */
#define TOTAL_MAX (UINT64_C(64) << 30)

/* What the member that came last was, and so what may come. */
enum place {
	PLACE_NOTHING, /* the grant comes first */
	PLACE_GRANT,
	PLACE_TRUST, /* a version, or one of its signatures */
	PLACE_CHECKPOINT,
	PLACE_CONSISTENCY,
	PLACE_INCLUSION,
	PLACE_BATCH, /* one of its objects */
	PLACE_END,   /* .sluice/end.json, which was checked already */
};

struct sl_receiver {
	struct sl_heads *heads;
	struct sl_notary *notary;
	const struct sl_mirror *mirror;
	struct sl_unpack *unpack;
	enum place place;
	struct sl_buf member; /* grant, checkpoint or proof */
	struct sl_chain_link link;
	bool has_link; /* signatures of it may follow */
	int object;    /* of the next batch, the one that comes or is open */
	struct sl_buf objects[SL_HEAD_OBJECT_COUNT];
	struct sl_buf *open;
	struct sl_manifest manifest;
};

static enum sl_status
refuse(struct sl_error *err, const char *path, const char *why)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "head_invalid",
	    "head: '%.240s' %s", path, why);
}

static enum sl_status
refuse_length(
    struct sl_error *err, const char *path, uint64_t bytes, uint64_t max)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "endless",
	    "head: '%.240s' says it has %llu bytes, where at most %llu can be",
	    path, (unsigned long long)bytes, (unsigned long long)max);
}

/* -- trust files -- */

static enum sl_status
finish_link(struct sl_receiver *receiver, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	if (!receiver->has_link)
		return SL_OK;
	receiver->has_link = false;
	status = sl_notary_take_trust(receiver->notary, &receiver->link, err);
	sl_chain_link_clear(&receiver->link);
	return status;
}

/* ".sluice/trust/000002/…" in folder ".sluice/trust/": 2; 0 if it is none. */
static uint32_t
number_in(const char *folder, const char *path)
{
	const size_t len = strlen(folder);
	const char *digits = path + len;
	uint32_t number = 0;

	if (strncmp(path, folder, len) != 0 ||
	    strspn(digits, "0123456789") != FOLDER_DIGITS ||
	    digits[FOLDER_DIGITS] != '/')
		return 0;
	for (int i = 0; i < FOLDER_DIGITS; i++)
		number = number * 10 + (uint32_t)(digits[i] - '0');
	return number;
}

static enum sl_status
refuse_more(struct sl_error *err, int max, const char *what)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "endless",
	    "head: more than %d %s", max, what);
}

static enum sl_status
begin_version(struct sl_receiver *receiver, uint32_t version, const char *path,
    struct sl_error *err)
{
	enum sl_status status = finish_link(receiver, err);

	if (status != SL_OK)
		return status;
	if (strcmp(strrchr(path, '/'), "/trust") != 0)
		return refuse(err, path, "is not what comes next");
	if (receiver->notary->link_count == SL_CHAIN_STEP_MAX)
		return refuse_more(
		    err, SL_CHAIN_STEP_MAX, "versions of the trust file");
	sl_chain_link_init(&receiver->link, version);
	receiver->has_link = true;
	receiver->open = &receiver->link.text;
	return SL_OK;
}

/* *is_trust says whether the member is part of a trust file. */
static enum sl_status
begin_trust(struct sl_receiver *receiver, const struct sl_unpack_member *member,
    bool *is_trust, struct sl_error *err)
{
	const char *path = (const char *)member->path.data;
	uint32_t version = number_in(".sluice/trust/", path);
	enum sl_status status = SL_OK;

	*is_trust = version > 0;
	if (!*is_trust)
		return SL_OK;
	if (receiver->place != PLACE_GRANT && receiver->place != PLACE_TRUST)
		return refuse(err, path, "is not what comes next");
	receiver->place = PLACE_TRUST;
	if (receiver->has_link && receiver->link.version == version)
		receiver->open =
		    sl_chain_link_add(&receiver->link, strrchr(path, '/') + 1);
	else
		status = begin_version(receiver, version, path, err);
	if (status != SL_OK)
		return status;
	if (receiver->open == NULL &&
	    receiver->link.count == SL_TRUST_SIGNATURES_MAX)
		return refuse_more(
		    err, SL_TRUST_SIGNATURES_MAX, "signatures of a trust file");
	if (receiver->open == NULL)
		return refuse(err, path, "is not what comes next");
	return member->bytes <= receiver->open->max
	    ? SL_OK
	    : refuse_length(err, path, member->bytes, receiver->open->max);
}

/* -- grant, checkpoint, proofs -- */

static const struct {
	const char *path;
	enum place place;
	enum place after; /* at the least */
	size_t max;
} members[] = {
    {".sluice/grant.json", PLACE_GRANT, PLACE_NOTHING, SL_GRANT_BYTES_MAX},
    {".sluice/checkpoint", PLACE_CHECKPOINT, PLACE_GRANT, SL_NOTE_BYTES_MAX},
    {".sluice/consistency", PLACE_CONSISTENCY, PLACE_CHECKPOINT,
        SL_LOG_PROOF_TEXT_MAX},
    {".sluice/inclusion", PLACE_INCLUSION, PLACE_CHECKPOINT,
        SL_LOG_INCLUSION_TEXT_MAX},
};

/* *is_single says whether the member is one of these. */
static enum sl_status
begin_single(struct sl_receiver *receiver,
    const struct sl_unpack_member *member, bool *is_single,
    struct sl_error *err)
{
	const char *path = (const char *)member->path.data;
	enum sl_status status;

	*is_single = false;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(path, members[i].path) != 0)
			continue;
		*is_single = true;
		if (receiver->place < members[i].after ||
		    receiver->place >= members[i].place)
			return refuse(err, path, "is not what comes next");
		if (member->bytes > members[i].max)
			return refuse_length(
			    err, path, member->bytes, members[i].max);
		status = finish_link(receiver, err);
		if (status != SL_OK)
			return status;
		receiver->place = members[i].place;
		sl_buf_clear(&receiver->member);
		sl_buf_init(&receiver->member, members[i].max);
		receiver->open = &receiver->member;
	}
	return SL_OK;
}

static enum sl_status
end_single(struct sl_receiver *receiver, struct sl_error *err)
{
	struct sl_slice text = sl_buf_slice(&receiver->member);

	switch (receiver->place) {
	case PLACE_GRANT:
		return sl_heads_take_grant(receiver->heads, text, err);
	case PLACE_CHECKPOINT:
		return sl_notary_take_checkpoint(
		    receiver->notary, text, receiver->heads, err);
	case PLACE_CONSISTENCY:
		return sl_notary_take_consistency(receiver->notary, text, err);
	case PLACE_INCLUSION:
		return sl_notary_take_inclusion(receiver->notary, text, err);
	case PLACE_NOTHING:
	case PLACE_TRUST:
	case PLACE_BATCH:
	case PLACE_END:
		break;
	}
	return SL_OK;
}

/* All that comes before the batches is here. */
static enum sl_status
settle(struct sl_receiver *receiver, struct sl_error *err)
{
	enum sl_status status = finish_link(receiver, err);

	return status == SL_OK
	    ? sl_notary_settle(receiver->notary, receiver->heads, err)
	    : status;
}

/* -- batches -- */

/* How long may, or must, the object be? */
static enum sl_status
check_length(const struct sl_receiver *receiver, const char *path,
    uint64_t bytes, struct sl_error *err)
{
	const struct sl_manifest *manifest = &receiver->manifest;
	uint64_t max = 0, is = bytes;

	switch ((enum sl_head_object)receiver->object) {
	case SL_HEAD_MANIFEST:
		max = SL_MANIFEST_BYTES_MAX;
		break;
	case SL_HEAD_MINISIG:
		max = SL_MINISIG_MAX;
		break;
	case SL_HEAD_INDEX:
		is = manifest->object[SL_MANIFEST_INDEX].bytes;
		max = SL_INDEX_BYTES_MAX;
		break;
	case SL_HEAD_FILES:
		is = manifest->object[SL_MANIFEST_FILES].bytes;
		max = SL_HEAD_FILES_MAX;
		break;
	case SL_HEAD_QUALITY:
		is = manifest->object[SL_MANIFEST_QUALITY].bytes;
		max = SL_QUALITY_BYTES_MAX;
		break;
	}
	if (bytes > max)
		return refuse_length(err, path, bytes, max);
	return bytes == is
	    ? SL_OK
	    : refuse(err, path, "has another length than signed");
}

static enum sl_status
begin_object(struct sl_receiver *receiver,
    const struct sl_unpack_member *member, struct sl_error *err)
{
	const char *path = (const char *)member->path.data;
	enum sl_status status = SL_OK;
	char expected[64];

	if (receiver->place == PLACE_NOTHING)
		return refuse(err, path, "where the grant belongs");
	snprintf(expected, sizeof(expected), ".sluice/batches/%06zu/%s",
	    receiver->heads->count + 1,
	    sl_head_object_name((enum sl_head_object)receiver->object));
	if (number_in(".sluice/batches/", path) > receiver->heads->count + 1)
		return sl_error_code(err, SL_ERR_INTEGRITY, "withheld",
		    "head: '%.240s' comes where '%s' belongs: batch %zu is "
		    "withheld",
		    path, expected, receiver->heads->count + 1);
	if (strcmp(path, expected) != 0)
		return refuse(err, path, "is not what comes next");
	if (receiver->heads->count >= receiver->heads->grant.seq)
		return sl_error_code(err, SL_ERR_INTEGRITY, "endless",
		    "head: '%.240s' comes after batch %u, the last that is "
		    "granted",
		    path, receiver->heads->grant.seq);
	if (receiver->place != PLACE_BATCH)
		status = settle(receiver, err);
	if (status == SL_OK)
		status = check_length(receiver, path, member->bytes, err);
	receiver->place = PLACE_BATCH;
	receiver->open = &receiver->objects[receiver->object];
	return status;
}

static struct sl_head_objects
objects_of(const struct sl_receiver *receiver)
{
	struct sl_head_objects objects;

	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		objects.object[i] = sl_buf_slice(&receiver->objects[i]);
	return objects;
}

static enum sl_status
finish_batch(struct sl_receiver *receiver, struct sl_error *err)
{
	const struct sl_head_objects objects = objects_of(receiver);
	enum sl_status status;

	status = sl_heads_accept(receiver->heads, &objects, err);
	if (status == SL_OK && receiver->mirror != NULL)
		status = sl_shelf_store(
		    receiver->heads, receiver->mirror, &objects, err);
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		sl_buf_clear(&receiver->objects[i]);
	receiver->object = 0;
	return status;
}

static enum sl_status
end_object(struct sl_receiver *receiver, struct sl_error *err)
{
	if (receiver->object == SL_HEAD_MINISIG) {
		const struct sl_head_objects objects = objects_of(receiver);
		enum sl_status status = sl_heads_check_manifest(
		    receiver->heads, &objects, &receiver->manifest, err);

		if (status != SL_OK)
			return status;
	}
	if (++receiver->object < SL_HEAD_OBJECT_COUNT)
		return SL_OK;
	return finish_batch(receiver, err);
}

/* -- members as they come -- */

static enum sl_status
on_begin(void *ctx, const struct sl_unpack_member *member, struct sl_error *err)
{
	const char *path = (const char *)member->path.data;
	struct sl_receiver *receiver = ctx;
	enum sl_status status;
	bool is_mine;

	if (strcmp(path, SL_END_RECORD_MEMBER) == 0) {
		status = receiver->place == PLACE_NOTHING
		    ? SL_OK
		    : settle(receiver, err);
		receiver->place = PLACE_END;
		return status;
	}
	status = begin_single(receiver, member, &is_mine, err);
	if (status != SL_OK || is_mine)
		return status;
	status = begin_trust(receiver, member, &is_mine, err);
	if (status != SL_OK || is_mine)
		return status;
	return begin_object(receiver, member, err);
}

static enum sl_status
on_bytes(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	struct sl_receiver *receiver = ctx;
	enum sl_status status;

	if (receiver->place == PLACE_END)
		return SL_OK;
	status = sl_buf_append(receiver->open, bytes.data, bytes.len);
	return status == SL_OK ? SL_OK : sl_error_set(err, status, "head");
}

static enum sl_status
on_member_end(void *ctx, struct sl_error *err)
{
	struct sl_receiver *receiver = ctx;

	if (receiver->place == PLACE_END || receiver->place == PLACE_TRUST)
		return SL_OK;
	return receiver->place == PLACE_BATCH ? end_object(receiver, err)
	                                      : end_single(receiver, err);
}

/* -- the response -- */

enum sl_status
sl_receiver_new(struct sl_receiver **out, struct sl_heads *heads,
    struct sl_notary *notary, const struct sl_mirror *mirror)
{
	static const size_t max[SL_HEAD_OBJECT_COUNT] = {SL_MANIFEST_BYTES_MAX,
	    SL_MINISIG_MAX, SL_INDEX_BYTES_MAX, SL_HEAD_FILES_MAX,
	    SL_QUALITY_BYTES_MAX};
	const struct sl_unpack_limits limits = {
	    SL_HEAD_FILES_MAX, MEMBERS_MAX, TOTAL_MAX};
	struct sl_receiver *receiver = calloc(1, sizeof(*receiver));
	const struct sl_unpack_handler handler = {
	    on_begin, on_bytes, on_member_end, receiver};

	*out = receiver;
	if (receiver == NULL)
		return SL_ERR_NOMEM;
	receiver->heads = heads;
	receiver->notary = notary;
	receiver->mirror = mirror;
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		sl_buf_init(&receiver->objects[i], max[i]);
	if (sl_unpack_new(&receiver->unpack, &limits, &handler) == SL_OK)
		return SL_OK;
	sl_receiver_free(receiver);
	*out = NULL;
	return SL_ERR_NOMEM;
}

void
sl_receiver_free(struct sl_receiver *receiver)
{
	if (receiver == NULL)
		return;
	sl_unpack_free(receiver->unpack);
	sl_buf_clear(&receiver->member);
	sl_chain_link_clear(&receiver->link);
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		sl_buf_clear(&receiver->objects[i]);
	free(receiver);
}

enum sl_status
sl_receiver_push(
    struct sl_receiver *receiver, struct sl_slice bytes, struct sl_error *err)
{
	enum sl_status status = sl_unpack_push(receiver->unpack, bytes, err);

	/* What is beyond every limit, or malformed, is no head of ours. */
	if (status == SL_ERR_LIMIT) {
		struct sl_error why = *err;

		return sl_error_code(
		    err, SL_ERR_INTEGRITY, "endless", "head: %s", why.text);
	}
	if (status == SL_ERR_INVALID)
		status = err->status = SL_ERR_INTEGRITY;
	return status;
}

enum sl_status
sl_receiver_finish(
    struct sl_receiver *receiver, bool *is_transient, struct sl_error *err)
{
	const struct sl_end_record *end;
	enum sl_status status = sl_unpack_finish(receiver->unpack, err);

	end = sl_unpack_end_record(receiver->unpack);
	*is_transient = end == NULL || end->status == SL_END_INTERRUPTED;
	if (end == NULL)
		return sl_error_code(err, SL_ERR_NETWORK, "incomplete",
		    "the head ended before its end");
	if (end->status != SL_END_COMPLETE)
		return sl_error_code(err,
		    sl_problem_status(end->code, SL_ERR_NETWORK), end->code,
		    "head: %s", end->text);
	if (status != SL_OK)
		return status;
	if (receiver->place == PLACE_NOTHING || !receiver->heads->has_grant ||
	    receiver->object != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "head_invalid",
		    "the head says it is complete, but it is not");
	status = settle(receiver, err);
	if (status != SL_OK)
		return status;
	return sl_notary_prove(receiver->notary, receiver->heads,
	    receiver->heads->count >= receiver->heads->grant.seq, err);
}
