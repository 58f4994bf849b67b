/* list and show: the catalog. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "connect.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/where.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"

#define PATH_BYTES 8192
#define PAGES_MAX  1000

static const struct sl_option list_options[] = {
    {.name = "query",
        .kind = SL_VALUE_TEXT,
        .argument = "WORDS",
        .help = "full-text search"},
    {.name = "kind",
        .kind = SL_VALUE_TEXT,
        .argument = "KIND",
        .help = "only prebuilt or subscription"},
    {.name = "facet",
        .kind = SL_VALUE_TEXT,
        .argument = "KEY=VALUE",
        .is_repeatable = true,
        .help = "has episodes with this task, robot, site …"},
    {.name = "licensed",
        .kind = SL_VALUE_FLAG,
        .help = "only those that you have a licence for"},
    {0},
};

static const struct sl_column list_columns[] = {
    {"name", "Name", SL_COLUMN_TEXT},
    {"kind", "Kind", SL_COLUMN_TEXT},
    {"seq", "Batch", SL_COLUMN_COUNT},
    {"episodes", "Episodes", SL_COLUMN_COUNT},
    {"duration_s", "Duration", SL_COLUMN_DURATION},
    {"content_bytes", "Bytes", SL_COLUMN_BYTES},
    {"title", "Title", SL_COLUMN_TEXT},
    {0},
};

static enum sl_status
add_query(struct sl_buf *path, const char *key, const char *value)
{
	enum sl_status status;
	bool is_first = memchr(path->data, '?', path->len) == NULL;

	status = sl_buf_append_text(path, is_first ? "?" : "&");
	if (status == SL_OK)
		status = sl_client_escape(path, key);
	if (status == SL_OK)
		status = sl_buf_append_text(path, "=");
	return status == SL_OK ? sl_client_escape(path, value) : status;
}

static enum sl_status
check_options(struct sl_run *run, struct sl_error *err)
{
	const char *kind = sl_run_text(run, "kind");

	if (kind != NULL && strcmp(kind, "prebuilt") != 0 &&
	    strcmp(kind, "subscription") != 0)
		return sl_run_usage(run, err,
		    "--kind: '%s' is neither prebuilt nor subscription", kind);
	return SL_OK;
}

/* All --facet as one filter; empty if there is none. */
static enum sl_status
join_facets(struct sl_run *run, struct sl_buf *out, struct sl_error *err)
{
	struct sl_where *where = NULL;
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < sl_run_count(run, "facet"); i++) {
		status = sl_buf_printf(out, "%s%s", i == 0 ? "" : ",",
		    sl_run_text_at(run, "facet", i));
		if (status != SL_OK)
			return sl_error_set(
			    err, status, "the options are too long");
	}
	if (out->len > 0)
		status = sl_where_parse(&where, sl_buf_slice(out), err);
	sl_where_free(where);
	if (status != SL_OK)
		return sl_run_blame(
		    run, sl_error_prefix(err, status, "--facet"));
	return SL_OK;
}

static enum sl_status
make_path(struct sl_run *run, struct sl_buf *path, const char *where,
    const char *cursor, struct sl_error *err)
{
	const char *query = sl_run_text(run, "query");
	const char *kind = sl_run_text(run, "kind");
	enum sl_status status;

	sl_buf_reset(path);
	status = sl_buf_append_text(path, "/v1/datasets");
	if (status == SL_OK && query != NULL)
		status = add_query(path, "q", query);
	if (status == SL_OK && kind != NULL)
		status = add_query(path, "kind", kind);
	if (status == SL_OK && where[0] != '\0')
		status = add_query(path, "where", where);
	if (status == SL_OK && cursor != NULL)
		status = add_query(path, "cursor", cursor);
	if (status != SL_OK && err->text[0] == '\0')
		sl_error_set(err, status, "the options are too long");
	return status;
}

static bool
is_wanted(struct sl_run *run, const json_t *dataset)
{
	if (!sl_run_flag(run, "licensed"))
		return true;
	return json_is_true(json_object_get(dataset, "licensed"));
}

static enum sl_status
add_rows(struct sl_run *run, struct sl_table *table, json_t *answer,
    struct sl_error *err)
{
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(answer, "datasets"), i, row) {
		if (is_wanted(run, row) &&
		    sl_table_add(table, json_incref(row)) != SL_OK)
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	return SL_OK;
}

static enum sl_status
read_pages(struct sl_run *run, struct sl_client *client, struct sl_table *table,
    struct sl_error *err)
{
	char cursor[256] = "";
	enum sl_status status;
	struct sl_buf path;
	struct sl_buf where;

