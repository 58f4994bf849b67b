/* Both ends for tests of the server: the real server in a child process, and a
 * blocking client.  Every wait of the client ends in a failure after some
 * seconds. */
#ifndef TESTS_UNIT_NET_PEER_H
#define TESTS_UNIT_NET_PEER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sluice/net/server.h"

#define FILE_BYTES ((size_t)3 * 1024 * 1024 + 17)
#define BODY_MAX   1000
/* A deadline that no test waits for, also where processors are scarce. */
#define PATIENT_MS 200000

/* The server answers
 *   /hello         "hello\n"
 *   /echo          the body of a POST; 503 "busy\n" if it may not come
 *   /file          FILE_BYTES of the pattern, by file ranges, with a length
 *   /chunked       the same, chunked, in slices and ranges by turns
 *   /endless       slices for ever
 *   /wait          "one\n", then waits; SIGUSR2 adds "more\n"
 *   /never         no answer
 *   /short /long   bodies that do not have their length
 *   /give-up       a slice, then ABORT
 *   /missing       a file range behind the end of the file
 * and reports "closed REASON" and "drained" lines on `reports`.
 * SIGUSR1 aborts all exchanges under way; SIGTERM drains and ends. */
struct server {
	pid_t pid;
	uint16_t port;
	int reports;
	struct sl_server_settings settings; /* set by the test before start */
	bool is_tls;
	uint32_t drain_ms;
	char folder[64];
};

void server_start(struct server *server);

/* Wait for the next report, which must begin so. */
void server_expect(struct server *server, const char *report);

/* SIGTERM; the child must end well. */
void server_stop(struct server *server);

/* Resident memory of the server in bytes. */
size_t server_rss(const struct server *server);

/* Write a new self-signed certificate and its key to the server's folder. */
void certificate_make(const char *folder, const char *common_name);

/* Byte `offset` of the pattern. */
unsigned char pattern_at(uint64_t offset);

struct client {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
	bool was_reset; /* the last read failed, in place of ending in order */
};

/* Connect; with TLS as far as the server has it. */
void client_open(struct client *client, const struct server *server);
/* TCP only. */
void client_connect(struct client *client, const struct server *server);
/* TLS over it; `version` 0 for any, `session` may be NULL. */
void client_secure(
    struct client *client, const char *name, int version, SSL_SESSION *session);
void client_close(struct client *client);

void client_send(struct client *client, const char *text);
/* Bytes read, 0 at the end or after a reset. */
size_t client_read(struct client *client, void *data, size_t max);
/* Read until the answer ends with `end`, or the connection does; the text is
 * valid until the next call. */
const char *client_read_until(struct client *client, const char *end);
/* Send, read to the end of the connection. */
const char *client_ask(struct client *client, const char *text);

#endif /* TESTS_UNIT_NET_PEER_H */
