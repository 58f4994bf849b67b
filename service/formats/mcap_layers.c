#include "mcap_layers.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"
#include "sluice/catalog/name.h"

#define FILE_BYTES_MAX (1u << 20)
#define LINE_BYTES_MAX 1024
/* What comes before a layer's part is longer than no topic that means
 * anything. */
#define TOPIC_BYTES_MAX 1024

struct rule {
	const char *topic;
	const char *schema;
	const char *layer; /* "-": left out; "video.*": part from the topic */
};

/* Behind the publisher's own lines; the first that fits counts. */
static const struct rule rules_built_in[] = {
    {"*depth*", "*Image", "depth.*"},
    {"*", "*PointCloud*", "depth.*"},
    {"*", "*/Image", "video.*"},
    {"*", "*CompressedImage", "video.*"},
    {"*", "*CompressedVideo", "video.*"},
    {"*", "foxglove.RawImage", "video.*"},
    {"*", "*/CameraInfo", "calibration"},
    {"*", "foxglove.CameraCalibration", "calibration"},
    {"/tf_static", "*", "calibration"},
    {"*robot_description*", "*", "calibration"},
    {"*calibration*", "*", "calibration"},
    {"*annotation*", "*", "annotation"},
    {"*", "foxglove.Event", "annotation"},
    {"*", "*Wrench*", "force"},
    {"*wrench*", "*", "force"},
    {"*force*", "*", "force"},
    {"*tactile*", "*", "force"},
    {"*", "*Audio*", "audio"},
    {"*", "audio/*", "audio"},
    {"*", "video/*", "video.*"},
    {"*", "*Joint*", "state"},
    {"*", "*TFMessage", "state"},
    {"*", "foxglove.FrameTransform*", "state"},
    {"*", "*Pose*", "state"},
    {"*", "*Twist*", "state"},
    {"*", "*Odometry", "state"},
    {"*", "*Imu", "state"},
    {"*joint*", "*", "state"},
    {"*gripper*", "*", "state"},
    {"*action*", "*", "state"},
    {"*state*", "*", "state"},
    {"*", "*", "raw"},
};

/* Parts of a topic that say nothing of which camera it is. */
static const char *const dull_words[] = {"image", "image_raw", "image_rect",
    "image_color", "image_compressed", "image_rect_raw", "compressed",
    "compressed_image", "compressed_video", "compresseddepth", "raw", "color",
    "rgb", "depth", "video", "h264", "h265", "av1", "points", "cameras",
    "camera", "sensors", "observation", "images"};

struct mcap_layers {
	struct rule *rules;
	size_t count;
	struct sl_buf text; /* what the rules point into */
};

void
mcap_layers_free(struct mcap_layers *layers)
{
	if (layers == NULL)
		return;
	free(layers->rules);
	sl_buf_clear(&layers->text);
	free(layers);
}

struct sl_slice
mcap_layers_text(const struct mcap_layers *layers)
{
	return sl_buf_slice(&layers->text);
}

static bool
layer_is_good(const char *layer)
{
	size_t len = strlen(layer);
	bool has_part = len > 2 && strcmp(layer + len - 2, ".*") == 0;

	return strcmp(layer, "-") == 0 ||
	    sl_layer_is_valid(sl_slice_of(layer, has_part ? len - 2 : len));
}

/* Cut the line into its words in place. */
static enum sl_status
parse_line(struct mcap_layers *layers, char *line, struct sl_error *err)
{
	char *words[3] = {NULL};
	size_t count = 0;
	struct rule *rules;

	for (char *at = line; *at != '\0';) {
		size_t blank = strspn(at, " \t\r");
		size_t len = strcspn(at + blank, " \t\r");

		if (len == 0 || at[blank] == '#')
			break;
		if (count < 3)
			words[count] = at + blank;
		count++;
		at += blank + len;
		if (*at != '\0')
			*at++ = '\0';
	}
	if (count == 0)
		return SL_OK;
	if (count != 3)
		return sl_error_set(err, SL_ERR_INVALID,
		    "a topic, a schema and a layer are needed");
	if (!layer_is_good(words[2]))
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"%.80s\" is no layer", words[2]);
	rules = sl_array_room(layers->rules, layers->count, sizeof(*rules));
	if (rules == NULL)
		return SL_ERR_NOMEM;
	layers->rules = rules;
	rules[layers->count++] = (struct rule){words[0], words[1], words[2]};
	return SL_OK;
}

