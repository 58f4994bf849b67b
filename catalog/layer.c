#include "sluice/catalog/layer.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/name.h"

const char *const sl_layer_words[] = {"annotation", "audio", "calibration",
    "depth", "force", "meta", "raw", "state", "video", NULL};

static bool
is_word(const unsigned char *text, size_t len)
{
	for (size_t i = 0; sl_layer_words[i] != NULL; i++)
		if (sl_slice_is_text(sl_slice_of(text, len), sl_layer_words[i]))
			return true;
	return false;
}

bool
sl_layer_is_valid(struct sl_slice layer)
{
	const unsigned char *dot;
	struct sl_slice part;
	size_t word_len;

	if (layer.len == 0 || layer.len > SL_LAYER_MAX)
		return false;
	dot = memchr(layer.data, '.', layer.len);
	if (dot == NULL)
		return is_word(layer.data, layer.len);
	word_len = (size_t)(dot - layer.data);
	if (!is_word(layer.data, word_len) ||
	    sl_slice_is_text(sl_slice_of(layer.data, word_len), "meta"))
		return false;
	part = sl_slice_of(dot + 1, layer.len - word_len - 1);
	return sl_slug_is_valid(part) &&
	    memchr(part.data, '.', part.len) == NULL;
}

enum sl_status
sl_layer_make(char out[SL_LAYER_MAX + 1], const char *word,
    struct sl_slice part, struct sl_error *err)
{
	char slug[SL_SLUG_MAX + 1] = "";
	size_t word_len = strlen(word);
	size_t len;

	out[0] = '\0';
	if (!is_word((const unsigned char *)word, word_len))
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"%.32s\" is not a layer", word);
	if (part.len > 0 &&
	    (strcmp(word, "meta") == 0 || !sl_slug_make(slug, part)))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%s.%.*s\" makes no layer name", word,
		    (int)(part.len > 64 ? 64 : part.len), part.data);
	for (char *c = slug; *c != '\0'; c++)
		if (*c == '.')
			*c = '_';
	memcpy(out, word, word_len + 1);
	if (slug[0] == '\0')
		return SL_OK;
	out[word_len] = '.';
	len = strlen(slug);
	if (len > SL_LAYER_MAX - word_len - 1)
		len = SL_LAYER_MAX - word_len - 1;
	memcpy(out + word_len + 1, slug, len);
	out[word_len + 1 + len] = '\0';
	return SL_OK;
}

void
sl_layers_set_all(struct sl_layers *layers)
{
	memset(layers, 0, sizeof(*layers));
	layers->all = true;
}

/* Insert in order; a name that is there already is fine. */
static enum sl_status
insert(struct sl_layers *layers, struct sl_slice name, struct sl_error *err)
{
	char text[SL_LAYER_MAX + 1] = "";
	uint32_t at = 0;

	if (!sl_layer_is_valid(name))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%.*s\" is not a layer",
		    (int)(name.len > 64 ? 64 : name.len),
		    name.len == 0 ? "" : (const char *)name.data);
	memcpy(text, name.data, name.len);
	while (at < layers->count && strcmp(layers->name[at], text) < 0)
		at++;
	if (at < layers->count && strcmp(layers->name[at], text) == 0)
		return SL_OK;
	if (layers->count == SL_LAYERS_MAX)
		return sl_error_set(
		    err, SL_ERR_LIMIT, "more than %d layers", SL_LAYERS_MAX);
	memmove(layers->name[at + 1], layers->name[at],
	    (layers->count - at) * sizeof(layers->name[0]));
	memcpy(layers->name[at], text, sizeof(text));
	layers->count++;
	return SL_OK;
}

enum sl_status
sl_layers_parse(
    struct sl_layers *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_layers layers = {0};
	size_t start = 0;

	if (sl_slice_is_text(text, "*")) {
		sl_layers_set_all(out);
		return SL_OK;
	}
	for (size_t i = 0; i <= text.len; i++) {
		enum sl_status status;

		if (i < text.len && text.data[i] != ',')
			continue;
		status = insert(&layers,
		    sl_slice_of(
		        text.len == 0 ? NULL : text.data + start, i - start),
		    err);
		if (status != SL_OK)
			return status;
		start = i + 1;
	}
	*out = layers;
	return SL_OK;
}

enum sl_status
sl_layers_format(struct sl_buf *buf, const struct sl_layers *layers)
{
	if (layers->all)
		return sl_buf_append_text(buf, "*");
	for (uint32_t i = 0; i < layers->count; i++) {
		enum sl_status status = sl_buf_printf(
		    buf, "%s%s", i == 0 ? "" : ",", layers->name[i]);

		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

enum sl_status
sl_layers_from_json(
    struct sl_layers *out, const json_t *array, struct sl_error *err)
{
	struct sl_layers layers = {0};
	size_t count = json_array_size(array);

	if (!json_is_array(array) || count == 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "layers are not a list of names");
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(array, i);
		struct sl_slice name = sl_slice_text(json_string_value(item));
		enum sl_status status;

		if (count == 1 && sl_slice_is_text(name, "*")) {
			sl_layers_set_all(out);
			return SL_OK;
		}
		status = insert(&layers, name, err);
		if (status != SL_OK)
			return status;
	}
	*out = layers;
	return SL_OK;
}

json_t *
sl_layers_to_json(const struct sl_layers *layers)
{
	json_t *array = json_array();

	if (array == NULL)
		return NULL;
	if (layers->all && json_array_append_new(array, json_string("*")) != 0)
		goto fail;
	for (uint32_t i = 0; !layers->all && i < layers->count; i++)
		if (json_array_append_new(
		        array, json_string(layers->name[i])) != 0)
			goto fail;
	return array;
fail:
	json_decref(array);
	return NULL;
}

/* Is `layer` that name, or a part of it? */
static bool
name_covers(const char *name, const char *layer)
{
	size_t len = strlen(name);

	return strncmp(name, layer, len) == 0 &&
	    (layer[len] == '\0' || layer[len] == '.');
}

bool
sl_layers_cover(const struct sl_layers *layers, const char *layer)
{
	if (layers->all || strcmp(layer, "meta") == 0)
		return true;
	for (uint32_t i = 0; i < layers->count; i++)
		if (name_covers(layers->name[i], layer))
			return true;
	return false;
}

bool
sl_layers_contain(const struct sl_layers *wide, const struct sl_layers *narrow)
{
	if (wide->all)
		return true;
	if (narrow->all)
		return false;
	for (uint32_t i = 0; i < narrow->count; i++)
		if (!sl_layers_cover(wide, narrow->name[i]))
			return false;
	return true;
}
