#include "metadata.h"

#include <string.h>

#include "camera.h"
#include "sluice/base/clock.h"

static json_t *
make_streams(const struct session *session, const struct episode *episode)
{
	const struct rollout *rollout = &episode->rollout;
	json_t *streams = json_array();
	static const struct {
		const char *key;
		const char *modality;
		const char *unit;
		bool is_wrench;
	} kinds[] = {{"leader", "action", "rad", false},
	    {"follower", "joint_state", "rad, rad/s, N.m", false},
	    {"gripper", "gripper", "m", false},
	    {"wrist_wrench", "wrench", "N, N.m", true}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		uint32_t hz =
		    kinds[i].is_wrench ? session->wrench_hz : session->state_hz;

		json_array_append_new(streams,
		    json_pack("{s:s, s:s, s:s, s:i, s:I}", "key", kinds[i].key,
		        "modality", kinds[i].modality, "unit", kinds[i].unit,
		        "rate_hz_nominal", (int)hz, "count",
		        (json_int_t)rollout_rows(rollout, hz)));
	}
	return streams;
}

static json_t *
make_outcome(const struct rollout *rollout)
{
	json_t *outcome = json_pack("{s:s, s:s, s:f}", "success",
	    rollout->success          ? "true"
	        : rollout->is_partial ? "partial"
	                              : "false",
	    "success_source", "checker", "completion", rollout->completion);

	if (rollout->failure_mode != NULL)
		json_object_set_new(outcome, "failure_mode",
		    json_string(rollout->failure_mode));
	if (rollout->failure_mode != NULL || rollout->recovered) {
		json_object_set_new(
		    outcome, "failure_time_s", json_real(rollout->failure_s));
		json_object_set_new(
		    outcome, "recovered", json_boolean(rollout->recovered));
	}
	return outcome;
}

static json_t *
make_scene(const struct scene *scene)
{
	return json_pack("{s:s, s:s, s:s}", "site_id", scene->site->slug,
	    "environment", scene->site->environment, "lighting",
	    scene->site->lighting);
}

static json_t *
make_objects(const struct scene *scene)
{
	const struct scene_object *object = scene->object;

	return json_pack("[{s:s, s:s, s:s, s:b, s:b}]", "object_id",
	    object->name, "category", object->category, "material",
	    object->material, "deformable", 0, "pose_known", 1);
}

static json_t *
make_embodiment(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:{s:s}}", "robot_type",
	    "ur5e", "manufacturer", "Universal Robots", "model",
	    "UR5e (kinematic model)", "morphology", "single_arm", "dof",
	    ARM_JOINTS, "end_effector", "type", "parallel_gripper");
}

static json_t *
make_cameras(const struct session *session)
{
	json_t *list = json_array();

	for (unsigned view = 0; view < CAMERA_COUNT; view++) {
		const struct camera *camera = &cameras[view];

		if (!session->sees[view])
			continue;
		json_array_append_new(list,
		    json_pack(
		        "{s:s, s:s, s:i, s:i, s:i, s:s, s:{s:s, s:[f,f,f,f]}}",
		        "key", camera->key, "mount", camera->mount, "width",
		        CAMERA_WIDTH, "height", CAMERA_HEIGHT, "fps",
		        CAMERA_FPS, "codec", "h264", "intrinsics", "model",
		        "pinhole", "K", camera->focal, camera->focal,
		        CAMERA_WIDTH / 2.0, CAMERA_HEIGHT / 2.0));
	}
	return list;
}

static int
add_rest(json_t *metadata, const struct session *session,
    const struct episode *episode)
{
	const struct scene *scene = &episode->rollout.scene;

	return json_object_update_new(metadata,
	    json_pack(
	        "{s:{s:s, s:s, s:I, s:i, s:i}, s:{s:s, s:i, s:s, s:f}, "
	        "s:{s:s, s:s, s:s}, s:{s:s, s:s}, s:b, s:{s:s, s:s}, s:{s:s, "
	        "s:{s:s, s:s}}, s:[{s:s, s:s, s:s, s:i, s:i, s:i, s:b}]}",
	        "simulator", "name", "sluice-publish simulate", "version",
	        PACKAGE_VERSION, "seed", (json_int_t)session->options->seed,
	        "physics_hz", ROLLOUT_HZ, "control_hz", 125, "control", "mode",
	        "joint_position", "control_rate_hz", 125, "action_convention",
	        "leader_position", "latency_ms", scene->delay_s * 1000, "task",
	        "task_id", scene->task->slug, "language_instruction",
	        scene->task->instruction, "language", "en", "operator",
	        "operator_id", scene->site->operators[scene->operator_index],
	        "experience_level",
	        scene->skill > 0.8       ? "expert"
	            : scene->skill > 0.5 ? "trained"
	                                 : "new",
	        "people_visible", 0, "consent", "class", "simulated", "faces",
	        "none", "provenance", "publisher", "sluice simulation",
	        "software", "name", "sluice-publish simulate", "version",
	        PACKAGE_VERSION, "force_torque", "key", "wrist_wrench", "mount",
	        "wrist", "frame_id", "tool0", "range_N", 300, "range_Nm", 30,
	        "rate_hz", (int)session->wrench_hz, "bias_compensated", 0));
}

json_t *
metadata_make(const struct session *session, const struct episode *episode)
{
	const struct rollout *rollout = &episode->rollout;
	json_t *list = make_cameras(session);
	char recorded[SL_TIME_TEXT_MAX];
	json_t *metadata;

	sl_time_format(recorded, episode->recorded_us);
	metadata = json_pack(
	    "{s:s, s:s, s:f, s:I, s:i, s:s, s:b, s:o, s:o, s:o, s:o, s:o}",
	    "schema_version", "1.0", "recorded_at", recorded, "duration_s",
	    rollout_duration_s(rollout), "num_frames",
	    (json_int_t)rollout_rows(rollout, session->state_hz), "fps",
	    (int)session->state_hz, "source", "simulation", "is_simulation", 1,
	    "embodiment", make_embodiment(), "streams",
	    make_streams(session, episode), "outcome", make_outcome(rollout),
	    "scene", make_scene(&rollout->scene), "objects",
	    make_objects(&rollout->scene));
	if (metadata != NULL &&
	    (add_rest(metadata, session, episode) != 0 ||
	        (json_array_size(list) > 0 &&
	            json_object_set(metadata, "cameras", list) != 0))) {
		json_decref(metadata);
		metadata = NULL;
	}
	json_decref(list);
	return metadata;
}
