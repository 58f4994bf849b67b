#include "sluice/net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Family-neutral address of a listener. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool
parse_address(
    const char *text, uint16_t port, union address *out, socklen_t *out_len)
{
	*out = (union address){.v6 = {0}};
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(port);
		*out_len = sizeof(out->v4);
		return true;
	}
	*out = (union address){.v6 = {0}};
	if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(port);
		*out_len = sizeof(out->v6);
		return true;
	}
	return false;
}

static bool
set_flag(int fd, int level, int name)
{
	const int on = 1;

	return setsockopt(fd, level, name, &on, sizeof(on)) == 0;
}

enum sl_status
sl_listen_open(int *out_fd, const char *address, uint16_t port, bool share,
    struct sl_error *err)
{
	union address bound;
	enum sl_status status;
	socklen_t len;
	int fd;

	*out_fd = -1;
	if (!parse_address(address, port, &bound, &len))
		return sl_error_set(
		    err, SL_ERR_INVALID, "not a numeric address: %s", address);
	fd = socket(
	    bound.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return sl_error_errno(err, "cannot make a socket");
	if (!set_flag(fd, SOL_SOCKET, SO_REUSEADDR) ||
	    (share && !set_flag(fd, SOL_SOCKET, SO_REUSEPORT)) ||
	    (bound.any.sa_family == AF_INET6 &&
	        !set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY)) ||
	    bind(fd, &bound.any, len) != 0 ||
	    listen(fd, SL_LISTEN_BACKLOG) != 0) {
		status = sl_error_errno(err, "cannot listen on %s port %u",
		    address, (unsigned)port);
		close(fd);
		return status;
	}
	*out_fd = fd;
	return SL_OK;
}

uint16_t
sl_listen_port(int fd)
{
	union address bound = {.v6 = {0}};
	socklen_t len = sizeof(bound);

	if (getsockname(fd, &bound.any, &len) != 0)
		return 0;
	if (bound.any.sa_family == AF_INET)
		return ntohs(bound.v4.sin_port);
	if (bound.any.sa_family == AF_INET6)
		return ntohs(bound.v6.sin6_port);
	return 0;
}
