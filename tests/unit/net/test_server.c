/* Requests, connections, drain and abort, over real sockets. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"
#include "suites.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_CLOSE(path) \
	"GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static struct server server;
static struct client client;

static void
setup(void)
{
	server = (struct server){.is_tls = true,
	    .drain_ms = PATIENT_MS,
	    .settings = {.handshake_ms = PATIENT_MS,
	        .header_ms = PATIENT_MS,
	        .body_ms = PATIENT_MS,
	        .stall_ms = PATIENT_MS,
	        .idle_ms = PATIENT_MS,
	        .linger_ms = PATIENT_MS}};
	client = (struct client){.fd = -1};
}

static void
start(void)
{
	server_start(&server);
	client_open(&client, &server);
}

static void
stop(void)
{
	client_close(&client);
	server_stop(&server);
}

static void
expect_prefix(const char *text, const char *prefix)
{
	ck_assert_msg(
	    strncmp(text, prefix, strlen(prefix)) == 0, "got: %s", text);
}

static void
expect_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text);

	ck_assert_msg(len >= strlen(suffix) &&
	        strcmp(text + len - strlen(suffix), suffix) == 0,
	    "got: %s", text);
}

START_TEST(a_request_is_answered)
{
	const char *text;

	server.is_tls = _i == 1;
	start();
	text = client_ask(&client, GET_CLOSE("/hello"));
	ck_assert(!client.was_reset);
	expect_prefix(text, "HTTP/1.1 200 OK\r\nDate: ");
	ck_assert_ptr_nonnull(strstr(text, "\r\nContent-Length: 6\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "\r\nContent-Type: text/plain\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "\r\nConnection: close\r\n"));
	expect_suffix(text, "\r\n\r\nhello\n");
	server_expect(&server, "closed done");
	stop();
}
END_TEST

START_TEST(a_connection_is_kept_for_further_requests)
{
	start();
	for (int i = 0; i < 3; i++) {
		client_send(&client, GET("/hello"));
		expect_suffix(client_read_until(&client, "hello\n"), "hello\n");
		server_expect(&server, "closed done");
	}
	stop();
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
	const char *text;

	start();
	client_send(&client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
	    "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" GET("/wait")
	        GET_CLOSE("/hello"));
	text = client_read_until(&client, "\r\n\r\nabc");
	expect_suffix(text, "\r\n\r\nabc");
	text = client_read_until(&client, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text, "Content-Length: 6\r\n"));
	expect_suffix(client_read_until(&client, "one\n\r\n"), "one\n\r\n");
	kill(server.pid, SIGUSR2);
	expect_suffix(client_read_until(&client, "more\n\r\n"), "more\n\r\n");
	/* The last waits behind one that does not end. */
	server_expect(&server, "closed done");
	server_expect(&server, "closed done");
	kill(server.pid, SIGUSR1);
	server_expect(&server, "closed closed by us");
	stop();
}
END_TEST

START_TEST(hostile_requests_are_answered_and_the_connection_ends)
{
	static const struct {
		const char *status;
		const char *request;
	} cases[] = {
	    {"HTTP/1.1 400 ", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"},
	    {"HTTP/1.1 400 ", "GET / HTTP/1.1\r\n\r\n" GET("/hello")},
	    {"HTTP/1.1 501 ",
	        "POST / HTTP/1.1\r\nHost: a\r\n"
	        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET("/hello")},
	    {"HTTP/1.1 400 ",
	        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	        "Content-Length: 2\r\n\r\nabc"},
	    {"HTTP/1.1 505 ", "GET / HTTP/1.0\r\n\r\n"},
	};
	const char *text;

	server.is_tls = false;
	server_start(&server);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_open(&client, &server);
		text = client_ask(&client, cases[i].request);
		expect_prefix(text, cases[i].status);
		ck_assert_ptr_nonnull(strstr(text, "Connection: close\r\n"));
		ck_assert_ptr_nonnull(strstr(text, "problem+json"));
		ck_assert_ptr_null(strstr(text, "hello"));
		ck_assert(!client.was_reset);
		client_close(&client);
	}
	server_stop(&server);
}
END_TEST

