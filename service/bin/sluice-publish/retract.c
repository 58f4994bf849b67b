#include <stdlib.h>

#include "sluice/catalog/facet.h"
#include "sluice/command/run.h"

#include "commands.h"
#include "place.h"
#include "publish_run.h"

static enum sl_status
run_retract(struct sl_run *run, struct sl_error *err)
{
	size_t count = sl_run_arg_count(run) - 1;
	struct sl_publish_retraction *retractions;
	struct sl_publish_options options = {
	    .dataset = sl_run_arg(run, 0),
	    .retraction_count = count,
	    .stop_after = SL_PUBLISH_SHOW,
	};
	const struct offline offline = {.is_asked = sl_run_flag(run, "offline"),
	    .request = sl_run_text(run, "out")};
	enum sl_status status;

	if (!sl_slug_is_valid(sl_slice_text(sl_run_text(run, "reason"))))
		return sl_run_usage(run, err,
		    "--reason: '%s' is no code such as consent_withdrawn: use "
		    "a-z, 0-9, '.', '_', '-'",
		    sl_run_text(run, "reason"));
	retractions = calloc(count, sizeof(*retractions));
	if (retractions == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		retractions[i].episode = sl_run_arg(run, i + 1);
		retractions[i].reason = sl_run_text(run, "reason");
	}
	options.retractions = retractions;
	status = publish_run(run, &options, &offline, err);
	free(retractions);
	return status;
}

static enum sl_status
erase_all(struct sl_run *run, const struct sl_publish_options *options,
    struct sl_error *err)
{
	json_t *list = json_array();
	enum sl_status status = list == NULL ? SL_ERR_NOMEM : SL_OK;

	for (size_t i = 1; status == SL_OK && i < sl_run_arg_count(run); i++) {
		json_t *erased = NULL;

		status = sl_publish_erase(&erased, options, sl_run_arg(run, i),
		    sl_run_text(run, "reason"), err);
		if (status == SL_OK) {
			sl_run_print(run, "%s: erased %s (%zu segments)",
			    options->dataset, sl_run_arg(run, i),
			    json_array_size(
			        json_object_get(erased, "segments")));
			if (json_array_append(list, erased) != 0)
				status = SL_ERR_NOMEM;
		}
		json_decref(erased);
	}
	if (status == SL_OK)
		sl_run_json(run, json_incref(list));
	else if (status == SL_ERR_STATE)
		sl_run_hint(run, "retract it first: 'sluice-publish retract'");
	json_decref(list);
	return status;
}

static enum sl_status
run_erase(struct sl_run *run, struct sl_error *err)
{
	struct sl_publish_options options = {.dataset = sl_run_arg(run, 0)};
	struct sl_objects *objects = NULL;
	struct sl_db *db = NULL;
	enum sl_status status;

	status = place_objects(&objects, run, err);
	if (status == SL_OK)
		status = place_connect(&db, run, err);
	if (status == SL_OK) {
		options.db = db;
		options.objects = objects;
		status = erase_all(run, &options, err);
	}
	sl_db_close(db);
	sl_objects_close(objects);
	return status;
}

static const struct sl_option retract_options[] = {
    {.name = "reason",
        .kind = SL_VALUE_TEXT,
        .is_required = true,
        .argument = "CODE",
        .help = "why, such as consent_withdrawn; customers see it"},
    {.name = "key",
        .letter = 'k',
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "the signing key (default: default)"},
    {.name = "offline",
        .kind = SL_VALUE_FLAG,
        .help = "write the batch and a request for its signature, and stop"},
    {.name = "out",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "where the request goes (default: requests/ in the home "
                "folder)"},
    {0},
};

static const struct sl_option erase_options[] = {
    {.name = "reason",
        .kind = SL_VALUE_TEXT,
        .is_required = true,
        .argument = "TEXT",
        .help = "why; kept in the audit"},
    {0},
};

const struct sl_command command_retract = {
    .name = "retract",
    .summary = "withdraw episodes: never sent again, removed by customers",
    .arguments = "DATASET EPISODE...",
    .args_min = 2,
    .args_max = SL_ARGS_ANY,
    .options = retract_options,
    .details = "EPISODE is a number, an id, or a key (SITE/KEY if several "
               "sites have it).",
    .run = run_retract,
};

const struct sl_command command_erase = {
    .name = "erase",
    .summary = "zero the stored bytes of retracted episodes",
    .arguments = "DATASET EPISODE...",
    .args_min = 2,
    .args_max = SL_ARGS_ANY,
    .options = erase_options,
    .details = "This cannot be undone.  Customers' copies go by the "
               "retraction.",
    .run = run_erase,
};
