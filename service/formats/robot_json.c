#include "robot_json.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/json.h"

#define JSON_BYTES_MAX (64u << 20)
#define NS_PER_S       1000000000

static enum sl_status
parse(json_t **held, struct sl_slice text, struct sl_error *err)
{
	return sl_json_parse(held, text, JSON_BYTES_MAX, err);
}

static enum sl_status
bad(struct sl_error *err, const char *what)
{
	return sl_error_set(err, SL_ERR_INVALID, "JSON: %s", what);
}

/* {"sec":…,"nanosec":…}, or "nsec" as Foxglove has it. */
static enum sl_status
read_stamp(int64_t *out, const json_t *stamp, struct sl_error *err)
{
	const json_t *sec = json_object_get(stamp, "sec");
	const json_t *nsec = json_object_get(stamp, "nanosec");
	json_int_t seconds = json_integer_value(sec);

	if (nsec == NULL)
		nsec = json_object_get(stamp, "nsec");
	if (!json_is_integer(sec) || !json_is_integer(nsec) ||
	    seconds < INT32_MIN || seconds > (json_int_t)UINT32_MAX ||
	    json_integer_value(nsec) < 0 ||
	    json_integer_value(nsec) >= NS_PER_S)
		return bad(err, "a stamp is no {sec, nanosec}");
	*out = (int64_t)seconds * NS_PER_S + json_integer_value(nsec);
	return SL_OK;
}

/* ROS: header.stamp and header.frame_id; Foxglove: timestamp, frame_id. */
static enum sl_status
read_header(
    struct sl_message_header *out, const json_t *message, struct sl_error *err)
{
	const json_t *header = json_object_get(message, "header");
	const json_t *frame_id =
	    json_object_get(header == NULL ? message : header, "frame_id");

	out->frame_id = sl_slice_text(json_string_value(frame_id));
	if (header != NULL)
		return read_stamp(
		    &out->stamp_ns, json_object_get(header, "stamp"), err);
	return read_stamp(
	    &out->stamp_ns, json_object_get(message, "timestamp"), err);
}

static enum sl_status
read_doubles(double **out, size_t *count, const json_t *message,
    const char *key, struct sl_error *err)
{
	const json_t *array = json_object_get(message, key);

	*count = json_array_size(array);
	if (array != NULL && !json_is_array(array))
		return bad(err, "an array is none");
	if (*count == 0)
		return SL_OK;
	*out = calloc(*count, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < *count; i++) {
		const json_t *item = json_array_get(array, i);

		if (!json_is_number(item))
			return bad(err,
			    "an array of numbers has something "
			    "else in it");
		(*out)[i] = json_number_value(item);
	}
	return SL_OK;
}

static enum sl_status
read_names(
    struct sl_joint_state *out, const json_t *message, struct sl_error *err)
{
	const json_t *array = json_object_get(message, "name");

	out->name_count = json_array_size(array);
	if (out->name_count == 0)
		return SL_OK;
	out->names = calloc(out->name_count, sizeof(*out->names));
	if (out->names == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < out->name_count; i++) {
		const json_t *item = json_array_get(array, i);

		if (!json_is_string(item))
			return bad(err, "a name is no text");
		out->names[i] = sl_slice_text(json_string_value(item));
	}
	return SL_OK;
}

enum sl_status
robot_json_joint_state(
    struct sl_joint_state *out, struct sl_slice text, struct sl_error *err)
{
	enum sl_status status;

	status = parse(&out->held, text, err);
	if (status == SL_OK)
		status = read_header(&out->header, out->held, err);
	if (status == SL_OK)
		status = read_names(out, out->held, err);
	if (status == SL_OK)
		status = read_doubles(&out->position, &out->position_count,
		    out->held, "position", err);
	if (status == SL_OK)
		status = read_doubles(&out->velocity, &out->velocity_count,
		    out->held, "velocity", err);
	if (status == SL_OK)
		status = read_doubles(
		    &out->effort, &out->effort_count, out->held, "effort", err);
	return status;
}

