#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"
#include "sluice/base/file.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/signal.h"
#include "sluice/net/listen.h"
#include "sluice/net/tls.h"

#define SLICE_BYTES 1000u

/* The child's side. */
struct child {
	struct sl_loop *loop;
	struct sl_server *server;
	struct sl_tls_context *tls;
	struct sl_signal *signals[4];
	const struct server *plan;
	int reports;
	int file;
	LIST_HEAD(answer_list, answer) answers;
};

struct answer {
	struct child *child;
	struct sl_exchange *exchange;
	LIST_ENTRY(answer) link;
	char path[32];
	uint64_t offset;
	unsigned pulls;
	unsigned more; /* pieces that SIGUSR2 added */
	unsigned closed_count;
};

static struct child child;

unsigned char
pattern_at(uint64_t offset)
{
	return (unsigned char)(offset * 31 + (offset >> 8) * 7);
}

static void
report(const char *text)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "%s\n", text);

	if (write(child.reports, line, (size_t)len) != len)
		_exit(9);
}

static bool
is_path(const struct answer *answer, const char *path)
{
	return strcmp(answer->path, path) == 0;
}

static enum sl_body_turn
give_text(struct sl_body_piece *out, const char *text)
{
	out->bytes = sl_slice_text(text);
	return SL_BODY_BYTES;
}

static enum sl_body_turn
give_range(struct answer *answer, struct sl_body_piece *out, uint64_t len)
{
	if (answer->offset == FILE_BYTES)
		return SL_BODY_END;
	if (len > FILE_BYTES - answer->offset)
		len = FILE_BYTES - answer->offset;
	out->fd = answer->child->file;
	out->offset = answer->offset;
	out->len = len;
	answer->offset += len;
	return SL_BODY_FILE;
}

static enum sl_body_turn
give_slice(struct answer *answer, struct sl_body_piece *out)
{
	static unsigned char bytes[SLICE_BYTES];
	size_t len = SLICE_BYTES;

	if (answer->offset == FILE_BYTES)
		return SL_BODY_END;
	if (len > FILE_BYTES - answer->offset)
		len = FILE_BYTES - answer->offset;
	for (size_t i = 0; i < len; i++)
		bytes[i] = pattern_at(answer->offset + i);
	answer->offset += len;
	out->bytes = sl_slice_of(bytes, len);
	return SL_BODY_BYTES;
}

static enum sl_body_turn
pull(void *ctx, struct sl_body_piece *out)
{
	struct answer *answer = ctx;
	unsigned pulls = answer->pulls++;

	if (is_path(answer, "/file"))
		return give_range(answer, out, 1000003);
	if (is_path(answer, "/chunked"))
		return pulls % 3 == 0 ? give_slice(answer, out)
		                      : give_range(answer, out, 70001);
	if (is_path(answer, "/endless"))
		return give_text(out, "endless endless endless endless\n");
	if (is_path(answer, "/wait")) {
		if (pulls == 0)
			return give_text(out, "one\n");
		if (answer->more == 0)
			return SL_BODY_WAIT;
		answer->more--;
		return give_text(out, "more\n");
	}
	if (is_path(answer, "/missing")) {
		out->fd = answer->child->file;
		out->offset = FILE_BYTES;
		out->len = 10;
		return SL_BODY_FILE;
	}
	if (pulls == 0)
		return give_text(out,
		    is_path(answer, "/long") ? "12345678901" : "123456789");
	return is_path(answer, "/give-up") ? SL_BODY_ABORT : SL_BODY_END;
}

static void
on_source_closed(void *ctx, enum sl_close_reason reason)
{
	struct answer *answer = ctx;

	(void)reason;
	answer->closed_count++;
}

static void
on_closed(void *ctx, enum sl_close_reason reason)
{
	struct answer *answer = ctx;
	char line[64];

	if (answer->pulls > 0 && answer->closed_count != 1)
		_exit(8);
	snprintf(line, sizeof(line), "closed %s", sl_close_reason_text(reason));
	report(line);
	LIST_REMOVE(answer, link);
	free(answer);
}

