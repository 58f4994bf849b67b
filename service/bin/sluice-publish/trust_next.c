#include "trust_next.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/base64.h"
#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/command/run.h"

#include "place.h"

#define SECOND_US  INT64_C(1000000)
#define EXPIRES_MS (UINT64_C(365) * 86400 * 1000)
#define WORD_MAX   256

static int64_t
now_us(void)
{
	return sl_clock_wall_us() / SECOND_US * SECOND_US;
}

enum sl_status
trust_next_begin(
    struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_text(run, "trust");
	uint64_t ms = sl_run_number(run, "expires", EXPIRES_MS);
	enum sl_status status;

	trust_file_init(&next->base);
	sl_trust_init(&next->trust);
	if (ms < 1000 || ms > 10 * EXPIRES_MS)
		return sl_run_usage(
		    run, err, "--expires: between a second and ten years");
	status = path == NULL ? trust_file_installed(&next->base, run, err)
	                      : trust_file_read(&next->base, path, err);
	if (status == SL_OK)
		status = sl_trust_parse(
		    &next->trust, sl_buf_slice(&next->base.text), err);
	if (status != SL_OK)
		return status;
	next->trust.version++;
	next->trust.issued_us = now_us();
	if (next->trust.issued_us < next->base.trust.issued_us)
		next->trust.issued_us = next->base.trust.issued_us;
	next->trust.expires_us =
	    next->trust.issued_us + (int64_t)(ms / 1000) * SECOND_US;
	return SL_OK;
}

void
trust_next_clear(struct trust_next *next)
{
	trust_file_clear(&next->base);
	sl_trust_clear(&next->trust);
}

static void
print_signers(struct sl_run *run, const struct sl_trust *trust, const char *by)
{
	const struct sl_trust_key *keys[SL_TRUST_KEYS_MAX];
	size_t count = sl_trust_live_keys(keys, trust, SL_TRUST_ROOT);

	sl_run_print(
	    run, "%u of these root keys %s:", trust->root_threshold, by);
	for (size_t i = 0; i < count; i++) {
		char id[SL_KEY_ID_TEXT_LEN + 1];

		sl_verify_key_format_id(id, &keys[i]->key);
		sl_run_print(run, "  %s", id);
	}
}

enum sl_status
trust_next_finish(
    struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	const char *out = sl_run_text(run, "out");
	struct sl_buf text;
	char *home = NULL;
	char *path = NULL;
	enum sl_status status = SL_OK;

	sl_buf_init(&text, SL_TRUST_BYTES_MAX);
	if (out == NULL)
		status = place_home(&home, run, err);
	if (status == SL_OK)
		status = sl_trust_format(&text, &next->trust, err);
	if (status == SL_OK)
		status = trust_file_write(
		    &path, out == NULL ? home : out, &next->trust, err);
	if (status == SL_ERR_EXISTS)
		sl_run_hint(run,
		    "if that request is given up, remove it; or give --out");
	if (status == SL_OK) {
		trust_file_print_changes(
		    run, sl_buf_slice(&next->base.text), sl_buf_slice(&text));
		print_signers(run, &next->base.trust, "must sign it");
		print_signers(run, &next->trust, "must sign it as well");
		sl_run_print(run,
		    "next, where a root key is: sluice-publish sign "
		    "--key-file ROOT.key %s",
		    path);
		sl_run_json(run,
		    json_pack("{s:s, s:I}", "request", path, "version",
		        (json_int_t)next->trust.version));
	}
	sl_buf_clear(&text);
	free(home);
	free(path);
	return status;
}

/* By its id, in any role. */
static bool
find_by_id(
    struct sl_verify_key *out, const struct sl_trust *trust, const char *name)
{
	for (size_t role = 0; role < SL_TRUST_ROLE_COUNT; role++) {
		for (size_t i = 0; i < trust->key_count[role]; i++) {
			char id[SL_KEY_ID_TEXT_LEN + 1];

			sl_verify_key_format_id(id, &trust->keys[role][i].key);
			if (strcmp(id, name) == 0) {
				*out = trust->keys[role][i].key;
				return true;
			}
		}
	}
	return false;
}

enum sl_status
trust_next_key(struct sl_verify_key *out, const struct trust_next *next,
    struct sl_run *run, const char *name, struct sl_error *err)
{
	char *path;
	enum sl_status status;

