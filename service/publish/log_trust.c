#include "log_trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/trust_chain.h"
#include "sluice/crypto/sha256.h"
#include "sluice/publish/log.h"
#include "sluice/store/trust.h"

#include "log_lock.h"

#define HEX_BYTES ((size_t)SL_TRUST_HASH_BYTES * 2)
/* "SHA256:… 999999 <64 digits>\n" */
#define PIN_MAX (SL_TRUST_FINGERPRINT_LEN + 1 + 6 + 1 + HEX_BYTES + 1)

/* The file's one line. */
struct pin {
	char root[SL_TRUST_FINGERPRINT_LEN + 1];
	uint32_t version; /* 0: there is none */
	unsigned char hash[SL_TRUST_HASH_BYTES];
};

/* While a call works on it. */
struct load {
	const struct log_trust_source *source;
	char *path;
	int lock;
	struct pin pin;
	struct sl_trust_chain chain;
	uint32_t seen_count; /* versions that the database has */
	struct sl_error *err;
};

/* ---- the file ---- */

static void
format_pin(char out[PIN_MAX + 1], const struct pin *pin)
{
	char hex[HEX_BYTES + 1];

	sl_hex_encode(hex, pin->hash, sizeof(pin->hash));
	(void)snprintf(
	    out, PIN_MAX + 1, "%s %u %s\n", pin->root, pin->version, hex);
}

/* Only what format_pin() writes. */
static bool
parse_pin(struct pin *pin, struct sl_slice text)
{
	const size_t root_len = SL_TRUST_FINGERPRINT_LEN;
	char line[PIN_MAX + 1] = "";
	char again[PIN_MAX + 1];
	const char *digits;
	char *hex;
	uint64_t version;

	if (text.len <= root_len || text.len > PIN_MAX)
		return false;
	memcpy(line, text.data, text.len);
	memcpy(pin->root, line, root_len);
	digits = line + root_len + 1;
	hex = strchr(digits, ' ');
	if (hex == NULL)
		return false;
	*hex++ = '\0';
	if (!sl_parse_u64(digits, SL_TRUST_VERSION_MAX, &version) ||
	    version == 0 ||
	    sl_hex_decode(pin->hash, sizeof(pin->hash),
	        sl_slice_of(hex, strcspn(hex, "\n"))) != SL_OK)
		return false;
	pin->version = (uint32_t)version;
	format_pin(again, pin);
	return sl_slice_is(text, sl_slice_text(again));
}

static enum sl_status
pin_path(char **out, const char *home)
{
	if (asprintf(out, "%s/trust.pin", home) < 0) {
		*out = NULL;
		return SL_ERR_NOMEM;
	}
	return SL_OK;
}

static enum sl_status
read_pin(struct pin *pin, const char *path, struct sl_error *err)
{
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, PIN_MAX);
	status = sl_file_read(&text, path, err);
	if (status == SL_ERR_NOT_FOUND) {
		*pin = (struct pin){.version = 0};
		status = sl_error_clear(err);
	} else if (status == SL_ERR_LIMIT ||
	    (status == SL_OK && !parse_pin(pin, sl_buf_slice(&text)))) {
		status = sl_error_code(err, SL_ERR_INTEGRITY, "pin_damaged",
		    "%s is damaged: bring it back, or move it away and say by "
		    "--root again whom to trust",
		    path);
	}
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
write_pin(const struct pin *pin, const char *path, struct sl_error *err)
{
	char line[PIN_MAX + 1];

	format_pin(line, pin);
	return sl_file_replace(path, sl_slice_text(line), 0600, err);
}

/* ---- from the pin to the newest version ---- */

/* Is this version one with the root keys that the caller was told of? */
static enum sl_status
is_told(bool *out, struct load *load, const struct sl_trust_brought *brought)
{
	char fingerprint[SL_TRUST_FINGERPRINT_LEN + 1];
	struct sl_trust_pin pin;
	struct sl_trust trust;
	enum sl_status status;

	*out = false;
	sl_trust_init(&trust);
	status = sl_trust_parse(&trust, brought->text, load->err);
	if (status != SL_OK)
		return sl_error_prefix(
		    load->err, status, "trust file %u", brought->version);
	sl_trust_pin_of(&pin, &trust);
	sl_trust_clear(&trust);
	status = sl_trust_pin_fingerprint(fingerprint, &pin);
	if (status != SL_OK)
		return status;
	*out = strcmp(fingerprint, load->source->root) == 0;
	if (*out)
		sl_trust_chain_init(&load->chain, &pin);
	return SL_OK;
}

