/* Pictures by their time and size, in each of the three encodings. */
#include <stdbool.h>

#include "sluice/formats/robot_message.h"

#include "cdr.h"
#include "mcap_bytes.h"
#include "protobuf.h"
#include "robot_json.h"

#define NS_PER_S 1000000000

/* ---- CDR: sensor_msgs ---- */

static void
cdr_camera_info(struct cdr *cdr, struct sl_picture *out)
{
	double numbers[9 + 9 + 12];
	size_t count;

	out->height = cdr_u32(cdr);
	out->width = cdr_u32(cdr);
	out->format = cdr_text(cdr);
	count = cdr_count(cdr, sizeof(double)); /* of D */
	for (size_t i = 0; i < count; i++)
		(void)cdr_f64(cdr);
	cdr_f64s(cdr, numbers, 9 + 9 + 12); /* K, R, P */
	for (size_t i = 0; i < 2 + 4; i++)
		(void)cdr_u32(cdr); /* binning, region of interest */
	(void)cdr_u8(cdr);
}

static enum sl_status
decode_cdr(struct sl_picture *out, enum sl_message_kind kind,
    struct sl_slice data, struct sl_error *err)
{
	struct cdr cdr;
	enum sl_status status;

	status = cdr_begin(&cdr, data, err);
	if (status != SL_OK)
		return status;
	out->header.stamp_ns = (int64_t)(int32_t)cdr_u32(&cdr) * NS_PER_S;
	out->header.stamp_ns += cdr_u32(&cdr);
	out->header.frame_id = cdr_text(&cdr);
	if (kind == SL_MESSAGE_CAMERA_INFO) {
		cdr_camera_info(&cdr, out);
		return cdr_end(&cdr, "CameraInfo", err);
	}
	if (kind == SL_MESSAGE_IMAGE) {
		out->height = cdr_u32(&cdr);
		out->width = cdr_u32(&cdr);
		out->format = cdr_text(&cdr);
		(void)cdr_u8(&cdr);  /* is_bigendian */
		(void)cdr_u32(&cdr); /* step */
		out->data_bytes = cdr_bytes(&cdr).len;
	} else if (kind == SL_MESSAGE_COMPRESSED_IMAGE) {
		out->format = cdr_text(&cdr);
		out->data_bytes = cdr_bytes(&cdr).len;
	} else { /* foxglove_msgs/CompressedVideo: data before format */
		out->data_bytes = cdr_bytes(&cdr).len;
		out->format = cdr_text(&cdr);
	}
	return cdr_end(&cdr, "the picture", err);
}

/* ---- protobuf: Foxglove's schemas ---- */

/* Numbers of the fields in a schema; 0: it has none such.  timestamp is 1 in
 * all of them. */
struct numbers {
	const char *schema;
	uint32_t frame_id;
	uint32_t format;
	uint32_t data;
	uint32_t width;
	uint32_t height;
};

static const struct numbers numbers_table[] = {
    {"foxglove.RawImage", 7, 4, 6, 2, 3},
    {"foxglove.CompressedImage", 4, 3, 2, 0, 0},
    {"foxglove.CompressedVideo", 2, 4, 3, 0, 0},
    {"foxglove.CameraCalibration", 9, 4, 0, 2, 3},
};

/* google.protobuf.Timestamp: seconds 1, nanos 2 */
static bool
read_timestamp(int64_t *out_ns, struct sl_slice bytes)
{
	struct protobuf_field field;
	int64_t seconds = 0;
	int64_t nanos = 0;
	bool failed;

	while (protobuf_next(&bytes, &field, &failed)) {
		if (field.number == 1)
			seconds = (int64_t)field.value;
		else if (field.number == 2)
			nanos = (int64_t)field.value;
	}
	return !failed && nanos >= 0 && nanos < NS_PER_S &&
	    !__builtin_mul_overflow(seconds, (int64_t)NS_PER_S, out_ns) &&
	    !__builtin_add_overflow(*out_ns, nanos, out_ns);
}

static bool
take_picture_field(struct sl_picture *out, const struct numbers *numbers,
    const struct protobuf_field *field)
{
	if (field->number == 1)
		return read_timestamp(&out->header.stamp_ns, field->bytes);
	if (field->number == numbers->frame_id)
		out->header.frame_id = field->bytes;
	else if (field->number == numbers->format)
		out->format = field->bytes;
	else if (field->number == numbers->data)
		out->data_bytes = field->bytes.len;
	else if (field->number == numbers->width)
		out->width = (uint32_t)field->value;
	else if (field->number == numbers->height)
		out->height = (uint32_t)field->value;
	return true;
}

static enum sl_status
decode_protobuf(struct sl_picture *out, struct sl_slice schema,
    struct sl_slice rest, struct sl_error *err)
{
	const struct numbers *numbers = NULL;
	struct protobuf_field field;
	bool failed;

	for (size_t i = 0; i < sizeof(numbers_table) / sizeof(*numbers_table);
	     i++) {
		if (sl_slice_is_text(schema, numbers_table[i].schema))
			numbers = &numbers_table[i];
	}
	if (numbers == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "protobuf: the fields of %.*s are not known",
		    mcap_width(schema), (const char *)schema.data);
	while (protobuf_next(&rest, &field, &failed)) {
		if (!take_picture_field(out, numbers, &field))
			return sl_error_set(err, SL_ERR_INVALID,
			    "protobuf: its timestamp is none");
	}
	if (failed)
		return sl_error_set(err, SL_ERR_INVALID,
		    "protobuf: %zu bytes at its end are no field", rest.len);
	return SL_OK;
}

enum sl_status
sl_picture_decode(struct sl_picture *out, const struct sl_wire_message *message,
    struct sl_error *err)
{
	enum sl_message_kind kind = sl_message_kind_of(message->schema_name);

	*out = (struct sl_picture){0};
	if (kind != SL_MESSAGE_IMAGE && kind != SL_MESSAGE_COMPRESSED_IMAGE &&
	    kind != SL_MESSAGE_COMPRESSED_VIDEO &&
	    kind != SL_MESSAGE_CAMERA_INFO)
		return sl_error_set(err, SL_ERR_INVALID, "%.*s is no picture",
		    mcap_width(message->schema_name),
		    (const char *)message->schema_name.data);
	if (sl_slice_is_text(message->encoding, "cdr"))
		return decode_cdr(out, kind, message->data, err);
	if (sl_slice_is_text(message->encoding, "json"))
		return robot_json_picture(out, message->data, err);
	if (sl_slice_is_text(message->encoding, "protobuf"))
		return decode_protobuf(
		    out, message->schema_name, message->data, err);
	return sl_error_set(err, SL_ERR_INVALID,
	    "%.*s in the encoding \"%.*s\" is not read",
	    mcap_width(message->schema_name),
	    (const char *)message->schema_name.data,
	    mcap_width(message->encoding),
	    (const char *)message->encoding.data);
}

void
sl_picture_clear(struct sl_picture *picture)
{
	json_decref(picture->held);
	*picture = (struct sl_picture){0};
}
