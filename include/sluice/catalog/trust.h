/* The trust file: the service's root statement.  It says which keys have which
 * role, from when a key counts no more, and in which epoch each dataset's log
 * is.  Text of at most 64 KiB, versions 1, 2, 3 …:
 *
 *   # sluice-trust/v1
 *   # version: 2
 *   # issued: 2026-11-21T01:15:00Z
 *   # expires: 2027-11-21T01:15:00Z
 *   # origin: sluice.example.org
 *   # threshold: root=2 witness=1
 *   root RW…
 *   publisher RW… gr1,ur5e-kitting until=2026-12-01T00:00:00Z
 *   log RW…
 *   witness RW… witness.example.org
 *   billing RW…
 *   revoked RW… 2026-11-20T00:00:00Z key_compromised
 *   vouch ur5e-kitting 1 41 <base64 root hash>
 *   epoch ur5e-kitting 2 41 <base64 root hash>
 *
 * Lines stand by kind in this order, within a kind sorted by their bytes, no
 * two of one kind about one thing.  Only what sl_trust_format() writes is
 * read.  Each root key signs the raw text in a minisign file of its own.
 *
 * Version N+1 follows N if enough root keys of N and enough of N+1 signed it;
 * a key counts once, one that either file revokes never.  No clock in here:
 * callers bring the time.  sluice-trust(7) tells the whole story. */
#ifndef SLUICE_CATALOG_TRUST_H
#define SLUICE_CATALOG_TRUST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/manifest.h"
#include "sluice/catalog/name.h"
#include "sluice/crypto/key.h"

#define SL_TRUST_BYTES_MAX   (64 * 1024)
#define SL_TRUST_VERSION_MAX 999999U
#define SL_TRUST_ORIGIN_MAX  128
#define SL_TRUST_ROOTS_MAX   16
#define SL_TRUST_KEYS_MAX    64 /* of any role */
#define SL_TRUST_REVOKED_MAX 256
#define SL_TRUST_POINTS_MAX  1024 /* vouch and epoch lines together */
/* Of two versions' root keys. */
#define SL_TRUST_SIGNATURES_MAX (2 * SL_TRUST_ROOTS_MAX)
#define SL_TRUST_HASH_BYTES     32
/* A log's size is a batch's seq. */
#define SL_TRUST_EPOCH_MAX SL_SEQ_MAX

enum sl_trust_role {
	SL_TRUST_ROOT,
	SL_TRUST_PUBLISHER,
	SL_TRUST_LOG,
	SL_TRUST_WITNESS,
	SL_TRUST_BILLING,
};
#define SL_TRUST_ROLE_COUNT 5

struct sl_trust_key {
	struct sl_verify_key key;
	/* Publisher: "*" or dataset names with commas.  Owned, else NULL. */
	char *scope;
	int64_t until_us; /* publisher, retired: manifests up to then; else 0 */
	/* Witness: the name on its lines in a note; else "". */
	char name[SL_TRUST_ORIGIN_MAX + 1];
};

struct sl_trust_revocation {
	struct sl_verify_key key;
	int64_t at_us;
	char reason[SL_SLUG_MAX + 1];
};

/* A place in a dataset's log that root has spoken about. */
struct sl_trust_point {
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t epoch;
	uint32_t size;
	unsigned char root[SL_TRUST_HASH_BYTES];
};

/* The owner embeds it and calls init and clear.  Read the arrays freely;
 * change them by sl_trust_add_…() and sl_trust_drop_key() only. */
struct sl_trust {
	uint32_t version;
	int64_t issued_us; /* whole seconds, as all times here */
	int64_t expires_us;
	char origin[SL_TRUST_ORIGIN_MAX + 1];
	uint32_t root_threshold;
	uint32_t witness_threshold; /* 0 exactly if there is no witness */
	struct sl_trust_key *keys[SL_TRUST_ROLE_COUNT];
	size_t key_count[SL_TRUST_ROLE_COUNT];
	struct sl_trust_revocation *revoked;
	size_t revoked_count;
	/* The log of `dataset` in `epoch` up to `size` has `root` and is good,
	 * whoever signed its leaves. */
	struct sl_trust_point *vouches;
	size_t vouch_count;
	/* Epoch `epoch` - 1 ended at `size` with `root`; `epoch` goes on. */
	struct sl_trust_point *epochs;
	size_t epoch_count;
};

