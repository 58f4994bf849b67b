#include "cache_line.h"

#include <string.h>

#include "sluice/base/checked.h"
#include "sluice/base/hex.h"

#define HEX_LEN 64

static void
skip(struct sl_slice *line, size_t len)
{
	line->data += len + 1;
	line->len -= len + 1;
}

bool
cache_line_number(struct sl_slice *line, uint64_t *out)
{
	char digits[24];
	size_t len = 0;

	while (
	    len < line->len && len < sizeof(digits) && line->data[len] != ' ')
		len++;
	if (len >= sizeof(digits) || len >= line->len)
		return false;
	memcpy(digits, line->data, len);
	digits[len] = '\0';
	if (!sl_parse_u64(digits, UINT64_MAX, out))
		return false;
	skip(line, len);
	return true;
}

bool
cache_line_hash(struct sl_slice *line, unsigned char out[32])
{
	if (line->len <= HEX_LEN || line->data[HEX_LEN] != ' ' ||
	    sl_hex_decode(out, 32, sl_slice_of(line->data, HEX_LEN)) != SL_OK)
		return false;
	skip(line, HEX_LEN);
	return true;
}

bool
cache_line_word(struct sl_slice *line, const char *word)
{
	size_t len = strlen(word);

	if (line->len <= len || memcmp(line->data, word, len) != 0 ||
	    line->data[len] != ' ')
		return false;
	skip(line, len);
	return true;
}
