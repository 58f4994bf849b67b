#include "sluice/command/run.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run_state.h"
#include "sluice/base/buf.h"
#include "text.h"

#define MESSAGE_MAX 4096

size_t
sl_run_arg_count(const struct sl_run *run)
{
	return run->arg_count;
}

const char *
sl_run_arg(const struct sl_run *run, size_t i)
{
	return i < run->arg_count ? run->args[i] : NULL;
}

static bool
is_in(const struct sl_option *options, const char *name)
{
	for (; options != NULL && options->name != NULL; options++) {
		if (strcmp(options->name, name) == 0)
			return true;
	}
	return false;
}

/* The i-th time it was given, or NULL. */
static const struct sl_value *
find_given(const struct sl_run *run, const char *name, size_t i)
{
	assert((run->command != NULL && is_in(run->command->options, name)) ||
	    is_in(run->program->options, name) ||
	    is_in(sl_common_options, name));
	for (size_t at = 0; at < run->given_count; at++) {
		if (strcmp(run->given[at].option->name, name) == 0 && i-- == 0)
			return &run->given[at].value;
	}
	return NULL;
}

bool
sl_run_has(const struct sl_run *run, const char *name)
{
	return find_given(run, name, 0) != NULL;
}

bool
sl_run_flag(const struct sl_run *run, const char *name)
{
	const struct sl_value *value = find_given(run, name, 0);

	return value != NULL && value->flag;
}

size_t
sl_run_count(const struct sl_run *run, const char *name)
{
	size_t count = 0;

	while (find_given(run, name, count) != NULL)
		count++;
	return count;
}

const char *
sl_run_text_at(const struct sl_run *run, const char *name, size_t i)
{
	const struct sl_value *value = find_given(run, name, i);

	return value == NULL ? NULL : value->text;
}

const char *
sl_run_text(const struct sl_run *run, const char *name)
{
	size_t count = sl_run_count(run, name);

	return count == 0 ? NULL : sl_run_text_at(run, name, count - 1);
}

uint64_t
sl_run_number(const struct sl_run *run, const char *name, uint64_t fallback)
{
	const struct sl_value *value = find_given(run, name, 0);

	return value == NULL ? fallback : value->number;
}

int64_t
sl_run_time(const struct sl_run *run, const char *name, int64_t fallback_us)
{
	const struct sl_value *value = find_given(run, name, 0);

	return value == NULL ? fallback_us : value->time_us;
}

bool
sl_run_is_json(const struct sl_run *run)
{
	return sl_run_flag(run, "json");
}

bool
sl_run_is_csv(const struct sl_run *run)
{
	return sl_run_flag(run, "csv");
}

bool
sl_run_is_quiet(const struct sl_run *run)
{
	return sl_run_flag(run, "quiet");
}

bool
sl_run_is_verbose(const struct sl_run *run)
{
	return sl_run_flag(run, "verbose");
}

bool
sl_run_has_color(const struct sl_run *run)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (sl_run_flag(run, "no-color") || !isatty(STDERR_FILENO))
		return false;
	if (no_color != NULL && *no_color != '\0')
		return false;
	return terminal != NULL && strcmp(terminal, "dumb") != 0;
}

uint64_t
sl_run_timeout_ms(const struct sl_run *run, uint64_t fallback_ms)
{
	return sl_run_number(run, "timeout", fallback_ms);
}

void
sl_run_print(struct sl_run *run, const char *fmt, ...)
{
	va_list args;
	char *line;
	int len;

	if (sl_run_is_json(run) || sl_run_is_csv(run))
		return;
	va_start(args, fmt);
	len = vasprintf(&line, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	sl_text_clean(line);
	puts(line);
	free(line);
}

void
sl_run_say(struct sl_run *run, const char *fmt, ...)
{
	va_list args;

	if (sl_run_is_json(run) || sl_run_is_quiet(run))
		return;
	/* Where both streams go to one file, results keep their place. */
	fflush(stdout);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

/* One JSON line on standard error. */
static void
put_event(json_t *event)
{
	if (event == NULL)
		return;
	json_dumpf(event, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	json_decref(event);
}

void
sl_run_warn(struct sl_run *run, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fflush(stdout);
	if (sl_run_is_json(run))
		put_event(json_pack("{s:s,s:o}", "event", "warning", "text",
		    sl_text_json(text)));
	else
		fprintf(stderr, "%s: warning: %s\n", run->program->name, text);
}

void
sl_run_json(struct sl_run *run, json_t *value)
{
	if (sl_run_is_json(run) && value != NULL) {
		json_dumpf(value, stdout, JSON_INDENT(2) | SL_JSON_REALS);
		putchar('\n');
	}
	json_decref(value);
}

void
sl_run_json_line(struct sl_run *run, json_t *value)
{
	if (sl_run_is_json(run) && value != NULL) {
		json_dumpf(value, stdout, JSON_COMPACT | SL_JSON_REALS);
		putchar('\n');
		fflush(stdout);
	}
	json_decref(value);
}

void
sl_run_hint(struct sl_run *run, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(run->hint, sizeof(run->hint), fmt, args);
	va_end(args);
}

enum sl_status
sl_run_blame(struct sl_run *run, enum sl_status status)
{
	run->is_blamed = true;
	return status;
}

enum sl_status
sl_run_usage(struct sl_run *run, struct sl_error *err, const char *fmt, ...)
{
	char text[SL_ERROR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return sl_run_blame(
	    run, sl_error_code(err, SL_ERR_INVALID, "usage", "%s", text));
}
