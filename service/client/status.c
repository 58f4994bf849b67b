#include "sluice/client/status.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "inspection.h"
#include "journal.h"
#include "memory.h"
#include "mirror.h"
#include "refusal.h"
#include "sluice/catalog/grant.h"
#include "sluice/catalog/json.h"

#define LICENCE_MAX (256 * 1024)
#define JOURNAL_MAX (256 * 1024 * 1024)

void
sl_mirror_status_init(struct sl_mirror_status *status)
{
	memset(status, 0, sizeof(*status));
}

void
sl_mirror_status_clear(struct sl_mirror_status *status)
{
	sl_wish_clear(&status->wish);
	json_decref(status->licence);
	sl_mirror_status_init(status);
}

static void
read_grant(struct sl_mirror_status *out, const struct sl_mirror *mirror)
{
	struct sl_grant grant;
	struct sl_buf text;

	sl_grant_init(&grant);
	sl_buf_init(&text, SL_GRANT_BYTES_MAX);
	if (sl_mirror_read(mirror, "grant.json", &text, NULL) == SL_OK &&
	    sl_grant_parse(&grant, sl_buf_slice(&text), NULL) == SL_OK) {
		out->licence_until_us = grant.valid_until_us;
		out->release_seq = grant.release_seq;
		out->release_at_us = grant.release_at_us;
		memcpy(
		    out->class_name, grant.class_name, sizeof(out->class_name));
	}
	sl_buf_clear(&text);
	sl_grant_clear(&grant);
}

static void
read_licence(struct sl_mirror_status *out, const struct sl_mirror *mirror)
{
	struct sl_buf text;

	sl_buf_init(&text, LICENCE_MAX);
	if (sl_mirror_read(mirror, "licence.json", &text, NULL) != SL_OK ||
	    sl_json_parse(
	        &out->licence, sl_buf_slice(&text), LICENCE_MAX, NULL) != SL_OK)
		out->licence = NULL;
	sl_buf_clear(&text);
}

static void
count_staged(struct sl_mirror_status *out, const struct sl_mirror *mirror)
{
	struct sl_holdings chunks = {0};
	struct sl_buf text;
	char boot[64];

	sl_buf_init(&text, JOURNAL_MAX);
	if (sl_mirror_read(mirror, SL_JOURNAL_PLACE, &text, NULL) == SL_OK &&
	    sl_journal_replay(&chunks, boot, sl_buf_slice(&text), NULL) ==
	        SL_OK)
		out->staged_chunks = sl_holdings_count(&chunks);
	sl_buf_clear(&text);
	sl_holdings_clear(&chunks);
}

static uint32_t
count_batches(const struct sl_mirror *mirror)
{
	uint32_t count = 0;
	struct stat info;
	char name[32];

	do
		snprintf(name, sizeof(name), "batches/%06u", ++count);
	while (fstatat(mirror->meta, name, &info, AT_SYMLINK_NOFOLLOW) == 0);
	return count - 1;
}

static void
read_refusal(struct sl_mirror_status *out, const struct sl_mirror *mirror)
{
	struct sl_refusal refusal;

	sl_refusal_read(mirror, &refusal);
	memcpy(out->refusal_code, refusal.code, sizeof(out->refusal_code));
	memcpy(out->refusal, refusal.text, sizeof(out->refusal));
	out->refused_at_us = refusal.at_us;
}

/* Trust files, batches, log: signatures and hashes; no index is read. */
static enum sl_status
look_for_damage(
    struct sl_mirror_status *out, const char *dir, struct sl_error *err)
{
	const struct sl_verify_options options = {.dir = dir};
	struct sl_verify_result ignored = {0};
	struct sl_check check = {
	    .options = &options, .result = &ignored, .is_brief = true};
	enum sl_status status = sl_check_open(&check, SL_MIRROR_LOOK, err);

	if (status != SL_OK)
		return status;
	status = sl_check_load_whole(&check, err);
	sl_notary_tell(&check.notary, &out->trust);
	if (status == SL_ERR_INTEGRITY) {
		out->damage = *err;
		status = sl_error_clear(err);
	}
	sl_check_clear(&check);
	return status;
}

enum sl_status
sl_mirror_status_read(
    struct sl_mirror_status *out, const char *dir, struct sl_error *err)
{
	struct sl_mirror mirror;
	enum sl_status status;

	status = sl_mirror_open(&mirror, dir, SL_MIRROR_LOOK, err);
	if (status != SL_OK)
		return status;
	status = sl_memory_dataset(&mirror, out->dataset, err);
	if (status == SL_OK && out->dataset[0] != '\0')
		status = sl_memory_read(&mirror, out->dataset, &out->wish, err);
	out->seq = mirror.state.seq;
	out->known_seq = count_batches(&mirror);
	out->is_applying = sl_mirror_has(&mirror, "redo.json");
	out->is_complete = mirror.has_state && !out->is_applying &&
	    !sl_mirror_has(&mirror, "INCOMPLETE") &&
	    out->known_seq == mirror.state.seq;
	out->segments = sl_holdings_count(&mirror.state.held);
	read_grant(out, &mirror);
	read_licence(out, &mirror);
	read_refusal(out, &mirror);
	count_staged(out, &mirror);
	if (status == SL_OK && mirror.has_state)
		status = look_for_damage(out, dir, err);
	sl_mirror_close(&mirror);
	return status;
}