/* What a customer knows before the first contact. */
struct sl_trust_pin {
	uint32_t version; /* 0: no pin */
	uint32_t threshold;
	struct sl_verify_key keys[SL_TRUST_ROOTS_MAX]; /* sorted by text */
	size_t key_count;
};

/* "SHA256:" and base64 of 32 bytes without padding. */
#define SL_TRUST_FINGERPRINT_LEN 50

void sl_trust_init(struct sl_trust *trust);
void sl_trust_clear(struct sl_trust *trust);

/* "root", "publisher", "log", "witness", "billing" */
const char *sl_trust_role_name(enum sl_trust_role role);
bool sl_trust_role_parse(enum sl_trust_role *out, const char *name);

/* The form [a-z0-9.-]{1,128} of an origin and of a witness' name. */
bool sl_trust_origin_is_valid(struct sl_slice origin);

/* Strict.  *out must be initialised and is replaced on success only. */
SL_MUST_CHECK enum sl_status sl_trust_parse(
    struct sl_trust *out, struct sl_slice text, struct sl_error *err);

/* Append the text.  SL_ERR_INVALID, with words, for values that no trust file
 * may have (a threshold out of reach, a root key with a second role …). */
SL_MUST_CHECK enum sl_status sl_trust_format(
    struct sl_buf *buf, const struct sl_trust *trust, struct sl_error *err);

/* Building the next version.  Values are copied and kept in order; a key of
 * that role, a revocation or a point of the same dataset and epoch (epoch
 * lines) or dataset and epoch (vouches) is replaced.  SL_ERR_LIMIT. */
SL_MUST_CHECK enum sl_status sl_trust_add_key(struct sl_trust *trust,
    enum sl_trust_role role, const struct sl_trust_key *key);
SL_MUST_CHECK enum sl_status sl_trust_add_revoked(
    struct sl_trust *trust, const struct sl_trust_revocation *revoked);
SL_MUST_CHECK enum sl_status sl_trust_add_vouch(
    struct sl_trust *trust, const struct sl_trust_point *point);
SL_MUST_CHECK enum sl_status sl_trust_add_epoch(
    struct sl_trust *trust, const struct sl_trust_point *point);
/* False if the role does not have the key. */
bool sl_trust_drop_key(struct sl_trust *trust, enum sl_trust_role role,
    const struct sl_verify_key *key);

/* Did enough of this version's own root keys sign `text`?  `signatures` are
 * minisign files, at most SL_TRUST_SIGNATURES_MAX; one by a key that is not
 * asked about is passed over.  SL_ERR_INTEGRITY with "trust_threshold", or
 * "bad_signature" if one names a key of ours and is not its. */
SL_MUST_CHECK enum sl_status sl_trust_verify(const struct sl_trust *trust,
    struct sl_slice text, const struct sl_slice *signatures,
    size_t signature_count, struct sl_error *err);

/* May `next`, whose bytes are `text`, follow `trust`?  SL_ERR_INTEGRITY with
 * "trust_gap" (not N+1), "trust_rollback" (issued earlier, or another origin),
 * "trust_threshold" or "bad_signature". */
SL_MUST_CHECK enum sl_status sl_trust_verify_next(const struct sl_trust *trust,
    const struct sl_trust *next, struct sl_slice text,
    const struct sl_slice *signatures, size_t signature_count,
    struct sl_error *err);

/* Is this the version that the pin names, with its root keys and threshold,
 * and signed by enough of them?  SL_ERR_INTEGRITY with "trust_gap" (another
 * version), "trust_mismatch" (other keys) or as sl_trust_verify(). */
