#include <inttypes.h>
#include <string.h>

#include "sluice/base/base64.h"
#include "sluice/catalog/log.h"

#include "reader.h"

#define HASH_LINE_LEN  (SL_BASE64_LEN(SL_LOG_HASH_BYTES) + 1)
#define PORTABLE_MAGIC "c2sp.org/tlog-proof@v1\nindex "

enum sl_status
sl_log_proof_format(struct sl_buf *buf, const struct sl_log_proof *proof)
{
	for (size_t i = 0; i < proof->count; i++) {
		char line[HASH_LINE_LEN + 1];
		enum sl_status status;

		sl_base64_encode(line, proof->hashes[i].bytes,
		    sizeof(proof->hashes[i].bytes));
		line[HASH_LINE_LEN - 1] = '\n';
		status = sl_buf_append(buf, line, HASH_LINE_LEN);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

/* All of `text` is hashes. */
static bool
read_hashes(struct sl_log_proof *out, struct sl_slice text)
{
	struct sl_reader reader = {text, false};

	out->count = 0;
	while (reader.rest.len > 0 && !reader.failed &&
	    out->count < SL_LOG_PROOF_MAX)
		sl_reader_base64(
		    &reader, '\n', out->hashes[out->count++].bytes);
	return !reader.failed && reader.rest.len == 0;
}

enum sl_status
sl_log_proof_parse(
    struct sl_log_proof *out, struct sl_slice text, struct sl_error *err)
{
	if (!read_hashes(out, text)) {
		out->count = 0;
		return sl_error_set(err, SL_ERR_INVALID,
		    "not a proof: at most %d lines of base64",
		    SL_LOG_PROOF_MAX);
	}
	return SL_OK;
}

enum sl_status
sl_log_inclusion_format(
    struct sl_buf *buf, const struct sl_log_inclusion *inclusion)
{
	enum sl_status status = sl_buf_printf(buf, "%" PRIu64 " %" PRIu64 "\n",
	    inclusion->index, inclusion->size);

	if (status != SL_OK)
		return status;
	return sl_log_proof_format(buf, &inclusion->proof);
}

/* A number that is written as digits without leading zeros. */
static uint64_t
take_number(struct sl_reader *reader, char end)
{
	bool is_padded = reader->rest.len > 1 && reader->rest.data[0] == '0' &&
	    reader->rest.data[1] != (unsigned char)end;

	if (is_padded)
		reader->failed = true;
	return sl_reader_number(reader, end, SL_LOG_SIZE_MAX);
}

enum sl_status
sl_log_inclusion_parse(
    struct sl_log_inclusion *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_reader reader = {text, false};

	out->index = take_number(&reader, ' ');
	out->size = take_number(&reader, '\n');
	if (reader.failed || out->index >= out->size)
		return sl_error_set(err, SL_ERR_INVALID,
		    "not a proof of inclusion: no index and size");
	return sl_log_proof_parse(&out->proof, reader.rest, err);
}

enum sl_status
sl_log_portable_format(
    struct sl_buf *buf, const struct sl_log_portable *portable)
{
	enum sl_status status =
	    sl_buf_printf(buf, PORTABLE_MAGIC "%" PRIu64 "\n", portable->index);

	if (status == SL_OK)
		status = sl_log_proof_format(buf, &portable->proof);
	if (status == SL_OK)
		status = sl_buf_append_text(buf, "\n");
	if (status == SL_OK)
		status =
		    sl_buf_append(buf, portable->note.data, portable->note.len);
	return status;
}

enum sl_status
sl_log_portable_parse(
    struct sl_log_portable *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_reader reader = {text, false};
	bool is_good;

	sl_reader_text(&reader, PORTABLE_MAGIC);
	out->index = take_number(&reader, '\n');
	out->proof.count = 0;
	while (!reader.failed && reader.rest.len > 0 &&
	    reader.rest.data[0] != '\n' && out->proof.count < SL_LOG_PROOF_MAX)
		sl_reader_base64(
		    &reader, '\n', out->proof.hashes[out->proof.count++].bytes);
	sl_reader_text(&reader, "\n");
	is_good = !reader.failed && reader.rest.len > 0;
	if (!is_good) {
		out->proof.count = 0;
		return sl_error_set(err, SL_ERR_INVALID,
		    "not a C2SP tlog-proof (at byte %zu)",
		    text.len - reader.rest.len);
	}
	out->note = reader.rest;
	return SL_OK;
}
