#include "lerobot_features.h"

#include "lerobot_table.h"

const char *
lerobot_camera_key(enum camera_view view)
{
	static const char *const keys[] = {
	    [CAMERA_WRIST] = "observation.images.wrist",
	    [CAMERA_SCENE] = "observation.images.scene"};

	return keys[view];
}

static json_t *
make_vector(size_t width, bool has_gripper)
{
	json_t *names = json_array();
	static const char *const axes[] = {"fx", "fy", "fz", "tx", "ty", "tz"};

	for (size_t i = 0; i < width; i++)
		json_array_append_new(names,
		    json_string(!has_gripper ? axes[i]
		            : i < ARM_JOINTS ? arm_joint_names[i]
		                             : "gripper"));
	return json_pack("{s:s, s:[i], s:o}", "dtype", "float32", "shape",
	    (int)width, "names", names);
}

/* As LeRobot itself says of an encoded video (v0.3.3,
 * src/lerobot/datasets/video_utils.py, get_video_info). */
static json_t *
make_camera(void)
{
	json_t *info = json_pack("{s:i, s:i, s:s, s:s, s:b, s:i, s:i, s:b}",
	    "video.height", CAMERA_HEIGHT, "video.width", CAMERA_WIDTH,
	    "video.codec", "h264", "video.pix_fmt", "yuv420p",
	    "video.is_depth_map", 0, "video.fps", CAMERA_FPS, "video.channels",
	    3, "has_audio", 0);

	return json_pack("{s:s, s:[i,i,i], s:[s,s,s], s:o}", "dtype", "video",
	    "shape", CAMERA_HEIGHT, CAMERA_WIDTH, 3, "names", "height", "width",
	    "channels", "info", info);
}

json_t *
lerobot_features(const struct session *session)
{
	static const char *const counters[] = {
	    "frame_index", "episode_index", "index", "task_index"};
	json_t *features = json_pack("{s:o, s:o, s:o, s:{s:s, s:[i], s:n}}",
	    "observation.state", make_vector(LEROBOT_JOINTS, true), "action",
	    make_vector(LEROBOT_JOINTS, true), "observation.wrench",
	    make_vector(LEROBOT_WRENCH, false), "timestamp", "dtype", "float32",
	    "shape", 1, "names");

	for (size_t i = 0; i < 4; i++)
		json_object_set_new(features, counters[i],
		    json_pack("{s:s, s:[i], s:n}", "dtype", "int64", "shape", 1,
		        "names"));
	for (enum camera_view view = 0; view < CAMERA_COUNT; view++) {
		if (session->sees[view])
			json_object_set_new(
			    features, lerobot_camera_key(view), make_camera());
	}
	return features;
}
