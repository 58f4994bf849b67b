/* Which values a trust file may have. */
#include <string.h>

#include "sluice/catalog/trust.h"

#include "trust_text.h"

#define SECOND_US INT64_C(1000000)
/* 9999-12-31T23:59:59Z */
#define TIME_MAX_US (INT64_C(253402300799) * SECOND_US)

static enum sl_status
refuse(struct sl_error *err, const char *words)
{
	return sl_error_set(err, SL_ERR_INVALID, "a trust file: %s", words);
}

static bool
is_time(int64_t wall_us)
{
	return wall_us >= 0 && wall_us <= TIME_MAX_US &&
	    wall_us % SECOND_US == 0;
}

static enum sl_status
check_header(const struct sl_trust *trust, struct sl_error *err)
{
	if (trust->version < 1 || trust->version > SL_TRUST_VERSION_MAX)
		return refuse(err, "its version is out of range");
	if (!is_time(trust->issued_us) || !is_time(trust->expires_us) ||
	    trust->expires_us <= trust->issued_us)
		return refuse(err, "it expires before it was issued");
	if (!sl_trust_origin_is_valid(sl_slice_text(trust->origin)))
		return refuse(err, "its origin is not a name of a-z0-9.-");
	return SL_OK;
}

static bool
has_form(const struct sl_trust_key *key, enum sl_trust_role role)
{
	bool is_publisher = role == SL_TRUST_PUBLISHER;
	bool is_witness = role == SL_TRUST_WITNESS;

	if ((key->scope != NULL) != is_publisher ||
	    (key->name[0] != '\0') != is_witness)
		return false;
	if (is_publisher && !sl_trust_scope_is_valid(sl_slice_text(key->scope)))
		return false;
	if (is_witness && !sl_trust_origin_is_valid(sl_slice_text(key->name)))
		return false;
	return key->until_us == 0 || (is_publisher && is_time(key->until_us));
}

static enum sl_status
check_keys(const struct sl_trust *trust, struct sl_error *err)
{
	for (size_t role = 0; role < SL_TRUST_ROLE_COUNT; role++)
		for (size_t i = 0; i < trust->key_count[role]; i++)
			if (!has_form(&trust->keys[role][i],
			        (enum sl_trust_role)role))
				return refuse(err,
				    "a key's scope, end or name is malformed");
	return SL_OK;
}

/* Signature files are told apart by the key's id; and what signs the rest
 * must not lie where the rest is signed. */
static enum sl_status
check_root(const struct sl_trust *trust, const struct sl_verify_key *root,
    struct sl_error *err)
{
	size_t same = 0;

	for (size_t i = 0; i < trust->key_count[SL_TRUST_ROOT]; i++) {
		const struct sl_verify_key *other =
		    &trust->keys[SL_TRUST_ROOT][i].key;

		if (memcmp(other->id, root->id, SL_KEY_ID_BYTES) == 0 ||
		    memcmp(other->bytes, root->bytes, SL_KEY_BYTES) == 0)
			same++;
	}
	if (same > 1)
		return refuse(err, "a root key, or its id, is there twice");
	for (size_t role = SL_TRUST_ROOT + 1; role < SL_TRUST_ROLE_COUNT;
	     role++)
		for (size_t i = 0; i < trust->key_count[role]; i++)
			if (memcmp(trust->keys[role][i].key.bytes, root->bytes,
			        SL_KEY_BYTES) == 0)
				return refuse(
				    err, "a root key has a second role");
	return SL_OK;
}

/* Names of witnesses that count, each once. */
static size_t
count_witnesses(const struct sl_trust *trust)
{
	const struct sl_trust_key *keys[SL_TRUST_KEYS_MAX];
	size_t key_count = sl_trust_live_keys(keys, trust, SL_TRUST_WITNESS);
	size_t count = 0;

	for (size_t i = 0; i < key_count; i++) {
		size_t before = 0;

		while (before < i &&
		    strcmp(keys[before]->name, keys[i]->name) != 0)
			before++;
		if (before == i)
			count++;
	}
	return count;
}

static enum sl_status
check_thresholds(const struct sl_trust *trust, struct sl_error *err)
{
	const struct sl_trust_key *keys[SL_TRUST_KEYS_MAX];
	size_t roots = sl_trust_live_keys(keys, trust, SL_TRUST_ROOT);

	if (trust->root_threshold < 1 || trust->root_threshold > roots)
		return refuse(
		    err, "fewer root keys count than its threshold asks for");
	if ((trust->witness_threshold == 0) !=
	    (trust->key_count[SL_TRUST_WITNESS] == 0))
		return refuse(err,
		    "its witness threshold is 0 exactly if it has no witness");
	if (trust->witness_threshold > count_witnesses(trust))
		return refuse(
		    err, "fewer witnesses count than its threshold asks for");
	for (size_t i = 0; i < trust->key_count[SL_TRUST_ROOT]; i++) {
		enum sl_status status =
		    check_root(trust, &trust->keys[SL_TRUST_ROOT][i].key, err);

		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
check_revoked(const struct sl_trust *trust, struct sl_error *err)
{
	for (size_t i = 0; i < trust->revoked_count; i++)
		if (!is_time(trust->revoked[i].at_us) ||
		    !sl_slug_is_valid(sl_slice_text(trust->revoked[i].reason)))
			return refuse(
			    err, "a revocation's time or reason is malformed");
	return SL_OK;
}

static bool
is_point(const struct sl_trust_point *point)
{
	return sl_dataset_name_is_valid(sl_slice_text(point->dataset)) &&
	    point->epoch >= 1 && point->epoch <= SL_TRUST_EPOCH_MAX &&
	    point->size >= 1 && point->size <= SL_SEQ_MAX;
}

/* Epochs of a dataset are 2, 3 … without a gap, and no log shrinks. */
static enum sl_status
check_points(const struct sl_trust *trust, struct sl_error *err)
{
	for (size_t i = 0; i < trust->vouch_count; i++)
		if (!is_point(&trust->vouches[i]))
			return refuse(err, "a vouch is out of range");
	for (size_t i = 0; i < trust->epoch_count; i++) {
		const struct sl_trust_point *point = &trust->epochs[i];
		const struct sl_trust_point *before;

		if (!is_point(point) || point->epoch < 2)
			return refuse(err, "an epoch is out of range");
		if (point->epoch == 2)
			continue;
		before = sl_trust_epoch_start(
		    trust, point->dataset, point->epoch - 1);
		if (before == NULL)
			return refuse(err, "a dataset's epochs have a gap");
		if (before->size > point->size)
			return refuse(
			    err, "an epoch ends before the one before it");
	}
	return SL_OK;
}

enum sl_status
sl_trust_check_sound(const struct sl_trust *trust, struct sl_error *err)
{
	enum sl_status status = check_header(trust, err);

	if (status == SL_OK)
		status = check_keys(trust, err);
	if (status == SL_OK)
		status = check_thresholds(trust, err);
	if (status == SL_OK)
		status = check_revoked(trust, err);
	if (status == SL_OK)
		status = check_points(trust, err);
	return status;
}
