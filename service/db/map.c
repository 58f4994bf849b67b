#include "map.h"

#include <stddef.h>
#include <string.h>

/* First match by prefix; SL… is raised by our own functions. */
static const struct mapping {
	const char *sqlstate;
	enum sl_status status;
	const char *code; /* NULL: from the message, "code: words" */
} mappings[] = {
    {"SLNFD", SL_ERR_NOT_FOUND, NULL},
    {"SLEXI", SL_ERR_EXISTS, NULL},
    {"SLCON", SL_ERR_CONFLICT, NULL},
    {"SLINV", SL_ERR_INVALID, NULL},
    {"SLAUT", SL_ERR_AUTH, NULL},
    {"SLDEN", SL_ERR_DENIED, NULL},
    {"SLQUO", SL_ERR_QUOTA, NULL},
    {"SLSTA", SL_ERR_STATE, NULL},
    {"SLLIM", SL_ERR_LIMIT, NULL},
    {"SLINT", SL_ERR_INTEGRITY, NULL},
    {"57014", SL_ERR_TIMEOUT, "database_timeout"},
    {"55P03", SL_ERR_TIMEOUT, "database_busy"},
    {"40", SL_ERR_CONFLICT, "database_conflict"},
    {"42501", SL_ERR_DENIED, "database_rights"},
    {"3F000", SL_ERR_STATE, "database_schema"},
    {"42", SL_ERR_STATE, "database_schema"},
    {"22", SL_ERR_INVALID, "database_input"},
    {"23", SL_ERR_CONFLICT, "database_constraint"},
    {"53100", SL_ERR_FULL, "database_full"},
    {"53", SL_ERR_NETWORK, "database_overloaded"},
    {"08", SL_ERR_NETWORK, "database_unreachable"},
    {"57P", SL_ERR_NETWORK, "database_unreachable"},
    {"", SL_ERR_NETWORK, "database_error"},
};

static const struct mapping *
find_mapping(const char *sqlstate)
{
	const struct mapping *mapping = mappings;

	while (strncmp(
	           sqlstate, mapping->sqlstate, strlen(mapping->sqlstate)) != 0)
		mapping++;
	return mapping;
}

/* "code: words" -> the length of the code, 0 if there is none. */
static size_t
code_len(const char *message)
{
	size_t len;

	len = strspn(message, "abcdefghijklmnopqrstuvwxyz0123456789_");
	if (len == 0 || len >= SL_ERROR_CODE_MAX || message[len] != ':')
		return 0;
	return len;
}

/* One line, without the newline libpq ends with. */
static int
line_len(const char *text)
{
	return (int)strcspn(text, "\n");
}

enum sl_status
sl_map_result(const PGresult *result, struct sl_error *err)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message =
	    PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const struct mapping *mapping;
	char code[SL_ERROR_CODE_MAX] = "database_error";
	size_t len;

	if (message == NULL)
		message = PQresultErrorMessage(result);
	/* No SQLSTATE: libpq's own words, so the connection is at fault. */
	mapping = find_mapping(sqlstate == NULL ? "08" : sqlstate);
	if (mapping->code != NULL)
		return sl_error_code(err, mapping->status, mapping->code,
		    "database: %.*s", line_len(message), message);
	len = code_len(message);
	if (len > 0) {
		memcpy(code, message, len);
		code[len] = '\0';
		message += len + 1;
		message += strspn(message, " ");
	}
	return sl_error_code(
	    err, mapping->status, code, "%.*s", line_len(message), message);
}

enum sl_status
sl_map_connection(const PGconn *pg, struct sl_error *err)
{
	const char *message;

	if (pg == NULL)
		return sl_error_code(err, SL_ERR_NOMEM, "out_of_memory",
		    "out of memory for a database connection");
	message = PQerrorMessage(pg);
	if (*message == '\0')
		message = "the connection was lost";
	return sl_error_code(err, SL_ERR_NETWORK, "database_unreachable",
	    "database: %.*s", line_len(message), message);
}
