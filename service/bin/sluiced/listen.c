#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/net/listen.h"

#define SYSTEMD_FIRST_FD 3

struct address {
	struct sockaddr_storage bytes;
	socklen_t len;
	char host[NI_MAXHOST]; /* numeric */
	uint16_t port;
};

/* "[::1]:8443" or "localhost:8443" into its two parts, in place. */
static enum sl_status
split_address(char *text, char **host, char **port, struct sl_error *err)
{
	char *colon = strrchr(text, ':');

	if (colon == NULL || colon[1] == '\0' || colon == text)
		return sl_error_set(
		    err, SL_ERR_INVALID, "'%s' is not HOST:PORT", text);
	*colon = '\0';
	*port = colon + 1;
	*host = text;
	if (text[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		*host = text + 1;
	}
	return SL_OK;
}

static enum sl_status
resolve(struct address *out, size_t max, size_t *count, char *text,
    struct sl_error *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	struct addrinfo *entry;
	char *host = text;
	char *port = text;
	enum sl_status status = split_address(text, &host, &port, err);
	uint64_t number;
	int code;

	if (status != SL_OK)
		return status;
	if (!sl_parse_u64(port, UINT16_MAX, &number))
		return sl_error_set(
		    err, SL_ERR_INVALID, "'%s' is not a port", port);
	code = getaddrinfo(
	    strcmp(host, "*") == 0 ? NULL : host, port, &hints, &found);
	if (code != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "cannot resolve %s port %s: %s", host, port,
		    gai_strerror(code));
	for (entry = found; entry != NULL; entry = entry->ai_next) {
		struct address *address = &out[*count];

		if (*count == max) {
			status = sl_error_set(err, SL_ERR_LIMIT,
			    "more than %zu listening addresses", max);
			break;
		}
		memcpy(&address->bytes, entry->ai_addr, entry->ai_addrlen);
		address->len = entry->ai_addrlen;
		address->port = (uint16_t)number;
		code = getnameinfo(entry->ai_addr, entry->ai_addrlen,
		    address->host, sizeof(address->host), NULL, 0,
		    NI_NUMERICHOST);
		if (code != 0) {
			status = sl_error_set(err, SL_ERR_INVALID,
			    "cannot name %s: %s", host, gai_strerror(code));
			break;
		}
		(*count)++;
	}
	freeaddrinfo(found);
	return status;
}

/* A host without IPv6 still resolves localhost to ::1. */
static bool
is_missing_family(const struct address *address)
{
	int fd = socket(address->bytes.ss_family, SOCK_STREAM, 0);
	int code;

	if (fd < 0)
		return errno == EAFNOSUPPORT;
	code = bind(fd, (const struct sockaddr *)&address->bytes, address->len);
	code = code != 0 && errno == EADDRNOTAVAIL;
	close(fd);
	return code != 0;
}

static enum sl_status
resolve_list(struct address *out, size_t *count, const char *addresses,
    struct sl_error *err)
{
	char *copy = strdup(addresses);
	char *rest = copy;
	char *word;
	enum sl_status status = copy == NULL ? SL_ERR_NOMEM : SL_OK;
	size_t kept = 0;

	while (status == SL_OK && (word = strsep(&rest, ",")) != NULL) {
		word += strspn(word, " ");
		word[strcspn(word, " ")] = '\0';
		status = resolve(out, LISTEN_ADDRESSES_MAX, count, word, err);
	}
	free(copy);
	for (size_t i = 0; i < *count; i++) {
		if (*count > 1 && is_missing_family(&out[i]))
			continue;
		out[kept++] = out[i];
	}
	*count = kept;
	if (status == SL_OK && kept == 0)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "no address in '%s'", addresses);
	return status;
}

static enum sl_status
set_init(struct listen_set *out, size_t addresses, size_t workers)
{
	size_t count;

	if (!sl_mul_size(addresses, workers, &count))
		return SL_ERR_LIMIT;
	out->address_count = addresses;
	out->worker_count = workers;
	out->fds = malloc(count * sizeof(*out->fds));
	if (out->fds == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		out->fds[i] = -1;
	return SL_OK;
}

enum sl_status
listen_check(const char *addresses, struct sl_error *err)
{
	struct address list[LISTEN_ADDRESSES_MAX];
	size_t count = 0;

	return resolve_list(list, &count, addresses, err);
}

enum sl_status
listen_open(struct listen_set *out, const char *addresses, size_t worker_count,
    struct sl_error *err)
{
	struct address list[LISTEN_ADDRESSES_MAX];
	size_t count = 0;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	status = resolve_list(list, &count, addresses, err);
	if (status == SL_OK)
		status = set_init(out, count, worker_count);
	for (size_t i = 0; status == SL_OK && i < count; i++) {
		int probe = -1;

		status = sl_listen_open(
		    &probe, list[i].host, list[i].port, false, err);
		if (probe >= 0)
			close(probe);
	}
	for (size_t i = 0; status == SL_OK && i < count * worker_count; i++)
		status = sl_listen_open(&out->fds[i], list[i % count].host,
		    list[i % count].port, true, err);
	if (status != SL_OK)
		listen_close(out);
	return status;
}

enum sl_status
listen_inherit(
    struct listen_set *out, size_t worker_count, struct sl_error *err)
{
	const char *pid_text = getenv("LISTEN_PID");
	const char *count_text = getenv("LISTEN_FDS");
	uint64_t pid;
	uint64_t count;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	if (pid_text == NULL || count_text == NULL ||
	    !sl_parse_u64(pid_text, INT32_MAX, &pid) || (pid_t)pid != getpid())
		return SL_ERR_NOT_FOUND;
	if (!sl_parse_u64(count_text, LISTEN_ADDRESSES_MAX, &count) ||
	    count == 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "LISTEN_FDS=%s is not 1 to %d", count_text,
		    LISTEN_ADDRESSES_MAX);
	status = set_init(out, (size_t)count, worker_count);
	if (status != SL_OK)
		return status;
	for (size_t i = 0; i < count * worker_count; i++) {
		int fd = SYSTEMD_FIRST_FD + (int)(i % count);
		int flags = fcntl(fd, F_GETFL);

		/* O_NONBLOCK belongs to the open file, so all share it. */
		if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
			return sl_error_errno(err, "inherited socket %d", fd);
		out->fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, SYSTEMD_FIRST_FD);
		if (out->fds[i] < 0)
			return sl_error_errno(err, "inherited socket %d", fd);
	}
	return SL_OK;
}

void
listen_close(struct listen_set *set)
{
	for (size_t i = 0; i < set->address_count * set->worker_count; i++)
		if (set->fds != NULL && set->fds[i] >= 0)
			close(set->fds[i]);
	free(set->fds);
	memset(set, 0, sizeof(*set));
}
