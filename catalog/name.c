#include "sluice/catalog/name.h"

static bool
is_alnum(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
sl_dataset_name_is_valid(struct sl_slice name)
{
	if (name.len < 2 || name.len > SL_DATASET_NAME_MAX ||
	    !is_alnum(name.data[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!is_alnum(name.data[i]) && name.data[i] != '-')
			return false;
	return true;
}

bool
sl_slug_is_valid(struct sl_slice slug)
{
	if (slug.len < 1 || slug.len > SL_SLUG_MAX || !is_alnum(slug.data[0]))
		return false;
	for (size_t i = 1; i < slug.len; i++) {
		unsigned char c = slug.data[i];

		if (!is_alnum(c) && c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

bool
sl_slug_make(char out[SL_SLUG_MAX + 1], struct sl_slice text)
{
	size_t len = 0;
	bool gap = false; /* a hyphen is due before the next character */

	for (size_t i = 0; i < text.len && len < SL_SLUG_MAX; i++) {
		unsigned char c = text.data[i];

		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		if (!is_alnum(c) && (len == 0 || (c != '.' && c != '_'))) {
			gap = len > 0;
			continue;
		}
		if (gap && len + 1 < SL_SLUG_MAX)
			out[len++] = '-';
		else if (gap)
			break; /* no room for a character after it */
		gap = false;
		out[len++] = (char)c;
	}
	out[len] = '\0';
	return len > 0;
}
