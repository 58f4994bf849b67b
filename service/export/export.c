#include "sluice/export/export.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"

/* To add a layout: its function in layout.h, a line here. */
static const struct export_layout layouts[] = {
    {"lerobot-v2.1", export_lerobot_v21},
    {"lerobot-v3", export_lerobot_v3},
    {"mcap", export_mcap},
    {"webdataset", export_webdataset},
};

#define LAYOUT_COUNT (sizeof(layouts) / sizeof(*layouts))

const char *
sl_export_layout(unsigned i)
{
	return i < LAYOUT_COUNT ? layouts[i].name : NULL;
}

static const struct export_layout *
find_layout(const char *name)
{
	for (size_t i = 0; i < LAYOUT_COUNT; i++) {
		if (strcmp(layouts[i].name, name) == 0)
			return &layouts[i];
	}
	return NULL;
}

enum sl_status
export_is_wanted(const struct export_run *run, struct sl_error *err)
{
	if (run->options->is_cancelled != NULL && run->options->is_cancelled())
		return sl_error_set(err, SL_ERR_CANCELLED,
		    "interrupted; run it again to go on");
	return SL_OK;
}

void
export_warn(const struct export_run *run, const char *fmt, ...)
{
	char text[SL_ERROR_TEXT_MAX];
	va_list args;

	if (run->options->on_warning == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sl_error_tidy(text);
	run->options->on_warning(run->options->ctx, text);
}

/* Before a folder is made for it. */
static enum sl_status
check_episodes(const struct sl_contents *contents,
    const struct sl_export_options *options, struct sl_error *err)
{
	for (size_t i = 0; i < contents->episode_count; i++) {
		if (contents->episodes[i].number != 0)
			return SL_OK;
	}
	return sl_error_code(err, SL_ERR_INVALID, "no_episode",
	    options->where == NULL ? "%s holds no episode"
	                           : "no episode that %s holds matches --where",
	    options->dir);
}

static enum sl_status
run_layout(struct export_run *run, const struct export_layout *layout,
    struct sl_error *err)
{
	enum sl_status status;

	snprintf(run->result->dataset, sizeof(run->result->dataset), "%s",
	    run->contents->dataset);
	run->result->seq = run->contents->seq;
	status =
	    export_folder_open(&run->folder, run->options, run->result, err);
	if (status == SL_OK)
		status = layout->run(run, err);
	if (status == SL_OK)
		status = export_folder_finish(&run->folder, err);
	export_folder_clear(&run->folder);
	return status;
}

enum sl_status
sl_export_run(struct sl_export_result *out,
    const struct sl_export_options *options, struct sl_error *err)
{
	const struct export_layout *layout = find_layout(options->layout);
	struct export_run run = {.options = options, .result = out};
	struct sl_contents *contents;
	enum sl_status status;

	*out = (struct sl_export_result){0};
	if (layout == NULL)
		return sl_error_code(err, SL_ERR_INVALID, "unknown_layout",
		    "there is no layout \"%.40s\": lerobot-v2.1, lerobot-v3, "
		    "mcap or webdataset",
		    options->layout);
	status = sl_contents_open(&contents, options->dir, options->where, err);
	if (status != SL_OK)
		return status;
	run.contents = contents;
	status = check_episodes(contents, options, err);
	if (status == SL_OK)
		status = run_layout(&run, layout, err);
	sl_contents_free(contents);
	return status;
}
