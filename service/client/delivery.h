/* Reads the body of one fetch: chunks of known lengths in a known order, then
 * an end record.  No sockets; one thread. */
#ifndef SL_CLIENT_DELIVERY_H
#define SL_CLIENT_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/pack/end_record.h"
#include "want.h"

enum sl_delivery_phase {
	SL_DELIVERY_CHUNK,   /* waits for bytes of a chunk or end record */
	SL_DELIVERY_END,     /* waits for the rest of the end record */
	SL_DELIVERY_TRAILER, /* waits for the end of the body */
};

/* The owner embeds it and calls clear. */
struct sl_delivery {
	struct sl_run_of *runs; /* what was asked for, ascending; owned */
	size_t run_count;
	size_t run;     /* of the chunk that comes */
	uint32_t chunk; /* place in that run */
	enum sl_delivery_phase phase;
	unsigned char *buffer; /* the chunk; room for the largest */
	size_t len;
	unsigned char end_bytes[8 + SL_END_RECORD_JSON_MAX];
	size_t end_len;
	struct sl_end_record end;
	uint64_t trailer_bytes;
};

/* Takes `runs`. */
SL_MUST_CHECK enum sl_status sl_delivery_init(
    struct sl_delivery *delivery, struct sl_run_of *runs, size_t run_count);
void sl_delivery_clear(struct sl_delivery *delivery);

enum sl_delivery_step {
	SL_DELIVERY_MORE,  /* all bytes were used */
	SL_DELIVERY_FULL,  /* the chunk is whole: take it, then push the rest */
	SL_DELIVERY_ABOUT, /* the next byte would make the chunk whole, but
	                      it may not be now; push again later */
	SL_DELIVERY_WRONG, /* err says why */
};

/* Use bytes from the front of *bytes.  `may_finish` false keeps a chunk from
 * being received whole. */
enum sl_delivery_step sl_delivery_push(struct sl_delivery *delivery,
    struct sl_slice *bytes, bool may_finish, struct sl_error *err);

/* After SL_DELIVERY_FULL: which chunk it is; then go on to the next, with
 * another buffer. */
struct sl_want *sl_delivery_current(
    const struct sl_delivery *delivery, uint32_t *chunk);
void sl_delivery_next(struct sl_delivery *delivery, unsigned char *buffer);

/* Everything that was asked for has come. */
bool sl_delivery_is_done(const struct sl_delivery *delivery);
bool sl_delivery_has_end(const struct sl_delivery *delivery);

/* What has not come goes back. */
SL_MUST_CHECK enum sl_status sl_delivery_put_back(
    const struct sl_delivery *delivery, struct sl_wants *wants);

#endif /* SL_CLIENT_DELIVERY_H */
