#include <string.h>

#include "sluice/base/base64.h"
#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/pin.h"

/* The longest line but that of a batch is the filter's. */
#define LINE_MAX_BYTES (SL_WHERE_TEXT_MAX + 64)

/* What is left to read; each take moves it on, or says no for good. */
struct reader {
	struct sl_slice rest;
	enum sl_status status;
};

static void
take_text(struct reader *reader, const char *text)
{
	size_t len = strlen(text);

	if (reader->status == SL_OK &&
	    (reader->rest.len < len ||
	        memcmp(reader->rest.data, text, len) != 0))
		reader->status = SL_ERR_INVALID;
	if (reader->status != SL_OK)
		return;
	reader->rest =
	    sl_slice_of(reader->rest.data + len, reader->rest.len - len);
}

static bool
begins(const struct reader *reader, const char *text)
{
	size_t len = strlen(text);

	return reader->status == SL_OK && reader->rest.len >= len &&
	    memcmp(reader->rest.data, text, len) == 0;
}

/* Everything before the next `end`, which is taken as well; at most `max`
 * bytes. */
static struct sl_slice
take_until(struct reader *reader, char end, size_t max)
{
	struct sl_slice taken = {0};
	size_t span = reader->rest.len < max + 1 ? reader->rest.len : max + 1;
	const unsigned char *at = NULL;

	if (reader->status == SL_OK && span > 0)
		at = memchr(reader->rest.data, end, span);
	if (at == NULL) {
		reader->status =
		    reader->status == SL_OK ? SL_ERR_INVALID : reader->status;
		return taken;
	}
	taken =
	    sl_slice_of(reader->rest.data, (size_t)(at - reader->rest.data));
	reader->rest = sl_slice_of(reader->rest.data + taken.len + 1,
	    reader->rest.len - taken.len - 1);
	return taken;
}

/* Keep the first failure. */
static void
note(struct reader *reader, enum sl_status status)
{
	if (reader->status == SL_OK && status != SL_OK)
		reader->status =
		    status == SL_ERR_NOMEM ? SL_ERR_NOMEM : SL_ERR_INVALID;
}

/* A word or "-", as a C string of at most `max` bytes. */
static void
take_word(struct reader *reader, char end, char *out, size_t max)
{
	struct sl_slice word = take_until(reader, end, max);

	if (reader->status != SL_OK)
		return;
	if (word.len > 0)
		memcpy(out, word.data, word.len);
	out[word.len] = '\0';
}

static uint64_t
take_number(struct reader *reader, char end, uint64_t max)
{
	char text[24] = "";
	uint64_t value = 0;

	take_word(reader, end, text, sizeof(text) - 1);
	if (reader->status == SL_OK && !sl_parse_u64(text, max, &value))
		reader->status = SL_ERR_INVALID;
	return value;
}

static void
take_hash(struct reader *reader, char end, unsigned char out[32])
{
	struct sl_slice digits = take_until(reader, end, 64);

	if (reader->status == SL_OK)
		note(reader, sl_hex_decode(out, 32, digits));
}

static void
take_uuid(struct reader *reader, char end, struct sl_uuid *out)
{
	struct sl_slice text = take_until(reader, end, SL_UUID_TEXT_LEN);

	if (reader->status == SL_OK)
		note(reader, sl_uuid_parse(out, text));
}

static void
take_wish(struct reader *reader, struct sl_pin *pin)
{
	struct sl_slice text;

	take_text(reader, "# purpose: ");
	take_word(reader, '\n', pin->purpose, SL_PURPOSE_TEXT_MAX);
	if (strcmp(pin->purpose, "-") == 0)
		pin->purpose[0] = '\0';
	take_text(reader, "# layers: ");
	text = take_until(reader, '\n', LINE_MAX_BYTES);
	if (reader->status == SL_OK)
		note(reader, sl_layers_parse(&pin->layers, text, NULL));
	take_text(reader, "# where: ");
	text = take_until(reader, '\n', SL_WHERE_TEXT_MAX);
	if (reader->status == SL_OK && !sl_slice_is(text, sl_slice_text("-")))
		note(reader, sl_where_parse(&pin->where, text, NULL));
}

static void
take_checkpoint(struct reader *reader, struct sl_pin *pin)
{
	struct sl_slice root;

	take_text(reader, "# checkpoint: ");
	take_word(reader, ' ', pin->log, SL_PIN_LOG_MAX);
	pin->log_size = take_number(reader, ' ', SL_PIN_LOG_SIZE_MAX);
	root = take_until(reader, '\n', SL_BASE64_LEN(sizeof(pin->log_root)));
	if (reader->status == SL_OK)
		note(reader,
		    sl_base64_decode(
		        pin->log_root, sizeof(pin->log_root), root));
}

