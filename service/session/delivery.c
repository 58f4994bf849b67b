#include "sluice/session/delivery.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "sluice/base/clock.h"
#include "sluice/base/log.h"

/* Longest end of a delivery: skippable frame, member, end of archive. */
#define OUT_MAX (2u * HEAD_PIECE_BYTES)

static const bool legal_moves[][DELIVERY_CLOSED + 1] = {
    [DELIVERY_CHOOSING] = {[DELIVERY_LISTING] = true,
        [DELIVERY_LEASING] = true,
        [DELIVERY_SENDING] = true, /* HEAD request */
        [DELIVERY_CLOSED] = true},
    [DELIVERY_LISTING] = {[DELIVERY_LEASING] = true,
        [DELIVERY_SENDING] = true, /* a head needs no lease */
        [DELIVERY_CLOSED] = true},
    [DELIVERY_LEASING] = {[DELIVERY_CHARGING] = true, [DELIVERY_CLOSED] = true},
    [DELIVERY_CHARGING] = {[DELIVERY_SENDING] = true, [DELIVERY_CLOSED] = true},
    [DELIVERY_SENDING] = {[DELIVERY_ENDING] = true, [DELIVERY_CLOSED] = true},
    [DELIVERY_ENDING] = {[DELIVERY_CLOSED] = true},
    [DELIVERY_CLOSED] = {false},
};

void
sl_delivery_set_state(struct sl_delivery *delivery, enum delivery_state state)
{
	assert(legal_moves[delivery->state][state]);
	delivery->state = state;
}

static void
unlink_delivery(struct sl_delivery *delivery)
{
	struct sl_session *session = delivery->session;

	if (delivery->prev != NULL)
		delivery->prev->next = delivery->next;
	else
		session->deliveries = delivery->next;
	if (delivery->next != NULL)
		delivery->next->prev = delivery->prev;
	session->delivery_count--;
	sl_uncount(&session->parts.counters->deliveries_active);
}

static void
free_delivery(struct sl_delivery *delivery)
{
	listing_clear(&delivery->listing);
	evidence_clear(&delivery->evidence);
	sl_pipeline_clear(delivery);
	plan_drop(&delivery->plan);
	sl_access_clear(&delivery->access);
	sl_where_free(delivery->where);
	free(delivery->layers);
	free(delivery);
}

/* Let go of everything but the memory that replies under way still need. */
static void
close_delivery(struct sl_delivery *delivery, const char *reason)
{
	sl_lease_end(delivery, reason);
	sl_delivery_set_state(delivery, DELIVERY_CLOSED);
	unlink_delivery(delivery);
	sl_timer_free(delivery->grace);
	delivery->grace = NULL;
	if (delivery->has_head)
		head_clear(&delivery->head);
	sl_buf_clear(&delivery->out);
	if (delivery->fd >= 0)
		close(delivery->fd);
	delivery->fd = -1;
	if (delivery->calls == 0)
		free_delivery(delivery);
}

bool
sl_delivery_reply(struct sl_delivery *delivery)
{
	delivery->calls--;
	if (delivery->state != DELIVERY_CLOSED)
		return true;
	if (delivery->calls == 0)
		free_delivery(delivery);
	return false;
}

void
sl_delivery_refuse(struct sl_delivery *delivery, const struct sl_error *err)
{
	struct sl_error words = *err;
	void (*refused)(void *, const struct sl_error *) =
	    delivery->order.refused;
	void *ctx = delivery->order.ctx;

	close_delivery(
	    delivery, words.code[0] != '\0' ? words.code : "refused");
	refused(ctx, &words);
}

void
sl_delivery_abandon(struct sl_delivery *delivery)
{
	close_delivery(delivery, "client_gone");
}

static void
on_grace_over(void *ctx)
{
	struct sl_delivery *delivery = ctx;

	if (delivery->state != DELIVERY_CLOSED)
		outlet_abort(&delivery->order);
}

