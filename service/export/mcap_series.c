#include "mcap_series.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/json.h"

#define TEXT_MAX   (4u << 20)
#define SCHEMA_MAX 512

enum kind {
	KIND_JOINTS,
	KIND_WRENCH,
	KIND_VALUE,
};

struct series {
	struct mcap_episode *episode;
	enum kind kind;
	enum series_type type;
	bool is_list;
	bool is_missing; /* the row under way */
	char topic[MCAP_TOPIC_MAX];
	/* Joints and wrench. */
	char *names[SL_ROBOT_JOINTS_MAX];
	double numbers[SL_ROBOT_JOINTS_MAX];
	unsigned place[6]; /* of each value in a wrench */
	/* Value. */
	struct sl_buf text;
	uint16_t channel;
	uint32_t messages;
	size_t count;
};

/* ---- what becomes which ---- */

/* "fx", "fx_N", "force_x", "ty_Nm", "torque.y", "mz": 0 to 5 as in
 * geometry_msgs/Wrench, which is in N and N m; -1: none of them, or in another
 * unit. */
static int
axis_of(const char *name)
{
	static const struct {
		const char *word;
		int first;
	} words[] = {{"force", 0}, {"torque", 3}, {"moment", 3}, {"f", 0},
	    {"t", 3}, {"m", 3}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *unit = words[i].first == 0 ? "_N" : "_Nm";
		const char *at = name;
		int axis;

		if (strncmp(at, words[i].word, strlen(words[i].word)) != 0)
			continue;
		at += strlen(words[i].word);
		at += *at == '_' || *at == '.';
		axis = *at - 'x';
		if (axis >= 0 && axis <= 2 &&
		    (at[1] == '\0' || strcmp(at + 1, unit) == 0))
			return words[i].first + axis;
	}
	return -1;
}

bool
series_axes(const json_t *names, unsigned place[6])
{
	unsigned found = 0;

	for (unsigned i = 0; i < 6; i++) {
		const char *name = json_string_value(json_array_get(names, i));
		int axis = name == NULL ? -1 : axis_of(name);

		if (axis < 0)
			return false;
		place[i] = (unsigned)axis;
		found |= 1u << axis;
	}
	return found == 63 && json_array_size(names) == 6;
}

static bool
is_wrench(struct series *series, const struct series_words *words)
{
	if (words->width != 6 || words->type != SERIES_NUMBER)
		return false;
	if (words->names != NULL)
		return series_axes(words->names, series->place);
	for (unsigned i = 0; i < 6; i++)
		series->place[i] = i;
	return strstr(words->name, "wrench") != NULL ||
	    strstr(words->name, "force") != NULL;
}

static bool
begins(const char *name, const char *word)
{
	size_t len = strlen(word);

	return strncmp(name, word, len) == 0 &&
	    (name[len] == '\0' || name[len] == '.');
}

static bool
is_joints(const struct series_words *words)
{
	static const char *const names[] = {"observation.state", "action",
	    "state", "joint", "joints", "leader", "follower", "q"};
	bool is_named = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		is_named = is_named || begins(words->name, names[i]);
	return is_named && words->type == SERIES_NUMBER && words->is_list &&
	    words->width > 0 && words->width <= SL_ROBOT_JOINTS_MAX;
}

static enum sl_status
name_joints(struct series *series, const json_t *names)
{
	for (size_t i = 0; i < SL_ROBOT_JOINTS_MAX; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (name != NULL)
			series->names[i] = strdup(name);
		else if (asprintf(&series->names[i], "joint_%zu", i) < 0)
			series->names[i] = NULL;
		if (series->names[i] == NULL)
			return SL_ERR_NOMEM;
	}
	return SL_OK;
}

/* ---- the channel of values ---- */

