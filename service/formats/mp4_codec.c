#include "mp4_codec.h"

#include <stdint.h>
#include <string.h>

#include "mp4_box.h"
#include "obu.h"

/* Parameter sets are some hundred bytes. */
#define SETS_MAX (1u << 20)
/* VisualSampleEntry (14496-12, 12.1.3) before the boxes within it. */
#define ENTRY_BYTES 78

typedef enum sl_status read_fn(struct mp4_codec *codec, struct sl_slice config);
typedef enum sl_status picture_fn(const struct mp4_codec *codec,
    struct sl_slice sample, bool is_key, struct sl_buf *out);

struct mp4_codec_entry {
	const char *type;   /* of the sample entry */
	const char *config; /* the box with the decoder's configuration */
	const char *format;
	read_fn *read;
	picture_fn *picture;
};

/* ---- NAL units ---- */

static enum sl_status
put_nal(struct sl_buf *out, struct sl_slice nal)
{
	static const unsigned char start[] = {0, 0, 0, 1};
	enum sl_status status = sl_buf_append(out, start, sizeof(start));

	return status == SL_OK ? sl_buf_append(out, nal.data, nal.len) : status;
}

/* `count` parameter sets, each behind two bytes of length. */
static enum sl_status
read_sets(struct mp4_codec *codec, struct sl_slice *config, unsigned count)
{
	enum sl_status status = SL_OK;

	for (; status == SL_OK && count > 0; count--) {
		struct sl_slice set;

		if (!sl_slice_take(config, 2, &set) ||
		    !sl_slice_take(config, mp4_u16(set.data), &set) ||
		    set.len == 0)
			return SL_ERR_INVALID;
		status = put_nal(&codec->sets, set);
	}
	return status;
}

/* AVCDecoderConfigurationRecord, 14496-15, 5.3.3.1. */
static enum sl_status
read_avc(struct mp4_codec *codec, struct sl_slice config)
{
	struct sl_slice part;
	enum sl_status status;

	if (!sl_slice_take(&config, 6, &part) || part.data[0] != 1)
		return SL_ERR_INVALID;
	codec->length_bytes = (part.data[4] & 3u) + 1;
	status = read_sets(codec, &config, part.data[5] & 31u);
	if (status != SL_OK)
		return status;
	if (!sl_slice_take(&config, 1, &part))
		return SL_ERR_INVALID;
	return read_sets(codec, &config, part.data[0]);
}

/* HEVCDecoderConfigurationRecord, 14496-15, 8.3.3.1. */
static enum sl_status
read_hevc(struct mp4_codec *codec, struct sl_slice config)
{
	struct sl_slice part;
	enum sl_status status = SL_OK;
	unsigned arrays;

	if (!sl_slice_take(&config, 23, &part) || part.data[0] != 1)
		return SL_ERR_INVALID;
	codec->length_bytes = (part.data[21] & 3u) + 1;
	arrays = part.data[22];
	for (; status == SL_OK && arrays > 0; arrays--) {
		if (!sl_slice_take(&config, 3, &part))
			return SL_ERR_INVALID;
		status = read_sets(codec, &config, mp4_u16(part.data + 1));
	}
	return status;
}

/* The next unit of a sample: not empty, and within it. */
static bool
next_nal(
    struct sl_slice *rest, const struct mp4_codec *codec, struct sl_slice *out)
{
	struct sl_slice length;
	size_t len = 0;

	if (!sl_slice_take(rest, codec->length_bytes, &length))
		return false;
	for (size_t i = 0; i < length.len; i++)
		len = len << 8 | length.data[i];
	return len > 0 && sl_slice_take(rest, len, out);
}

/* Table 7-1 of ITU-T H.264 and of H.265. */
struct nal_types {
	unsigned shift;
	unsigned mask;
	unsigned sps;
	unsigned delimiter;
};
static const struct nal_types avc_types = {0, 31, 7, 9};
static const struct nal_types hevc_types = {1, 63, 33, 35};

static enum sl_status
nal_picture(const struct mp4_codec *codec, struct sl_slice sample,
    struct sl_buf *out, const struct nal_types *types, bool is_key)
{
	struct sl_slice rest = sample;
	bool needs_sets = is_key;
	struct sl_slice nal;
	enum sl_status status = SL_OK;

	while (rest.len > 0) {
		if (!next_nal(&rest, codec, &nal))
			return SL_ERR_INVALID;
		if ((nal.data[0] >> types->shift & types->mask) == types->sps)
			needs_sets = false;
	}
	if (needs_sets && codec->sets.len == 0)
		return SL_ERR_INVALID;
	/* An access unit begins with its delimiter, if it has one. */
	for (rest = sample; status == SL_OK && rest.len > 0;) {
		if (!next_nal(&rest, codec, &nal))
			return SL_ERR_INVALID;
		if (needs_sets &&
		    (nal.data[0] >> types->shift & types->mask) !=
		        types->delimiter) {
			needs_sets = false;
			status = sl_buf_append(
			    out, codec->sets.data, codec->sets.len);
		}
		if (status == SL_OK)
			status = put_nal(out, nal);
	}
	return status;
}

static enum sl_status
avc_picture(const struct mp4_codec *codec, struct sl_slice sample, bool is_key,
    struct sl_buf *out)
{
	return nal_picture(codec, sample, out, &avc_types, is_key);
}

