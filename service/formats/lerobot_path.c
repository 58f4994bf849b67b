#include "lerobot_path.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct cursor {
	char *out;
	size_t len;
};

static bool
put(struct cursor *to, const char *text, size_t len)
{
	if (len >= LEROBOT_PATH_MAX - to->len)
		return false;
	memcpy(to->out + to->len, text, len);
	to->len += len;
	to->out[to->len] = '\0';
	return true;
}

/* ":03d" → 3, ":d" and "" → 0; -1 if it is anything else. */
static int
field_width(const char *spec, size_t len)
{
	if (len == 0 || (len == 2 && strncmp(spec, ":d", 2) == 0))
		return 0;
	if (len == 4 && spec[0] == ':' && spec[1] == '0' && spec[2] >= '1' &&
	    spec[2] <= '9' && spec[3] == 'd')
		return spec[2] - '0';
	return -1;
}

static bool
put_field(struct cursor *to, const char *field, size_t len,
    const struct lerobot_place *place)
{
	size_t name_len = strcspn(field, ":}");
	int width = field_width(field + name_len, len - name_len);
	unsigned long long number;
	char digits[32];

	if (name_len == 9 && strncmp(field, "video_key", 9) == 0)
		return len == 9 && place->video_key != NULL &&
		    put(to, place->video_key, strlen(place->video_key));
	if (width < 0)
		return false;
	if ((name_len == 13 && strncmp(field, "episode_chunk", 13) == 0) ||
	    (name_len == 11 && strncmp(field, "chunk_index", 11) == 0))
		number = place->chunk;
	else if ((name_len == 13 && strncmp(field, "episode_index", 13) == 0) ||
	    (name_len == 10 && strncmp(field, "file_index", 10) == 0))
		number = place->index;
	else
		return false;
	snprintf(digits, sizeof(digits), "%0*llu", width, number);
	return put(to, digits, strlen(digits));
}

enum sl_status
lerobot_path_expand(char out[LEROBOT_PATH_MAX], const char *pattern,
    const struct lerobot_place *place, struct sl_error *err)
{
	struct cursor to = {.out = out};
	const char *at = pattern;

	out[0] = '\0';
	while (*at != '\0') {
		size_t text = strcspn(at, "{}");
		size_t field;

		if (!put(&to, at, text))
			goto bad;
		at += text;
		if (*at == '\0')
			break;
		field = strcspn(at, "}");
		if (*at != '{' || at[field] != '}' ||
		    !put_field(&to, at + 1, field - 1, place))
			goto bad;
		at += field + 1;
	}
	return SL_OK;

bad:
	return sl_error_set(err, SL_ERR_INVALID,
	    "meta/info.json: cannot use the path template \"%.200s\"", pattern);
}
