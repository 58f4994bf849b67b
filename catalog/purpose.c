#include "sluice/catalog/purpose.h"

#include <stdio.h>
#include <string.h>

#include "sluice/catalog/territory.h"

static const char *const use_names[SL_USE_COUNT] = {
    [SL_USE_EVALUATE] = "evaluate",
    [SL_USE_RESEARCH] = "research",
    [SL_USE_INTERNAL_TRAIN] = "internal_train",
    [SL_USE_COMMERCIAL_TRAIN] = "commercial_train",
    [SL_USE_DEPLOY_MODEL] = "deploy_model",
};

enum sl_status
sl_use_by_name(enum sl_use *out, struct sl_slice name)
{
	for (size_t i = 0; i < SL_USE_COUNT; i++) {
		if (sl_slice_is_text(name, use_names[i])) {
			*out = (enum sl_use)i;
			return SL_OK;
		}
	}
	return SL_ERR_NOT_FOUND;
}

const char *
sl_use_name(enum sl_use use)
{
	return use_names[use];
}

/* Take what comes before `mark` off the front; all of it if there is none. */
static struct sl_slice
split(struct sl_slice *text, char mark)
{
	const unsigned char *at =
	    text->len == 0 ? NULL : memchr(text->data, mark, text->len);
	struct sl_slice front = *text;

	if (at != NULL)
		front.len = (size_t)(at - text->data);
	text->data += front.len;
	text->len -= front.len;
	return front;
}

/* `rest` is "/field". */
static enum sl_status
read_field(
    struct sl_purpose *purpose, struct sl_slice rest, struct sl_error *err)
{
	struct sl_slice field = {rest.data + 1, rest.len - 1};

	if (!sl_slug_is_valid(field))
		return sl_error_set(err, SL_ERR_INVALID,
		    "the field of use after '/' is not a word of a-z, 0-9, "
		    "'.', '_' and '-'");
	memcpy(purpose->field, field.data, field.len);
	return SL_OK;
}

/* `rest` is "@DE". */
static enum sl_status
read_country(
    struct sl_purpose *purpose, struct sl_slice rest, struct sl_error *err)
{
	struct sl_slice country = {rest.data + 1, rest.len - 1};

	if (!sl_country_is_valid(country))
		return sl_error_set(err, SL_ERR_INVALID,
		    "the country after '@' is no code of ISO 3166-1, such as "
		    "DE");
	memcpy(purpose->country, country.data, country.len);
	return SL_OK;
}

enum sl_status
sl_purpose_parse(
    struct sl_purpose *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_purpose purpose = {0};
	struct sl_slice country = text;
	struct sl_slice field;
	struct sl_slice use;
	enum sl_status status = SL_OK;

	if (text.len > 0) {
		field = split(&country, '@');
		use = split(&field, '/');
		if (sl_use_by_name(&purpose.use, use) != SL_OK)
			return sl_error_set(err, SL_ERR_INVALID,
			    "a purpose begins with evaluate, research, "
			    "internal_train, commercial_train or deploy_model");
		if (field.len > 0)
			status = read_field(&purpose, field, err);
		if (status == SL_OK && country.len > 0)
			status = read_country(&purpose, country, err);
	}
	if (status == SL_OK)
		*out = purpose;
	return status;
}

void
sl_purpose_format(
    char out[SL_PURPOSE_TEXT_MAX + 1], const struct sl_purpose *purpose)
{
	bool has_field = purpose->field[0] != '\0';
	bool has_country = purpose->country[0] != '\0';

	out[0] = '\0';
	if (purpose->use == SL_USE_EVALUATE && !has_field && !has_country)
		return;
	(void)snprintf(out, SL_PURPOSE_TEXT_MAX + 1, "%s%s%s%s%s",
	    use_names[purpose->use], has_field ? "/" : "", purpose->field,
	    has_country ? "@" : "", purpose->country);
}
