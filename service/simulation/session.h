/* What the parts of one run of the simulator share. */
#ifndef SL_SIMULATION_SESSION_H
#define SL_SIMULATION_SESSION_H

#include <jansson.h>

#include "sluice/base/buf.h"
#include "sluice/simulation/simulation.h"

#include "camera.h"
#include "rollout.h"

#define SESSION_STATE_HZ  125u
#define SESSION_WRENCH_HZ 500u
#define SESSION_KEY_MAX   32

struct session {
	const struct sl_simulate_options *options;
	struct sl_simulate_result *result;
	uint32_t state_hz;
	uint32_t wrench_hz;
	bool sees[CAMERA_COUNT]; /* which cameras there are clips of */
	struct sl_buf text;      /* of the file being made */
	struct sl_error *err;
};

/* One episode to write. */
struct episode {
	struct rollout rollout;
	uint32_t number;
	unsigned revision; /* of its annotation, from 1 */
	int64_t recorded_us;
	char key[SESSION_KEY_MAX]; /* "ep-000001" */
};

/* How a source of one format grows.  `begin` reads what is there, `finish`
 * makes the source whole again. */
struct output {
	const char *name;
	/* Is a source of this format in the folder? */
	bool (*is_there)(const struct session *session);
	enum sl_status (*begin)(struct session *session, void **out_state);
	enum sl_status (*write)(
	    struct session *session, void *state, struct episode *episode);
	/* NULL: episodes of the format cannot be revised. */
	enum sl_status (*revise)(
	    struct session *session, void *state, struct episode *episode);
	enum sl_status (*finish)(struct session *session, void *state);
	void (*free_state)(void *state);
};

extern const struct output output_files;
extern const struct output output_mcap;
extern const struct output output_lerobot;

SL_MUST_CHECK enum sl_status episode_make(
    struct episode *out, const struct session *session, uint32_t number);
void episode_clear(struct episode *episode);

/* The path of `name` below the source's directory, whose folder is made.  The
 * caller frees it. */
SL_MUST_CHECK enum sl_status session_path(
    struct session *session, const char *name, char **out);

/* Is there such a file? */
bool session_has(const struct session *session, const char *name);

/* Open that file with `flags`; it is made if absent. */
SL_MUST_CHECK enum sl_status session_open(
    struct session *session, const char *name, int flags, int *out);

/* Count the file's bytes, and close it. */
void session_close(struct session *session, int fd);

/* Write session->text to `name` below the source's directory, what was
 * there is replaced.  Not synced: a simulation can be made
 * again. */
SL_MUST_CHECK enum sl_status session_write(
    struct session *session, const char *name);
/* The same at the end of what is there. */
SL_MUST_CHECK enum sl_status session_append(
    struct session *session, const char *name);

#endif /* SL_SIMULATION_SESSION_H */
