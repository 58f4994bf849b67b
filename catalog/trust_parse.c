/* The trust file's text, both ways, and which values it may have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/base64.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/trust.h"

#include "reader.h"
#include "trust_text.h"

/* At most `max` bytes before `end`, with a NUL. */
static void
take_word(struct sl_reader *reader, char end, char *out, size_t max)
{
	struct sl_slice word = sl_reader_until(reader, end);

	if (reader->failed || word.len > max ||
	    memchr(word.data, '\0', word.len) != NULL) {
		reader->failed = true;
		return;
	}
	memcpy(out, word.data, word.len);
	out[word.len] = '\0';
}

static void
take_key(struct sl_reader *reader, char end, struct sl_verify_key *out)
{
	struct sl_slice text = sl_reader_until(reader, end);

	if (!reader->failed && sl_verify_key_parse(out, text) != SL_OK)
		reader->failed = true;
}

static void
take_header(struct sl_reader *reader, struct sl_trust *trust)
{
	sl_reader_text(reader, "# sluice-trust/v1\n# version: ");
	trust->version =
	    (uint32_t)sl_reader_number(reader, '\n', SL_TRUST_VERSION_MAX);
	sl_reader_text(reader, "# issued: ");
	trust->issued_us = sl_reader_time(reader, '\n');
	sl_reader_text(reader, "# expires: ");
	trust->expires_us = sl_reader_time(reader, '\n');
	sl_reader_text(reader, "# origin: ");
	take_word(reader, '\n', trust->origin, SL_TRUST_ORIGIN_MAX);
	sl_reader_text(reader, "# threshold: root=");
	trust->root_threshold =
	    (uint32_t)sl_reader_number(reader, ' ', SL_TRUST_ROOTS_MAX);
	sl_reader_text(reader, "witness=");
	trust->witness_threshold =
	    (uint32_t)sl_reader_number(reader, '\n', SL_TRUST_KEYS_MAX);
}

/* "RW… SCOPE[ until=TIME]\n"; the scope is the caller's to free. */
static void
take_publisher(struct sl_reader *reader, struct sl_trust_key *key)
{
	struct sl_slice scope;
	bool has_until;

	take_key(reader, ' ', &key->key);
	scope = sl_reader_until(reader, '\n');
	if (reader->failed)
		return;
	has_until = scope.len > 0 && memchr(scope.data, ' ', scope.len) != NULL;
	if (has_until) {
		struct sl_reader line = {{scope.data, scope.len + 1}, false};

		scope = sl_reader_until(&line, ' ');
		sl_reader_text(&line, "until=");
		key->until_us = sl_reader_time(&line, '\n');
		reader->failed = line.failed;
	}
	key->scope = strndup((const char *)scope.data, scope.len);
}

static enum sl_status
take_role_key(
    struct sl_reader *reader, struct sl_trust *trust, enum sl_trust_role role)
{
	struct sl_trust_key key = {0};
	enum sl_status status = SL_OK;

	sl_reader_text(reader, " ");
	switch (role) {
	case SL_TRUST_PUBLISHER:
		take_publisher(reader, &key);
		if (!reader->failed && key.scope == NULL)
			status = SL_ERR_NOMEM;
		break;
	case SL_TRUST_WITNESS:
		take_key(reader, ' ', &key.key);
		take_word(reader, '\n', key.name, SL_TRUST_ORIGIN_MAX);
		break;
	case SL_TRUST_ROOT:
	case SL_TRUST_LOG:
	case SL_TRUST_BILLING:
		take_key(reader, '\n', &key.key);
		break;
	}
	if (reader->failed)
		status = SL_ERR_INVALID;
	if (status == SL_OK)
		status = sl_trust_add_key(trust, role, &key);
	free(key.scope);
	return status;
}

static enum sl_status
take_revoked(struct sl_reader *reader, struct sl_trust *trust)
{
	struct sl_trust_revocation revoked = {0};

	sl_reader_text(reader, " ");
	take_key(reader, ' ', &revoked.key);
	revoked.at_us = sl_reader_time(reader, ' ');
	take_word(reader, '\n', revoked.reason, SL_SLUG_MAX);
	return reader->failed ? SL_ERR_INVALID
	                      : sl_trust_add_revoked(trust, &revoked);
}

static enum sl_status
take_point(struct sl_reader *reader, struct sl_trust *trust, bool is_vouch)
{
	struct sl_trust_point point = {0};

	sl_reader_text(reader, " ");
	sl_reader_dataset(reader, ' ', point.dataset);
	point.epoch =
	    (uint32_t)sl_reader_number(reader, ' ', SL_TRUST_EPOCH_MAX);
	point.size = (uint32_t)sl_reader_number(reader, ' ', SL_SEQ_MAX);
	sl_reader_base64(reader, '\n', point.root);
	if (reader->failed)
		return SL_ERR_INVALID;
	return is_vouch ? sl_trust_add_vouch(trust, &point)
	                : sl_trust_add_epoch(trust, &point);
}

static enum sl_status
take_line(struct sl_reader *reader, struct sl_trust *trust)
{
	for (size_t i = 0; i < SL_TRUST_ROLE_COUNT; i++) {
		enum sl_trust_role role = (enum sl_trust_role)i;

		if (sl_reader_maybe(reader, sl_trust_role_name(role)))
			return take_role_key(reader, trust, role);
	}
	if (sl_reader_maybe(reader, "revoked"))
		return take_revoked(reader, trust);
	if (sl_reader_maybe(reader, "vouch"))
		return take_point(reader, trust, true);
	if (sl_reader_maybe(reader, "epoch"))
		return take_point(reader, trust, false);
	return SL_ERR_INVALID;
}

