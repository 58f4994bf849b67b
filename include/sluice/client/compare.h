/* Do two views of a log contradict each other?  Offline. */
#ifndef SLUICE_CLIENT_COMPARE_H
#define SLUICE_CLIENT_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/checkpoint.h"

struct sl_compare_options {
	/* A mirror, a file with a signed note, a tlog-proof or a fork file. */
	const char *a;
	const char *b; /* NULL: `a` is a fork file */
	/* A trust file, or a mirror whose newest one tells the log keys; NULL:
	 * that of a mirror among the two, or that a file lies in. */
	const char *trust;
};

struct sl_compare_result {
	struct sl_checkpoint checkpoints[2];
	bool has_keys;   /* the log's signatures were checked */
	char words[512]; /* what was found */
};

/* SL_OK: the same history.  SL_ERR_INTEGRITY with code fork: they contradict
 * each other, and the words are the evidence; wrong_log: not of one log.
 * SL_ERR_PARTIAL with code cannot_tell. */
SL_MUST_CHECK enum sl_status sl_compare(
    const struct sl_compare_options *options, struct sl_compare_result *result,
    struct sl_error *err);

#endif /* SLUICE_CLIENT_COMPARE_H */
