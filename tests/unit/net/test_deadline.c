/* Every wait on a peer ends. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "peer.h"
#include "sluice/base/clock.h"
#include "suites.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
/* Of the wait that a test is about; the others are minutes. */
#define SHORT_MS 150
/* Far more than that, far less than those. */
#define SOON_MS 60000

static struct server server;
static struct client client;
static int64_t began_ms;

static void
setup(void)
{
	server = (struct server){
	    .is_tls = true,
	    .drain_ms = PATIENT_MS,
	    .settings = {.handshake_ms = 600000,
	        .header_ms = 600000,
	        .body_ms = 600000,
	        .stall_ms = 600000,
	        .idle_ms = 600000,
	        .linger_ms = 600000},
	};
	began_ms = sl_clock_monotonic_ms();
}

static void
expect_soon(void)
{
	int64_t took = sl_clock_monotonic_ms() - began_ms;

	ck_assert_int_ge(took, SHORT_MS - 10);
	ck_assert_int_lt(took, SOON_MS);
}

static void
stop(void)
{
	client_close(&client);
	server_stop(&server);
}

START_TEST(a_handshake_that_does_not_come_ends)
{
	char byte;

	server.settings.handshake_ms = SHORT_MS;
	server_start(&server);
	client_connect(&client, &server);
	ck_assert_uint_eq(client_read(&client, &byte, 1), 0);
	expect_soon();
	stop();
}
END_TEST

/* Connect and send before the server can look: its deadlines begin with the
 * request in hand, however long that took us. */
static void
open_with(const char *request)
{
	server.is_tls = false;
	server_start(&server);
	kill(server.pid, SIGSTOP);
	client_open(&client, &server);
	client_send(&client, request);
	kill(server.pid, SIGCONT);
}

START_TEST(an_idle_connection_ends_in_order)
{
	char byte;

	server.settings.idle_ms = SHORT_MS;
	open_with(GET("/hello"));
	client_read_until(&client, "hello\n");
	ck_assert_uint_eq(client_read(&client, &byte, 1), 0);
	ck_assert(!client.was_reset);
	expect_soon();
	stop();
}
END_TEST

/* Send a byte now and then until the server answers or closes. */
static void
dribble(void)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	char byte;

	while (recv(client.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0) {
		if (send(client.fd, "x", 1, MSG_NOSIGNAL) != 1)
			break;
		nanosleep(&pause, NULL);
		ck_assert_int_lt(sl_clock_monotonic_ms() - began_ms, SOON_MS);
	}
}

START_TEST(a_header_that_dribbles_in_ends)
{
	server.is_tls = false;
	server.settings.header_ms = SHORT_MS;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, "GET / HTTP/1.1\r\nHost: ");
	dribble();
	expect_soon();
	ck_assert_ptr_nonnull(
	    strstr(client_read_until(&client, ""), "HTTP/1.1 408 "));
	stop();
}
END_TEST

START_TEST(a_body_that_dribbles_in_ends)
{
	server.is_tls = false;
	server.settings.body_ms = SHORT_MS;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n");
	dribble();
	expect_soon();
	ck_assert_ptr_nonnull(
	    strstr(client_read_until(&client, ""), "HTTP/1.1 408 "));
	stop();
}
END_TEST

START_TEST(a_client_that_does_not_read_is_reset)
{
	server.settings.stall_ms = SHORT_MS;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, GET("/endless"));
	server_expect(&server, "closed peer does not read");
	expect_soon();
	client_read_until(&client, "");
	ck_assert(client.was_reset);
	stop();
}
END_TEST

/* Read at leisure until the server gives up or `limit` bytes have come. */
static size_t
sip(size_t limit)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
	static char bytes[16384];
	size_t total = 0;
	size_t got;

	do {
		got = client_read(&client, bytes, sizeof(bytes));
		total += got;
		nanosleep(&pause, NULL);
	} while (got > 0 && total < limit);
	return total;
}

START_TEST(a_client_that_reads_below_the_floor_is_reset)
{
	server.settings.floor_bytes_per_s = 1u << 30;
	server.settings.floor_ms = SHORT_MS;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, GET("/endless"));
	ck_assert_uint_lt(sip(SIZE_MAX), (size_t)1 << 30);
	ck_assert(client.was_reset);
	server_expect(&server, "closed peer reads too slowly");
	stop();
}
END_TEST

START_TEST(a_client_that_reads_slowly_above_the_floor_is_served)
{
	server.settings.floor_bytes_per_s = 1000;
	server.settings.floor_ms = 50;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, GET("/file"));
	sip(FILE_BYTES);
	ck_assert(!client.was_reset);
	server_expect(&server, "closed done");
	stop();
}
END_TEST

START_TEST(a_client_that_does_not_read_answers_of_tls_is_reset)
{
	const struct timeval patience = {.tv_sec = 1};

	server.settings.stall_ms = SHORT_MS;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, GET("/wait"));
	client_read_until(&client, "one\n\r\n");
	ck_assert_int_eq(setsockopt(client.fd, SOL_SOCKET, SO_SNDTIMEO,
	                     &patience, sizeof(patience)),
	    0);
	/* Each asks for an answer; in the end the server cannot send them. */
	while (SSL_key_update(client.ssl, SSL_KEY_UPDATE_REQUESTED) == 1 &&
	    SSL_do_handshake(client.ssl) == 1)
		continue;
	/* By our deadline or, as TCP sees the same, by that of the kernel. */
	server_expect(&server, "closed ");
	stop();
}
END_TEST

START_TEST(a_wait_of_our_own_side_has_no_deadline_of_the_peer)
{
	const struct timespec pause = {.tv_nsec = 300 * 1000 * 1000};

	server.settings.stall_ms = SHORT_MS;
	server.settings.idle_ms = SHORT_MS;
	open_with(GET("/wait"));
	client_read_until(&client, "one\n\r\n");
	nanosleep(&pause, NULL);
	kill(server.pid, SIGUSR2);
	ck_assert_ptr_nonnull(
	    strstr(client_read_until(&client, "more\n\r\n"), "more\n"));
	stop();
}
END_TEST

TCase *
deadline_tcase(void)
{
	TCase *tcase = tcase_create("deadline");

	tcase_set_timeout(tcase, 240);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, a_handshake_that_does_not_come_ends);
	tcase_add_test(tcase, an_idle_connection_ends_in_order);
	tcase_add_test(tcase, a_header_that_dribbles_in_ends);
	tcase_add_test(tcase, a_body_that_dribbles_in_ends);
	tcase_add_test(tcase, a_client_that_does_not_read_is_reset);
	tcase_add_test(tcase, a_client_that_reads_below_the_floor_is_reset);
	tcase_add_test(
	    tcase, a_client_that_reads_slowly_above_the_floor_is_served);
	tcase_add_test(
	    tcase, a_client_that_does_not_read_answers_of_tls_is_reset);
	tcase_add_test(
	    tcase, a_wait_of_our_own_side_has_no_deadline_of_the_peer);
	return tcase;
}