	sl_buf_init(&path, PATH_BYTES);
	sl_buf_init(&where, SL_WHERE_TEXT_MAX);
	status = join_facets(run, &where, err);
	for (int page = 0; status == SL_OK && page < PAGES_MAX; page++) {
		const char *next;
		json_t *answer = NULL;

		status = make_path(run, &path, sl_buf_text(&where),
		    cursor[0] == '\0' ? NULL : cursor, err);
		if (status == SL_OK)
			status = sl_client_get(
			    client, sl_buf_text(&path), &answer, err);
		if (status == SL_OK)
			status = add_rows(run, table, answer, err);
		next = json_string_value(json_object_get(answer, "next"));
		snprintf(cursor, sizeof(cursor), "%s", next ? next : "");
		json_decref(answer);
		if (cursor[0] == '\0')
			break;
	}
	sl_buf_clear(&where);
	sl_buf_clear(&path);
	return status;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	struct sl_client *client = NULL;
	struct sl_table *table = NULL;
	enum sl_status status;

	status = check_options(run, err);
	if (status == SL_OK)
		status = connect_client(run, &client, err);
	if (status == SL_OK && sl_table_new(&table, list_columns) != SL_OK)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (status == SL_OK)
		status = read_pages(run, client, table, err);
	if (status == SL_OK)
		sl_table_print(table, run, "No dataset.");
	sl_table_free(table);
	sl_client_free(client);
	return status;
}

const struct sl_command cmd_list = {
    .name = "list",
    .summary = "list the datasets of the catalog",
    .options = list_options,
    .run = run_list,
};

static const struct sl_column show_columns[] = {
    {"name", "Name", SL_COLUMN_TEXT},
    {"title", "Title", SL_COLUMN_TEXT},
    {"kind", "Kind", SL_COLUMN_TEXT},
    {"visibility", "Visibility", SL_COLUMN_TEXT},
    {"publisher", "Publisher", SL_COLUMN_TEXT},
    {"licence", "Licence", SL_COLUMN_TEXT},
    {"seq", "Newest batch", SL_COLUMN_COUNT},
    {"episodes", "Episodes", SL_COLUMN_COUNT},
    {"duration_s", "Duration", SL_COLUMN_DURATION},
    {"content_bytes", "Bytes", SL_COLUMN_BYTES},
    {"updated", "Updated", SL_COLUMN_TEXT},
    {0},
};

static void
print_access(struct sl_run *run, const json_t *dataset)
{
	json_t *access = json_object_get(dataset, "access");
	json_t *layer;
	size_t i;

	json_array_foreach (json_object_get(dataset, "layers"), i, layer) {
		const char *name =
		    json_string_value(json_object_get(layer, "name"));

		sl_run_print(run, "%-12s  %s  (%lld episodes)",
		    i == 0 ? "Layers" : "", name == NULL ? "" : name,
		    (long long)json_integer_value(
		        json_object_get(layer, "episodes")));
	}
	sl_run_print(run, "Your access   %s",
	    json_is_true(json_object_get(access, "licensed")) ? "licensed"
	                                                      : "no licence");
}

/* Which batches wait to be released to the caller's licences; early access. */
static json_t *
releases_of(struct sl_run *run, const char *dataset)
{
	struct sl_error ignored = {0};
	json_t *array = json_array();
	json_t *answer = NULL;
	json_t *row;
	size_t i;

	if (connect_get(run, "/v1/licences", &answer, &ignored) != SL_OK)
		return array;
	json_array_foreach (json_object_get(answer, "licences"), i, row) {
		json_t *release = json_object_get(row, "release");
		const char *name =
		    json_string_value(json_object_get(row, "dataset"));

		if (name == NULL || strcmp(name, dataset) != 0 ||
		    !json_is_object(release))
			continue;
		json_array_append_new(array,
		    json_pack("{s:O, s:O, s:O, s:O}", "licence",
		        json_object_get(row, "id"), "class",
		        json_object_get(row, "class"), "seq",
		        json_object_get(release, "seq"), "at",
		        json_object_get(release, "at")));
	}
	json_decref(answer);
	return array;
}

static void
print_releases(struct sl_run *run, json_t *releases)
{
	json_t *row;
	size_t i;

	json_array_foreach (releases, i, row)
		sl_run_print(run,
		    "Next batch    %lld is released to class %s at %s",
		    (long long)json_integer_value(json_object_get(row, "seq")),
		    json_string_value(json_object_get(row, "class")),
		    json_string_value(json_object_get(row, "at")));
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	const char *name = sl_run_arg(run, 0);
	char path[PATH_BYTES];
	json_t *dataset;
	enum sl_status status;

	if (!sl_dataset_name_is_valid(sl_slice_text(name)))
		return sl_run_usage(
		    run, err, "'%s' is no name of a dataset", name);
	snprintf(path, sizeof(path), "/v1/datasets/%s", name);
	status = connect_get(run, path, &dataset, err);
	if (status == SL_OK) {
		json_object_set_new(
		    dataset, "releases", releases_of(run, name));
		sl_table_show(run, show_columns, dataset);
		if (!sl_run_is_json(run)) {
			print_access(run, dataset);
			print_releases(
			    run, json_object_get(dataset, "releases"));
		}
	}
	json_decref(dataset);
	return status;
}

const struct sl_command cmd_show = {
    .name = "show",
    .summary = "show one dataset",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .run = run_show,
};
