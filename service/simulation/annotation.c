#include "annotation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "sluice/catalog/json.h"

#define STREAM    (UINT64_C(4) << 32)
#define ITEMS_MAX (MOTION_LEGS_MAX + ROLLOUT_EVENTS_MAX + 4)

struct items {
	json_t *item[ITEMS_MAX];
	unsigned count;
	bool failed;
};

static json_int_t
nanoseconds(double seconds)
{
	return (json_int_t)(seconds * 1000 + 0.5) * 1000000;
}

static void
add(struct items *items, const struct episode *episode, const char *layer,
    double begin_s, double end_s, json_t *value)
{
	double last = rollout_duration_s(&episode->rollout);
	char id[SESSION_KEY_MAX + 16];
	json_t *item;

	if (end_s > last)
		end_s = last;
	snprintf(id, sizeof(id), "%s-%02u", episode->key, items->count + 1);
	item = json_pack("{s:s, s:s, s:I, s:I, s:{s:s}, s:i, s:s, s:I}",
	    "annotation_id", id, "layer", layer, "start_ns",
	    nanoseconds(begin_s), "end_ns", nanoseconds(end_s), "annotator",
	    "type", "model", "confidence", 1, "tool_version",
	    "sluice-publish simulate", "revision",
	    (json_int_t)episode->revision);
	if (item == NULL || value == NULL ||
	    json_object_update_missing(item, value) != 0)
		items->failed = true;
	json_decref(value);
	if (item != NULL)
		items->item[items->count++] = item;
}

/* The legs of one subtask as one span, without gap up to the end. */
static void
add_subtasks(struct items *items, const struct episode *episode)
{
	const struct motion *motion = &episode->rollout.motion;
	double last = rollout_duration_s(&episode->rollout);

	for (unsigned i = 0; i < motion->leg_count;) {
		const struct motion_leg *leg = &motion->legs[i];
		double end;

		while (i < motion->leg_count &&
		    strcmp(motion->legs[i].subtask, leg->subtask) == 0)
			i++;
		end = motion->legs[i - 1].end_s;
		/* The attempt was given up, or broken off. */
		if (leg->begin_s >= last)
			return;
		add(items, episode, "subtask", leg->begin_s,
		    i == motion->leg_count ? last : end,
		    json_pack("{s:s, s:s, s:[s], s:s}", "label", leg->subtask,
		        "skill", leg[0].skill, "object_ids",
		        episode->rollout.scene.object->name, "outcome",
		        end > last ? "broken_off" : "done"));
	}
}

static void
add_contacts(struct items *items, const struct episode *episode)
{
	const struct rollout *rollout = &episode->rollout;

	for (unsigned i = 0; i < rollout->event_count; i++) {
		const struct rollout_event *event = &rollout->events[i];

		add(items, episode, "contact", event->begin_s, event->end_s,
		    json_pack("{s:s, s:[s,s], s:f, s:s}", "label", event->type,
		        "bodies", event->bodies[0], event->bodies[1],
		        "peak_force_N", event->peak_n, "source", "wrench"));
	}
}

static void
add_failure(struct items *items, const struct episode *episode)
{
	const struct rollout *rollout = &episode->rollout;

	if (rollout->failure_mode == NULL && !rollout->recovered)
		return;
	add(items, episode, "failure", rollout->failure_s,
	    rollout_duration_s(rollout),
	    json_pack("{s:s, s:s, s:b}", "mode",
	        rollout->recovered ? "grasp.missed" : rollout->failure_mode,
	        "phase", rollout->failure_phase, "recovered",
	        rollout->recovered));
}

static int
compare(const void *a, const void *b)
{
	json_int_t left = json_integer_value(
	    json_object_get(*(json_t *const *)a, "start_ns"));
	json_int_t right = json_integer_value(
	    json_object_get(*(json_t *const *)b, "start_ns"));

	if (left != right)
		return left < right ? -1 : 1;
	return strcmp(json_string_value(json_object_get(
	                  *(json_t *const *)a, "annotation_id")),
	    json_string_value(
	        json_object_get(*(json_t *const *)b, "annotation_id")));
}

enum sl_status
annotation_each(const struct episode *episode, annotation_fn *fn, void *ctx)
{
	const struct rollout *rollout = &episode->rollout;
	struct items items = {0};
	enum sl_status status = SL_OK;

	add(&items, episode, "language_instruction", 0,
	    rollout_duration_s(rollout),
	    json_pack("{s:s, s:s, s:s}", "text",
	        rollout->scene.task->instruction, "language", "en", "level",
	        "task"));
	add_subtasks(&items, episode);
	add_contacts(&items, episode);
	add_failure(&items, episode);
	if (items.failed)
		status = SL_ERR_NOMEM;
	else
		qsort(items.item, items.count, sizeof(*items.item), compare);
	for (unsigned i = 0; i < items.count; i++) {
		if (status == SL_OK)
			status = fn(ctx, items.item[i],
			    (uint64_t)json_integer_value(
			        json_object_get(items.item[i], "start_ns")));
		json_decref(items.item[i]);
	}
	return status;
}

static enum sl_status
append_line(void *ctx, const json_t *item, uint64_t start_ns)
{
	struct sl_buf *out = ctx;
	enum sl_status status = sl_json_dump(out, item);

	(void)start_ns;
	return status == SL_OK ? sl_buf_append_text(out, "\n") : status;
}

enum sl_status
annotation_write(
    struct session *session, const struct episode *episode, struct sl_buf *out)
{
	size_t wanted = (size_t)session->options->annotation_bytes + out->len;
	enum sl_status status = annotation_each(episode, append_line, out);
	struct random random;

	random_init(&random, session->options->seed + episode->revision,
	    episode->number | STREAM);
	for (unsigned frame = 0; status == SL_OK && out->len < wanted; frame++)
		status = sl_buf_printf(out,
		    "{\"layer\":\"keypoint\",\"frame\":%u,\"camera\":"
		    "\"wrist\",\"xy\":[%.2f,%.2f]}\n",
		    frame, random_between(&random, 0, CAMERA_WIDTH),
		    random_between(&random, 0, CAMERA_HEIGHT));
	return status;
}