static enum sl_status
hevc_picture(const struct mp4_codec *codec, struct sl_slice sample, bool is_key,
    struct sl_buf *out)
{
	return nal_picture(codec, sample, out, &hevc_types, is_key);
}

/* ---- VP9, AV1 ---- */

static enum sl_status
read_vp9(struct mp4_codec *codec, struct sl_slice config)
{
	(void)codec;
	return config.len < 12 ? SL_ERR_INVALID : SL_OK;
}

static enum sl_status
vp9_picture(const struct mp4_codec *codec, struct sl_slice sample, bool is_key,
    struct sl_buf *out)
{
	(void)codec;
	(void)is_key;
	return sl_buf_append(out, sample.data, sample.len);
}

/* AV1CodecConfigurationRecord: four bytes, then OBUs. */
static enum sl_status
read_av1(struct mp4_codec *codec, struct sl_slice config)
{
	struct sl_slice head;
	struct obu obu;
	enum sl_status status = SL_OK;

	if (!sl_slice_take(&config, 4, &head) || head.data[0] != 0x81)
		return SL_ERR_INVALID;
	while (status == SL_OK && config.len > 0) {
		if (!obu_next(&config, &obu))
			return SL_ERR_INVALID;
		if (obu.type == OBU_SEQUENCE_HEADER)
			status = obu_append(&codec->sets, &obu);
	}
	return status;
}

static enum sl_status
av1_picture(const struct mp4_codec *codec, struct sl_slice sample, bool is_key,
    struct sl_buf *out)
{
	static const struct obu delimiter = {.type = OBU_TEMPORAL_DELIMITER};
	struct sl_slice rest = sample;
	bool needs_header = is_key;
	struct obu obu;
	enum sl_status status;

	while (rest.len > 0) {
		if (!obu_next(&rest, &obu))
			return SL_ERR_INVALID;
		needs_header = needs_header && obu.type != OBU_SEQUENCE_HEADER;
	}
	if (needs_header && codec->sets.len == 0)
		return SL_ERR_INVALID;
	status = obu_append(out, &delimiter);
	if (status == SL_OK && needs_header)
		status = sl_buf_append(out, codec->sets.data, codec->sets.len);
	for (rest = sample; status == SL_OK && rest.len > 0;) {
		if (!obu_next(&rest, &obu))
			return SL_ERR_INVALID;
		if (obu.type != OBU_TEMPORAL_DELIMITER)
			status = obu_append(out, &obu);
	}
	return status;
}

/* ---- all of them ---- */

static const struct mp4_codec_entry entries[] = {
    {"avc1", "avcC", "h264", read_avc, avc_picture},
    {"avc3", "avcC", "h264", read_avc, avc_picture},
    {"hvc1", "hvcC", "h265", read_hevc, hevc_picture},
    {"hev1", "hvcC", "h265", read_hevc, hevc_picture},
    {"vp09", "vpcC", "vp9", read_vp9, vp9_picture},
    {"av01", "av1C", "av1", read_av1, av1_picture},
};

static void
name_type(char out[5], const unsigned char *type)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = type[i] > ' ' && type[i] < 127 ? (char)type[i] : '?';
	out[4] = '\0';
}

enum sl_status
mp4_codec_read(
    struct mp4_codec *out, struct sl_slice stsd, struct sl_error *err)
{
	struct mp4_box entry;
	struct mp4_box config;
	struct sl_slice head;
	char name[5];
	enum sl_status status;

	*out = (struct mp4_codec){0};
	sl_buf_init(&out->sets, SETS_MAX);
	if (!sl_slice_take(&stsd, 8, &head) || mp4_u32(head.data + 4) != 1 ||
	    !mp4_next_box(&stsd, &entry) ||
	    !sl_slice_take(&entry.body, ENTRY_BYTES, &head))
		return sl_error_set(err, SL_ERR_INVALID,
		    "mp4: its frames are not described in one way");
	name_type(name, entry.type);
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		if (strcmp(entries[i].type, name) == 0)
			out->entry = &entries[i];
	}
	if (out->entry == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "mp4: codec \"%s\" is none of H.264, H.265, VP9, AV1",
		    name);
	config = mp4_find_box(entry.body, out->entry->config);
	status = out->entry->read(out, config.body);
	if (status == SL_ERR_NOMEM)
		return status;
	if (status != SL_OK)
		return sl_error_set(err, SL_ERR_INVALID,
		    "mp4: the %s box is damaged", out->entry->config);
	return SL_OK;
}

void
mp4_codec_clear(struct mp4_codec *codec)
{
	sl_buf_clear(&codec->sets);
}

const char *
mp4_codec_format(const struct mp4_codec *codec)
{
	return codec->entry->format;
}

enum sl_status
mp4_codec_picture(const struct mp4_codec *codec, struct sl_slice sample,
    bool is_key, struct sl_buf *out, struct sl_error *err)
{
	enum sl_status status =
	    codec->entry->picture(codec, sample, is_key, out);

	if (status == SL_OK || status == SL_ERR_NOMEM)
		return status;
	return sl_error_set(err, SL_ERR_INVALID, "mp4: a frame is not whole %s",
	    codec->entry->format);
}
