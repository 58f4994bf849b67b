#include "server.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/cluster.h"
#include "sluice/db/db.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/timer.h"
#include "suites.h"

struct server server;

static void
on_patience(void *ctx)
{
	(void)ctx;
	ck_abort_msg("no reply came");
}

static struct sl_uuid
value_uuid(const char *sql)
{
	struct sl_uuid uuid;

	ck_assert_int_eq(
	    sl_uuid_parse(&uuid, sl_slice_text(cluster_value(WORLD, sql))),
	    SL_OK);
	return uuid;
}

void
server_setup(void)
{
	memset(&server, 0, sizeof(server));
	ck_assert_int_eq(sl_loop_new(&server.loop), SL_OK);
	ck_assert_int_eq(
	    sl_timer_new(&server.patience, server.loop, on_patience, NULL),
	    SL_OK);
	sl_timer_start(server.patience, 20000);
	ck_assert_int_eq(
	    sl_db_open(&server.db, server.loop,
	        cluster_conninfo("test_server", WORLD), 2, &server.err),
	    SL_OK);
	server.acme =
	    value_uuid("SELECT id FROM sluice.customer WHERE name = 'acme'");
	server.other =
	    value_uuid("SELECT id FROM sluice.customer WHERE name = 'other'");
	server.dataset = strtoll(
	    cluster_value(WORLD, "SELECT t.dataset('kitting')"), NULL, 10);
}

void
server_teardown(void)
{
	json_decref(server.value);
	sl_db_close(server.db);
	sl_timer_free(server.patience);
	sl_loop_free(server.loop);
}

void
server_finish(enum sl_status status, const struct sl_error *words)
{
	server.status = status;
	server.words = *words;
	sl_loop_stop(server.loop);
}

enum sl_status
server_reply(enum sl_status started)
{
	ck_assert_msg(started == SL_OK, "%s", server.err.text);
	ck_assert_int_eq(sl_loop_run(server.loop), SL_OK);
	return server.status;
}

void
server_on_json(void *ctx, enum sl_status status, json_t *value,
    const struct sl_error *words)
{
	(void)ctx;
	json_decref(server.value);
	server.value = json_incref(value);
	server_finish(status, words);
}

void
server_on_done(void *ctx, enum sl_status status, const struct sl_error *words)
{
	(void)ctx;
	server_finish(status, words);
}

void
server_issue(char letter, const char *expiry)
{
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT (sluice.token_issue('acme', NULL, 'n' || '%c', "
	    "convert_to(repeat('%c', 32), 'UTF8'), 'tail', 7, %s, 'test') ->> "
	    "'id')",
	    letter, letter, expiry);
	server.token = value_uuid(sql);
}

struct sl_uuid
server_lease(const struct sl_uuid *licence)
{
	char id[SL_UUID_TEXT_LEN + 1], sql[128];

	sl_uuid_format(id, licence);
	(void)snprintf(sql, sizeof(sql), "SELECT t.lease('%s')", id);
	return value_uuid(sql);
}