static void
make_schema(
    const struct series_words *words, char name[32], char text[SCHEMA_MAX])
{
	static const char *const types[][2] = {
	    [SERIES_NUMBER] = {"number", "Number"},
	    [SERIES_INTEGER] = {"integer", "Integer"},
	    [SERIES_BOOLEAN] = {"boolean", "Boolean"},
	    [SERIES_TEXT] = {"string", "Text"}};
	const char *type = types[words->type][0];

	snprintf(name, 32, "sluice.%s%s", types[words->type][1],
	    words->is_list ? "s" : "");
	if (words->is_list)
		snprintf(text, SCHEMA_MAX,
		    "{\"title\":\"%s\",\"type\":\"object\",\"properties\":{"
		    "\"value\":{\"type\":\"array\",\"items\":{\"type\":\"%s\"}}"
		    "}}",
		    name, type);
	else
		snprintf(text, SCHEMA_MAX,
		    "{\"title\":\"%s\",\"type\":\"object\",\"properties\":{"
		    "\"value\":{\"type\":\"%s\"}}}",
		    name, type);
}

static enum sl_status
define(struct series *series, const struct series_words *words)
{
	char name[32];
	char text[SCHEMA_MAX];
	char column[SL_ERROR_TEXT_MAX];
	struct sl_mcap_schema schema = {
	    .encoding = sl_slice_text("jsonschema")};
	struct sl_mcap_channel channel = {.topic = sl_slice_text(series->topic),
	    .message_encoding = sl_slice_text("json")};
	struct sl_buf map;
	enum sl_status status;

	make_schema(words, name, text);
	snprintf(column, sizeof(column), "%s", words->name);
	sl_error_tidy(column);
	schema.name = sl_slice_text(name);
	schema.data = sl_slice_text(text);
	sl_buf_init(&map, 2 * TEXT_MAX);
	status = sl_mcap_map_add(
	    &map, sl_slice_text("column"), sl_slice_text(column));
	if (status == SL_OK && words->names != NULL)
		status = mcap_map_json(&map, "names", words->names);
	if (status == SL_OK && words->shape != NULL)
		status = mcap_map_json(&map, "shape", words->shape);
	channel.metadata = sl_buf_slice(&map);
	if (status == SL_OK)
		status = sl_robot_log_channel(series->episode->log,
		    &series->channel, &channel, &schema, series->episode->err);
	sl_buf_clear(&map);
	return status;
}

enum sl_status
series_new(struct series **out, struct mcap_episode *episode,
    const struct series_words *words)
{
	struct series *series = calloc(1, sizeof(*series));
	enum sl_status status;

	*out = NULL;
	if (series == NULL)
		return SL_ERR_NOMEM;
	series->episode = episode;
	series->type = words->type;
	series->is_list = words->is_list;
	sl_buf_init(&series->text, TEXT_MAX);
	snprintf(series->topic, sizeof(series->topic), "%s", words->topic);
	series->kind = is_wrench(series, words) ? KIND_WRENCH
	    : is_joints(words)                  ? KIND_JOINTS
	                                        : KIND_VALUE;
	status = mcap_topic_take(episode, series->topic);
	if (status == SL_OK && series->kind == KIND_VALUE)
		status = define(series, words);
	else if (status == SL_OK && series->kind == KIND_JOINTS)
		status = name_joints(series, words->names);
	if (status != SL_OK) {
		series_free(series);
		return status;
	}
	*out = series;
	return SL_OK;
}

void
series_free(struct series *series)
{
	if (series == NULL)
		return;
	for (size_t i = 0; i < SL_ROBOT_JOINTS_MAX; i++)
		free(series->names[i]);
	sl_buf_clear(&series->text);
	free(series);
}

/* ---- rows ---- */

void
series_begin(struct series *series)
{
	series->count = 0;
	series->is_missing = false;
	sl_buf_reset(&series->text);
}

/* Before each value. */
static enum sl_status
begin_value(struct series *series)
{
	size_t max = series->kind == KIND_VALUE ? SERIES_VALUES_MAX
	    : series->kind == KIND_JOINTS       ? SL_ROBOT_JOINTS_MAX
	                                        : 6;

	if (series->count == max)
		return sl_error_set(series->episode->err, SL_ERR_LIMIT,
		    "%s: a row has more than %zu values", series->topic, max);
	series->count++;
	if (series->kind != KIND_VALUE)
		return SL_OK;
	return sl_buf_append_text(&series->text, series->count > 1 ? "," : "");
}