static enum sl_status
begin(struct load *load, const struct sl_trust_brought *brought)
{
	bool told = false;
	enum sl_status status;

	if (load->pin.version != 0) {
		if (brought->version != load->pin.version)
			return sl_error_code(load->err, SL_ERR_INTEGRITY,
			    "trust_gap",
			    "the database has no trust file %u, which was seen "
			    "before",
			    load->pin.version);
		status = sl_trust_chain_resume(
		    &load->chain, brought->text, load->pin.hash, load->err);
		return status == SL_OK ? SL_OK
		                       : sl_error_prefix(load->err, status,
		                             "trust file %u", brought->version);
	}
	status = is_told(&told, load, brought);
	return status == SL_OK && told
	    ? sl_trust_chain_accept(&load->chain, brought, load->err)
	    : status;
}

static enum sl_status
take_row(struct load *load, const json_t *row)
{
	struct sl_slice signatures[SL_TRUST_SIGNATURES_MAX];
	const struct sl_trust_brought brought = {
	    .version =
	        (uint32_t)json_integer_value(json_object_get(row, "version")),
	    .text =
	        sl_slice_text(json_string_value(json_object_get(row, "text"))),
	    .signatures = signatures,
	    .signature_count = sl_store_trust_signatures(signatures, row)};

	load->seen_count++;
	return sl_trust_chain_version(&load->chain) == 0
	    ? begin(load, &brought)
	    : sl_trust_chain_accept(&load->chain, &brought, load->err);
}

static enum sl_status
climb(struct load *load)
{
	uint32_t after = load->pin.version == 0 ? 0 : load->pin.version - 1;
	size_t count = SL_TRUST_VERSIONS_MAX;
	enum sl_status status = SL_OK;

	while (status == SL_OK && count == SL_TRUST_VERSIONS_MAX) {
		json_t *rows;
		const json_t *row;
		size_t i;

		status = sl_store_trust_versions(&rows, load->source->db, after,
		    SL_TRUST_VERSIONS_MAX, load->err);
		if (status != SL_OK)
			return status;
		count = json_array_size(rows);
		json_array_foreach (rows, i, row)
			if (status == SL_OK)
				status = take_row(load, row);
		after += (uint32_t)count;
		json_decref(rows);
	}
	return status;
}

static enum sl_status
refuse_nothing(struct load *load)
{
	if (load->pin.version > 1)
		return sl_error_code(load->err, SL_ERR_INTEGRITY,
		    "trust_rollback",
		    "the database does not have trust file %u, which was seen "
		    "before: it was rolled back",
		    load->pin.version);
	if (load->seen_count == 0)
		return sl_error_code(load->err, SL_ERR_STATE, "no_trust",
		    "no trust file is installed");
	return sl_error_code(load->err, SL_ERR_INTEGRITY, "trust_mismatch",
	    "none of the %u trust files in the database has root keys with the "
	    "fingerprint %s",
	    load->seen_count, load->source->root);
}

/* A fingerprint that is told again may be the first one's or the newest's. */
static enum sl_status
check_told(struct load *load)
{
	char newest[SL_TRUST_FINGERPRINT_LEN + 1];
	const char *root = load->source->root;
	struct sl_trust_pin pin;
	enum sl_status status;

	if (root == NULL || load->pin.version == 0 ||
	    strcmp(root, load->pin.root) == 0)
		return SL_OK;
	sl_trust_pin_of(&pin, &load->chain.newest);
	status = sl_trust_pin_fingerprint(newest, &pin);
	if (status != SL_OK || strcmp(root, newest) == 0)
		return status;
	return sl_error_code(load->err, SL_ERR_INTEGRITY, "trust_mismatch",
	    "this home trusts the root %s (%s), not %s", load->pin.root,
	    load->path, root);
}

static enum sl_status
keep(struct load *load)
{
	struct pin *pin = &load->pin;

	if (pin->version == sl_trust_chain_version(&load->chain))
		return SL_OK;
	if (pin->version == 0)
		memcpy(pin->root, load->source->root, sizeof(pin->root));
	pin->version = sl_trust_chain_version(&load->chain);
	memcpy(pin->hash, load->chain.hash, sizeof(pin->hash));
	return write_pin(pin, load->path, load->err);
}