void
sl_delivery_stop(
    struct sl_delivery *delivery, enum sl_end_status status, const char *code)
{
	struct sl_error err = {0};

	if (delivery->is_stopped || delivery->state == DELIVERY_CLOSED)
		return;
	delivery->is_stopped = true;
	delivery->end_status = status;
	snprintf(delivery->end_code, sizeof(delivery->end_code), "%s", code);
	if (delivery->state == DELIVERY_SENDING ||
	    delivery->state == DELIVERY_ENDING) {
		/* A drain has a deadline of its own. */
		if (!delivery->session->is_draining)
			sl_timer_start(delivery->grace, STOP_GRACE_MS);
		outlet_last(&delivery->order);
		outlet_resume(&delivery->order);
		return;
	}
	sl_error_code(&err,
	    status == SL_END_REFUSED ? SL_ERR_DENIED : SL_ERR_NETWORK, code,
	    "%s", sl_refusal_text(code));
	sl_delivery_refuse(delivery, &err);
}

void
sl_delivery_set_stale(struct sl_delivery *delivery)
{
	delivery->is_stale = true;
	sl_pipeline_step(delivery);
}

static void
on_lease(void *ctx, enum sl_status status, const struct sl_error *err)
{
	struct sl_delivery *delivery = ctx;

	if (status == SL_OK)
		delivery->has_lease = true;
	if (delivery->state == DELIVERY_CLOSED)
		sl_lease_end(delivery, "client_gone");
	if (!sl_delivery_reply(delivery))
		return;
	if (status != SL_OK && strcmp(err->code, "stale") == 0 &&
	    delivery->redecided++ < REDECIDE_MAX) {
		/* Changed between our question and this one: from the top. */
		delivery->is_stale = true;
		delivery->has_lease = false;
		sl_delivery_set_state(delivery, DELIVERY_CHARGING);
		sl_pipeline_step(delivery);
		return;
	}
	if (status != SL_OK) {
		sl_delivery_refuse(delivery, err);
		return;
	}
	sl_delivery_set_state(delivery, DELIVERY_CHARGING);
	sl_pipeline_step(delivery);
}

static void
open_lease(struct sl_delivery *delivery)
{
	struct sl_error err = {0};

	sl_delivery_set_state(delivery, DELIVERY_LEASING);
	if (sl_lease_start(delivery, on_lease, &err) != SL_OK) {
		sl_delivery_refuse(delivery, &err);
		return;
	}
	delivery->calls++;
}

static enum sl_status
make_grant(struct sl_delivery *delivery)
{
	const struct sl_access *access = &delivery->access;
	struct sl_grant grant;

	sl_grant_init(&grant);
	grant.licence = access->licence;
	grant.licence_version = access->version;
	snprintf(
	    grant.dataset, sizeof(grant.dataset), "%s", delivery->dataset_name);
	grant.kind = delivery->dataset_kind;
	snprintf(grant.class_name, sizeof(grant.class_name), "%s",
	    access->class_name);
	grant.release_seq = access->release_seq;
	grant.release_at_us = access->release_at_us;
	grant.scope = access->terms.scope; /* borrowed, so no clear */
	grant.seq = delivery->dataset_seq;
	grant.valid_until_us = access->terms.until_us;
	if (grant.valid_until_us <= sl_clock_wall_us())
		grant.valid_until_us +=
		    (int64_t)access->terms.grace_s * 1000000;
	grant.ledger_number = access->usage.ledger_number;
	memcpy(grant.ledger_head, access->usage.ledger_head,
	    sizeof(grant.ledger_head));
	return head_add_grant(&delivery->head, &grant);
}

/* The head is whole. */
static void
go_on(struct sl_delivery *delivery)
{
	evidence_clear(&delivery->evidence);
	if (delivery->order.kind == SL_DELIVERY_HEAD)
		sl_body_begin(delivery);
	else
		open_lease(delivery);
}