enum sl_status
series_add_number(struct series *series, double value, bool is_single)
{
	char text[40];
	enum sl_status status = begin_value(series);

	if (status != SL_OK)
		return status;
	if (series->kind != KIND_VALUE) {
		series->numbers[series->count - 1] = value;
		return SL_OK;
	}
	if (!isfinite(value))
		return sl_buf_append_text(&series->text, "null");
	/* The fewer digits, if they say the same. */
	snprintf(text, sizeof(text), "%.*g", is_single ? 7 : 15, value);
	if (is_single ? strtof(text, NULL) != (float)value
	              : strtod(text, NULL) != value)
		snprintf(text, sizeof(text), "%.*g", is_single ? 9 : 17, value);
	return sl_buf_append_text(&series->text, text);
}

enum sl_status
series_add_integer(struct series *series, int64_t value)
{
	enum sl_status status = begin_value(series);

	return status == SL_OK ? sl_buf_printf(&series->text, "%" PRId64, value)
	                       : status;
}

enum sl_status
series_add_boolean(struct series *series, bool value)
{
	enum sl_status status = begin_value(series);

	return status == SL_OK
	    ? sl_buf_append_text(&series->text, value ? "true" : "false")
	    : status;
}

enum sl_status
series_add_text(struct series *series, struct sl_slice text)
{
	json_t *value = json_stringn((const char *)text.data, text.len);
	enum sl_status status = begin_value(series);

	if (status == SL_OK)
		status = value == NULL
		    ? sl_buf_append_text(&series->text, "null")
		    : sl_json_append_string(&series->text, text);
	json_decref(value);
	return status;
}

enum sl_status
series_add_null(struct series *series)
{
	return series_add_number(series, (double)NAN, false);
}

void
series_miss(struct series *series)
{
	series->is_missing = true;
}

static enum sl_status
put_wrench(struct series *series, uint64_t time_ns)
{
	double wrench[6];

	if (series->count != 6)
		return sl_error_set(series->episode->err, SL_ERR_INVALID,
		    "%s: a row has %zu values, not 6", series->topic,
		    series->count);
	for (unsigned i = 0; i < 6; i++)
		wrench[series->place[i]] = series->numbers[i];
	return sl_robot_log_wrench(series->episode->log, time_ns, series->topic,
	    "", wrench, series->episode->err);
}

static enum sl_status
put_joints(struct series *series, uint64_t time_ns)
{
	const struct sl_robot_joints joints = {.topic = series->topic,
	    .names = (const char *const *)series->names,
	    .count = series->count,
	    .position = series->numbers};

	return sl_robot_log_joints(
	    series->episode->log, time_ns, &joints, series->episode->err);
}

static enum sl_status
put_value(struct series *series, uint64_t time_ns)
{
	struct sl_mcap_message message = {.channel_id = series->channel,
	    .sequence = series->messages++,
	    .log_time = time_ns,
	    .publish_time = time_ns};
	bool is_list = series->is_list && !series->is_missing;
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, TEXT_MAX + 64);
	status =
	    sl_buf_append_text(&text, is_list ? "{\"value\":[" : "{\"value\":");
	if (status == SL_OK && series->count == 0 && !is_list)
		status = sl_buf_append_text(&text, "null");
	if (status == SL_OK)
		status =
		    sl_buf_append(&text, series->text.data, series->text.len);
	if (status == SL_OK)
		status = sl_buf_append_text(&text, is_list ? "]}" : "}");
	message.data = sl_buf_slice(&text);
	if (status == SL_OK)
		status = sl_robot_log_message(
		    series->episode->log, &message, series->episode->err);
	sl_buf_clear(&text);
	return status;
}

enum sl_status
series_end(struct series *series, uint64_t time_ns)
{
	if (series->kind != KIND_VALUE && series->count == 0)
		return SL_OK;
	switch (series->kind) {
	case KIND_JOINTS:
		return put_joints(series, time_ns);
	case KIND_WRENCH:
		return put_wrench(series, time_ns);
	case KIND_VALUE:
		return put_value(series, time_ns);
	}
	return SL_ERR_STATE;
}