	if (sl_verify_key_parse(out, sl_slice_text(name)) == SL_OK ||
	    find_by_id(out, &next->trust, name))
		return SL_OK;
	if (strchr(name, '/') != NULL || access(name, F_OK) == 0)
		return sl_verify_key_load(out, name, err);
	status = place_key_path(&path, run, name, "pub", err);
	if (status == SL_OK)
		status = sl_verify_key_load(out, path, err);
	if (status == SL_ERR_NOT_FOUND)
		status = sl_error_code(err, status, "key_not_found",
		    "%.80s is no public key, no file of one, no name of one in "
		    "the home folder and no id in the trust file",
		    name);
	free(path);
	return status;
}

enum sl_status
trust_next_retire(struct trust_next *next, const struct sl_verify_key *key,
    int64_t until_us, struct sl_error *err)
{
	struct sl_trust *trust = &next->trust;

	for (size_t i = 0; i < trust->key_count[SL_TRUST_PUBLISHER]; i++) {
		struct sl_trust_key *line = &trust->keys[SL_TRUST_PUBLISHER][i];
		struct sl_trust_key copy = *line;
		enum sl_status status;

		if (!sl_verify_key_is(&line->key, key))
			continue;
		copy.until_us = until_us / SECOND_US * SECOND_US;
		status = sl_trust_add_key(trust, SL_TRUST_PUBLISHER, &copy);
		return status == SL_OK
		    ? SL_OK
		    : sl_error_set(err, status, "out of memory");
	}
	return sl_error_code(err, SL_ERR_NOT_FOUND, "key_not_found",
	    "the trust file has no such publisher's key; a log's or a "
	    "witness' key is removed");
}

enum sl_status
trust_next_revoke(struct trust_next *next, const struct sl_verify_key *key,
    const char *reason, struct sl_error *err)
{
	struct sl_trust_revocation revoked = {.key = *key, .at_us = now_us()};
	enum sl_status status;

	if (!sl_slug_is_valid(sl_slice_text(reason)))
		return sl_error_set(err, SL_ERR_INVALID,
		    "'%.80s' is no reason: one word such as key_compromised",
		    reason);
	memcpy(revoked.reason, reason, strlen(reason) + 1);
	status = sl_trust_add_revoked(&next->trust, &revoked);
	if (status != SL_OK)
		return sl_error_set(err, status, "too many revoked keys");
	for (size_t role = 0; role < SL_TRUST_ROLE_COUNT; role++)
		(void)sl_trust_drop_key(
		    &next->trust, (enum sl_trust_role)role, key);
	return SL_OK;
}

/* The part of `text` before ':', and what is behind it; NULL if there is no
 * ':' or the part is too long. */
static const char *
take_part(char out[WORD_MAX], const char *text)
{
	const char *colon = strchr(text, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - text);

	if (colon == NULL || len >= WORD_MAX)
		return NULL;
	memcpy(out, text, len);
	out[len] = '\0';
	return colon + 1;
}

static bool
read_point(struct sl_trust_point *point, const char *text)
{
	char dataset[WORD_MAX];
	char epoch[WORD_MAX];
	char size[WORD_MAX];
	uint64_t number = 0;
	uint64_t count = 0;
	const char *rest = take_part(dataset, text);

	if (rest != NULL)
		rest = take_part(epoch, rest);
	if (rest != NULL)
		rest = take_part(size, rest);
	if (rest == NULL || !sl_dataset_name_is_valid(sl_slice_text(dataset)) ||
	    !sl_parse_u64(epoch, SL_TRUST_EPOCH_MAX, &number) ||
	    !sl_parse_u64(size, SL_SEQ_MAX, &count) ||
	    sl_base64_decode(
	        point->root, sizeof(point->root), sl_slice_text(rest)) != SL_OK)
		return false;
	memcpy(point->dataset, dataset, strlen(dataset) + 1);
	point->epoch = (uint32_t)number;
	point->size = (uint32_t)count;
	return true;
}

enum sl_status
trust_next_points(
    struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	static const char *const names[] = {"vouch", "epoch"};

	for (size_t kind = 0; kind < 2; kind++) {
		for (size_t i = 0; i < sl_run_count(run, names[kind]); i++) {
			const char *text = sl_run_text_at(run, names[kind], i);
			struct sl_trust_point point = {0};
			enum sl_status status;

			if (!read_point(&point, text))
				return sl_run_usage(run, err,
				    "--%s '%.80s' is not "
				    "DATASET:EPOCH:SIZE:ROOT; 'log status "
				    "--json' has them",
				    names[kind], text);
			status = kind == 0
			    ? sl_trust_add_vouch(&next->trust, &point)
			    : sl_trust_add_epoch(&next->trust, &point);
			if (status != SL_OK)
				return sl_error_set(
				    err, status, "too many points");
		}
	}
	return SL_OK;
}
