/* Everybody who signs something, in memory: root, publisher, log, witness. */
#ifndef SL_UNIT_CLIENT_AUTHORITY_H
#define SL_UNIT_CLIENT_AUTHORITY_H

#include "chain.h"
#include "sluice/catalog/checkpoint.h"
#include "sluice/catalog/log.h"

#define AUTHORITY_ORIGIN  "test.sluice"
#define AUTHORITY_WITNESS "witness.test"
/* When everything happens, in seconds. */
#define AUTHORITY_NOW_S INT64_C(1795223700)

struct authority {
	struct sl_sign_key *root;
	struct sl_sign_key *publisher;
	struct sl_sign_key *log;
	struct sl_sign_key *witness;
	struct sl_trust trust;   /* the version to be issued next */
	struct sl_trust_pin pin; /* of version 1 */
};

/* Version 1 is ready to be issued: one key of each role, thresholds 1. */
void authority_init(struct authority *authority);
void authority_clear(struct authority *authority);

struct sl_verify_key authority_public(const struct sl_sign_key *key);

/* Sign the version as it stands; trust.version goes on to the next. */
void authority_issue(struct authority *authority, struct sl_chain_link *link);
/* The same, by another key. */
void authority_issue_by(struct authority *authority,
    const struct sl_sign_key *root, struct sl_chain_link *link);

void authority_revoke(
    struct authority *authority, const struct sl_sign_key *key);

/* A checkpoint, signed by the log and, unless time_s is 0, cosigned. */
void authority_note(const struct authority *authority, struct sl_buf *out,
    const struct sl_checkpoint *checkpoint, int64_t time_s);

/* The tree of the first `size` leaves, and proofs in it. */
struct sl_log_tree authority_tree(
    const struct sl_log_hash *leaves, uint64_t size);
void authority_inclusion(struct sl_log_inclusion *out,
    const struct sl_log_hash *leaves, uint64_t index, uint64_t size);
void authority_consistency(struct sl_log_proof *out,
    const struct sl_log_hash *leaves, uint64_t from, uint64_t to);

#endif /* SL_UNIT_CLIENT_AUTHORITY_H */