START_TEST(a_megabyte_of_header_is_refused_early)
{
	char block[1001];
	const char *text;

	start();
	memset(block, 'x', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	client_send(&client, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	for (int i = 0; i < 12; i++)
		client_send(&client, block);
	text = client_read_until(&client, "");
	expect_prefix(text, "HTTP/1.1 431 ");
	stop();
}
END_TEST

START_TEST(an_expected_body_is_asked_for)
{
	start();
	client_send(&client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	    "Content-Length: 5\r\n\r\n");
	ck_assert_str_eq(client_read_until(&client, "\r\n\r\n"),
	    "HTTP/1.1 100 Continue\r\n\r\n");
	client_send(&client, "abcde");
	expect_suffix(
	    client_read_until(&client, "\r\n\r\nabcde"), "\r\n\r\nabcde");
	stop();
}
END_TEST

START_TEST(too_large_a_body_is_refused_before_it_comes)
{
	const char *text;

	start();
	text = client_ask(&client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	    "Content-Length: 1001\r\n\r\n");
	expect_prefix(text, "HTTP/1.1 413 ");
	ck_assert(!client.was_reset);
	stop();
}
END_TEST

#define POST_EXPECT(path, len)                                          \
	"POST " path " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n" \
	"Content-Length: " #len "\r\n\r\n"
#define POST(path, len) \
	"POST " path " HTTP/1.1\r\nHost: a\r\nContent-Length: " #len "\r\n\r\n"

START_TEST(an_answer_to_the_head_leaves_the_body_and_ends_the_connection)
{
	const char *text;

	start();
	/* What looks like a request is the body that nobody took. */
	text =
	    client_ask(&client, POST("/hello", 37) GET("/hello") GET("/hello"));
	expect_prefix(text, "HTTP/1.1 200 OK\r\n");
	ck_assert_ptr_nonnull(strstr(text, "\r\nConnection: close\r\n"));
	expect_suffix(text, "\r\n\r\nhello\n");
	ck_assert_ptr_null(strstr(text, "hello\nHTTP"));
	ck_assert(!client.was_reset);
	server_expect(&server, "closed done");
	stop();
}
END_TEST

START_TEST(bodies_that_come_have_a_budget_which_they_give_back)
{
	struct client second;

	server.is_tls = false;
	server.settings.bodies_max_bytes = 900;
	start();
	client_send(&client, POST_EXPECT("/echo", 600));
	client_read_until(&client, "Continue\r\n\r\n");
	client_open(&second, &server);
	client_send(&second, POST("/echo", 300) "abc");
	client_close(&second);
	server_expect(&server, "closed peer closed the connection");
	client_open(&second, &server);
	expect_prefix(client_ask(&second, POST("/echo", 301)), "HTTP/1.1 503 ");
	client_close(&second);
	server_expect(&server, "closed done");
	client_close(&client);
	server_expect(&server, "closed peer closed the connection");
	client_open(&client, &server);
	for (int i = 0; i < 3; i++) {
		client_send(&client, POST_EXPECT("/echo", 900));
		client_read_until(&client, "Continue\r\n\r\n");
		for (int k = 0; k < 90; k++)
			client_send(&client, "123456789\n");
		client_read_until(&client, "123456789\n");
		server_expect(&server, "closed done");
	}
	stop();
}
END_TEST

START_TEST(a_client_that_sends_on_after_its_refusal_still_reads_it)
{
	char block[1001];

	start();
	memset(block, 'x', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	client_send(&client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
	for (int i = 0; i < 100; i++)
		client_send(&client, block);
	expect_prefix(client_read_until(&client, ""), "HTTP/1.1 413 ");
	stop();
}
END_TEST

START_TEST(drain_closes_the_idle_and_lets_answers_end)
{
	struct client idle;
	char byte;

	start();
	client_open(&idle, &server);
	client_send(&idle, GET("/hello"));
	client_read_until(&idle, "hello\n");
	server_expect(&server, "closed done");
	client_send(&client, GET("/wait"));
	client_read_until(&client, "one\n\r\n");
	kill(server.pid, SIGTERM);
	ck_assert_uint_eq(client_read(&idle, &byte, 1), 0);
	ck_assert(!idle.was_reset);
	client_close(&idle);
	/* The open answer goes on. */
	kill(server.pid, SIGUSR2);
	client_read_until(&client, "more\n\r\n");
	kill(server.pid, SIGUSR1);
	server_expect(&server, "closed closed by us");
	server_expect(&server, "drained");
	stop();
}
END_TEST

START_TEST(what_is_left_at_the_end_of_a_drain_is_reset)
{
	server.drain_ms = 50;
	start();
	client_send(&client, GET("/wait"));
	client_read_until(&client, "one\n");
	kill(server.pid, SIGTERM);
	server_expect(&server, "closed server stops");
	server_expect(&server, "drained");
	client_read_until(&client, "");
	ck_assert(client.was_reset);
	stop();
}
END_TEST

START_TEST(abort_resets_at_once_and_tells_the_owner_once)
{
	char data[4096];

	start();
	client_send(&client, GET("/endless"));
	ck_assert_uint_gt(client_read(&client, data, sizeof(data)), 0);
	kill(server.pid, SIGUSR1);
	server_expect(&server, "closed closed by us");
	while (client_read(&client, data, sizeof(data)) > 0)
		continue;
	ck_assert(client.was_reset);
	stop();
}
END_TEST

START_TEST(an_unanswered_request_of_a_vanished_client_ends_too)
{
	start();
	client_send(&client, GET("/hello"));
	client_read_until(&client, "hello\n");
	server_expect(&server, "closed done");
	client_send(&client, GET("/never"));
	client_close(&client);
	server_expect(&server, "closed peer closed the connection");
	client_open(&client, &server);
	stop();
}
END_TEST

START_TEST(connections_beyond_the_limit_wait_for_their_turn)
{
	struct client second;

	server.is_tls = false;
	server.settings.connections_max = 1;
	start();
	client_send(&client, GET("/hello"));
	client_read_until(&client, "hello\n");
	client_open(&second, &server);
	client_send(&second, GET("/hello"));
	client_close(&client);
	expect_suffix(client_read_until(&second, "hello\n"), "hello\n");
	client_close(&second);
	client_open(&client, &server);
	stop();
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
#define IDLE_COUNT         2000
#define IDLE_BYTES_MAX     ((size_t)32 * 1024)
#define DESCRIPTORS_NEEDED (IDLE_COUNT + 100)

START_TEST(two_thousand_idle_followers_stay_small)
{
	static struct client clients[IDLE_COUNT];
	struct rlimit limit = {DESCRIPTORS_NEEDED, DESCRIPTORS_NEEDED};
	size_t before;
	size_t grown;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	start();
	client_send(&client, GET("/wait"));
	client_read_until(&client, "one\n\r\n");
	before = server_rss(&server);
	for (size_t i = 0; i < IDLE_COUNT; i++) {
		client_open(&clients[i], &server);
		client_send(&clients[i], GET("/wait"));
		client_read_until(&clients[i], "one\n\r\n");
	}
	grown = server_rss(&server) - before;
	ck_assert_msg(grown / IDLE_COUNT <= IDLE_BYTES_MAX,
	    "%zu bytes for each", grown / IDLE_COUNT);
	/* All of them are told, and all of them go. */
	kill(server.pid, SIGUSR2);
	for (size_t i = 0; i < IDLE_COUNT; i++) {
		client_read_until(&clients[i], "more\n\r\n");
		client_close(&clients[i]);
	}
	client_close(&client);
	for (size_t i = 0; i < IDLE_COUNT + 1; i++)
		server_expect(&server, "closed ");
	server_stop(&server);
}
END_TEST
#endif

TCase *
server_tcase(void)
{
	TCase *tcase = tcase_create("server");

	tcase_set_timeout(tcase, 240);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, a_request_is_answered, 0, 2);
	tcase_add_test(tcase, a_connection_is_kept_for_further_requests);
	tcase_add_test(tcase, pipelined_requests_are_answered_in_order);
	tcase_add_test(
	    tcase, hostile_requests_are_answered_and_the_connection_ends);
	tcase_add_test(tcase, a_megabyte_of_header_is_refused_early);
	tcase_add_test(tcase, an_expected_body_is_asked_for);
	tcase_add_test(tcase, too_large_a_body_is_refused_before_it_comes);
	tcase_add_test(tcase,
	    an_answer_to_the_head_leaves_the_body_and_ends_the_connection);
	tcase_add_test(
	    tcase, bodies_that_come_have_a_budget_which_they_give_back);
	tcase_add_test(
	    tcase, a_client_that_sends_on_after_its_refusal_still_reads_it);
	tcase_add_test(tcase, drain_closes_the_idle_and_lets_answers_end);
	tcase_add_test(tcase, what_is_left_at_the_end_of_a_drain_is_reset);
	tcase_add_test(tcase, abort_resets_at_once_and_tells_the_owner_once);
	tcase_add_test(
	    tcase, an_unanswered_request_of_a_vanished_client_ends_too);
	tcase_add_test(tcase, connections_beyond_the_limit_wait_for_their_turn);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_test(tcase, two_thousand_idle_followers_stay_small);
#endif
	return tcase;
}