SL_MUST_CHECK enum sl_status sl_trust_verify_pinned(
    const struct sl_trust_pin *pin, const struct sl_trust *trust,
    struct sl_slice text, const struct sl_slice *signatures,
    size_t signature_count, struct sl_error *err);

/* SL_ERR_INTEGRITY with "trust_expired" from expires_us on. */
SL_MUST_CHECK enum sl_status sl_trust_check_time(
    const struct sl_trust *trust, int64_t now_us, struct sl_error *err);

/* NULL if it is not revoked. */
const struct sl_trust_revocation *sl_trust_revoked(
    const struct sl_trust *trust, const struct sl_verify_key *key);

/* The key of this role if it counts: listed and not revoked; else NULL. */
const struct sl_trust_key *sl_trust_find(const struct sl_trust *trust,
    enum sl_trust_role role, const struct sl_verify_key *key);

/* All keys of a role that count, as borrowed pointers into `out` of
 * SL_TRUST_KEYS_MAX; their number. */
size_t sl_trust_live_keys(const struct sl_trust_key *out[SL_TRUST_KEYS_MAX],
    const struct sl_trust *trust, enum sl_trust_role role);

/* May `key` sign a manifest of `dataset` that says `published_us`?
 * `is_vouched`: the leaf is below a vouch that the caller has checked against
 * the log; then any key that the file still knows will do.
 * SL_ERR_INTEGRITY with "revoked_key", "unknown_key", "key_out_of_scope" or
 * "retired_key". */
SL_MUST_CHECK enum sl_status sl_trust_check_publisher(
    const struct sl_trust *trust, const struct sl_verify_key *key,
    const char *dataset, int64_t published_us, bool is_vouched,
    struct sl_error *err);

/* The same for a manifest's text and its signature file: the signature and the
 * key's right.  `signer` (NULL is allowed) becomes the key.  Adds
 * "bad_signature"; SL_ERR_INVALID for a malformed signature file. */
SL_MUST_CHECK enum sl_status sl_trust_verify_manifest(
    const struct sl_trust *trust, struct sl_slice text,
    struct sl_slice signature, const struct sl_manifest *manifest,
    bool is_vouched, struct sl_verify_key *signer, struct sl_error *err);

/* The newest epoch of a dataset's log: 1 unless root says otherwise. */
uint32_t sl_trust_epoch(const struct sl_trust *trust, const char *dataset);

/* What root says about the end of epoch - 1; NULL if it says nothing. */
const struct sl_trust_point *sl_trust_epoch_start(
    const struct sl_trust *trust, const char *dataset, uint32_t epoch);

/* What root vouches for in this epoch; NULL for nothing. */
const struct sl_trust_point *sl_trust_vouch(
    const struct sl_trust *trust, const char *dataset, uint32_t epoch);

/* What to pin of this version: all its root keys that count. */
void sl_trust_pin_of(struct sl_trust_pin *out, const struct sl_trust *trust);

/* SHA-256 over "threshold K\n" and the sorted lines "root RW…\n": the same
 * for every version with these keys. */
SL_MUST_CHECK enum sl_status sl_trust_pin_hash(
    unsigned char out[SL_TRUST_HASH_BYTES], const struct sl_trust_pin *pin);
/* The same as text for people, with a NUL. */
SL_MUST_CHECK enum sl_status sl_trust_pin_fingerprint(
    char out[SL_TRUST_FINGERPRINT_LEN + 1], const struct sl_trust_pin *pin);

/* {"version":n,"threshold":n,"keys":["RW…"]}, in profiles and from
 * sluice.trust_pin().  Read is strict; a version of 0 is refused. */
SL_MUST_CHECK enum sl_status sl_trust_pin_read(
    struct sl_trust_pin *out, const json_t *value, struct sl_error *err);
/* NULL when out of memory; the caller owns it. */
json_t *sl_trust_pin_json(const struct sl_trust_pin *pin);

#endif /* SLUICE_CATALOG_TRUST_H */
