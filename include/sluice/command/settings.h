/* Settings from one strict file of `key = value` lines, against a const
 * schema.
 *
 * A line is empty, a comment that begins with #, or a key, "=" and a value up
 * to the end of the line (spaces around it dropped; no quotes, no
 * continuation).  An unknown key, a key given twice and a value of the wrong
 * kind are errors with FILE:LINE.  What wins: a flag (sl_settings_set), then
 * the entry's environment variable, the file, the fallback. */
#ifndef SLUICE_COMMAND_SETTINGS_H
#define SLUICE_COMMAND_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sluice/base/error.h"
#include "sluice/command/value.h"

struct sl_settings;

struct sl_setting {
	const char *key; /* NULL ends a schema */
	enum sl_value_kind kind;
	const char *fallback; /* NULL: not set */
	const char *env;      /* NULL: none */
	uint64_t min;         /* of u64, size and duration */
	uint64_t max;         /* 0: no limit */
	bool is_secret;       /* never printed */
	const char *help;
};

/* Takes fallbacks and the environment.  Borrows `schema`. */
SL_MUST_CHECK enum sl_status sl_settings_new(struct sl_settings **out,
    const struct sl_setting *schema, struct sl_error *err);

/* NULL is allowed. */
void sl_settings_free(struct sl_settings *settings);

/* At most once; at most 64 KiB. */
SL_MUST_CHECK enum sl_status sl_settings_read(
    struct sl_settings *settings, const char *path, struct sl_error *err);

/* A flag: beats all other sources. */
SL_MUST_CHECK enum sl_status sl_settings_set(struct sl_settings *settings,
    const char *key, const char *text, struct sl_error *err);

/* Keys must be in the schema.  Text is NULL, numbers 0 and flags false when
 * not set; borrowed until set, read or free. */
bool sl_settings_has(const struct sl_settings *settings, const char *key);
const char *sl_settings_text(
    const struct sl_settings *settings, const char *key);
uint64_t sl_settings_number(
    const struct sl_settings *settings, const char *key);
bool sl_settings_flag(const struct sl_settings *settings, const char *key);

/* Every key with its value and where it came from, as a settings file;
 * secrets as "(set)". */
void sl_settings_print(const struct sl_settings *settings, FILE *out);

#endif /* SLUICE_COMMAND_SETTINGS_H */
