/* What people type that the command table does not check by itself. */
#include <string.h>

#include "ctl.h"
#include "sluice/base/buf.h"
#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/month.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/quota.h"

#define JSON_BYTES_MAX 65536
#define MICRO_DIGITS   6
/* A century: more is a slip of the finger. */
#define HOURS_MAX 876000

enum sl_status
ctl_check_name(struct sl_run *run, const char *what, const char *name,
    struct sl_error *err)
{
	if (sl_slug_is_valid(sl_slice_text(name)))
		return SL_OK;
	return sl_run_usage(run, err,
	    "'%.80s' is no name of a %s: lower-case letters, digits, dots, "
	    "hyphens and underscores",
	    name, what);
}

enum sl_status
ctl_check_id(
    struct sl_run *run, const char *what, const char *id, struct sl_error *err)
{
	struct sl_uuid uuid;

	if (id == NULL || sl_uuid_parse(&uuid, sl_slice_text(id)) == SL_OK)
		return SL_OK;
	return sl_run_usage(run, err,
	    "'%.80s' is no %s id; 'sluicectl %s list' shows them", id, what,
	    what);
}

enum sl_status
ctl_check_month(struct sl_run *run, struct sl_error *err)
{
	const char *month = sl_run_text(run, "month");
	int64_t begin;

	if (month == NULL ||
	    sl_month_parse(&begin, sl_slice_text(month)) == SL_OK)
		return SL_OK;
	return sl_run_usage(
	    run, err, "--month: '%.40s' is no month, such as 2026-11", month);
}

enum sl_status
ctl_read_limit(uint64_t *out, struct sl_run *run, const char *option,
    uint64_t factor, struct sl_error *err)
{
	const char *text = sl_run_text(run, option);
	struct sl_error why = {0};
	struct sl_value value;

	if (text == NULL)
		return SL_OK;
	if (strcmp(text, "none") == 0) {
		*out = SL_QUOTA_NONE;
		return SL_OK;
	}
	if (sl_value_parse(&value,
	        strstr(option, "bytes") != NULL ? SL_VALUE_SIZE : SL_VALUE_U64,
	        text, &why) != SL_OK)
		return sl_run_usage(run, err, "--%s: %s", option, why.text);
	if (value.number == 0)
		return sl_run_usage(run, err,
		    "--%s 0 allows nothing; leave it out, or say none, for no "
		    "limit",
		    option);
	if (value.number > (uint64_t)INT64_MAX / factor ||
	    (strstr(option, "hours") != NULL && value.number > HOURS_MAX))
		return sl_run_usage(run, err,
		    "--%s: %.40s is too much; leave it out, or say none, for "
		    "no limit",
		    option, text);
	*out = value.number * factor;
	return SL_OK;
}

/* "12.34" -> 12340000 */
static bool
parse_money(int64_t *out, const char *text)
{
	char digits[40] = "";
	const char *dot = strchr(text, '.');
	size_t whole = dot == NULL ? strlen(text) : (size_t)(dot - text);
	size_t part = dot == NULL ? 0 : strlen(dot + 1);
	uint64_t micro;

	if (whole == 0 || whole > 20 || part > MICRO_DIGITS ||
	    (dot != NULL && part == 0))
		return false;
	memcpy(digits, text, whole);
	if (dot != NULL)
		memcpy(digits + whole, dot + 1, part);
	memset(digits + whole + part, '0', MICRO_DIGITS - part);
	if (!sl_parse_u64(digits, INT64_MAX - 1, &micro))
		return false;
	*out = (int64_t)micro;
	return true;
}

enum sl_status
ctl_read_money(
    int64_t *out, struct sl_run *run, const char *option, struct sl_error *err)
{
	const char *text = sl_run_text(run, option);

	if (text == NULL || parse_money(out, text))
		return SL_OK;
	if (strcmp(text, "none") == 0) {
		*out = INT64_MAX;
		return SL_OK;
	}
	return sl_run_usage(run, err,
	    "--%s: '%.40s' is no amount of money, such as 12.34", option, text);
}

enum sl_status
ctl_read_json(
    json_t **out, struct sl_run *run, const char *path, struct sl_error *err)
{
	json_error_t why;
	struct sl_buf text;
	enum sl_status status;

	*out = NULL;
	sl_buf_init(&text, JSON_BYTES_MAX);
	status = sl_file_read(&text, path, err);
	if (status == SL_OK) {
		*out = json_loadb((const char *)text.data, text.len,
		    JSON_REJECT_DUPLICATES, &why);
		if (*out == NULL)
			status = sl_run_usage(
			    run, err, "%s:%d: %s", path, why.line, why.text);
	}
	sl_buf_clear(&text);
	return status;
}
