#include "mcap_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPACITY_FIRST (256u << 10)

void
mcap_input_init(struct mcap_input *input, int fd)
{
	*input = (struct mcap_input){.fd = fd};
}

void
mcap_input_clear(struct mcap_input *input)
{
	free(input->data);
	*input = (struct mcap_input){.fd = -1};
}

/* Room behind end: by moving what is there to the front, by doubling only if
 * the window is full. */
static enum sl_status
make_room(struct mcap_input *input)
{
	size_t capacity = input->capacity;
	unsigned char *data;

	if (input->start > 0) {
		memmove(input->data, input->data + input->start,
		    mcap_input_have(input));
		input->end -= input->start;
		input->start = 0;
	}
	if (input->end < capacity)
		return SL_OK;
	capacity = capacity == 0 ? CAPACITY_FIRST : capacity * 2;
	data = realloc(input->data, capacity);
	if (data == NULL)
		return SL_ERR_NOMEM;
	input->data = data;
	input->capacity = capacity;
	return SL_OK;
}

enum sl_status
mcap_input_fill(struct mcap_input *input, size_t len, struct sl_error *err)
{
	enum sl_status status;
	ssize_t got;

	while (mcap_input_have(input) < len && !input->is_over) {
		status = make_room(input);
		if (status != SL_OK)
			return status;
		do {
			got = read(input->fd, input->data + input->end,
			    input->capacity - input->end);
		} while (got < 0 && errno == EINTR);
		if (got < 0)
			return sl_error_errno(err, "read");
		input->is_over = got == 0;
		input->end += (size_t)got;
	}
	return SL_OK;
}
