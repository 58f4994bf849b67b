/* The next version of the trust file, as a request that root keys sign. */
#ifndef SL_SLUICE_PUBLISH_TRUST_NEXT_H
#define SL_SLUICE_PUBLISH_TRUST_NEXT_H

#include "sluice/command/command.h"

#include "trust_file.h"

struct sl_run;

struct trust_next {
	struct trust_file base;
	struct sl_trust trust;
};

/* Options of every command that makes one. */
#define TRUST_NEXT_OPTIONS                                                 \
	{.name = "trust",                                                  \
	    .kind = SL_VALUE_TEXT,                                         \
	    .argument = "FILE",                                            \
	    .help = "the version to start from (default: the newest that " \
	            "is installed)"},                                      \
	    {.name = "out",                                                \
	        .kind = SL_VALUE_TEXT,                                     \
	        .argument = "DIR",                                         \
	        .help = "folder for the request, DIR/trust/N/trust "       \
	                "(default: the home folder)"},                     \
	{                                                                  \
		.name = "expires", .kind = SL_VALUE_DURATION,              \
		.argument = "DURATION",                                    \
		.help = "how long it is good from now on (default: 365d)"  \
	}

/* A copy of --trust or of the newest version, one higher, issued now.  Clear it
 * in any case. */
SL_MUST_CHECK enum sl_status trust_next_begin(
    struct trust_next *next, struct sl_run *run, struct sl_error *err);
void trust_next_clear(struct trust_next *next);

/* Write it, say which lines change and who must sign. */
SL_MUST_CHECK enum sl_status trust_next_finish(
    struct trust_next *next, struct sl_run *run, struct sl_error *err);

/* A key as people name it: "RW…", a public key's file, the name of one of this
 * home, or the id of one in the trust file. */
SL_MUST_CHECK enum sl_status trust_next_key(struct sl_verify_key *out,
    const struct trust_next *next, struct sl_run *run, const char *name,
    struct sl_error *err);

/* Manifests by this publisher's key count up to `until_us` only. */
SL_MUST_CHECK enum sl_status trust_next_retire(struct trust_next *next,
    const struct sl_verify_key *key, int64_t until_us, struct sl_error *err);

/* Nothing by this key counts; it leaves all its roles. */
SL_MUST_CHECK enum sl_status trust_next_revoke(struct trust_next *next,
    const struct sl_verify_key *key, const char *reason, struct sl_error *err);

/* "DATASET:EPOCH:SIZE:ROOT" of --vouch and --epoch. */
SL_MUST_CHECK enum sl_status trust_next_points(
    struct trust_next *next, struct sl_run *run, struct sl_error *err);

#endif /* SL_SLUICE_PUBLISH_TRUST_NEXT_H */
