#include "sluice/catalog/pin.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/array.h"
#include "sluice/base/base64.h"
#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"

void
sl_pin_init(struct sl_pin *pin)
{
	memset(pin, 0, sizeof(*pin));
	sl_layers_set_all(&pin->layers);
}

void
sl_pin_clear(struct sl_pin *pin)
{
	for (size_t i = 0; i < pin->batch_count; i++)
		sl_multirange_clear(&pin->batches[i].segments);
	free(pin->batches);
	free(pin->episodes);
	sl_where_free(pin->where);
	sl_pin_init(pin);
}

enum sl_status
sl_pin_add_batch(struct sl_pin *pin, uint32_t seq,
    const unsigned char manifest[32], struct sl_multirange *segments)
{
	struct sl_pin_batch *batches =
	    sl_array_room(pin->batches, pin->batch_count, sizeof(*batches));
	struct sl_pin_batch *batch;

	if (batches == NULL)
		return SL_ERR_NOMEM;
	pin->batches = batches;
	batch = &batches[pin->batch_count++];
	batch->seq = seq;
	memcpy(batch->manifest, manifest, sizeof(batch->manifest));
	batch->segments = *segments;
	sl_multirange_init(segments);
	return SL_OK;
}

enum sl_status
sl_pin_add_episode(struct sl_pin *pin, const struct sl_pin_episode *episode)
{
	struct sl_pin_episode *episodes =
	    sl_array_room(pin->episodes, pin->episode_count, sizeof(*episodes));

	if (episodes == NULL)
		return SL_ERR_NOMEM;
	pin->episodes = episodes;
	episodes[pin->episode_count++] = *episode;
	return SL_OK;
}

static int
compare_episode(const void *key, const void *item)
{
	const struct sl_pin_episode *episode = item;
	uint32_t number = *(const uint32_t *)key;

	if (number == episode->number)
		return 0;
	return number < episode->number ? -1 : 1;
}

const struct sl_pin_episode *
sl_pin_find_episode(const struct sl_pin *pin, uint32_t number)
{
	if (pin->episode_count == 0)
		return NULL;
	return bsearch(&number, pin->episodes, pin->episode_count,
	    sizeof(*pin->episodes), compare_episode);
}

static int
compare_batch(const void *key, const void *item)
{
	const struct sl_pin_batch *batch = item;
	uint32_t seq = *(const uint32_t *)key;

	if (seq == batch->seq)
		return 0;
	return seq < batch->seq ? -1 : 1;
}

const struct sl_pin_batch *
sl_pin_find_batch(const struct sl_pin *pin, uint32_t seq)
{
	if (pin->batch_count == 0)
		return NULL;
	return bsearch(&seq, pin->batches, pin->batch_count,
	    sizeof(*pin->batches), compare_batch);
}

/* "origin/dataset/epoch": no blank, nothing unprintable, and the dataset is
 * the pin's. */
static bool
is_log_name(const struct sl_pin *pin)
{
	const char *epoch = strrchr(pin->log, '/');
	size_t len = strlen(pin->dataset);
	uint64_t number;

	for (const char *at = pin->log; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~')
			return false;
	}
	return epoch != NULL && sl_parse_u64(epoch + 1, SL_SEQ_MAX, &number) &&
	    number >= 1 && (size_t)(epoch - pin->log) > len + 1 &&
	    epoch[-(ptrdiff_t)len - 1] == '/' &&
	    memcmp(epoch - len, pin->dataset, len) == 0;
}

static bool
are_batches_sound(const struct sl_pin *pin)
{
	for (size_t i = 0; i < pin->batch_count; i++) {
		const struct sl_pin_batch *batch = &pin->batches[i];

		if (batch->seq < 1 || batch->seq > pin->seq ||
		    (i > 0 && batch->seq <= batch[-1].seq) ||
		    batch->segments.count == 0)
			return false;
	}
	return true;
}

static bool
are_episodes_sound(const struct sl_pin *pin)
{
	for (size_t i = 0; i < pin->episode_count; i++) {
		const struct sl_pin_episode *episode = &pin->episodes[i];

		if (episode->number < 1 || episode->number > SL_NUMBER_MAX ||
		    (i > 0 && episode->number <= episode[-1].number) ||
		    episode->revision < 1 || episode->revision > SL_NUMBER_MAX)
			return false;
	}
	return true;
}

static bool
is_purpose_sound(const char *text)
{
	struct sl_purpose purpose;

	return text[0] == '\0' ||
	    sl_purpose_parse(&purpose, sl_slice_text(text), NULL) == SL_OK;
}

