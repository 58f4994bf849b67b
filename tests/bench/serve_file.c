/* The smallest server over service/net: one file at /file with a length, at
 * /chunked without, and a response that never ends at /wait.  For measuring
 * net alone against another server.
 *
 * usage: serve_file PORT CERT KEY FILE   (CERT "-": plain HTTP) */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/base/log.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/signal.h"
#include "sluice/net/listen.h"
#include "sluice/net/server.h"
#include "sluice/net/tls.h"

struct program {
	struct sl_loop *loop;
	struct sl_server *server;
	int fd;
	uint64_t size;
};

/* One delivery. */
struct delivery {
	const struct program *program;
	bool is_sent;
	bool is_endless;
};

static enum sl_body_turn
pull(void *ctx, struct sl_body_piece *out)
{
	struct delivery *delivery = ctx;

	if (delivery->is_sent)
		return delivery->is_endless ? SL_BODY_WAIT : SL_BODY_END;
	delivery->is_sent = true;
	if (delivery->is_endless) {
		out->bytes = sl_slice_text(": hello\n\n");
		return SL_BODY_BYTES;
	}
	out->fd = delivery->program->fd;
	out->offset = 0;
	out->len = delivery->program->size;
	return SL_BODY_FILE;
}

static void
on_closed(void *ctx, enum sl_close_reason reason)
{
	if (reason != SL_CLOSE_DONE)
		sl_log(SL_LOG_DEBUG, "delivery ended: %s",
		    sl_close_reason_text(reason));
	free(ctx);
}

static void
on_request(void *ctx, struct sl_exchange *exchange)
{
	static const struct sl_body_source source = {pull, on_closed};
	const struct program *program = ctx;
	struct sl_slice path =
	    sl_http_request_path(sl_exchange_request(exchange));
	struct sl_response response = {
	    .status = 200, .content_len = program->size};
	struct delivery *delivery = calloc(1, sizeof(*delivery));

	if (delivery == NULL) {
		sl_exchange_abort(exchange);
		return;
	}
	delivery->program = program;
	delivery->is_endless = sl_slice_is_text(path, "/wait");
	response.is_chunked = !sl_slice_is_text(path, "/file");
	if (sl_exchange_begin(exchange, &response, &source, delivery) !=
	    SL_OK) {
		free(delivery);
		sl_exchange_abort(exchange);
	}
}

static void
on_stop(void *ctx)
{
	struct program *program = ctx;

	sl_loop_stop(program->loop);
}

static enum sl_status
serve(struct program *program, int listen_fd, struct sl_tls_context *tls,
    struct sl_error *err)
{
	const struct sl_server_settings settings = {.tls = tls};
	const struct sl_server_handler handler = {.on_request = on_request};
	struct sl_signal *signal = NULL;
	enum sl_status status;

	status = sl_loop_new(&program->loop);
	if (status == SL_OK)
		status = sl_signal_new(
		    &signal, program->loop, SIGTERM, on_stop, program);
	if (status == SL_OK)
		status = sl_server_new(&program->server, program->loop,
		    listen_fd, &settings, &handler, program, err);
	if (status == SL_OK)
		status = sl_loop_run(program->loop);
	sl_server_free(program->server);
	sl_signal_free(signal);
	sl_loop_free(program->loop);
	return status;
}

/* Everything that is made here goes with the process. */
static enum sl_status
listen_and_serve(struct program *program, char **argv, struct sl_error *err)
{
	struct sl_tls_context *tls = NULL;
	enum sl_status status;
	struct stat info;
	uint64_t port;
	int listen_fd;

	if (!sl_parse_u64(argv[1], UINT16_MAX, &port))
		return sl_error_set(err, SL_ERR_INVALID, "bad port");
	program->fd = open(argv[4], O_RDONLY | O_CLOEXEC);
	if (program->fd < 0 || fstat(program->fd, &info) != 0)
		return sl_error_errno(err, "cannot open %s", argv[4]);
	program->size = (uint64_t)info.st_size;
	status =
	    sl_listen_open(&listen_fd, "127.0.0.1", (uint16_t)port, false, err);
	if (status != SL_OK)
		return status;
	if (strcmp(argv[2], "-") != 0)
		status = sl_tls_context_new(&tls, argv[2], argv[3], NULL, err);
	if (status == SL_OK) {
		printf("port %u\n", (unsigned)sl_listen_port(listen_fd));
		fflush(stdout);
		status = serve(program, listen_fd, tls, err);
	}
	sl_tls_context_free(tls);
	close(listen_fd);
	return status;
}

int
main(int argc, char **argv)
{
	static struct program program;
	struct sl_error err = {0};

	if (argc != 5) {
		fprintf(stderr, "usage: serve_file PORT CERT KEY FILE\n");
		return 2;
	}
	if (listen_and_serve(&program, argv, &err) != SL_OK) {
		fprintf(stderr, "serve_file: %s\n", err.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
