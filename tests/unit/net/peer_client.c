#include <check.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "peer.h"

#define TEXT_MAX (1u << 20)
/* A server that does not answer fails the test after this. */
#define PATIENCE_S 120

void
client_connect(struct client *client, const struct server *server)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons(server->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	*client = (struct client){.fd = socket(AF_INET, SOCK_STREAM, 0)};
	ck_assert_int_ge(client->fd, 0);
	ck_assert_int_eq(setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO,
	                     &patience, sizeof(patience)),
	    0);
	ck_assert_int_eq(
	    connect(client->fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
}

void
client_secure(
    struct client *client, const char *name, int version, SSL_SESSION *session)
{
	static const unsigned char alpn[] = {
	    8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

	client->ctx = SSL_CTX_new(TLS_client_method());
	ck_assert_ptr_nonnull(client->ctx);
	SSL_CTX_set_max_proto_version(client->ctx, version);
	/* A reset without close_notify must show as an error. */
	SSL_CTX_clear_options(client->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	client->ssl = SSL_new(client->ctx);
	ck_assert_ptr_nonnull(client->ssl);
	ck_assert_int_eq(
	    SSL_set_alpn_protos(client->ssl, alpn, sizeof(alpn)), 0);
	SSL_set_tlsext_host_name(client->ssl, name);
	if (session != NULL)
		ck_assert_int_eq(SSL_set_session(client->ssl, session), 1);
	SSL_set_fd(client->ssl, client->fd);
	ck_assert_int_eq(SSL_connect(client->ssl), 1);
}

void
client_open(struct client *client, const struct server *server)
{
	client_connect(client, server);
	if (server->is_tls)
		client_secure(client, "localhost", 0, NULL);
}

void
client_close(struct client *client)
{
	SSL_free(client->ssl);
	SSL_CTX_free(client->ctx);
	close(client->fd);
	*client = (struct client){.fd = -1};
}

void
client_send(struct client *client, const char *text)
{
	size_t len = strlen(text);

	if (client->ssl != NULL)
		ck_assert_int_eq(
		    SSL_write(client->ssl, text, (int)len), (int)len);
	else
		ck_assert_int_eq(
		    send(client->fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

size_t
client_read(struct client *client, void *data, size_t max)
{
	ssize_t got;

	if (client->ssl == NULL) {
		got = recv(client->fd, data, max, 0);
		client->was_reset = got < 0;
		return got < 0 ? 0 : (size_t)got;
	}
	ERR_clear_error();
	got = SSL_read(client->ssl, data, (int)max);
	client->was_reset = got <= 0 &&
	    SSL_get_error(client->ssl, (int)got) != SSL_ERROR_ZERO_RETURN;
	return got < 0 ? 0 : (size_t)got;
}

const char *
client_read_until(struct client *client, const char *end)
{
	static char text[TEXT_MAX];
	size_t used = 0;
	size_t end_len = strlen(end);
	size_t got;

	for (;;) {
		/* One by one: what follows is for the next call. */
		got = client_read(client, text + used, 1);
		used += got;
		text[used] = '\0';
		ck_assert_uint_lt(used, sizeof(text) - 1);
		if (got == 0 ||
		    (end_len > 0 && used >= end_len &&
		        memcmp(text + used - end_len, end, end_len) == 0))
			return text;
	}
}

const char *
client_ask(struct client *client, const char *text)
{
	client_send(client, text);
	return client_read_until(client, "");
}