/* Of the last batch in the head, or the last that is granted. */
static uint32_t
proven_seq(const struct sl_delivery *delivery)
{
	const struct head *head = &delivery->head;

	if (head->batch_count > 0)
		return head->batches[head->batch_count - 1].seq;
	return delivery->dataset_seq;
}

static void
on_evidence(void *ctx, enum sl_status status, const struct sl_error *err)
{
	struct sl_delivery *delivery = ctx;
	struct sl_error words = *err;

	if (!sl_delivery_reply(delivery))
		return;
	if (status == SL_OK)
		status = evidence_write(&delivery->evidence, &delivery->head,
		    proven_seq(delivery), &words);
	if (status != SL_OK)
		sl_delivery_refuse(delivery, &words);
	else
		go_on(delivery);
}

static void
ask_evidence(struct sl_delivery *delivery)
{
	struct evidence *evidence = &delivery->evidence;
	struct sl_error err = {0};

	evidence->db = delivery->session->parts.db;
	evidence->objects = delivery->session->parts.objects;
	evidence->dataset = delivery->dataset_id;
	evidence->dataset_name = delivery->dataset_name;
	evidence->known = delivery->order.known;
	evidence->fn = on_evidence;
	evidence->ctx = delivery;
	if (evidence_start(evidence, &err) != SL_OK) {
		sl_delivery_refuse(delivery, &err);
		return;
	}
	delivery->calls++;
}

static void
on_listed(void *ctx, enum sl_status status, const struct sl_error *err)
{
	struct sl_delivery *delivery = ctx;
	struct listing *listing = &delivery->listing;
	struct sl_error words = *err;

	if (!sl_delivery_reply(delivery))
		return;
	if (status != SL_OK) {
		sl_delivery_refuse(delivery, err);
		return;
	}
	head_init(&delivery->head, delivery->session->parts.objects,
	    delivery->dataset_name, listing->batches, listing->batch_count);
	delivery->has_head = true;
	listing->batches = NULL;
	plan_drop(&delivery->plan);
	plan_init(&delivery->plan, &listing->fetch);
	delivery->plan.skips_retracted = true;
	listing_clear(listing);
	status = make_grant(delivery);
	if (status != SL_OK) {
		sl_error_set(&words, status, "the grant cannot be written");
		sl_delivery_refuse(delivery, &words);
		return;
	}
	ask_evidence(delivery);
}

static void
list(struct sl_delivery *delivery)
{
	struct listing *listing = &delivery->listing;
	struct sl_error err = {0};

	listing->db = delivery->session->parts.db;
	listing->dataset = delivery->dataset_id;
	listing->after = delivery->order.after;
	listing->until = delivery->order.until;
	listing->with_segments = delivery->order.kind == SL_DELIVERY_STREAM;
	listing->scope = &delivery->access.terms.scope;
	listing->request.layers = delivery->layers;
	listing->request.where = delivery->where;
	listing->fn = on_listed;
	listing->ctx = delivery;
	sl_delivery_set_state(delivery, DELIVERY_LISTING);
	if (listing_start(listing, &err) != SL_OK) {
		sl_delivery_refuse(delivery, &err);
		return;
	}
	delivery->calls++;
}

/* To this licence the dataset ends where it is released to its class. */
static void
limit_to_release(struct sl_delivery *delivery)
{
	uint32_t released = delivery->access.state.released_seq;

	if (delivery->dataset_seq > released)
		delivery->dataset_seq = released;
	if (delivery->order.until > released)
		delivery->order.until = released;
}

