#include "sluice/catalog/witness.h"

#include <string.h>

/* What a time in a note can be in microseconds. */
#define SECONDS_MAX ((uint64_t)INT64_MAX / 1000000)

/* Newest first, of equal ones the earlier added first. */
static void
insert(struct sl_witnessed *all, const struct sl_witness_statement *one)
{
	size_t at = all->count++;

	while (at > 0 && all->all[at - 1].at_us < one->at_us) {
		all->all[at] = all->all[at - 1];
		at--;
	}
	all->all[at] = *one;
}

/* Two keys under one name, or one key under two names, are one witness. */
static bool
has_counted(const struct sl_witness_statement *all, size_t count,
    const struct sl_trust_key *witness)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].witness->name, witness->name) == 0 ||
		    memcmp(all[i].witness->key.bytes, witness->key.bytes,
		        SL_KEY_BYTES) == 0)
			return true;
	return false;
}

static void
keep_each_once(struct sl_witnessed *all)
{
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++)
		if (!has_counted(all->all, count, all->all[i].witness))
			all->all[count++] = all->all[i];
	all->count = count;
}

enum sl_status
sl_witnessed_read(struct sl_witnessed *out, const struct sl_trust *trust,
    const struct sl_note *note, int64_t now_us, struct sl_error *err)
{
	const struct sl_trust_key *keys[SL_TRUST_KEYS_MAX];
	size_t key_count = sl_trust_live_keys(keys, trust, SL_TRUST_WITNESS);

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < key_count; i++) {
		struct sl_witness_statement one = {.witness = keys[i]};
		uint64_t time_s;
		enum sl_status status = sl_note_check_cosignature(
		    &time_s, note, keys[i]->name, &keys[i]->key);

		if (status == SL_ERR_NOT_FOUND)
			continue;
		if (status != SL_OK || time_s > SECONDS_MAX)
			return sl_error_code(err, SL_ERR_INTEGRITY,
			    "bad_signature",
			    "the checkpoint's line of witness %s is not signed "
			    "by it: one of them was changed",
			    keys[i]->name);
		one.at_us = (int64_t)(time_s * 1000000);
		if (one.at_us - SL_WITNESS_AHEAD_US > now_us)
			out->ahead = one;
		else
			insert(out, &one);
	}
	keep_each_once(out);
	return SL_OK;
}
