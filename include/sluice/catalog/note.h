/* Signed notes (C2SP signed-note): a body, an empty line, signature lines.
 *
 *   <body, one or more lines>
 *
 *   — <name> base64(key hash || signature)
 *
 * Two kinds of lines: Ed25519 over the body (type 0x01), and cosignature/v1
 * (type 0x04, C2SP tlog-cosignature) with a time.  Names are 1 to 255
 * printable ASCII characters without space and "+".  A parsed note borrows
 * its text.  Pure; any thread. */
#ifndef SLUICE_CATALOG_NOTE_H
#define SLUICE_CATALOG_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/crypto/key.h"

#define SL_NOTE_BYTES_MAX  8192
#define SL_NOTE_LINES_MAX  16
#define SL_NOTE_NAME_MAX   255
#define SL_NOTE_HASH_BYTES 4
/* A time before the signature: cosignature/v1. */
#define SL_NOTE_TIME_BYTES 8
/* Name, hash, time, signature as one line with newline and NUL. */
#define SL_NOTE_LINE_MAX (SL_NOTE_NAME_MAX + 112)
#define SL_NOTE_VKEY_MAX (SL_NOTE_NAME_MAX + 56)

struct sl_note_line {
	struct sl_slice text; /* the line with its newline */
	struct sl_slice name;
	unsigned char key_hash[SL_NOTE_HASH_BYTES];
	bool is_cosignature;
	uint64_t time_s; /* since 1970, of a cosignature; else 0 */
	unsigned char signature[SL_SIGNATURE_BYTES];
};

struct sl_note {
	struct sl_slice
	    body;          /* ends with its newline, without the empty line */
	size_t line_count; /* at least 1 */
	struct sl_note_line lines[SL_NOTE_LINES_MAX];
};

bool sl_note_name_is_valid(struct sl_slice name);

/* Only the form; nothing is verified.  The body is lines of printable ASCII,
 * none empty.  SL_ERR_INVALID, SL_ERR_LIMIT. */
SL_MUST_CHECK enum sl_status sl_note_parse(
    struct sl_note *out, struct sl_slice text, struct sl_error *err);

/* One signature line with its newline, nothing else. */
SL_MUST_CHECK enum sl_status sl_note_parse_line(
    struct sl_note_line *out, struct sl_slice text, struct sl_error *err);

/* ---- signing: each writes one line with newline and NUL; SL_ERR_INVALID for
 * a bad name or a time of 2^63 and more ---- */

/* `body` ends with a newline. */
SL_MUST_CHECK enum sl_status sl_note_sign(char out[SL_NOTE_LINE_MAX],
    const struct sl_sign_key *key, const char *name, struct sl_slice body);

/* The same line from a signature that is there: what minisign signed. */
SL_MUST_CHECK enum sl_status sl_note_wrap(char out[SL_NOTE_LINE_MAX],
    const struct sl_verify_key *key, const char *name,
    const unsigned char signature[SL_SIGNATURE_BYTES]);

SL_MUST_CHECK enum sl_status sl_note_cosign(char out[SL_NOTE_LINE_MAX],
    const struct sl_sign_key *key, const char *name, struct sl_slice body,
    uint64_t time_s);

/* ---- checking ---- */

/* Has the note a line of this name and key, and is it good?  SL_ERR_NOT_FOUND
 * if there is none, SL_ERR_INTEGRITY if one is bad. */
SL_MUST_CHECK enum sl_status sl_note_check(const struct sl_note *note,
    const char *name, const struct sl_verify_key *key);

/* The same for cosignatures; *out_time_s is the newest of them. */
SL_MUST_CHECK enum sl_status sl_note_check_cosignature(uint64_t *out_time_s,
    const struct sl_note *note, const char *name,
    const struct sl_verify_key *key);

/* One cosignature line over a body. */
SL_MUST_CHECK enum sl_status sl_note_check_line(const struct sl_note_line *line,
    const char *name, const struct sl_verify_key *key, struct sl_slice body);

/* ---- keys as text ---- */

/* "name+hash+base64" (Go's verifier key); for a witness the type is 0x04.
 * SL_ERR_INVALID for a bad name. */
SL_MUST_CHECK enum sl_status sl_note_format_vkey(char out[SL_NOTE_VKEY_MAX],
    const struct sl_verify_key *key, const char *name, bool is_witness);

#endif /* SLUICE_CATALOG_NOTE_H */