static void
on_access(void *ctx, enum sl_status status, struct sl_access *access,
    const struct sl_error *err)
{
	struct sl_delivery *delivery = ctx;

	if (!sl_delivery_reply(delivery))
		return;
	if (status != SL_OK) {
		sl_delivery_refuse(delivery, err);
		return;
	}
	sl_access_clear(&delivery->access);
	delivery->access = *access;
	sl_access_init(access);
	limit_to_release(delivery);
	if (outlet_is_head_only(&delivery->order)) {
		/* Never charges, so there is nothing more to find out. */
		sl_body_begin(delivery);
		return;
	}
	switch (delivery->order.kind) {
	case SL_DELIVERY_HEAD:
	case SL_DELIVERY_STREAM:
		list(delivery);
		return;
	case SL_DELIVERY_FETCH:
	case SL_DELIVERY_PACK:
		open_lease(delivery);
		return;
	}
}

static void
copy_order(struct sl_delivery *delivery, struct sl_delivery_order *order)
{
	const struct sl_dataset *dataset = order->dataset;
	struct sl_fetch none;

	delivery->order = *order;
	delivery->account = *order->account;
	snprintf(delivery->dataset_name, sizeof(delivery->dataset_name), "%s",
	    dataset->name);
	delivery->dataset_id = dataset->id;
	delivery->dataset_kind = dataset->kind;
	delivery->dataset_seq = dataset->seq;
	delivery->has_licence = order->licence != NULL;
	if (order->licence != NULL)
		delivery->licence = *order->licence;
	snprintf(delivery->purpose, sizeof(delivery->purpose), "%s",
	    order->purpose == NULL ? "" : order->purpose);
	if (order->where != NULL) {
		delivery->where = *order->where;
		*order->where = NULL;
	}
	if (order->batch != NULL)
		delivery->batch = *order->batch;
	sl_fetch_init(&none);
	plan_init(&delivery->plan, order->fetch != NULL ? order->fetch : &none);
	/* Heads and streams end where the licence does. */
	delivery->asked_seq = order->kind == SL_DELIVERY_PACK
	    ? delivery->batch.seq
	    : sl_fetch_last_seq(&delivery->plan.fetch);
}

/* A pack is charged as a whole: name all of its segments, and leave out those
 * that the range does not touch when their places are known. */
static enum sl_status
plan_pack(struct sl_delivery *delivery)
{
	struct plan *plan = &delivery->plan;

	plan->byte_from = delivery->order.byte_from;
	plan->byte_until = delivery->order.byte_until;
	delivery->pack_offset = delivery->order.byte_from;
	if (delivery->batch.segment_count == 0)
		return SL_OK;
	return sl_fetch_add_segments(&plan->fetch, delivery->batch.seq, 0,
	    delivery->batch.segment_count - 1);
}

enum sl_status
sl_delivery_start(struct sl_delivery **out, struct sl_session *session,
    struct sl_delivery_order *order, struct sl_error *err)
{
	struct sl_delivery *delivery = calloc(1, sizeof(*delivery));
	enum sl_status status;

	*out = NULL;
	if (delivery == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	delivery->session = session;
	delivery->fd = -1;
	delivery->began_ms = sl_clock_monotonic_ms();
	delivery->planned_tail = &delivery->planned;
	sl_buf_init(&delivery->out, OUT_MAX);
	sl_access_init(&delivery->access);
	evidence_init(&delivery->evidence);
	copy_order(delivery, order);
	status =
	    sl_uuid_new(&delivery->id, (uint64_t)(sl_clock_wall_us() / 1000));
	if (status == SL_OK && order->layers != NULL) {
		delivery->layers = malloc(sizeof(*delivery->layers));
		if (delivery->layers == NULL)
			status = SL_ERR_NOMEM;
		else
			*delivery->layers = *order->layers;
	}
	if (status == SL_OK && order->kind == SL_DELIVERY_PACK)
		status = plan_pack(delivery);
	if (status == SL_OK)
		status = sl_timer_new(&delivery->grace, session->parts.loop,
		    on_grace_over, delivery);
	if (status == SL_OK && session->is_draining)
		status = sl_error_code(err, SL_ERR_NETWORK, "server_draining",
		    "%s", sl_refusal_text("server_draining"));
	if (status == SL_OK)
		status = sl_pipeline_choose(delivery, on_access, err);
	if (status != SL_OK) {
		if (err->text[0] == '\0')
			sl_error_set(err, status, "%s", sl_status_text(status));
		sl_timer_free(delivery->grace);
		free_delivery(delivery);
		return status;
	}
	delivery->next = session->deliveries;
	if (delivery->next != NULL)
		delivery->next->prev = delivery;
	session->deliveries = delivery;
	session->delivery_count++;
	sl_count(&session->parts.counters->deliveries_active, 1);
	*out = delivery;
	return SL_OK;
}

static void
log_end(struct sl_delivery *delivery, const char *status,
    enum sl_close_reason reason)
{
	char id[SL_UUID_TEXT_LEN + 1];
	char licence[SL_UUID_TEXT_LEN + 1];