static void
on_body(void *ctx, enum sl_status status)
{
	static const struct sl_http_field field = {
	    "Content-Type", "text/plain"};
	struct answer *answer = ctx;
	struct sl_slice body =
	    sl_http_request_body(sl_exchange_request(answer->exchange));

	if (status == SL_OK)
		status =
		    sl_exchange_respond(answer->exchange, 200, &field, 1, body);
	else
		status = sl_exchange_respond(answer->exchange,
		    status == SL_ERR_TIMEOUT ? 408 : 503, &field, 1, body);
	if (status != SL_OK)
		_exit(10);
}

static enum sl_status
echo(struct answer *answer)
{
	enum sl_status status =
	    sl_exchange_receive(answer->exchange, on_body, answer);

	if (status != SL_ERR_LIMIT)
		return status;
	return sl_exchange_respond(
	    answer->exchange, 503, NULL, 0, sl_slice_text("busy\n"));
}

static enum sl_status
answer_request(struct answer *answer)
{
	static const struct sl_body_source source = {pull, on_source_closed};
	static const struct sl_http_field field = {
	    "Content-Type", "text/plain"};
	struct sl_response response = {
	    .status = 200, .fields = &field, .field_count = 1};

	if (is_path(answer, "/hello"))
		return sl_exchange_respond(
		    answer->exchange, 200, &field, 1, sl_slice_text("hello\n"));
	if (is_path(answer, "/echo"))
		return echo(answer);
	if (is_path(answer, "/never"))
		return SL_OK;
	response.is_chunked = is_path(answer, "/chunked") ||
	    is_path(answer, "/endless") || is_path(answer, "/wait");
	response.content_len = is_path(answer, "/file") ? FILE_BYTES : 10;
	return sl_exchange_begin(answer->exchange, &response, &source, answer);
}

static void
on_request(void *ctx, struct sl_exchange *exchange)
{
	const struct sl_http_request *request = sl_exchange_request(exchange);
	struct sl_slice path = sl_http_request_path(request);
	struct answer *answer = calloc(1, sizeof(*answer));

	(void)ctx;
	if (answer == NULL || path.len >= sizeof(answer->path))
		_exit(7);
	memcpy(answer->path, path.data, path.len);
	answer->child = &child;
	answer->exchange = exchange;
	LIST_INSERT_HEAD(&child.answers, answer, link);
	sl_exchange_watch(exchange, on_closed, answer);
	if (answer_request(answer) != SL_OK)
		_exit(6);
}

static size_t
body_max(void *ctx, const struct sl_http_request *request)
{
	(void)ctx;
	(void)request;
	return BODY_MAX;
}

static void
on_abort(void *ctx)
{
	struct answer *answer;

	(void)ctx;
	LIST_FOREACH(answer, &child.answers, link)
	{
		sl_exchange_abort(answer->exchange);
		sl_exchange_abort(answer->exchange);
	}
}

static void
on_more(void *ctx)
{
	struct answer *answer;

	(void)ctx;
	LIST_FOREACH(answer, &child.answers, link)
	{
		answer->more++;
		sl_exchange_resume(answer->exchange);
	}
}

static void
on_drained(void *ctx)
{
	(void)ctx;
	report("drained");
	sl_loop_stop(child.loop);
}

static void
on_stop(void *ctx)
{
	(void)ctx;
	sl_server_drain(child.server, child.plan->drain_ms, on_drained, NULL);
}

static void
on_reload(void *ctx)
{
	(void)ctx;
	report(sl_tls_context_reload(child.tls, NULL) == SL_OK ? "reloaded"
	                                                       : "kept");
}

static bool
make_parts(int listen_fd)
{
	const struct sl_server_handler handler = {body_max, on_request};
	static const struct {
		int number;
		sl_signal_fn *fn;
	} signals[4] = {{SIGUSR1, on_abort}, {SIGUSR2, on_more},
	    {SIGTERM, on_stop}, {SIGHUP, on_reload}};
	struct sl_server_settings settings = child.plan->settings;
	char cert[96];
	char key[96];

	snprintf(cert, sizeof(cert), "%s/cert.pem", child.plan->folder);
	snprintf(key, sizeof(key), "%s/key.pem", child.plan->folder);
	if (sl_loop_new(&child.loop) != SL_OK)
		return false;
	if (child.plan->is_tls &&
	    sl_tls_context_new(&child.tls, cert, key, NULL, NULL) != SL_OK)
		return false;
	settings.tls = child.tls;
	for (size_t i = 0; i < 4; i++) {
		if (sl_signal_new(&child.signals[i], child.loop,
		        signals[i].number, signals[i].fn, NULL) != SL_OK)
			return false;
	}
	return sl_server_new(&child.server, child.loop, listen_fd, &settings,
	           &handler, NULL, NULL) == SL_OK;
}

