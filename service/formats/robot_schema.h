/* What robot_log.c says of its messages' types in schema records. */
#ifndef SL_FORMATS_ROBOT_SCHEMA_H
#define SL_FORMATS_ROBOT_SCHEMA_H

#include "sluice/base/buf.h"
#include "sluice/base/error.h"

enum robot_schema {
	ROBOT_JOINTS,
	ROBOT_WRENCH,
	ROBOT_VIDEO,
	ROBOT_JSON,
};

struct robot_schema_words {
	const char *name;
	const char *encoding;         /* of the schema */
	const char *message_encoding; /* of the messages */
};

extern const struct robot_schema_words robot_schemas[];

/* Append the schema's data. */
SL_MUST_CHECK enum sl_status robot_schema_write(
    enum robot_schema schema, struct sl_buf *out);

#endif /* SL_FORMATS_ROBOT_SCHEMA_H */