static bool
is_sound(const struct sl_pin *pin)
{
	return sl_slug_is_valid(sl_slice_text(pin->name)) &&
	    sl_dataset_name_is_valid(sl_slice_text(pin->dataset)) &&
	    pin->seq >= 1 && pin->seq <= SL_SEQ_MAX && pin->created_us >= 0 &&
	    pin->created_us % 1000000 == 0 && is_purpose_sound(pin->purpose) &&
	    is_log_name(pin) && pin->log_size >= pin->seq &&
	    pin->log_size <= SL_PIN_LOG_SIZE_MAX &&
	    pin->files <= SL_PIN_COUNT_MAX && pin->bytes <= SL_PIN_COUNT_MAX &&
	    are_batches_sound(pin) && are_episodes_sound(pin);
}

static enum sl_status
write_wish(struct sl_buf *buf, const struct sl_pin *pin)
{
	enum sl_status status;

	status = sl_buf_printf(buf, "# purpose: %s\n# layers: ",
	    pin->purpose[0] == '\0' ? "-" : pin->purpose);
	if (status == SL_OK)
		status = sl_layers_format(buf, &pin->layers);
	if (status == SL_OK)
		status = sl_buf_append_text(buf, "\n# where: ");
	if (status == SL_OK && pin->where == NULL)
		status = sl_buf_append_text(buf, "-");
	if (status == SL_OK)
		status = sl_where_format(buf, pin->where);
	return status == SL_OK ? sl_buf_append_text(buf, "\n") : status;
}

static enum sl_status
write_checkpoint(struct sl_buf *buf, const struct sl_pin *pin)
{
	char root[SL_BASE64_LEN(sizeof(pin->log_root)) + 1];

	sl_base64_encode(root, pin->log_root, sizeof(pin->log_root));
	return sl_buf_printf(buf, "# checkpoint: %s %" PRIu64 " %s\n", pin->log,
	    pin->log_size, root);
}

static enum sl_status
write_header(struct sl_buf *buf, const struct sl_pin *pin)
{
	char licence[SL_UUID_TEXT_LEN + 1];
	char created[SL_TIME_TEXT_MAX];
	enum sl_status status;

	sl_uuid_format(licence, &pin->licence);
	sl_time_format(created, pin->created_us);
	status = sl_buf_printf(buf,
	    "# sluice-pin/v1\n# name: %s\n# dataset: %s\n# seq: %" PRIu32
	    "\n# licence: %s\n# created: %s\n",
	    pin->name, pin->dataset, pin->seq, licence, created);
	if (status == SL_OK)
		status = write_wish(buf, pin);
	if (status == SL_OK)
		status = write_checkpoint(buf, pin);
	if (status == SL_OK)
		status = sl_buf_printf(buf,
		    "# files: %" PRIu64 " bytes=%" PRIu64 "\n", pin->files,
		    pin->bytes);
	return status;
}

static enum sl_status
write_batch(struct sl_buf *buf, const struct sl_pin_batch *batch)
{
	char hash[65];
	enum sl_status status;

	sl_hex_encode(hash, batch->manifest, sizeof(batch->manifest));
	status =
	    sl_buf_printf(buf, "# batch: %" PRIu32 " %s ", batch->seq, hash);
	if (status == SL_OK)
		status = sl_multirange_format(buf, &batch->segments);
	return status == SL_OK ? sl_buf_append_text(buf, "\n") : status;
}

static enum sl_status
write_all(struct sl_buf *buf, const struct sl_pin *pin)
{
	enum sl_status status = write_header(buf, pin);
	char text[65];

	for (size_t i = 0; status == SL_OK && i < pin->batch_count; i++)
		status = write_batch(buf, &pin->batches[i]);
	for (size_t i = 0; status == SL_OK && i < pin->episode_count; i++) {
		const struct sl_pin_episode *episode = &pin->episodes[i];

		sl_uuid_format(text, &episode->id);
		status = sl_buf_printf(buf,
		    "# episode: %" PRIu32 " %s %" PRIu32 "\n", episode->number,
		    text, episode->revision);
	}
	if (status != SL_OK)
		return status;
	sl_hex_encode(text, pin->tree, sizeof(pin->tree));
	return sl_buf_printf(buf, "SHA256 (SHA256SUMS) = %s\n", text);
}

enum sl_status
sl_pin_format(
    struct sl_buf *buf, const struct sl_pin *pin, struct sl_error *err)
{
	enum sl_status status;

	if (!is_sound(pin))
		return sl_error_set(
		    err, SL_ERR_INVALID, "values that no pin may have");
	status = write_all(buf, pin);
	return status == SL_OK
	    ? SL_OK
	    : sl_error_set(err, status, "a pin: %s", sl_status_text(status));
}
