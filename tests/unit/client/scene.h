/* A mirror's notary, everybody who signs, and a server that answers as it is
 * told. */
#ifndef SL_UNIT_CLIENT_SCENE_H
#define SL_UNIT_CLIENT_SCENE_H

#include "authority.h"
#include "heads.h"
#include "notary.h"

#define SCENE_DATASET "some-set"
#define SCENE_LEAVES  16
#define SCENE_NOW_US  (AUTHORITY_NOW_S * 1000000)

struct scene {
	struct authority authority;
	struct sl_chain_link first; /* trust file 1, which is known */
	struct sl_notary notary;
	struct sl_heads heads; /* batches that are leaves and no more */
	struct sl_log_hash leaves[SCENE_LEAVES]; /* the one history, */
	struct sl_log_hash others[SCENE_LEAVES]; /* another from batch 4 on */
	char dir[64];
	int meta;
};
extern struct scene scene;

/* What a server answers; zeros are an honest one's answer. */
struct answer {
	uint32_t held;                 /* batches that are here in the end */
	uint32_t size;                 /* of the checkpoint */
	uint32_t grant;                /* 0: as `size` */
	uint32_t epoch;                /* 0: 1 */
	const struct sl_log_hash *log; /* NULL: leaves */
	int64_t age_s;                 /* of the witness' statement */
	int64_t release_us;            /* of the batch after the grant */
	uint32_t prove_from;           /* 0: from what was kept */
	bool has_no_witness;
	bool has_no_consistency;
	bool has_no_inclusion;
	bool has_no_checkpoint;
	const char *dataset; /* NULL: SCENE_DATASET */
	const char *origin;  /* NULL: the right one */
};

void scene_set_up(void);
void scene_tear_down(void);

/* The notary as a new run finds it; the second demands that nothing is
 * damaged. */
void scene_open(struct sl_error *damage);
void scene_reopen(void);

/* Batches up to `count` of a history are here. */
void scene_hold(const struct sl_log_hash *log, size_t count);

/* A whole response; the batches that are held stay as they were until its
 * end. */
enum sl_status scene_respond(const struct answer *answer, struct sl_error *err);
void scene_accept(const struct answer *answer);
void scene_refuse(const struct answer *answer, const char *code);

/* Trust file 1, which the server sends. */
void scene_take_first(enum sl_status expected, const char *code);

/* The next trust file, as scene.authority has it now. */
void scene_take_next(enum sl_status expected, const char *code);

#endif /* SL_UNIT_CLIENT_SCENE_H */
