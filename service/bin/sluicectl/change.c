#include "change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/command/value.h"
#include "sluice/db/db.h"

#define FIELDS_MAX     128
#define LINE_MAX_BYTES 4096

enum sl_status
ctl_read_version(
    uint32_t *out, struct sl_run *run, uint32_t now, struct sl_error *err)
{
	uint64_t version = sl_run_number(run, "if-version", now);

	if (sl_run_has(run, "if-version") &&
	    (version == 0 || version > INT32_MAX))
		return sl_run_usage(run, err, "--if-version is no version");
	*out = (uint32_t)version;
	return SL_OK;
}

/* ---- the transaction ---- */

static enum sl_status
commit(struct sl_run *run, struct sl_db *db, struct sl_error *err)
{
	enum sl_status status = sl_db_commit(db, err);

	if (status == SL_ERR_NETWORK || status == SL_ERR_TIMEOUT)
		sl_run_hint(run,
		    "it is not known whether the change was made: look, or "
		    "run this again");
	return status;
}

static enum sl_status
transact(json_t **out, struct sl_run *run, const char *role, ctl_fn *fn,
    void *ctx, struct sl_error *err)
{
	struct sl_db *db = NULL;
	enum sl_status status;

	*out = NULL;
	status = ctl_connect(&db, run, err);
	if (status == SL_OK)
		status = sl_db_begin(db, false, err);
	if (status == SL_OK)
		status = fn(out, run, db, ctx, err);
	if (status == SL_OK)
		status = sl_run_flag(run, "dry-run") ? sl_db_rollback(db, err)
		                                     : commit(run, db, err);
	/* A transaction that is open still ends with the connection. */
	sl_db_close(db);
	if (status != SL_OK) {
		json_decref(*out);
		*out = NULL;
	}
	return ctl_judge(run, role, status, err);
}

enum sl_status
ctl_change_as(json_t **out, struct sl_run *run, const char *role, ctl_fn *fn,
    void *ctx, struct sl_error *err)
{
	const char *reason = sl_run_text(run, "reason");

	*out = NULL;
	if (reason[strspn(reason, " \t\r\n")] == '\0')
		return sl_run_usage(run, err, "--reason is empty");
	return transact(out, run, role, fn, ctx, err);
}

enum sl_status
ctl_change(json_t **out, struct sl_run *run, ctl_fn *fn, void *ctx,
    struct sl_error *err)
{
	return ctl_change_as(out, run, "sluice_admin", fn, ctx, err);
}

/* ---- telling ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
ends_with(const char *text, const char *tail)
{
	size_t len = strlen(text);
	size_t tail_len = strlen(tail);

	return len >= tail_len && strcmp(text + len - tail_len, tail) == 0;
}

/* Millionths of the currency. */
static bool
is_money(const char *field)
{
	return ends_with(field, "_micro") || ends_with(field, "price.cap") ||
	    strstr(field, "price.per_") != NULL;
}

/* How much of a field's name people see: what is shown has a unit. */
static int
name_length(const char *field)
{
	size_t len = strlen(field);

	if (ends_with(field, "_micro"))
		len -= strlen("_micro");
	else if (ends_with(field, "_ms"))
		len -= strlen("_ms");
	return (int)len;
}

