/* Response bodies: slices, file ranges, framing, and sources that fail. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "suites.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

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

/* Read `len` bytes that must be the pattern from `offset`. */
static void
expect_pattern(uint64_t offset, size_t len)
{
	static unsigned char data[65536];
	size_t got;

	while (len > 0) {
		got = client_read(
		    &client, data, len < sizeof(data) ? len : sizeof(data));
		ck_assert_uint_gt(got, 0);
		for (size_t i = 0; i < got; i++) {
			if (data[i] != pattern_at(offset + i))
				ck_abort_msg(
				    "wrong byte at %zu", (size_t)offset + i);
		}
		offset += got;
		len -= got;
	}
}

START_TEST(a_file_of_many_ranges_arrives_whole)
{
	const char *head;

	server.is_tls = _i == 1;
	start();
	for (int i = 0; i < 2; i++) {
		client_send(&client, GET("/file"));
		head = client_read_until(&client, "\r\n\r\n");
		ck_assert_ptr_nonnull(
		    strstr(head, "Content-Length: 3145745\r\n"));
		expect_pattern(0, FILE_BYTES);
		server_expect(&server, "closed done");
	}
	stop();
}
END_TEST

START_TEST(a_chunked_body_of_slices_and_ranges_arrives_whole)
{
	uint64_t offset = 0;
	unsigned long len;

	server.is_tls = _i == 1;
	start();
	client_send(&client, GET("/chunked"));
	ck_assert_ptr_nonnull(strstr(client_read_until(&client, "\r\n\r\n"),
	    "Transfer-Encoding: chunked\r\n"));
	do {
		len = strtoul(client_read_until(&client, "\r\n"), NULL, 16);
		expect_pattern(offset, len);
		ck_assert_str_eq(client_read_until(&client, "\r\n"), "\r\n");
		offset += len;
	} while (len > 0);
	ck_assert_uint_eq(offset, FILE_BYTES);
	server_expect(&server, "closed done");
	stop();
}
END_TEST

START_TEST(head_says_what_get_would_and_sends_no_body)
{
	const char *text;

	start();
	client_send(&client, "HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n");
	text = client_read_until(&client, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text, "Content-Length: 3145745\r\n"));
	client_send(&client,
	    "HEAD /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	text = client_read_until(&client, "");
	ck_assert_int_eq(strncmp(text, "HTTP/1.1 200 OK\r\n", 17), 0);
	ck_assert_ptr_nonnull(strstr(text, "Transfer-Encoding: chunked\r\n"));
	ck_assert_str_eq(text + strlen(text) - 4, "\r\n\r\n");
	stop();
}
END_TEST

START_TEST(a_body_that_fails_resets_the_connection)
{
	static const struct {
		const char *request;
		const char *report;
	} cases[] = {
	    {GET("/short"), "closed body does not have its length"},
	    {GET("/long"), "closed body does not have its length"},
	    {GET("/give-up"), "closed body source gave up"},
	    {GET("/missing"), "closed cannot read the file"},
	};

	server_start(&server);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_open(&client, &server);
		client_ask(&client, cases[i].request);
		ck_assert(client.was_reset);
		server_expect(&server, cases[i].report);
		client_close(&client);
	}
	server_stop(&server);
}
END_TEST

START_TEST(a_client_that_leaves_in_the_middle_ends_the_body_once)
{
	char data[1000];

	server.is_tls = false;
	start();
	client_send(&client, GET("/endless"));
	ck_assert_uint_gt(client_read(&client, data, sizeof(data)), 0);
	client_close(&client);
	server_expect(&server, "closed ");
	client_open(&client, &server);
	stop();
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
#define SLOW_COUNT     32
#define SLOW_BYTES_MAX ((size_t)512 * 1024)

START_TEST(slow_readers_hold_bounded_memory)
{
	static struct client clients[SLOW_COUNT];
	char data[1000];
	size_t before;
	size_t grown;

	server_start(&server);
	before = server_rss(&server);
	for (size_t i = 0; i < SLOW_COUNT; i++) {
		client_open(&clients[i], &server);
		client_send(&clients[i], GET("/endless"));
		for (int j = 0; j < 100; j++)
			ck_assert_uint_gt(
			    client_read(&clients[i], data, sizeof(data)), 0);
	}
	grown = server_rss(&server) - before;
	ck_assert_msg(grown / SLOW_COUNT <= SLOW_BYTES_MAX,
	    "%zu bytes for each", grown / SLOW_COUNT);
	for (size_t i = 0; i < SLOW_COUNT; i++)
		client_close(&clients[i]);
	server_stop(&server);
}
END_TEST
#endif

TCase *
body_tcase(void)
{
	TCase *tcase = tcase_create("body");

	tcase_set_timeout(tcase, 240);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, a_file_of_many_ranges_arrives_whole, 0, 2);
	tcase_add_loop_test(
	    tcase, a_chunked_body_of_slices_and_ranges_arrives_whole, 0, 2);
	tcase_add_test(tcase, head_says_what_get_would_and_sends_no_body);
	tcase_add_test(tcase, a_body_that_fails_resets_the_connection);
	tcase_add_test(
	    tcase, a_client_that_leaves_in_the_middle_ends_the_body_once);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_test(tcase, slow_readers_hold_bounded_memory);
#endif
	return tcase;
}
