/* A file read from its beginning to its end through a window that grows with
 * the bytes that really come, never with what a length in the file says. */
#ifndef SL_FORMATS_MCAP_INPUT_H
#define SL_FORMATS_MCAP_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"

/* Embedded; read data + start … data + end. */
struct mcap_input {
	int fd;
	unsigned char *data;
	size_t capacity;
	size_t start;
	size_t end;
	uint64_t offset; /* of start in the file */
	bool is_over;    /* nothing comes any more */
};

void mcap_input_init(struct mcap_input *input, int fd);
void mcap_input_clear(struct mcap_input *input);

/* Have `len` bytes at start, or as many as there are. */
SL_MUST_CHECK enum sl_status mcap_input_fill(
    struct mcap_input *input, size_t len, struct sl_error *err);

static inline size_t
mcap_input_have(const struct mcap_input *input)
{
	return input->end - input->start;
}

static inline void
mcap_input_use(struct mcap_input *input, size_t len)
{
	input->start += len;
	input->offset += len;
}

#endif /* SL_FORMATS_MCAP_INPUT_H */
