/* Whose signature counts: for a trust file, and for a manifest. */
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/catalog/trust.h"
#include "sluice/crypto/minisig.h"

#include "trust_text.h"

const struct sl_trust_revocation *
sl_trust_revoked(const struct sl_trust *trust, const struct sl_verify_key *key)
{
	/* By the key alone: another id makes no other key. */
	for (size_t i = 0; i < trust->revoked_count; i++)
		if (memcmp(trust->revoked[i].key.bytes, key->bytes,
		        SL_KEY_BYTES) == 0)
			return &trust->revoked[i];
	return NULL;
}

/* Listed, whether it counts or not. */
static const struct sl_trust_key *
find_listed(const struct sl_trust *trust, enum sl_trust_role role,
    const struct sl_verify_key *key)
{
	for (size_t i = 0; i < trust->key_count[role]; i++)
		if (sl_verify_key_is(&trust->keys[role][i].key, key))
			return &trust->keys[role][i];
	return NULL;
}

const struct sl_trust_key *
sl_trust_find(const struct sl_trust *trust, enum sl_trust_role role,
    const struct sl_verify_key *key)
{
	return sl_trust_revoked(trust, key) != NULL
	    ? NULL
	    : find_listed(trust, role, key);
}

size_t
sl_trust_live_keys(const struct sl_trust_key *out[SL_TRUST_KEYS_MAX],
    const struct sl_trust *trust, enum sl_trust_role role)
{
	size_t count = 0;

	for (size_t i = 0; i < trust->key_count[role]; i++)
		if (sl_trust_revoked(trust, &trust->keys[role][i].key) == NULL)
			out[count++] = &trust->keys[role][i];
	return count;
}

/* What may count together towards one threshold. */
struct quorum {
	const struct sl_verify_key *keys[SL_TRUST_ROOTS_MAX];
	bool signed_by[SL_TRUST_ROOTS_MAX];
	size_t count;
};

/* Keys with the same public bytes under two ids are one key. */
static bool
quorum_has(const struct quorum *quorum, const struct sl_verify_key *key)
{
	for (size_t i = 0; i < quorum->count; i++)
		if (memcmp(quorum->keys[i]->bytes, key->bytes, SL_KEY_BYTES) ==
		    0)
			return true;
	return false;
}

static void
quorum_add(struct quorum *quorum, const struct sl_verify_key *key)
{
	if (quorum->count < SL_TRUST_ROOTS_MAX && !quorum_has(quorum, key))
		quorum->keys[quorum->count++] = key;
}

/* The root keys of `trust` that neither it nor `also` (or NULL) revokes. */
static void
quorum_of(struct quorum *quorum, const struct sl_trust *trust,
    const struct sl_trust *also)
{
	const struct sl_trust_key *keys[SL_TRUST_KEYS_MAX];
	size_t count = sl_trust_live_keys(keys, trust, SL_TRUST_ROOT);

	memset(quorum, 0, sizeof(*quorum));
	for (size_t i = 0; i < count; i++)
		if (also == NULL ||
		    sl_trust_revoked(also, &keys[i]->key) == NULL)
			quorum_add(quorum, &keys[i]->key);
}

static enum sl_status
count_signature(struct quorum *quorum, struct sl_slice text,
    struct sl_slice signature, struct sl_error *err)
{
	struct sl_minisig minisig;
	enum sl_status status = sl_minisig_parse(&minisig, signature, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "a root signature");
	for (size_t i = 0; i < quorum->count; i++) {
		if (memcmp(quorum->keys[i]->id, minisig.key_id,
		        SL_KEY_ID_BYTES) != 0)
			continue;
		status = sl_minisig_verify(
		    signature, text, quorum->keys[i], 1, NULL, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "a trust file's root signature");
		quorum->signed_by[i] = true;
	}
	return SL_OK;
}

static enum sl_status
reach(struct quorum *quorum, uint32_t threshold, struct sl_slice text,
    const struct sl_slice *signatures, size_t signature_count,
    struct sl_error *err)
{
	size_t reached = 0;

	if (signature_count > SL_TRUST_SIGNATURES_MAX)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_threshold",
		    "a trust file with more than %d signatures",
		    SL_TRUST_SIGNATURES_MAX);
	for (size_t i = 0; i < signature_count; i++) {
		enum sl_status status =
		    count_signature(quorum, text, signatures[i], err);

		if (status != SL_OK)
			return status;
	}
	for (size_t i = 0; i < quorum->count; i++)
		reached += quorum->signed_by[i] ? 1 : 0;
	if (threshold == 0 || reached < threshold)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_threshold",
		    "%zu of the %u root signatures that are needed", reached,
		    threshold);
	return SL_OK;
}

enum sl_status
sl_trust_verify(const struct sl_trust *trust, struct sl_slice text,
    const struct sl_slice *signatures, size_t signature_count,
    struct sl_error *err)
{
	struct quorum quorum;
	enum sl_status status;

	quorum_of(&quorum, trust, NULL);
	status = reach(&quorum, trust->root_threshold, text, signatures,
	    signature_count, err);
	return status == SL_OK
	    ? SL_OK
	    : sl_error_prefix(err, status, "trust version %u", trust->version);
}

