#include "replay.h"

enum sl_status
sl_replay_start(
    struct sl_replay *replay, struct sl_call *call, struct sl_error *err)
{
	/* What is wrong is told at the end of the call, as a server does. */
	struct sl_error refusal = {0};
	enum sl_status status = sl_bundle_answer(
	    &call->replayed, replay->bundle, call->path, call->body, &refusal);

	if (status == SL_ERR_NOMEM)
		return sl_error_set(err, status, "out of memory");
	call->err = refusal;
	call->err.status = status;
	call->is_replayed = true;
	call->piece = sl_slice_of(NULL, 0);
	call->http_status = 200;
	call->next_replayed = replay->calls;
	replay->calls = call;
	return SL_OK;
}

void
sl_replay_cancel(struct sl_replay *replay, struct sl_call *call)
{
	struct sl_call **at = &replay->calls;

	if (!call->is_replayed)
		return;
	while (*at != call)
		at = &(*at)->next_replayed;
	*at = call->next_replayed;
	call->is_replayed = false;
	sl_bundle_body_free(call->replayed);
	call->replayed = NULL;
}

static void
finish(struct sl_replay *replay, struct sl_call *call)
{
	sl_replay_cancel(replay, call);
	if (call->on_end != NULL)
		call->on_end(call);
}

static void
hand_out(struct sl_replay *replay, struct sl_call *call)
{
	if (call->err.status == SL_OK && call->piece.len == 0)
		call->err.status =
		    sl_bundle_next(call->replayed, &call->piece, &call->err);
	if (call->err.status != SL_OK || call->piece.len == 0) {
		finish(replay, call);
		return;
	}
	switch (call->on_body(call, call->piece)) {
	case SL_TAKE_ALL:
		call->received_bytes += call->piece.len;
		call->piece = sl_slice_of(NULL, 0);
		break;
	case SL_TAKE_LATER:
		call->is_paused = true;
		break;
	case SL_TAKE_STOP:
		/* on_body said why. */
		if (call->err.status == SL_OK)
			sl_error_set(&call->err, SL_ERR_STATE, "stopped");
		finish(replay, call);
		break;
	}
}

bool
sl_replay_step(struct sl_replay *replay)
{
	struct sl_call *call, *next;
	bool is_moving = false;

	for (call = replay->calls; call != NULL; call = next) {
		next = call->next_replayed;
		if (call->is_paused)
			continue;
		is_moving = true;
		hand_out(replay, call);
	}
	return is_moving;
}
