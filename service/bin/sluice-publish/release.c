#include "release.h"

#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/name.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"

static enum sl_status
add(json_t *releases, struct sl_run *run, const char *text,
    struct sl_error *err)
{
	const char *equals = strchr(text, '=');
	char name[SL_SLUG_MAX + 1];
	char when[SL_TIME_TEXT_MAX];
	struct sl_value value;
	size_t len;

	len = equals == NULL ? 0 : (size_t)(equals - text);
	if (len == 0 || len >= sizeof(name) ||
	    !sl_slug_is_valid(sl_slice_of(text, len)))
		return sl_run_usage(
		    run, err, "--release '%.80s' is not CLASS=TIME", text);
	memcpy(name, text, len);
	name[len] = '\0';
	if (sl_value_parse(&value, SL_VALUE_TIME, equals + 1, err) != SL_OK) {
		(void)sl_error_prefix(
		    err, SL_ERR_INVALID, "--release %s", name);
		return sl_run_blame(run, SL_ERR_INVALID);
	}
	if (json_object_get(releases, name) != NULL)
		return sl_run_usage(run, err, "--release names %s twice", name);
	sl_time_format(when, value.time_us);
	return json_object_set_new(releases, name, json_string(when)) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

enum sl_status
release_read(json_t **out, struct sl_run *run, struct sl_error *err)
{
	size_t count = sl_run_count(run, "release");
	enum sl_status status = SL_OK;

	*out = NULL;
	if (count == 0)
		return SL_OK;
	*out = json_object();
	if (*out == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = add(*out, run, sl_run_text_at(run, "release", i), err);
	if (status != SL_OK) {
		json_decref(*out);
		*out = NULL;
	}
	return status;
}
