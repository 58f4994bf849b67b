#include "sluice/db/params.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/hex.h"

void
sl_params_init(struct sl_params *params)
{
	memset(params, 0, sizeof(*params));
	params->status = SL_OK;
}

void
sl_params_clear(struct sl_params *params)
{
	int i;

	for (i = 0; i < params->count; i++) {
		if (params->values[i] != NULL)
			explicit_bzero(
			    params->values[i], strlen(params->values[i]));
		free(params->values[i]);
	}
	sl_params_init(params);
}

/* Takes `text`; NULL is SQL's NULL. */
static void
push(struct sl_params *params, char *text)
{
	if (params->count == SL_PARAMS_MAX) {
		params->status = SL_ERR_LIMIT;
		free(text);
		return;
	}
	params->values[params->count++] = text;
}

/* Room for `len` characters and a NUL, pushed; NULL on failure. */
static char *
push_room(struct sl_params *params, size_t len)
{
	char *text;

	text = malloc(len + 1);
	if (text == NULL)
		params->status = SL_ERR_NOMEM;
	else
		text[len] = '\0';
	push(params, text);
	return params->status == SL_OK ? text : NULL;
}

void
sl_params_null(struct sl_params *params)
{
	push(params, NULL);
}

void
sl_params_slice(struct sl_params *params, struct sl_slice text)
{
	char *room;

	if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL) {
		params->status = SL_ERR_INVALID;
		return;
	}
	room = push_room(params, text.len);
	if (room != NULL && text.len > 0)
		memcpy(room, text.data, text.len);
}

void
sl_params_text(struct sl_params *params, const char *text)
{
	if (text == NULL)
		sl_params_null(params);
	else
		sl_params_slice(params, sl_slice_text(text));
}

void
sl_params_int8(struct sl_params *params, int64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, value);
	sl_params_text(params, text);
}

void
sl_params_bool(struct sl_params *params, bool value)
{
	sl_params_text(params, value ? "t" : "f");
}

void
sl_params_uuid(struct sl_params *params, const struct sl_uuid *uuid)
{
	char text[SL_UUID_TEXT_LEN + 1];

	if (uuid == NULL) {
		sl_params_null(params);
		return;
	}
	sl_uuid_format(text, uuid);
	sl_params_text(params, text);
}

void
sl_params_bytea(struct sl_params *params, struct sl_slice bytes)
{
	char *text;

	text = push_room(params, 2 + 2 * bytes.len);
	if (text == NULL)
		return;
	memcpy(text, "\\x", 2);
	sl_hex_encode(text + 2, bytes.data, bytes.len);
}
