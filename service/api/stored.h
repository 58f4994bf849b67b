/* An answer from a file or from memory: strong ETag, one byte range. */
#ifndef SL_API_STORED_H
#define SL_API_STORED_H

#include "request.h"
#include "sluice/base/buf.h"

/* "bytes 1-2/3" */
#define CONTENT_RANGE_MAX 80

/* Which bytes of `total` are wanted, and by which status: 200, 206, or 304 and
 * 416, which have no body.  Adds Content-Range, whose text is in the given
 * array. */
unsigned stored_select(struct request *request, const char *etag,
    uint64_t total, uint64_t *from, uint64_t *until,
    char content_range[CONTENT_RANGE_MAX]);

/* Part of the handler's state; all but the first six are this module's. */
struct stored {
	int fd;              /* owned, or -1: in `bytes` */
	struct sl_buf bytes; /* owned */
	uint64_t total;
	const char *media_type;
	const char *cache_control; /* borrowed until the request ends */
	char etag[96];             /* "" for one made from `bytes` */
	uint64_t from;
	uint64_t until;
	bool is_given;
	char content_range[CONTENT_RANGE_MAX];
};

void stored_init(struct stored *stored);
void stored_clear(struct stored *stored);

/* Answer; `stored` lives as long as the request. */
void stored_answer(struct request *request, struct stored *stored);

/* What never changes under its name: for everybody's caches, or for the
 * caller's own. */
const char *stored_for_ever(bool is_public);
/* What does. */
const char *stored_for_now(bool is_public);

#endif /* SL_API_STORED_H */
