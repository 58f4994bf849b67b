#include "reader.h"

#include <string.h>

#include "sluice/base/base64.h"
#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"

/* Digits of UINT64_MAX, and a NUL. */
#define DIGITS_MAX 21

bool
sl_reader_maybe(struct sl_reader *reader, const char *text)
{
	size_t len = strlen(text);

	if (reader->failed || reader->rest.len < len ||
	    memcmp(reader->rest.data, text, len) != 0)
		return false;
	reader->rest.data += len;
	reader->rest.len -= len;
	return true;
}

void
sl_reader_text(struct sl_reader *reader, const char *text)
{
	if (!sl_reader_maybe(reader, text))
		reader->failed = true;
}

struct sl_slice
sl_reader_until(struct sl_reader *reader, char end)
{
	struct sl_slice taken = {0};
	const unsigned char *at = NULL;

	if (!reader->failed && reader->rest.len > 0)
		at = memchr(reader->rest.data, end, reader->rest.len);
	if (at == NULL) {
		reader->failed = true;
		return taken;
	}
	taken =
	    sl_slice_of(reader->rest.data, (size_t)(at - reader->rest.data));
	reader->rest.data += taken.len + 1;
	reader->rest.len -= taken.len + 1;
	return taken;
}

uint64_t
sl_reader_number(struct sl_reader *reader, char end, uint64_t max)
{
	struct sl_slice digits = sl_reader_until(reader, end);
	char text[DIGITS_MAX] = "";
	uint64_t value = 0;

	/* A NUL would end the number before its end. */
	if (reader->failed || digits.len == 0 || digits.len >= sizeof(text) ||
	    memchr(digits.data, '\0', digits.len) != NULL)
		reader->failed = true;
	else
		memcpy(text, digits.data, digits.len);
	if (!reader->failed && !sl_parse_u64(text, max, &value))
		reader->failed = true;
	return value;
}

int64_t
sl_reader_time(struct sl_reader *reader, char end)
{
	struct sl_slice text = sl_reader_until(reader, end);
	int64_t value = 0;

	if (!reader->failed && sl_time_parse(&value, text) != SL_OK)
		reader->failed = true;
	return value;
}

void
sl_reader_hex(struct sl_reader *reader, char end, unsigned char out[32])
{
	struct sl_slice digits = sl_reader_until(reader, end);

	if (!reader->failed && sl_hex_decode(out, 32, digits) != SL_OK)
		reader->failed = true;
}

void
sl_reader_base64(struct sl_reader *reader, char end, unsigned char out[32])
{
	struct sl_slice text = sl_reader_until(reader, end);

	if (!reader->failed && sl_base64_decode(out, 32, text) != SL_OK)
		reader->failed = true;
}

void
sl_reader_dataset(
    struct sl_reader *reader, char end, char out[SL_DATASET_NAME_MAX + 1])
{
	struct sl_slice name = sl_reader_until(reader, end);

	if (reader->failed || !sl_dataset_name_is_valid(name)) {
		reader->failed = true;
		return;
	}
	memcpy(out, name.data, name.len);
	out[name.len] = '\0';
}
