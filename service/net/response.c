/* The head of a response. */
#include "connection.h"

#include <inttypes.h>
#include <time.h>

#include "request.h"
#include "sluice/base/clock.h"

static bool
is_field(const struct sl_http_field *field)
{
	const char *name = field->name;
	const char *value = field->value;

	if (*name == '\0')
		return false;
	for (; *name != '\0'; name++) {
		if (!sl_is_token_char((unsigned char)*name))
			return false;
	}
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* IMF-fixdate (RFC 9110, section 5.6.7), made once a second. */
static const char *
date_now(struct sl_server *server)
{
	static const char *const days[] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int64_t second = sl_clock_wall_us() / 1000000;
	time_t when = (time_t)second;
	struct tm tm;

	if (second == server->date_second || gmtime_r(&when, &tm) == NULL)
		return server->date_text;
	snprintf(server->date_text, sizeof(server->date_text),
	    "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
	    months[tm.tm_mon], (tm.tm_year + 1900) % 10000, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	server->date_second = second;
	return server->date_text;
}

bool
sl_response_has_body(const struct sl_exchange *exchange, unsigned status)
{
	if (status < 200 || status == 204 || status == 304)
		return false;
	return exchange->request == NULL ||
	    sl_http_request_method(exchange->request) != SL_HTTP_HEAD;
}

static enum sl_status
write_framing(struct sl_exchange *exchange, const struct sl_response *response)
{
	struct sl_buf *out = &exchange->pending;
	enum sl_status status = SL_OK;

	if (response->status >= 200 && response->status != 204 &&
	    response->status != 304) {
		if (response->is_chunked)
			status = sl_buf_append_text(
			    out, "Transfer-Encoding: chunked\r\n");
		else
			status = sl_buf_printf(out,
			    "Content-Length: %" PRIu64 "\r\n",
			    response->content_len);
	}
	if (status == SL_OK && exchange->conn->is_last)
		status = sl_buf_append_text(out, "Connection: close\r\n");
	if (status == SL_OK)
		status = sl_buf_append_text(out, "\r\n");
	return status;
}

enum sl_status
sl_response_write_head(
    struct sl_exchange *exchange, const struct sl_response *response)
{
	struct sl_buf *out = &exchange->pending;
	enum sl_status status;

	for (size_t i = 0; i < response->field_count; i++) {
		if (!is_field(&response->fields[i]))
			return SL_ERR_INVALID;
	}
	status = sl_buf_printf(out, "HTTP/1.1 %u %s\r\nDate: %s\r\n",
	    response->status, sl_http_status_text(response->status),
	    date_now(exchange->conn->server));
	for (size_t i = 0; status == SL_OK && i < response->field_count; i++)
		status = sl_buf_printf(out, "%s: %s\r\n",
		    response->fields[i].name, response->fields[i].value);
	if (status == SL_OK)
		status = write_framing(exchange, response);
	return status;
}
