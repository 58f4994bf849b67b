#include "range.h"

#include <stdbool.h>
#include <string.h>

#include "sluice/base/checked.h"

#define NUMBER_MAX 20

static bool
take_number(struct sl_slice text, uint64_t *out)
{
	char copy[NUMBER_MAX + 1];

	if (text.len == 0 || text.len > NUMBER_MAX)
		return false;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	return sl_parse_u64(copy, UINT64_MAX, out);
}

enum range_answer
range_parse(
    struct sl_slice header, uint64_t total, uint64_t *from, uint64_t *until)
{
	static const char unit[] = "bytes=";
	const unsigned char *dash;
	struct sl_slice first;
	struct sl_slice last;
	uint64_t a = 0;
	uint64_t b = 0;

	*from = 0;
	*until = total;
	if (header.len < sizeof(unit) - 1 ||
	    memcmp(header.data, unit, sizeof(unit) - 1) != 0)
		return RANGE_WHOLE;
	header.data += sizeof(unit) - 1;
	header.len -= sizeof(unit) - 1;
	dash = header.len == 0 ? NULL : memchr(header.data, '-', header.len);
	if (dash == NULL)
		return RANGE_WHOLE;
	first = sl_slice_of(header.data, (size_t)(dash - header.data));
	last = sl_slice_of(dash + 1, header.len - first.len - 1);
	if ((first.len > 0 && !take_number(first, &a)) ||
	    (last.len > 0 && !take_number(last, &b)) ||
	    (first.len == 0 && last.len == 0))
		return RANGE_WHOLE;
	if (first.len == 0) {
		if (b == 0 || total == 0)
			return RANGE_UNSATISFIABLE;
		*from = b > total ? 0 : total - b;
		return RANGE_PART;
	}
	if (last.len > 0 && b < a)
		return RANGE_WHOLE;
	if (a >= total)
		return RANGE_UNSATISFIABLE;
	*from = a;
	if (last.len > 0 && b < total - 1)
		*until = b + 1;
	return RANGE_PART;
}
