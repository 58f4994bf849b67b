#include "sluice/command/settings.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/buf.h"
#include "sluice/base/file.h"

#define FILE_MAX_BYTES 65536

/* Later ones win. */
enum origin {
	ORIGIN_NONE = 0,
	ORIGIN_FALLBACK,
	ORIGIN_FILE,
	ORIGIN_ENVIRONMENT,
	ORIGIN_FLAG,
};

struct entry {
	enum origin origin;
	unsigned line; /* where the file sets it; 0: nowhere */
	char *text;
	struct sl_value value;
};

struct sl_settings {
	const struct sl_setting *schema;
	size_t count;
	struct entry *entries; /* parallel to the schema */
};

static bool
find_key(const struct sl_settings *settings, const char *key, size_t *out)
{
	for (size_t i = 0; i < settings->count; i++) {
		if (strcmp(settings->schema[i].key, key) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static enum sl_status
check_range(const struct sl_setting *setting, const struct sl_value *value,
    struct sl_error *err)
{
	uint64_t max = setting->max == 0 ? INT64_MAX : setting->max;

	if (setting->kind != SL_VALUE_U64 && setting->kind != SL_VALUE_SIZE &&
	    setting->kind != SL_VALUE_DURATION)
		return SL_OK;
	if (value->number >= setting->min && value->number <= max)
		return SL_OK;
	return sl_error_set(err, SL_ERR_INVALID,
	    "'%.40s' is not between %" PRIu64 " and %" PRIu64 "%s", value->text,
	    setting->min, max, setting->kind == SL_VALUE_DURATION ? " ms" : "");
}

/* Takes the value over unless a stronger origin has set it; a wrong value is
 * an error either way. */
static enum sl_status
assign(struct sl_settings *settings, size_t at, enum origin origin,
    const char *text, struct sl_error *err)
{
	const struct sl_setting *setting = &settings->schema[at];
	struct entry *entry = settings->entries + at;
	struct sl_value value;
	enum sl_status status;
	char *copy = strdup(text);

	if (copy == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_value_parse(&value, setting->kind, copy, err);
	if (status == SL_OK)
		status = check_range(setting, &value, err);
	if (status != SL_OK || entry->origin > origin) {
		free(copy);
		return status;
	}
	free(entry->text);
	entry->text = copy;
	entry->value = value;
	entry->origin = origin;
	return SL_OK;
}

static enum sl_status
take_outside(struct sl_settings *settings, size_t at, struct sl_error *err)
{
	const struct sl_setting *setting = &settings->schema[at];
	const char *text;
	enum sl_status status;

	if (setting->fallback != NULL) {
		status = assign(
		    settings, at, ORIGIN_FALLBACK, setting->fallback, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "fallback of %s", setting->key);
	}
	text = setting->env == NULL ? NULL : getenv(setting->env);
	if (text == NULL || *text == '\0')
		return SL_OK;
	status = assign(settings, at, ORIGIN_ENVIRONMENT, text, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", setting->env);
	return SL_OK;
}

enum sl_status
sl_settings_new(struct sl_settings **out, const struct sl_setting *schema,
    struct sl_error *err)
{
	struct sl_settings *settings = calloc(1, sizeof(*settings));
	enum sl_status status = SL_OK;

	*out = NULL;
	if (settings == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	settings->schema = schema;
	while (schema[settings->count].key != NULL)
		settings->count++;
	settings->entries =
	    calloc(settings->count + 1, sizeof(*settings->entries));
	if (settings->entries == NULL) {
		free(settings);
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	for (size_t i = 0; i < settings->count && status == SL_OK; i++)
		status = take_outside(settings, i, err);
	if (status != SL_OK) {
		sl_settings_free(settings);
		return status;
	}
	*out = settings;
	return SL_OK;
}

void
sl_settings_free(struct sl_settings *settings)
{
	if (settings == NULL)
		return;
	for (size_t i = 0; i < settings->count; i++)
		free(settings->entries[i].text);
	free(settings->entries);
	free(settings);
}

static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return text;
}

static enum sl_status
take_line(struct sl_settings *settings, char *line, unsigned number,
    struct sl_error *err)
{
	char *equals = strchr(line, '=');
	struct entry *entry;
	const char *key;
	size_t at;
	enum sl_status status;

	line = trim(line);
	if (*line == '\0' || *line == '#')
		return SL_OK;
	if (equals == NULL)
		return sl_error_set(
		    err, SL_ERR_INVALID, "expected 'key = value'");
	*equals = '\0';
	key = trim(line);
	if (!find_key(settings, key, &at))
		return sl_error_set(
		    err, SL_ERR_INVALID, "unknown setting '%.60s'", key);
	entry = &settings->entries[at];
	if (entry->line != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s is set already in line %u", key, entry->line);
	entry->line = number;
	status = assign(settings, at, ORIGIN_FILE, trim(equals + 1), err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", key);
	return SL_OK;
}

static enum sl_status
take_lines(struct sl_settings *settings, char *text, const char *path,
    struct sl_error *err)
{
	unsigned number = 1;

	for (char *line = text; line != NULL; number++) {
		char *end = strchr(line, '\n');
		enum sl_status status;

		if (end != NULL)
			*end++ = '\0';
		status = take_line(settings, line, number, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "%s:%u", path, number);
		line = end;
	}
	return SL_OK;
}

enum sl_status
sl_settings_read(
    struct sl_settings *settings, const char *path, struct sl_error *err)
{
	struct sl_buf buf;
	enum sl_status status;
	char *text;

	sl_buf_init(&buf, FILE_MAX_BYTES);
	status = sl_file_read(&buf, path, err);
	if (status != SL_OK)
		goto out;
	if (buf.len > 0 && memchr(buf.data, '\0', buf.len) != NULL) {
		status = sl_error_set(
		    err, SL_ERR_INVALID, "%s: holds a NUL byte", path);
		goto out;
	}
	text = strndup(buf.len == 0 ? "" : (const char *)buf.data, buf.len);
	if (text == NULL) {
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
		goto out;
	}
	status = take_lines(settings, text, path, err);
	free(text);
out:
	sl_buf_clear(&buf);
	return status;
}

enum sl_status
sl_settings_set(struct sl_settings *settings, const char *key, const char *text,
    struct sl_error *err)
{
	enum sl_status status;
	size_t at;

	if (!find_key(settings, key, &at))
		return sl_error_set(
		    err, SL_ERR_INVALID, "unknown setting '%.60s'", key);
	status = assign(settings, at, ORIGIN_FLAG, text, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", key);
	return SL_OK;
}

static const struct entry *
get_entry(const struct sl_settings *settings, const char *key)
{
	size_t at = 0;
	bool is_known = find_key(settings, key, &at);

	assert(is_known);
	return is_known ? &settings->entries[at] : &settings->entries[0];
}

bool
sl_settings_has(const struct sl_settings *settings, const char *key)
{
	return get_entry(settings, key)->origin != ORIGIN_NONE;
}

const char *
sl_settings_text(const struct sl_settings *settings, const char *key)
{
	return get_entry(settings, key)->text;
}

uint64_t
sl_settings_number(const struct sl_settings *settings, const char *key)
{
	return get_entry(settings, key)->value.number;
}

bool
sl_settings_flag(const struct sl_settings *settings, const char *key)
{
	return get_entry(settings, key)->value.flag;
}

static const char *
origin_text(enum origin origin)
{
	switch (origin) {
	case ORIGIN_NONE:
		return "not set";
	case ORIGIN_FALLBACK:
		return "default";
	case ORIGIN_FILE:
		return "file";
	case ORIGIN_ENVIRONMENT:
		return "environment";
	case ORIGIN_FLAG:
		return "flag";
	}
	return "";
}

void
sl_settings_print(const struct sl_settings *settings, FILE *out)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct sl_setting *setting = &settings->schema[i];
		const struct entry *entry = &settings->entries[i];

		fprintf(out, "# %s (%s)\n", setting->help,
		    origin_text(entry->origin));
		if (entry->text == NULL)
			fprintf(out, "#%s =\n", setting->key);
		else
			fprintf(out, "%s = %s\n", setting->key,
			    setting->is_secret ? "(set)" : entry->text);
	}
}
