#include "stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* For the answers to all that one read may take in. */
#define ROOM_TO_READ (SL_BUFFER_SLACK / 2)

/* OpenSSL reads from the socket and writes to the outbox through a BIO of our
 * own: its socket BIO would make one system call per 16 KiB record. */
static BIO_METHOD *bio_method;

static size_t
outbox_room(const struct sl_stream *stream)
{
	return SL_BUFFER_BYTES - stream->out_start - stream->out_len;
}

/* As much as fits; 0 if the outbox is full or there is no memory. */
static size_t
outbox_append(struct sl_stream *stream, const void *data, size_t len)
{
	size_t room;

	if (stream->out == NULL) {
		stream->out = sl_pool_take(stream->pool);
		if (stream->out == NULL)
			return 0;
	}
	room = outbox_room(stream);
	if (len > room)
		len = room;
	memcpy(stream->out + stream->out_start + stream->out_len, data, len);
	stream->out_len += len;
	return len;
}

static void
outbox_release(struct sl_stream *stream)
{
	sl_pool_give(stream->pool, stream->out);
	stream->out = NULL;
	stream->out_start = 0;
	stream->out_len = 0;
}

static int
bio_write(BIO *bio, const char *data, int len)
{
	struct sl_stream *stream = BIO_get_data(bio);
	size_t took = outbox_append(stream, data, (size_t)len);

	BIO_clear_retry_flags(bio);
	if (took > 0)
		return (int)took;
	BIO_set_retry_write(bio);
	return -1;
}

static int
bio_read(BIO *bio, char *data, int len)
{
	struct sl_stream *stream = BIO_get_data(bio);
	ssize_t got;

	BIO_clear_retry_flags(bio);
	do
		got = recv(stream->fd, data, (size_t)len, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		BIO_set_retry_read(bio);
	if (got == 0)
		stream->is_eof = true;
	return (int)got;
}

static long
bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static void
make_bio_method(void)
{
	BIO_METHOD *method =
	    BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "outbox");

	if (method == NULL)
		return;
	if (BIO_meth_set_write(method, bio_write) != 1 ||
	    BIO_meth_set_read(method, bio_read) != 1 ||
	    BIO_meth_set_ctrl(method, bio_ctrl) != 1) {
		BIO_meth_free(method);
		return;
	}
	bio_method = method;
}

enum sl_status
sl_stream_init(struct sl_stream *stream, int fd, SSL_CTX *ctx,
    struct sl_pool *pool, uint64_t *wire_bytes)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *bio;

	*stream = (struct sl_stream){
	    .fd = fd,
	    .pool = pool,
	    .wire_bytes = wire_bytes,
	    .is_established = ctx == NULL,
	};
	if (ctx == NULL)
		return SL_OK;
	pthread_once(&once, make_bio_method);
	if (bio_method == NULL)
		return SL_ERR_NOMEM;
	stream->ssl = SSL_new(ctx);
	bio = BIO_new(bio_method);
	if (stream->ssl == NULL || bio == NULL) {
		SSL_free(stream->ssl);
		BIO_free(bio);
		stream->ssl = NULL;
		return SL_ERR_NOMEM;
	}
	BIO_set_data(bio, stream);
	BIO_set_init(bio, 1);
	SSL_set_bio(stream->ssl, bio, bio);
	SSL_set_accept_state(stream->ssl);
	return SL_OK;
}