static int
live(const struct server *plan, int listen_fd, int reports)
{
	char path[96];

	/* Check's own handler would come back once ours are gone. */
	signal(SIGTERM, SIG_IGN);
	child.plan = plan;
	child.reports = reports;
	LIST_INIT(&child.answers);
	snprintf(path, sizeof(path), "%s/file", plan->folder);
	child.file = open(path, O_RDONLY);
	if (child.file < 0 || !make_parts(listen_fd))
		return 5;
	(void)posix_fadvise(child.file, 0, 0, POSIX_FADV_DONTNEED);
	report("ready");
	if (sl_loop_run(child.loop) != SL_OK)
		return 4;
	sl_server_free(child.server);
	for (size_t i = 0; i < 4; i++)
		sl_signal_free(child.signals[i]);
	sl_tls_context_free(child.tls);
	sl_loop_free(child.loop);
	return LIST_EMPTY(&child.answers) ? 0 : 3;
}

static void
make_file(const struct server *server)
{
	unsigned char *data = malloc(FILE_BYTES);
	char path[96];
	struct sl_slice bytes = {data, FILE_BYTES};

	ck_assert_ptr_nonnull(data);
	for (size_t i = 0; i < FILE_BYTES; i++)
		data[i] = pattern_at(i);
	snprintf(path, sizeof(path), "%s/file", server->folder);
	ck_assert_int_eq(sl_file_replace(path, bytes, 0600, NULL), SL_OK);
	free(data);
}

void
server_start(struct server *server)
{
	int reports[2];
	int listen_fd;

	snprintf(server->folder, sizeof(server->folder), "/tmp/sl-net-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(server->folder));
	make_file(server);
	if (server->is_tls)
		certificate_make(server->folder, "localhost");
	ck_assert_int_eq(
	    sl_listen_open(&listen_fd, "127.0.0.1", 0, false, NULL), SL_OK);
	server->port = sl_listen_port(listen_fd);
	ck_assert_int_eq(pipe(reports), 0);
	server->pid = fork();
	ck_assert_int_ge(server->pid, 0);
	if (server->pid == 0) {
		close(reports[0]);
		exit(live(server, listen_fd, reports[1]));
	}
	close(reports[1]);
	close(listen_fd);
	server->reports = reports[0];
	server_expect(server, "ready");
}

void
server_expect(struct server *server, const char *expected)
{
	char line[128];
	size_t used = 0;

	while (used < sizeof(line) - 1 &&
	    read(server->reports, line + used, 1) == 1) {
		if (line[used] == '\n')
			break;
		used++;
	}
	line[used] = '\0';
	ck_assert_msg(strncmp(line, expected, strlen(expected)) == 0,
	    "%s instead of %s", line, expected);
}

static void
remove_files(const struct server *server)
{
	static const char *const names[] = {
	    "/cert.pem", "/key.pem", "/file", ""};
	char path[96];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", server->folder, names[i]);
		if (unlink(path) != 0 && rmdir(path) != 0)
			ck_assert_int_eq(errno, ENOENT);
	}
}

void
server_stop(struct server *server)
{
	int status = -1;

	kill(server->pid, SIGTERM);
	ck_assert_int_eq(waitpid(server->pid, &status, 0), server->pid);
	ck_assert_msg(status == 0, "server ended with %#x", (unsigned)status);
	close(server->reports);
	remove_files(server);
}

size_t
server_rss(const struct server *server)
{
	char path[64];
	char text[256] = "";
	unsigned long pages;
	char *second;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)server->pid);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	fclose(file);
	/* "size resident ..." */
	second = strchr(text, ' ');
	ck_assert_ptr_nonnull(second);
	pages = strtoul(second, NULL, 10);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}
