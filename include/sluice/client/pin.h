/* Pins of a mirror: DIR/.sluice/pins/NAME (catalog/pin.h), NAME.minisig by the
 * customer's key, and NAME.checkpoint, the log's note that the pin names.
 *
 * All of it works offline.  `dir` is the mirror. */
#ifndef SLUICE_CLIENT_PIN_H
#define SLUICE_CLIENT_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/entry.h"
#include "sluice/catalog/pin.h"
#include "sluice/crypto/key.h"

#define SL_PIN_FOLDER "pins" /* in .sluice */

struct sl_pin_options {
	const char *dir;
	const char *name;
	const struct sl_sign_key *key;
	/* Where a tree of hard links is made; NULL: nowhere.  Must not be
	 * there, or be an empty folder, and not lie in the mirror. */
	const char *tree;
	bool may_copy; /* bytes, not links */
	bool (*is_cancelled)(void);
};

/* Pin what the mirror's tree is.  A pin of that name that says the same (the
 * tree was not made, or again elsewhere) is taken as it is and *is_new is
 * false; another one is SL_ERR_EXISTS, code pin_exists.  SL_ERR_PARTIAL, code
 * incomplete, while a pull is left to do; SL_ERR_INTEGRITY, code damaged, if a
 * file has another size or time than it must, or, with a tree, other bytes.
 * SL_ERR_IO, code other_file_system, if a link cannot be made.  *out must be
 * initialised. */
SL_MUST_CHECK enum sl_status sl_pin_make(struct sl_pin *out, bool *is_new,
    const struct sl_pin_options *options, struct sl_error *err);

/* Read a pin and check its signature with `key`, or, NULL, do not.
 * SL_ERR_NOT_FOUND, code no_such_pin.  *out must be initialised. */
SL_MUST_CHECK enum sl_status sl_pin_read(struct sl_pin *out, const char *dir,
    const char *name, const struct sl_verify_key *key, struct sl_error *err);

/* Names of all pins, sorted; the caller frees with sl_pin_names_free(). */
SL_MUST_CHECK enum sl_status sl_pin_names(
    char ***out, size_t *count, const char *dir, struct sl_error *err);
void sl_pin_names_free(char **names, size_t count);

struct sl_pin_check {
	/* The mirror's leaves up to the pin's checkpoint have its root; false
	 * if the mirror does not hold all of them. */
	bool is_in_log;
	bool is_current; /* the mirror's tree is what was pinned */
	uint64_t files;  /* of the tree that was looked at, or 0 */
	uint64_t bytes;
};

/* Does the pin say what the signed batches of the mirror say, is it signed by
 * `key`, and, with `tree`, does that folder hold those files and no others?
 * SL_ERR_INTEGRITY: bad_signature, unknown_key, pin_mismatch (the batches are
 * others), not_in_log, or damaged (the tree; each finding is told). */
struct sl_pin_verify_options {
	const char *dir;
	const char *name;
	const struct sl_verify_key *key;
	const char *tree; /* or NULL */
	bool (*is_cancelled)(void);
	/* `what` as of sl_damage_name(); may be NULL. */
	void (*on_damage)(void *ctx, const char *what, const char *path);
	void *ctx;
};
SL_MUST_CHECK enum sl_status sl_pin_verify(struct sl_pin_check *out,
    const struct sl_pin_verify_options *options, struct sl_error *err);

/* What a later batch says about an episode of a pin.  Borrowed. */
struct sl_pin_event {
	const char *pin;
	const char *dataset;
	uint32_t number;
	struct sl_uuid id;
	uint32_t pinned_revision;
	enum sl_entry_op op; /* revise or retract */
	uint32_t revision;   /* the new one */
	const char *reason;  /* of a retraction, else "" */
	uint32_t seq;
	int64_t published_us;
};

/* Every such event of the batches that the mirror knows, applied or not, of
 * the pin `name`, or, NULL, of all pins by name; in the order of seq and
 * number.  `key` as for sl_pin_read(). */
struct sl_affected_options {
	const char *dir;
	const char *name;
	const struct sl_verify_key *key;
	void (*on_event)(void *ctx, const struct sl_pin_event *event);
	void *ctx;
};
struct sl_affected {
	uint64_t pins;          /* looked at */
	uint64_t pins_affected; /* with an event */
	uint64_t retracted;     /* episodes of pins */
	uint64_t revised;
	uint32_t seq; /* the newest batch that is known */
};
SL_MUST_CHECK enum sl_status sl_affected_find(struct sl_affected *out,
    const struct sl_affected_options *options, struct sl_error *err);

#endif /* SLUICE_CLIENT_PIN_H */
