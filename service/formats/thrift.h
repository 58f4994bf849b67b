/* Thrift's compact protocol, as Parquet's footers and page headers use it
 * (thrift-compact-protocol.md): a walk over bytes, and writing into a buffer.
 *
 * The first thing that is wrong sets `failed`; from then on every call gives
 * nothing, so a caller may look once, at the end. */
#ifndef SL_FORMATS_THRIFT_H
#define SL_FORMATS_THRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/slice.h"

/* Structs and lists in one another. */
#define THRIFT_DEPTH_MAX 16

enum thrift_type {
	THRIFT_STOP = 0,
	THRIFT_TRUE = 1,
	THRIFT_FALSE = 2,
	THRIFT_BYTE = 3,
	THRIFT_I16 = 4,
	THRIFT_I32 = 5,
	THRIFT_I64 = 6,
	THRIFT_DOUBLE = 7,
	THRIFT_BINARY = 8,
	THRIFT_LIST = 9,
	THRIFT_SET = 10,
	THRIFT_MAP = 11,
	THRIFT_STRUCT = 12,
};

struct thrift {
	const unsigned char *at;
	const unsigned char *end;
	bool failed;
};

/* Zero before the first field of a struct. */
struct thrift_field {
	int id;
	unsigned type;
};

/* The next field; false behind the last one, or when something is wrong. */
bool thrift_next(struct thrift *in, struct thrift_field *field);

/* The field's value, which must be of that type.  Numbers must lie between
 * `min` and `max`. */
int64_t thrift_number(struct thrift *in, const struct thrift_field *field,
    int64_t min, int64_t max);
bool thrift_bool(struct thrift *in, const struct thrift_field *field);
struct sl_slice thrift_binary(
    struct thrift *in, const struct thrift_field *field);
/* A list of structs: how many follow; never more than bytes are left. */
size_t thrift_structs(struct thrift *in, const struct thrift_field *field);
/* False and `failed` unless it is a struct, whose fields come next. */
bool thrift_enter(struct thrift *in, const struct thrift_field *field);
void thrift_skip(struct thrift *in, const struct thrift_field *field);

/* Writing.  `last` is the id of the field before, 0 at a struct's start. */
struct thrift_out {
	struct sl_buf *buf;
	enum sl_status status;
};

void thrift_put_number(struct thrift_out *out, int *last, int id,
    enum thrift_type type, int64_t value);
void thrift_put_binary(
    struct thrift_out *out, int *last, int id, struct sl_slice bytes);
void thrift_put_bool(struct thrift_out *out, int *last, int id, bool value);
void thrift_put_list(struct thrift_out *out, int *last, int id,
    enum thrift_type element, size_t count);
/* Fields of the struct follow, then thrift_put_stop(). */
void thrift_put_struct(struct thrift_out *out, int *last, int id);
void thrift_put_stop(struct thrift_out *out);
/* Of a list's elements: a number, bytes. */
void thrift_put_zigzag(struct thrift_out *out, int64_t value);
void thrift_put_bytes(struct thrift_out *out, struct sl_slice bytes);
/* As they are. */
void thrift_put_raw(struct thrift_out *out, struct sl_slice bytes);

#endif /* SL_FORMATS_THRIFT_H */