static enum sl_status
parse_file(struct mcap_layers *layers, const char *path, struct sl_error *err)
{
	char *text;
	size_t number = 0;
	enum sl_status status;

	status = sl_file_read(&layers->text, path, err);
	if (status != SL_OK)
		return status;
	text = (char *)(uintptr_t)sl_buf_text(&layers->text);
	if (text == NULL || strlen(text) != layers->text.len)
		return sl_error_set(
		    err, SL_ERR_INVALID, "%s: no plain text", path);
	while (status == SL_OK && *text != '\0') {
		size_t len = strcspn(text, "\n");
		bool is_last = text[len] == '\0';

		number++;
		text[len] = '\0';
		if (len > LINE_BYTES_MAX)
			status = sl_error_set(
			    err, SL_ERR_INVALID, "the line is too long");
		else
			status = parse_line(layers, text, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "%s:%zu", path, number);
		text += is_last ? len : len + 1;
	}
	return status;
}

enum sl_status
mcap_layers_new(
    struct mcap_layers **out, const char *path, struct sl_error *err)
{
	struct mcap_layers *layers = calloc(1, sizeof(*layers));
	enum sl_status status = SL_OK;

	*out = NULL;
	if (layers == NULL)
		return SL_ERR_NOMEM;
	sl_buf_init(&layers->text, FILE_BYTES_MAX);
	if (path != NULL)
		status = parse_file(layers, path, err);
	if (status != SL_OK) {
		mcap_layers_free(layers);
		return status;
	}
	*out = layers;
	return SL_OK;
}

/* Does the pattern, where `*` stands for any text, fit all of it?  Goes back
 * to the last star only, so its time is the product of the lengths. */
static bool
fits(const char *pattern, struct sl_slice text)
{
	const char *star = NULL;
	size_t star_at = 0;
	size_t at = 0;

	while (at < text.len) {
		if (*pattern == '*') {
			star = pattern++;
			star_at = at;
		} else if (*pattern != '\0' &&
		    (unsigned char)*pattern == text.data[at]) {
			pattern++;
			at++;
		} else if (star != NULL) {
			pattern = star + 1;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool
is_dull(struct sl_slice word)
{
	for (size_t i = 0; i < sizeof(dull_words) / sizeof(*dull_words); i++) {
		if (word.len == strlen(dull_words[i]) &&
		    strncasecmp(
		        (const char *)word.data, dull_words[i], word.len) == 0)
			return true;
	}
	return false;
}

/* The last word of the topic that tells something: "/cam/wrist/image_raw"
 * gives "wrist". */
static struct sl_slice
name_part(struct sl_slice topic)
{
	size_t end = topic.len;

	while (end > 0) {
		size_t start = end;
		struct sl_slice word;

		while (start > 0 && topic.data[start - 1] != '/')
			start--;
		word = sl_slice_of(topic.data + start, end - start);
		if (word.len > 0 && !is_dull(word))
			return word;
		end = start > 0 ? start - 1 : 0;
	}
	return sl_slice_text("");
}

static void
put_layer(
    const struct rule *rule, struct sl_slice topic, char out[SL_LAYER_MAX + 1])
{
	size_t len = strlen(rule->layer);
	char word[SL_LAYER_MAX + 1];

	if (strcmp(rule->layer, "-") == 0)
		return;
	if (len < 2 || strcmp(rule->layer + len - 2, ".*") != 0) {
		snprintf(out, SL_LAYER_MAX + 1, "%s", rule->layer);
		return;
	}
	snprintf(word, sizeof(word), "%.*s", (int)len - 2, rule->layer);
	if (sl_layer_make(out, word, name_part(topic), NULL) != SL_OK)
		snprintf(out, SL_LAYER_MAX + 1, "%s", word);
}

void
mcap_layers_find(const struct mcap_layers *layers, struct sl_slice topic,
    struct sl_slice schema, char out[SL_LAYER_MAX + 1])
{
	size_t built_in = sizeof(rules_built_in) / sizeof(*rules_built_in);

	out[0] = '\0';
	if (topic.len > TOPIC_BYTES_MAX)
		topic.len = TOPIC_BYTES_MAX;
	if (schema.len > TOPIC_BYTES_MAX)
		schema.len = TOPIC_BYTES_MAX;
	for (size_t i = 0; i < layers->count + built_in; i++) {
		const struct rule *rule = i < layers->count
		    ? &layers->rules[i]
		    : &rules_built_in[i - layers->count];

		if (fits(rule->topic, topic) && fits(rule->schema, schema)) {
			put_layer(rule, topic, out);
			return;
		}
	}
}