static enum sl_status
check_order(const struct sl_trust *trust, const struct sl_trust *next,
    struct sl_error *err)
{
	if (next->version != trust->version + 1)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_gap",
		    "trust version %u does not follow version %u",
		    next->version, trust->version);
	if (next->issued_us < trust->issued_us)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_rollback",
		    "trust version %u says to be older than version %u",
		    next->version, trust->version);
	if (strcmp(next->origin, trust->origin) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_rollback",
		    "trust version %u is of %s, version %u of %s",
		    next->version, next->origin, trust->version, trust->origin);
	return SL_OK;
}

enum sl_status
sl_trust_verify_next(const struct sl_trust *trust, const struct sl_trust *next,
    struct sl_slice text, const struct sl_slice *signatures,
    size_t signature_count, struct sl_error *err)
{
	struct quorum quorum;
	enum sl_status status = check_order(trust, next, err);

	if (status != SL_OK)
		return status;
	quorum_of(&quorum, trust, next);
	status = reach(&quorum, trust->root_threshold, text, signatures,
	    signature_count, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status,
		    "trust version %u, by the root keys of version %u",
		    next->version, trust->version);
	quorum_of(&quorum, next, trust);
	status = reach(&quorum, next->root_threshold, text, signatures,
	    signature_count, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status,
		    "trust version %u, by its own root keys", next->version);
	return SL_OK;
}

enum sl_status
sl_trust_verify_pinned(const struct sl_trust_pin *pin,
    const struct sl_trust *trust, struct sl_slice text,
    const struct sl_slice *signatures, size_t signature_count,
    struct sl_error *err)
{
	struct sl_trust_pin own;
	bool same;

	if (pin->version == 0 || trust->version != pin->version)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_gap",
		    "trust version %u, where version %u is pinned",
		    trust->version, pin->version);
	sl_trust_pin_of(&own, trust);
	same =
	    own.threshold == pin->threshold && own.key_count == pin->key_count;
	for (size_t i = 0; same && i < own.key_count; i++)
		same = sl_verify_key_is(&own.keys[i], &pin->keys[i]);
	if (!same)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_mismatch",
		    "trust version %u has other root keys than the pinned ones",
		    trust->version);
	return sl_trust_verify(trust, text, signatures, signature_count, err);
}

enum sl_status
sl_trust_check_time(
    const struct sl_trust *trust, int64_t now_us, struct sl_error *err)
{
	char expired[SL_TIME_TEXT_MAX];

	if (now_us < trust->expires_us)
		return SL_OK;
	sl_time_format(expired, trust->expires_us);
	return sl_error_code(err, SL_ERR_INTEGRITY, "trust_expired",
	    "trust version %u expired on %s", trust->version, expired);
}

static enum sl_status
refuse_key(struct sl_error *err, const char *code,
    const struct sl_verify_key *key, const char *words)
{
	char id[SL_KEY_ID_TEXT_LEN + 1];

	sl_verify_key_format_id(id, key);
	return sl_error_code(
	    err, SL_ERR_INTEGRITY, code, "key %s %s", id, words);
}

enum sl_status
sl_trust_check_publisher(const struct sl_trust *trust,
    const struct sl_verify_key *key, const char *dataset, int64_t published_us,
    bool is_vouched, struct sl_error *err)
{
	const struct sl_trust_key *listed =
	    find_listed(trust, SL_TRUST_PUBLISHER, key);
	bool is_revoked = sl_trust_revoked(trust, key) != NULL;

	if (is_vouched && (listed != NULL || is_revoked))
		return SL_OK;
	if (is_revoked)
		return refuse_key(err, "revoked_key", key, "is revoked");
	if (listed == NULL)
		return refuse_key(
		    err, "unknown_key", key, "is no publisher's key");
	if (!sl_trust_scope_has(listed->scope, dataset))
		return refuse_key(err, "key_out_of_scope", key,
		    "may not sign batches of this dataset");
	if (listed->until_us != 0 && published_us > listed->until_us)
		return refuse_key(err, "retired_key", key,
		    "was retired before this batch was published");
	return SL_OK;
}

/* All keys that may have signed a manifest, or may no more. */
static size_t
gather_publishers(struct sl_verify_key *out, const struct sl_trust *trust)
{
	size_t count = 0;

	for (size_t i = 0; i < trust->key_count[SL_TRUST_PUBLISHER]; i++)
		out[count++] = trust->keys[SL_TRUST_PUBLISHER][i].key;
	for (size_t i = 0; i < trust->revoked_count; i++)
		out[count++] = trust->revoked[i].key;
	return count;
}

enum sl_status
sl_trust_verify_manifest(const struct sl_trust *trust, struct sl_slice text,
    struct sl_slice signature, const struct sl_manifest *manifest,
    bool is_vouched, struct sl_verify_key *signer, struct sl_error *err)
{
	struct sl_verify_key keys[SL_TRUST_KEYS_MAX + SL_TRUST_REVOKED_MAX];
	size_t count = gather_publishers(keys, trust);
	size_t by = 0;
	enum sl_status status =
	    sl_minisig_verify(signature, text, keys, count, &by, err);

	if (status == SL_OK)
		status = sl_trust_check_publisher(trust, &keys[by],
		    manifest->dataset, manifest->published_us, is_vouched, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "batch %u of %s",
		    manifest->seq, manifest->dataset);
	if (signer != NULL)
		*signer = keys[by];
	return SL_OK;
}
