/* The TLS context, and TLS as a client sees it. */
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"
#include "sluice/base/file.h"
#include "sluice/net/tls.h"
#include "suites.h"

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
	server_start(&server);
	client_connect(&client, &server);
}

static void
teardown(void)
{
	client_close(&client);
	server_stop(&server);
}

static void
expect_hello(void)
{
	ck_assert_ptr_nonnull(
	    strstr(client_ask(&client, GET_CLOSE("/hello")), "hello\n"));
	ck_assert(!client.was_reset);
}

static void
expect_name(const char *common_name)
{
	X509 *cert = SSL_get1_peer_certificate(client.ssl);
	char name[64] = "";

	ck_assert_ptr_nonnull(cert);
	X509_NAME_get_text_by_NID(
	    X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
	ck_assert_str_eq(name, common_name);
	X509_free(cert);
}

START_TEST(tls_1_3_and_http_1_1_are_chosen)
{
	const unsigned char *protocol;
	unsigned len;

	client_secure(&client, "localhost", 0, NULL);
	ck_assert_str_eq(SSL_get_version(client.ssl), "TLSv1.3");
	SSL_get0_alpn_selected(client.ssl, &protocol, &len);
	ck_assert_uint_eq(len, 8);
	ck_assert_mem_eq(protocol, "http/1.1", 8);
	expect_hello();
}
END_TEST

START_TEST(tls_1_2_is_served_too)
{
	client_secure(&client, "localhost", TLS1_2_VERSION, NULL);
	ck_assert_str_eq(SSL_get_version(client.ssl), "TLSv1.2");
	expect_hello();
}
END_TEST

START_TEST(a_session_is_resumed_by_its_ticket)
{
	SSL_SESSION *session;

	client_secure(&client, "localhost", 0, NULL);
	expect_hello();
	/* A copy: the client's own goes bad with its connection. */
	session = SSL_SESSION_dup(SSL_get0_session(client.ssl));
	ck_assert_ptr_nonnull(session);
	client_close(&client);
	client_connect(&client, &server);
	client_secure(&client, "localhost", 0, session);
	ck_assert_int_eq(SSL_session_reused(client.ssl), 1);
	expect_hello();
	SSL_SESSION_free(session);
}
END_TEST

START_TEST(key_updates_in_a_delivery_do_no_harm)
{
	client_secure(&client, "localhost", 0, NULL);
	client_send(&client, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
	client_read_until(&client, "one\n\r\n");
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(
		    SSL_key_update(client.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
		ck_assert_int_eq(SSL_do_handshake(client.ssl), 1);
		kill(server.pid, SIGUSR2);
		ck_assert_ptr_nonnull(
		    strstr(client_read_until(&client, "more\n\r\n"), "more\n"));
	}
}
END_TEST

START_TEST(plain_http_to_a_tls_port_is_closed)
{
	const char *text = client_ask(&client, GET_CLOSE("/hello"));

	ck_assert_ptr_null(strstr(text, "hello"));
}
END_TEST

START_TEST(a_reload_takes_new_files_and_keeps_the_old_when_they_are_bad)
{
	char path[128];

	certificate_make(server.folder, "second");
	kill(server.pid, SIGHUP);
	server_expect(&server, "reloaded");
	client_close(&client);
	client_connect(&client, &server);
	client_secure(&client, "localhost", 0, NULL);
	expect_name("second");
	client_close(&client);

	snprintf(path, sizeof(path), "%s/cert.pem", server.folder);
	ck_assert_int_eq(
	    sl_file_replace(path, sl_slice_text("nonsense\n"), 0600, NULL),
	    SL_OK);
	kill(server.pid, SIGHUP);
	server_expect(&server, "kept");
	client_connect(&client, &server);
	client_secure(&client, "localhost", 0, NULL);
	expect_name("second");
	expect_hello();
}
END_TEST

START_TEST(a_key_of_another_certificate_is_refused_in_words)
{
	struct sl_tls_context *context;
	struct sl_error err = {0};
	char cert[128];
	char key[128];
	char folder[96];

	snprintf(folder, sizeof(folder), "%s/other", server.folder);
	ck_assert_int_eq(sl_file_make_dirs(folder, NULL), SL_OK);
	certificate_make(folder, "other");
	snprintf(cert, sizeof(cert), "%s/cert.pem", server.folder);
	snprintf(key, sizeof(key), "%s/key.pem", folder);
	ck_assert_int_ne(
	    sl_tls_context_new(&context, cert, key, NULL, &err), SL_OK);
	ck_assert_ptr_null(context);
	ck_assert_ptr_nonnull(strstr(err.text, key));
	ck_assert_int_eq(unlink(key), 0);
	ck_assert_int_ne(
	    sl_tls_context_new(&context, cert, key, NULL, &err), SL_OK);
	snprintf(cert, sizeof(cert), "%s/cert.pem", folder);
	ck_assert_int_eq(unlink(cert), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	client_secure(&client, "localhost", 0, NULL);
}
END_TEST

TCase *
tls_tcase(void)
{
	TCase *tcase = tcase_create("tls");

	tcase_set_timeout(tcase, 240);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, tls_1_3_and_http_1_1_are_chosen);
	tcase_add_test(tcase, tls_1_2_is_served_too);
	tcase_add_test(tcase, a_session_is_resumed_by_its_ticket);
	tcase_add_test(tcase, key_updates_in_a_delivery_do_no_harm);
	tcase_add_test(tcase, plain_http_to_a_tls_port_is_closed);
	tcase_add_test(tcase,
	    a_reload_takes_new_files_and_keeps_the_old_when_they_are_bad);
	tcase_add_test(tcase, a_key_of_another_certificate_is_refused_in_words);
	return tcase;
}