/* {"x":…,"y":…,"z":…} and "w" for four. */
static enum sl_status
read_axes(double *out, size_t count, const json_t *object, struct sl_error *err)
{
	static const char *const axes[] = {"x", "y", "z", "w"};

	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(object, axes[i]);

		if (!json_is_number(value))
			return bad(err, "an x, y, z or w is no number");
		out[i] = json_number_value(value);
	}
	return SL_OK;
}

enum sl_status
robot_json_wrench(
    struct sl_wrench *out, struct sl_slice text, struct sl_error *err)
{
	const json_t *wrench;
	enum sl_status status;

	status = parse(&out->held, text, err);
	if (status == SL_OK)
		status = read_header(&out->header, out->held, err);
	if (status != SL_OK)
		return status;
	wrench = json_object_get(out->held, "wrench");
	status =
	    read_axes(out->force, 3, json_object_get(wrench, "force"), err);
	if (status == SL_OK)
		status = read_axes(
		    out->torque, 3, json_object_get(wrench, "torque"), err);
	return status;
}

static enum sl_status
read_transform(
    struct sl_transform *out, const json_t *item, struct sl_error *err)
{
	const json_t *transform = json_object_get(item, "transform");
	enum sl_status status;

	status = read_header(&out->header, item, err);
	out->child_frame_id = sl_slice_text(
	    json_string_value(json_object_get(item, "child_frame_id")));
	if (status == SL_OK)
		status = read_axes(out->translation, 3,
		    json_object_get(transform, "translation"), err);
	if (status == SL_OK)
		status = read_axes(out->rotation, 4,
		    json_object_get(transform, "rotation"), err);
	return status;
}

enum sl_status
robot_json_transforms(
    struct sl_transforms *out, struct sl_slice text, struct sl_error *err)
{
	const json_t *array;
	enum sl_status status;

	status = parse(&out->held, text, err);
	if (status != SL_OK)
		return status;
	array = json_object_get(out->held, "transforms");
	if (!json_is_array(array))
		return bad(err, "no transforms");
	out->count = json_array_size(array);
	if (out->count == 0)
		return SL_OK;
	out->items = calloc(out->count, sizeof(*out->items));
	if (out->items == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; status == SL_OK && i < out->count; i++)
		status = read_transform(
		    &out->items[i], json_array_get(array, i), err);
	return status;
}

/* ---- pictures ---- */

/* Bytes are base64 (Foxglove) or an array of numbers (ROS). */
static size_t
count_bytes(const json_t *data)
{
	const char *text = json_string_value(data);
	size_t len = json_string_length(data);
	size_t padding = 0;

	if (text == NULL)
		return json_array_size(data);
	while (padding < 2 && len > padding && text[len - 1 - padding] == '=')
		padding++;
	return (len - padding) * 3 / 4;
}

static enum sl_status
read_size(
    uint32_t *out, const json_t *message, const char *key, struct sl_error *err)
{
	const json_t *value = json_object_get(message, key);

	if (value == NULL)
		return SL_OK;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > (json_int_t)UINT32_MAX)
		return bad(err, "width or height is no size");
	*out = (uint32_t)json_integer_value(value);
	return SL_OK;
}

enum sl_status
robot_json_picture(
    struct sl_picture *out, struct sl_slice text, struct sl_error *err)
{
	static const char *const formats[] = {
	    "format", "encoding", "distortion_model"};
	enum sl_status status;

	status = parse(&out->held, text, err);
	if (status == SL_OK)
		status = read_header(&out->header, out->held, err);
	if (status == SL_OK)
		status = read_size(&out->width, out->held, "width", err);
	if (status == SL_OK)
		status = read_size(&out->height, out->held, "height", err);
	for (size_t i = 0; i < 3 && out->format.len == 0; i++)
		out->format = sl_slice_text(
		    json_string_value(json_object_get(out->held, formats[i])));
	out->data_bytes = count_bytes(json_object_get(out->held, "data"));
	return status;
}
