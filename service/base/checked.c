#include "sluice/base/checked.h"

bool
sl_parse_u64(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(
		        value, (uint64_t)(*text - '0'), &value))
			return false;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}
