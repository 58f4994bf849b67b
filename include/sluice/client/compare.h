/* Do two views of a log contradict each other?  Offline. */
#ifndef SLUICE_CLIENT_COMPARE_H
#define SLUICE_CLIENT_COMPARE_H

#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/catalog/checkpoint.h"

struct sl_compare_options {
	/* A mirror, a signed note, a tlog-proof, or a fork file. */
	const char *a;
	const char *b; /* NULL: `a` is a fork file */
	/* A trust file that is believed as it is, or a mirror: whose log keys
	 * count.  NULL: those of a mirror among the two, or of the one in
	 * whose .sluice/log a file lies. */
	const char *trust;
};

struct sl_compare_result {
	struct sl_checkpoint sides[2];
	bool has_sides;
	bool is_signed; /* the log's signatures were checked */
};

/* SL_OK: one history, as far as both go.  SL_ERR_INTEGRITY with code fork: they
 * contradict each other, and the words are the evidence; or what is wrong with
 * one side, such as bad_signature.  SL_ERR_INVALID with code different_logs:
 * they are of two datasets or services; not_two_sides: `a` alone is no fork
 * file. SL_ERR_PARTIAL with code cannot_tell: nothing here connects the two, or
 * only a proof that does not hold, which the log never signed. */
SL_MUST_CHECK enum sl_status sl_compare(
    const struct sl_compare_options *options, struct sl_compare_result *result,
    struct sl_error *err);

#endif /* SLUICE_CLIENT_COMPARE_H */