static enum sl_status
open_load(struct load *load)
{
	const char *home = load->source->home;
	char *lock = NULL;
	enum sl_status status = pin_path(&load->path, home);

	if (status == SL_OK)
		status = sl_file_make_dirs(home, load->err);
	if (status == SL_OK && asprintf(&lock, "%s/trust.lock", home) < 0)
		status = SL_ERR_NOMEM;
	if (status == SL_OK)
		status = log_lock_take(
		    &load->lock, lock, "this home's trust", load->err);
	free(lock);
	return status == SL_OK ? read_pin(&load->pin, load->path, load->err)
	                       : status;
}

/* What is told must have a fingerprint's form: it becomes the pin. */
static enum sl_status
check_source(const struct load *load)
{
	const char *root = load->source->root;

	if (root == NULL && load->pin.version == 0)
		return sl_error_code(load->err, SL_ERR_STATE, "no_root",
		    "this home was not told yet which root keys to trust");
	if (root != NULL && strlen(root) != SL_TRUST_FINGERPRINT_LEN)
		return sl_error_code(load->err, SL_ERR_INVALID, "bad_root",
		    "'%.60s' is no fingerprint of root keys: SHA256: and 43 "
		    "characters",
		    root);
	return SL_OK;
}

enum sl_status
log_trust_load(struct sl_trust *out, const struct log_trust_source *source,
    struct sl_error *err)
{
	struct load load = {.source = source, .lock = -1, .err = err};
	enum sl_status status = open_load(&load);

	sl_trust_chain_init(&load.chain, &(struct sl_trust_pin){0});
	if (status == SL_OK)
		status = check_source(&load);
	if (status == SL_OK)
		status = climb(&load);
	if (status == SL_OK && sl_trust_chain_version(&load.chain) == 0)
		status = refuse_nothing(&load);
	if (status == SL_OK)
		status = check_told(&load);
	if (status == SL_OK)
		status = keep(&load);
	if (status == SL_OK) {
		sl_trust_clear(out);
		*out = load.chain.newest;
		sl_trust_init(&load.chain.newest);
	}
	sl_trust_chain_clear(&load.chain);
	if (load.lock >= 0)
		close(load.lock);
	free(load.path);
	return status;
}

enum sl_status
log_trust_need(const struct sl_trust *trust, enum sl_trust_role role,
    const struct sl_sign_key *key, const char *code, struct sl_error *err)
{
	char id[SL_KEY_ID_TEXT_LEN + 1];
	struct sl_verify_key half;

	sl_sign_key_public(key, &half);
	if (sl_trust_find(trust, role, &half) != NULL)
		return SL_OK;
	sl_verify_key_format_id(id, &half);
	return sl_error_code(err, SL_ERR_DENIED, code,
	    "key %s is not a %s key of trust file %u", id,
	    sl_trust_role_name(role), trust->version);
}

/* ---- the ceremony's ---- */

enum sl_status
sl_log_need_no_pin(const char *home, struct sl_error *err)
{
	struct pin pin;
	char *path;
	enum sl_status status = pin_path(&path, home);

	if (status != SL_OK)
		return status;
	status = read_pin(&pin, path, err);
	if (status == SL_OK && pin.version != 0)
		status = sl_error_code(err, SL_ERR_EXISTS, "root_pinned",
		    "%s: this home trusts the root %s already", path, pin.root);
	free(path);
	return status;
}

enum sl_status
sl_log_pin(const char *home, const struct sl_trust *trust, struct sl_slice text,
    struct sl_error *err)
{
	struct pin pin = {.version = trust->version};
	struct sl_trust_pin roots;
	char *path = NULL;
	enum sl_status status = sl_log_need_no_pin(home, err);

	sl_trust_pin_of(&roots, trust);
	if (status == SL_OK)
		status = sl_trust_pin_fingerprint(pin.root, &roots);
	if (status == SL_OK)
		status = sl_sha256_of(pin.hash, text);
	if (status == SL_OK)
		status = pin_path(&path, home);
	if (status == SL_OK)
		status = write_pin(&pin, path, err);
	free(path);
	return status;
}
