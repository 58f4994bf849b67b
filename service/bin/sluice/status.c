#include "sluice/client/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "connect.h"
#include "count.h"
#include "licence.h"
#include "sluice/base/clock.h"
#include "sluice/command/run.h"
#include "trust_words.h"

/* What later pulls want, as the options that said it. */
static void
print_wish(struct sl_run *run, const struct sl_wish *wish)
{
	json_t *object = sl_wish_to_json(wish);
	const char *key;
	json_t *value;

	if (object != NULL && json_object_size(object) == 0)
		sl_run_print(run, "Wanted     all that the licence covers");
	json_object_foreach (object, key, value) {
		char option[32];

		if (strcmp(key, "deleted") == 0) {
			sl_run_print(run, "Deleted    episodes %s, certified",
			    json_string_value(value));
			continue;
		}
		char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		snprintf(option, sizeof(option), "%s", key);
		for (char *at = option; *at != '\0'; at++)
			*at = *at == '_' ? '-' : *at;
		sl_run_print(run, "Wanted     --%s %s", option,
		    json_is_string(value) ? json_string_value(value)
		        : text == NULL    ? ""
		                          : text);
		free(text);
	}
	json_decref(object);
}

static void
print_status(struct sl_run *run, const char *dir,
    const struct sl_mirror_status *status, uint64_t max_age_ms)
{
	char until[SL_TIME_TEXT_MAX] = "unknown";
	char duty[LICENCE_DUTY_MAX];

	if (status->licence_until_us > 0)
		sl_time_format(until, status->licence_until_us);
	sl_run_print(run, "Dataset    %s in %s",
	    status->dataset[0] == '\0' ? "(none yet)" : status->dataset, dir);
	if (status->seq == 0)
		sl_run_print(
		    run, "Batch      none yet, of %" PRIu32, status->known_seq);
	else if (status->seq == status->known_seq)
		sl_run_print(run,
		    "Batch      %" PRIu32 ", the newest when last asked",
		    status->seq);
	else
		sl_run_print(run, "Batch      %" PRIu32 " of %" PRIu32,
		    status->seq, status->known_seq);
	print_wish(run, &status->wish);
	sl_run_print(run, "State      %s",
	    status->damage.status != SL_OK ? "damaged"
	        : status->is_complete      ? "complete"
	        : status->is_applying
	        ? "incomplete: an apply was interrupted, pull again"
	        : "incomplete: pull again to go on");
	trust_print(run, &status->trust, max_age_ms);
	if (status->staged_chunks > 0)
		sl_run_print(run, "Staged     %" COUNT,
		    COUNTED(status->staged_chunks, "chunk"));
	if (status->refusal_code[0] != '\0') {
		char at[SL_TIME_TEXT_MAX];

		sl_time_format(at, status->refused_at_us);
		sl_run_print(run, "Refused    at %s: %s", at, status->refusal);
	}
	sl_run_print(run, "%s valid until %s%s",
	    status->refusal_code[0] != '\0' ? "Licence    it was"
	                                    : "Licence   ",
	    until,
	    status->licence_until_us > 0 &&
	            status->licence_until_us <= sl_clock_wall_us()
	        ? ", which is over"
	        : "");
	licence_duty(duty, status->licence);
	if (duty[0] != '\0')
		sl_run_print(run, "Duty       %s%s", duty,
		    strncmp(duty, "delete", 6) == 0
		        ? ": sluice certify-deletion DIR"
		        : "");
	if (status->release_seq > 0) {
		sl_time_format(until, status->release_at_us);
		sl_run_print(run,
		    "Next       batch %" PRIu32
		    " is released to class %s at %s",
		    status->release_seq, status->class_name, until);
	}
}

/* The next batch that is due, or null. */
static json_t *
release_json(const struct sl_mirror_status *status)
{
	char at[SL_TIME_TEXT_MAX];

	if (status->release_seq == 0)
		return json_null();
	sl_time_format(at, status->release_at_us);
	return json_pack(
	    "{s:I, s:s}", "seq", (json_int_t)status->release_seq, "at", at);
}

static enum sl_status
run_status(struct sl_run *run, struct sl_error *err)
{
	const char *dir = sl_run_arg(run, 0);
	struct sl_mirror_status mirror;
	char until[SL_TIME_TEXT_MAX];
	char duty[LICENCE_DUTY_MAX];
	struct sl_error damage;
	uint64_t max_age_ms;
	enum sl_status status;
	bool is_complete;

	if (dir == NULL)
		dir = ".";
	sl_mirror_status_init(&mirror);
	status = connect_max_age(run, &max_age_ms, err);
	if (status == SL_OK)
		status = sl_mirror_status_read(&mirror, dir, err);
	is_complete = mirror.is_complete;
	damage = mirror.damage;
	if (status == SL_OK) {
		print_status(run, dir, &mirror, max_age_ms);
		trust_warn(run, &mirror.trust);
		sl_time_format(until, mirror.licence_until_us);
		licence_duty(duty, mirror.licence);
		sl_run_json(run,
		    json_pack("{s:s, s:s, s:I, s:I, s:b, s:b, s:I, s:I, s:s?, "
		              "s:s?, s:s, s:o, s:s?, s:o, s:o, s:s?}",
		        "dir", dir, "dataset", mirror.dataset, "seq",
		        (json_int_t)mirror.seq, "known_seq",
		        (json_int_t)mirror.known_seq, "complete",
		        (int)mirror.is_complete, "applying",
		        (int)mirror.is_applying, "segments",
		        (json_int_t)mirror.segments, "staged_chunks",
		        (json_int_t)mirror.staged_chunks, "licence_until",
		        mirror.licence_until_us > 0 ? until : NULL, "damage",
		        damage.status != SL_OK ? damage.text : NULL, "class",
		        mirror.class_name, "release", release_json(&mirror),
		        "duty", duty[0] == '\0' ? NULL : duty, "request",
		        sl_wish_to_json(&mirror.wish), "trust",
		        trust_json(&mirror.trust), "refused",
		        mirror.refusal_code[0] == '\0' ? NULL
		                                       : mirror.refusal_code));
	}
	sl_mirror_status_clear(&mirror);
	if (status == SL_OK && damage.status != SL_OK) {
		*err = damage;
		return damage.status;
	}
	if (status != SL_OK || is_complete)
		return status;
	return SL_ERR_PARTIAL;
}

const struct sl_command cmd_status = {
    .name = "status",
    .summary = "say what a mirror is; exit code 3 if it is incomplete",
    .details = "Works offline; DIR is the current folder if it is not given.  "
               "Exit code 3 if something is left to pull, 7 if a signed batch "
               "that the mirror keeps is damaged; verify looks at the files.  "
               "Freshness is how long ago a witness said that nothing newer "
               "is in the log: what tells \"nothing new\" from silence.",
    .arguments = "[DIR]",
    .args_max = 1,
    .run = run_status,
};