static void
take_batch(struct reader *reader, struct sl_pin *pin)
{
	struct sl_multirange segments = {0};
	unsigned char manifest[32];
	struct sl_slice text;
	uint32_t seq;

	take_text(reader, "# batch: ");
	seq = (uint32_t)take_number(reader, ' ', SL_SEQ_MAX);
	take_hash(reader, ' ', manifest);
	text = take_until(reader, '\n', reader->rest.len);
	if (reader->status == SL_OK)
		note(reader, sl_multirange_parse(&segments, text, NULL));
	if (reader->status == SL_OK)
		note(reader, sl_pin_add_batch(pin, seq, manifest, &segments));
	sl_multirange_clear(&segments);
}

static void
take_episode(struct reader *reader, struct sl_pin *pin)
{
	struct sl_pin_episode episode;

	take_text(reader, "# episode: ");
	episode.number = (uint32_t)take_number(reader, ' ', SL_NUMBER_MAX);
	take_uuid(reader, ' ', &episode.id);
	episode.revision = (uint32_t)take_number(reader, '\n', SL_NUMBER_MAX);
	if (reader->status == SL_OK)
		note(reader, sl_pin_add_episode(pin, &episode));
}

static void
take_pin(struct reader *reader, struct sl_pin *pin)
{
	struct sl_slice created;

	take_text(reader, "# sluice-pin/v1\n# name: ");
	take_word(reader, '\n', pin->name, SL_SLUG_MAX);
	take_text(reader, "# dataset: ");
	take_word(reader, '\n', pin->dataset, SL_DATASET_NAME_MAX);
	take_text(reader, "# seq: ");
	pin->seq = (uint32_t)take_number(reader, '\n', SL_SEQ_MAX);
	take_text(reader, "# licence: ");
	take_uuid(reader, '\n', &pin->licence);
	take_text(reader, "# created: ");
	created = take_until(reader, '\n', SL_TIME_TEXT_MAX);
	if (reader->status == SL_OK)
		note(reader, sl_time_parse(&pin->created_us, created));
	take_wish(reader, pin);
	take_checkpoint(reader, pin);
	take_text(reader, "# files: ");
	pin->files = take_number(reader, ' ', SL_PIN_COUNT_MAX);
	take_text(reader, "bytes=");
	pin->bytes = take_number(reader, '\n', SL_PIN_COUNT_MAX);
	while (begins(reader, "# batch: "))
		take_batch(reader, pin);
	while (begins(reader, "# episode: "))
		take_episode(reader, pin);
	take_text(reader, "SHA256 (SHA256SUMS) = ");
	take_hash(reader, '\n', pin->tree);
}

/* The text has a second spelling (a leading zero, ranges that could be joined
 * …) unless writing it again gives the same bytes. */
static enum sl_status
check_canonical(const struct sl_pin *pin, struct sl_slice text)
{
	struct sl_buf again;
	enum sl_status status;

	sl_buf_init(&again, SL_PIN_BYTES_MAX);
	status = sl_pin_format(&again, pin, NULL);
	if (status == SL_OK && !sl_slice_is(sl_buf_slice(&again), text))
		status = SL_ERR_INVALID;
	sl_buf_clear(&again);
	return status;
}

enum sl_status
sl_pin_parse(struct sl_pin *out, struct sl_slice text, struct sl_error *err)
{
	struct reader reader = {text, SL_OK};
	struct sl_pin pin;

	if (text.len > SL_PIN_BYTES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "a pin of more than %zu bytes", SL_PIN_BYTES_MAX);
	sl_pin_init(&pin);
	take_pin(&reader, &pin);
	if (reader.status == SL_OK && reader.rest.len != 0)
		reader.status = SL_ERR_INVALID;
	if (reader.status == SL_OK)
		note(&reader, check_canonical(&pin, text));
	if (reader.status != SL_OK) {
		sl_pin_clear(&pin);
		if (reader.status == SL_ERR_NOMEM)
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
		return sl_error_set(err, SL_ERR_INVALID,
		    "not a sluice-pin/v1 (at byte %zu)",
		    text.len - reader.rest.len);
	}
	sl_pin_clear(out);
	*out = pin;
	return SL_OK;
}