	sl_uuid_format(id, &delivery->id);
	sl_uuid_format(licence, &delivery->access.licence);
	sl_log(SL_LOG_INFO,
	    "delivery=%s request=%s customer=%s licence=%s dataset=%s "
	    "status=%s code=%s bytes=%" PRIu64 " ms=%" PRId64 " reason=\"%s\"",
	    id, delivery->order.request_id, delivery->account.customer_name,
	    licence, delivery->dataset_name, status,
	    delivery->end_code[0] == '\0' ? "-" : delivery->end_code,
	    delivery->handed_bytes,
	    sl_clock_monotonic_ms() - delivery->began_ms,
	    sl_close_reason_text(reason));
}

void
sl_delivery_over(struct sl_delivery *delivery, enum sl_close_reason reason)
{
	struct sl_counters *counters = delivery->session->parts.counters;
	void (*ended)(void *) = delivery->order.ended;
	void *ctx = delivery->order.ctx;
	const char *status = "aborted";

	/* An answer to HEAD, and a pack of exactly its length, end without
	 * a last pull. */
	if (reason != SL_CLOSE_DONE) {
		sl_count(&counters->deliveries_aborted, 1);
	} else {
		status = sl_end_status_name(delivery->end_status);
		switch (delivery->end_status) {
		case SL_END_COMPLETE:
			sl_count(&counters->deliveries_complete, 1);
			break;
		case SL_END_REFUSED:
			sl_count(&counters->deliveries_refused, 1);
			break;
		case SL_END_INTERRUPTED:
			sl_count(&counters->deliveries_interrupted, 1);
			break;
		}
	}
	log_end(delivery, status, reason);
	close_delivery(delivery, status);
	ended(ctx);
}

const char *
sl_refusal_text(const char *code)
{
	static const struct {
		const char *code;
		const char *text;
	} texts[] = {
	    {"database_unavailable",
	        "The server cannot reach its database; try again."},
	    {"server_draining", "The server is going away; try again."},
	    {"storage_failure", "The stored data cannot be read."},
	    {"not_found", "Something asked for does not exist."},
	    {"retracted", "Something asked for was retracted."},
	    {"erased", "Something asked for was erased."},
	    {"episode_not_in_scope",
	        "The licence does not cover an episode asked for."},
	    {"token_revoked", "The token was revoked."},
	    {"token_expired", "The token has expired."},
	    {"customer_disabled", "The customer's access was taken away."},
	    {"too_many_ranges", "Too many ranges for one batch; ask in parts."},
	    {"too_many_deliveries",
	        "The licence has as many deliveries as it may have."},
	    {"killed", "An operator ended this delivery."},
	    {"lapsed", "The delivery's lease was lost; try again."},
	    {"stale", "The licence keeps changing; try again."},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].code, code) == 0)
			return texts[i].text;
	for (int check = 0; check < SL_DECIDE_COUNT; check++)
		if (strcmp(sl_decide_code((enum sl_decide_check)check), code) ==
		    0)
			return sl_decide_sentence((enum sl_decide_check)check);
	return "The request was refused.";
}
