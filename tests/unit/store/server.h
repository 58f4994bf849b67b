/* What the tests of the asynchronous calls share: a loop with a deadline, a
 * pool as the server's login, and the last reply. */
#ifndef SLUICE_TESTS_STORE_SERVER_H
#define SLUICE_TESTS_STORE_SERVER_H

#include <jansson.h>

#include "sluice/base/error.h"
#include "sluice/base/uuid.h"

struct server {
	struct sl_loop *loop;
	struct sl_timer *patience;
	struct sl_db *db;
	struct sl_error err; /* of the start of a call */
	struct sl_uuid acme, other, token;
	int64_t dataset;
	/* The last reply. */
	enum sl_status status;
	struct sl_error words;
	json_t *value;
};
extern struct server server;

void server_setup(void);
void server_teardown(void);

/* From a reply: remember how it went and end server_reply(). */
void server_finish(enum sl_status status, const struct sl_error *words);

/* Wait for the reply to a call that was started; its status. */
enum sl_status server_reply(enum sl_status started);

void server_on_json(void *ctx, enum sl_status status, json_t *value,
    const struct sl_error *words);
void server_on_done(
    void *ctx, enum sl_status status, const struct sl_error *words);

/* A token of acme whose hash is 32 times `letter`; `expiry` is SQL. */
void server_issue(char letter, const char *expiry);

/* A running delivery of the licence, always the same one. */
struct sl_uuid server_lease(const struct sl_uuid *licence);

#endif /* SLUICE_TESTS_STORE_SERVER_H */