/* A value as people read it; the caller frees it. */
static char *
show_value(const char *field, const json_t *value)
{
	char shown[SL_VALUE_SHOW_MAX];

	if (json_is_integer(value) && is_money(field)) {
		sl_value_show_money(shown, json_integer_value(value));
		return strdup(shown);
	}
	if (json_is_integer(value) && ends_with(field, "_ms") &&
	    json_integer_value(value) >= 0) {
		sl_value_show_duration(
		    shown, (uint64_t)json_integer_value(value));
		return strdup(shown);
	}
	if (value == NULL || json_is_null(value))
		return strdup("(none)");
	if (json_is_string(value) && json_string_length(value) == 0)
		return strdup("(empty)");
	if (json_is_string(value))
		return strdup(json_string_value(value));
	return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* A terminal must not obey a title. */
static void
blank_controls(char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

static void
print_field(
    struct sl_run *run, const char *what, const char *field, const json_t *pair)
{
	char *from = show_value(field, json_array_get(pair, 0));
	char *to = show_value(field, json_array_get(pair, 1));

	blank_controls(from);
	blank_controls(to);
	sl_run_print(run, "%s%s: %.*s%s%s -> %s",
	    sl_run_flag(run, "dry-run") ? "would change " : "", what,
	    name_length(field), field, field[0] == '\0' ? "" : " ",
	    from == NULL ? "?" : from, to == NULL ? "?" : to);
	free(from);
	free(to);
}

/* Nothing of it was there before. */
static bool
is_new(const json_t *changes, const char *const *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!json_is_null(
		        json_array_get(json_object_get(changes, fields[i]), 0)))
			return false;
	return count > 1;
}

/* Terms have too many fields for people who have just typed them; `show` has
 * them, and so has --verbose. */
static bool
is_told(const struct sl_run *run, const char *field)
{
	return sl_run_is_verbose(run) || strncmp(field, "terms.", 6) != 0;
}

/* What is new, in one line; a dry run shows all of it instead. */
static void
print_new(struct sl_run *run, const char *what, const char *const *fields,
    size_t count, const json_t *changes)
{
	char line[LINE_MAX_BYTES];
	size_t len = 0;

	line[0] = '\0';
	for (size_t i = 0; i < count && len < sizeof(line); i++) {
		const json_t *pair = json_object_get(changes, fields[i]);
		char *to;
		int wrote;

		if (!is_told(run, fields[i]))
			continue;
		to = show_value(fields[i], json_array_get(pair, 1));
		blank_controls(to);
		wrote = snprintf(line + len, sizeof(line) - len, "%s%.*s %s",
		    len == 0 ? "" : ", ", name_length(fields[i]), fields[i],
		    to == NULL ? "?" : to);
		len += wrote > 0 ? (size_t)wrote : 0;
		free(to);
	}
	sl_run_print(run, "%s: (none) -> %s", what, line);
}

static void
print_changes(struct sl_run *run, const char *what, const char *const *fields,
    size_t count, const json_t *changes)
{
	if (count == 0)
		sl_run_print(run, "%s: nothing to change", what);
	else if (is_new(changes, fields, count) && !sl_run_flag(run, "dry-run"))
		print_new(run, what, fields, count, changes);
	else
		for (size_t i = 0; i < count; i++)
			print_field(run, what, fields[i],
			    json_object_get(changes, fields[i]));
}

static enum sl_status
print_csv(struct sl_run *run, const char *what, const char *const *fields,
    size_t count, const json_t *changes)
{
	static const struct sl_column columns[] = {
	    {"object", "Object", SL_COLUMN_TEXT},
	    {"field", "Field", SL_COLUMN_TEXT},
	    {"old", "Old", SL_COLUMN_TEXT},
	    {"new", "New", SL_COLUMN_TEXT},
	    {0},
	};
	json_t *rows = json_array();

	for (size_t i = 0; i < count; i++) {
		const json_t *pair = json_object_get(changes, fields[i]);

		if (json_array_append_new(rows,
		        json_pack("{s:s,s:s,s:O?,s:O?}", "object", what,
		            "field", fields[i], "old", json_array_get(pair, 0),
		            "new", json_array_get(pair, 1))) != 0)
			break;
	}
	return ctl_print_rows(run, columns, rows, "", NULL);
}

enum sl_status
ctl_tell(struct sl_run *run, const char *kind, const char *name, json_t *object,
    struct sl_error *err)
{
	json_t *changes = json_object_get(object, "changes");
	const char *fields[FIELDS_MAX];
	const char *field;
	char what[256];
	json_t *pair;
	size_t count = 0;
	enum sl_status status = SL_OK;

	snprintf(what, sizeof(what), "%s %s", kind,
	    name == NULL ? ctl_text(object, "id") : name);
	json_object_foreach (changes, field, pair) {
		if (count < FIELDS_MAX)
			fields[count++] = field;
	}
	qsort(fields, count, sizeof(fields[0]), by_name);
	if (sl_run_is_csv(run))
		status = print_csv(run, what, fields, count, changes);
	else
		print_changes(run, what, fields, count, changes);
	if (sl_run_flag(run, "dry-run"))
		json_object_set_new(object, "dry_run", json_true());
	sl_run_json(run, object);
	if (status != SL_OK)
		sl_error_set(err, status, "out of memory");
	return status;
}

enum sl_status
ctl_change_told(struct sl_run *run, const char *kind, const char *name,
    ctl_fn *fn, struct sl_error *err)
{
	json_t *object;
	enum sl_status status = ctl_change(&object, run, fn, NULL, err);

	if (status != SL_OK)
		return status;
	return ctl_tell(run, kind, name, object, err);
}
