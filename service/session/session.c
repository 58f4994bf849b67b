#include "sluice/session/session.h"

#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "sluice/crypto/token.h"

enum sl_status
sl_session_new(struct sl_session **out, const struct sl_session_parts *parts)
{
	struct sl_session *session = calloc(1, sizeof(*session));
	enum sl_status status;

	*out = NULL;
	if (session == NULL)
		return SL_ERR_NOMEM;
	session->parts = *parts;
	status = sl_lease_registry_init(session);
	if (status != SL_OK) {
		free(session);
		return status;
	}
	*out = session;
	return SL_OK;
}

void
sl_session_free(struct sl_session *session)
{
	if (session == NULL)
		return;
	sl_timer_free(session->renewal);
	free(session);
}

const struct sl_session_parts *
sl_session_parts(const struct sl_session *session)
{
	return &session->parts;
}

enum sl_status
sl_session_identify(struct sl_session *session, struct sl_slice authorization,
    sl_account_fn *fn, void *ctx, struct sl_error *err)
{
	static const char scheme[] = "Bearer ";
	unsigned char mac[SL_HMAC_BYTES];
	struct sl_slice token;

	if (authorization.len < sizeof(scheme) - 1 ||
	    strncasecmp((const char *)authorization.data, scheme,
	        sizeof(scheme) - 1) != 0)
		return sl_error_code(err, SL_ERR_AUTH, "unauthorized",
		    "Send the token as 'Authorization: Bearer …'.");
	token = sl_slice_of(authorization.data + sizeof(scheme) - 1,
	    authorization.len - (sizeof(scheme) - 1));
	if (!sl_token_is_well_formed(token))
		return sl_error_code(err, SL_ERR_AUTH, "unauthorized",
		    "This is not a token of ours; a character may be "
		    "missing or mistyped.");
	sl_token_mac(mac, session->parts.pepper, token);
	return sl_store_authenticate(session->parts.db, mac, fn, ctx, err);
}

void
sl_session_drain(struct sl_session *session)
{
	struct sl_delivery *delivery;
	struct sl_delivery *next;

	session->is_draining = true;
	for (delivery = session->deliveries; delivery != NULL;
	     delivery = next) {
		next = delivery->next;
		sl_delivery_stop(
		    delivery, SL_END_INTERRUPTED, "server_draining");
	}
}

bool
sl_session_is_draining(const struct sl_session *session)
{
	return session->is_draining;
}

size_t
sl_session_delivery_count(const struct sl_session *session)
{
	return session->delivery_count;
}