/* What an OpenSSL call's failure means. */
static enum sl_stream_result
judge(struct sl_stream *stream, int returned)
{
	switch (SSL_get_error(stream->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return SL_STREAM_BLOCKED;
	case SSL_ERROR_ZERO_RETURN:
		return SL_STREAM_EOF;
	default:
		/* OpenSSL forbids any further call on the session, a
		 * close_notify included.  A FIN without close_notify is no
		 * attack on what we read: requests say how long they are. */
		stream->is_established = false;
		return stream->is_eof ? SL_STREAM_EOF : SL_STREAM_FAILED;
	}
}

enum sl_stream_result
sl_stream_handshake(struct sl_stream *stream)
{
	enum sl_stream_result result;
	enum sl_stream_result flushed;
	int returned;

	if (stream->is_established)
		return SL_STREAM_OK;
	ERR_clear_error();
	returned = SSL_do_handshake(stream->ssl);
	result = returned == 1 ? SL_STREAM_OK : judge(stream, returned);
	/* A failure's alert is in the outbox, too. */
	flushed = sl_stream_flush(stream);
	if (flushed == SL_STREAM_FAILED)
		return SL_STREAM_FAILED;
	stream->is_established = result == SL_STREAM_OK;
	return result;
}

enum sl_stream_result
sl_stream_read(
    struct sl_stream *stream, void *data, size_t max, size_t *out_len)
{
	ssize_t got;
	int returned;

	*out_len = 0;
	if (stream->ssl != NULL) {
		ERR_clear_error();
		returned = SSL_read_ex(stream->ssl, data, max, out_len);
		return returned == 1 ? SL_STREAM_OK : judge(stream, returned);
	}
	do
		got = recv(stream->fd, data, max, 0);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		*out_len = (size_t)got;
		return SL_STREAM_OK;
	}
	if (got == 0)
		return SL_STREAM_EOF;
	return errno == EAGAIN ? SL_STREAM_BLOCKED : SL_STREAM_FAILED;
}

enum sl_stream_result
sl_stream_write(struct sl_stream *stream, const void *data, size_t len)
{
	size_t wrote;

	if (len == 0)
		return SL_STREAM_OK;
	if (stream->ssl == NULL)
		return outbox_append(stream, data, len) == len
		    ? SL_STREAM_OK
		    : SL_STREAM_FAILED;
	ERR_clear_error();
	/* The outbox has room for all records, so this cannot block. */
	if (SSL_write_ex(stream->ssl, data, len, &wrote) != 1 || wrote != len)
		return SL_STREAM_FAILED;
	return SL_STREAM_OK;
}

enum sl_stream_result
sl_stream_flush(struct sl_stream *stream)
{
	ssize_t sent;

	while (stream->out_len > 0) {
		sent = send(stream->fd, stream->out + stream->out_start,
		    stream->out_len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN ? SL_STREAM_BLOCKED
			                       : SL_STREAM_FAILED;
		stream->out_start += (size_t)sent;
		stream->out_len -= (size_t)sent;
		*stream->wire_bytes += (uint64_t)sent;
	}
	if (stream->out != NULL)
		outbox_release(stream);
	return SL_STREAM_OK;
}

bool
sl_stream_has_room(const struct sl_stream *stream)
{
	return stream->out == NULL || outbox_room(stream) >= ROOM_TO_READ;
}

enum sl_stream_result
sl_stream_finish(struct sl_stream *stream)
{
	enum sl_stream_result result;

	if (stream->ssl != NULL && stream->is_established &&
	    (SSL_get_shutdown(stream->ssl) & SSL_SENT_SHUTDOWN) == 0) {
		ERR_clear_error();
		/* 0 means sent, the peer's is still to come. */
		if (SSL_shutdown(stream->ssl) < 0)
			stream->is_established = false;
	}
	result = sl_stream_flush(stream);
	if (result == SL_STREAM_OK && !stream->is_finished) {
		stream->is_finished = true;
		if (shutdown(stream->fd, SHUT_WR) != 0)
			return SL_STREAM_FAILED;
	}
	return result;
}

void
sl_stream_close(struct sl_stream *stream, bool reset)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (stream->fd < 0)
		return;
	if (reset)
		(void)setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof(at_once));
	close(stream->fd);
	stream->fd = -1;
	SSL_free(stream->ssl);
	stream->ssl = NULL;
	outbox_release(stream);
}