/* Another order, a doubled line or a second spelling of a value would give
 * other bytes. */
static enum sl_status
check_canonical(
    const struct sl_trust *trust, struct sl_slice text, struct sl_error *err)
{
	struct sl_buf again;
	enum sl_status status;

	sl_buf_init(&again, SL_TRUST_BYTES_MAX);
	status = sl_trust_format(&again, trust, err);
	if (status == SL_OK && !sl_slice_is(sl_buf_slice(&again), text))
		status = sl_error_set(err, SL_ERR_INVALID,
		    "a trust file whose lines are not in order, doubled or "
		    "spelt in a second way");
	sl_buf_clear(&again);
	return status;
}

enum sl_status
sl_trust_parse(struct sl_trust *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_trust trust;
	struct sl_reader reader = {text, false};
	enum sl_status status;

	if (text.len > SL_TRUST_BYTES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "a trust file of more than %d bytes", SL_TRUST_BYTES_MAX);
	sl_trust_init(&trust);
	take_header(&reader, &trust);
	status = reader.failed ? SL_ERR_INVALID : SL_OK;
	while (status == SL_OK && reader.rest.len > 0)
		status = take_line(&reader, &trust);
	if (status != SL_OK)
		sl_error_set(err, status,
		    "not a sluice-trust/v1: %s (at byte "
		    "%zu)",
		    sl_status_text(status), text.len - reader.rest.len);
	else
		status = check_canonical(&trust, text, err);
	if (status != SL_OK) {
		sl_trust_clear(&trust);
		return status;
	}
	sl_trust_clear(out);
	*out = trust;
	return SL_OK;
}

static enum sl_status
write_header(struct sl_buf *buf, const struct sl_trust *trust)
{
	char issued[SL_TIME_TEXT_MAX];
	char expires[SL_TIME_TEXT_MAX];

	sl_time_format(issued, trust->issued_us);
	sl_time_format(expires, trust->expires_us);
	return sl_buf_printf(buf,
	    "# sluice-trust/v1\n# version: %u\n# issued: %s\n# expires: %s\n"
	    "# origin: %s\n# threshold: root=%u witness=%u\n",
	    trust->version, issued, expires, trust->origin,
	    trust->root_threshold, trust->witness_threshold);
}

static enum sl_status
write_key(
    struct sl_buf *buf, enum sl_trust_role role, const struct sl_trust_key *key)
{
	char text[SL_KEY_TEXT_LEN + 1];
	char until[SL_TIME_TEXT_MAX];
	enum sl_status status;

	sl_verify_key_format(text, &key->key);
	status = sl_buf_printf(buf, "%s %s", sl_trust_role_name(role), text);
	if (status == SL_OK && role == SL_TRUST_PUBLISHER)
		status = sl_buf_printf(buf, " %s", key->scope);
	if (status == SL_OK && role == SL_TRUST_WITNESS)
		status = sl_buf_printf(buf, " %s", key->name);
	if (status == SL_OK && key->until_us != 0) {
		sl_time_format(until, key->until_us);
		status = sl_buf_printf(buf, " until=%s", until);
	}
	return status == SL_OK ? sl_buf_append_text(buf, "\n") : status;
}

static enum sl_status
write_revoked(struct sl_buf *buf, const struct sl_trust_revocation *revoked)
{
	char text[SL_KEY_TEXT_LEN + 1];
	char at[SL_TIME_TEXT_MAX];

	sl_verify_key_format(text, &revoked->key);
	sl_time_format(at, revoked->at_us);
	return sl_buf_printf(
	    buf, "revoked %s %s %s\n", text, at, revoked->reason);
}

static enum sl_status
write_point(
    struct sl_buf *buf, const char *kind, const struct sl_trust_point *point)
{
	char root[SL_BASE64_LEN(SL_TRUST_HASH_BYTES) + 1];

	sl_base64_encode(root, point->root, SL_TRUST_HASH_BYTES);
	return sl_buf_printf(buf, "%s %s %u %u %s\n", kind, point->dataset,
	    point->epoch, point->size, root);
}

static enum sl_status
write_text(struct sl_buf *buf, const struct sl_trust *trust)
{
	enum sl_status status = write_header(buf, trust);

	for (size_t role = 0; role < SL_TRUST_ROLE_COUNT; role++)
		for (size_t i = 0;
		     status == SL_OK && i < trust->key_count[role]; i++)
			status = write_key(buf, (enum sl_trust_role)role,
			    &trust->keys[role][i]);
	for (size_t i = 0; status == SL_OK && i < trust->revoked_count; i++)
		status = write_revoked(buf, &trust->revoked[i]);
	for (size_t i = 0; status == SL_OK && i < trust->vouch_count; i++)
		status = write_point(buf, "vouch", &trust->vouches[i]);
	for (size_t i = 0; status == SL_OK && i < trust->epoch_count; i++)
		status = write_point(buf, "epoch", &trust->epochs[i]);
	return status;
}

enum sl_status
sl_trust_format(
    struct sl_buf *buf, const struct sl_trust *trust, struct sl_error *err)
{
	struct sl_buf text;
	enum sl_status status = sl_trust_check_sound(trust, err);

	if (status != SL_OK)
		return status;
	sl_buf_init(&text, SL_TRUST_BYTES_MAX);
	status = write_text(&text, trust);
	if (status == SL_OK)
		status = sl_buf_append(buf, text.data, text.len);
	sl_buf_clear(&text);
	if (status == SL_ERR_LIMIT)
		return sl_error_set(err, status,
		    "a trust file of more than %d bytes", SL_TRUST_BYTES_MAX);
	if (status != SL_OK)
		sl_error_set(err, status, "out of memory");
	return status;
}
