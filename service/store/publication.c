#include "sluice/store/publication.h"

#include <string.h>

#include "call.h"

#define STATE_SQL(call)                                           \
	"SELECT id, seq::bigint, state, published_us, previous, " \
	"content_digest, next_number::bigint, resumed FROM sluice." call

static const struct sl_query reserve_query = {"publication_reserve",
    STATE_SQL("publication_reserve($1::text, $2::text)"), 2, 0};
static const struct sl_query sign_query = {
    "publication_sign", STATE_SQL("publication_sign($1::uuid)"), 1, 0};
static const struct sl_query seal_query = {"publication_seal",
    STATE_SQL("publication_seal($1::uuid, $2::bytea, $3::bytea, $4::text, "
              "$5::jsonb, $6::jsonb, $7::jsonb)"),
    7, 0};
static const struct sl_query show_query = {
    "publication_show", "SELECT sluice.publication_show($1::uuid)", 1, 0};
static const struct sl_query abandon_query = {"publication_abandon",
    "SELECT sluice.publication_abandon($1::uuid, $2::text)", 2, 0};
static const struct sl_query wait_query = {
    "publication_wait", "SELECT sluice.publication_wait($1::uuid)", 1, 0};
static const struct sl_query list_query = {
    "publication_list", "SELECT sluice.publication_list($1::text)", 1, 0};
static const struct sl_query erase_query = {
    "erase", "SELECT sluice.erase($1::text, $2::int, $3::text)", 3, 0};
static const struct sl_query erase_done_query = {
    "erase_done", "SELECT sluice.erase_done($1::text, $2::int)", 2, 0};
static const struct sl_query key_register_query = {
    "key_register", "SELECT sluice.key_register($1::text)", 1, 0};
static const struct sl_query key_list_query = {
    "key_list", "SELECT sluice.key_list()", 0, 0};

static enum sl_status
read_state(enum sl_publication_state *out, struct sl_slice word)
{
	static const char *const words[] = {
	    "reserved", "signed", "sealed", "logged", "visible", "abandoned"};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sl_slice_is_text(word, words[i])) {
			*out = (enum sl_publication_state)i;
			return SL_OK;
		}
	}
	return SL_ERR_INTEGRITY;
}

static enum sl_status
read_publication(struct sl_publication *out, const struct sl_rows *rows)
{
	memset(out, 0, sizeof(*out));
	if (sl_rows_count(rows) != 1 ||
	    sl_rows_uuid(&out->id, rows, 0, 0) != SL_OK ||
	    sl_rows_uint32(&out->seq, rows, 0, 1) != SL_OK ||
	    read_state(&out->state, sl_rows_text(rows, 0, 2)) != SL_OK ||
	    sl_rows_time(&out->published_us, rows, 0, 3) != SL_OK ||
	    sl_call_copy(out->previous, sizeof(out->previous), rows, 0, 4) !=
	        SL_OK ||
	    sl_call_copy(out->content_digest, sizeof(out->content_digest), rows,
	        0, 5) != SL_OK ||
	    sl_rows_uint32(&out->next_number, rows, 0, 6) != SL_OK)
		return SL_ERR_INTEGRITY;
	return sl_rows_bool(&out->resumed, rows, 0, 7);
}

enum sl_status
sl_wait_publication(struct sl_publication *out, struct sl_db *db,
    const struct sl_query *query, struct sl_params *params,
    struct sl_error *err)
{
	struct sl_rows *rows;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	status = sl_db_wait(&rows, db, query, params, err);
	if (status != SL_OK)
		return status;
	status = read_publication(out, rows);
	if (status != SL_OK)
		sl_call_bad_answer(err, status);
	sl_rows_free(rows);
	return status;
}

enum sl_status
sl_store_publication_reserve(struct sl_publication *out, struct sl_db *db,
    const char *dataset, const char *content_digest, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, dataset);
	sl_params_text(&params, content_digest);
	return sl_wait_publication(out, db, &reserve_query, &params, err);
}

enum sl_status
sl_store_publication_sign(struct sl_publication *out, struct sl_db *db,
    const struct sl_uuid *id, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, id);
	return sl_wait_publication(out, db, &sign_query, &params, err);
}

enum sl_status
sl_store_publication_seal(struct sl_publication *out, struct sl_db *db,
    const struct sl_uuid *id, const struct sl_seal *seal, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, id);
	sl_params_bytea(&params, seal->manifest);
	sl_params_bytea(&params, seal->minisig);
	sl_params_slice(&params, seal->index);
	sl_call_json_param(&params, seal->identities);
	sl_call_json_param(&params, seal->objects);
	sl_call_json_param(&params, seal->release);
	return sl_wait_publication(out, db, &seal_query, &params, err);
}

enum sl_status
sl_store_publication_show(json_t **out, struct sl_db *db,
    const struct sl_uuid *id, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, id);
	return sl_wait_json(out, db, &show_query, &params, err);
}

enum sl_status
sl_store_publication_abandon(struct sl_db *db, const struct sl_uuid *id,
    const char *reason, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, id);
	sl_params_text(&params, reason);
	return sl_wait_done(db, &abandon_query, &params, err);
}

enum sl_status
sl_store_publication_wait(
    struct sl_db *db, const struct sl_uuid *id, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, id);
	return sl_wait_done(db, &wait_query, &params, err);
}

enum sl_status
sl_store_publication_list(
    json_t **out, struct sl_db *db, const char *dataset, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, dataset);
	return sl_wait_json(out, db, &list_query, &params, err);
}

enum sl_status
sl_store_erase(json_t **out, struct sl_db *db, const char *dataset,
    uint32_t number, const char *reason, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, dataset);
	sl_params_int8(&params, number);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &erase_query, &params, err);
}

enum sl_status
sl_store_erase_done(struct sl_db *db, const char *dataset, uint32_t number,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, dataset);
	sl_params_int8(&params, number);
	return sl_wait_done(db, &erase_done_query, &params, err);
}

enum sl_status
sl_store_key_register(json_t **out, struct sl_db *db, const char *public_key,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, public_key);
	return sl_wait_json(out, db, &key_register_query, &params, err);
}

enum sl_status
sl_store_key_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &key_list_query, NULL, err);
}
