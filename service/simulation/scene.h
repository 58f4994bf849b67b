/* What one episode is about, drawn by chance: task, object, place, operator,
 * and what will go wrong.  Metres, kilograms; the table is z = 0. */
#ifndef SL_SIMULATION_SCENE_H
#define SL_SIMULATION_SCENE_H

#include <stdbool.h>
#include <stdint.h>

enum scene_goal {
	SCENE_INSERT, /* into the hole of a block */
	SCENE_KIT,    /* into the compartment of a tray */
};

/* What is done wrong.  The rollout shows what comes of it. */
enum scene_fault {
	SCENE_NO_FAULT,
	SCENE_MISS_GRASP,     /* aims beside the object */
	SCENE_MISJUDGE_POSE,  /* aims further beside it */
	SCENE_WEAK_GRASP,     /* the object slides out while it is lifted */
	SCENE_LOSE_OBJECT,    /* and here on the way */
	SCENE_MISALIGN,       /* the peg meets the rim of the hole */
	SCENE_JAM,            /* the hole is tight and dry */
	SCENE_PUSH_HARD,      /* pushes far beyond the bottom */
	SCENE_WRONG_PLACE,    /* puts it down beside its compartment */
	SCENE_PROTECTIVE_STOP /* pushes until the controller stops the arm */
};

enum scene_form {
	SCENE_PEG,
	SCENE_CONNECTOR,
	SCENE_GEAR,
	SCENE_BEARING,
	SCENE_BRACKET,
	SCENE_BOTTLE,
};

struct scene_object {
	enum scene_form form;
	const char *category; /* "peg" */
	const char *name;
	const char *material;
	double radius; /* of a round one, or half its width */
	double height;
	double mass_kg;
};

struct scene_task {
	const char *slug;
	const char *instruction;
	enum scene_goal goal;
	const struct scene_object *objects;
	unsigned object_count;
	const enum scene_fault *faults;
	unsigned fault_count;
};

struct scene_site {
	const char *slug;
	const char *environment; /* a word of the vocabulary */
	const char *lighting;
	const char *operators[3];
};

struct scene {
	const struct scene_task *task;
	const struct scene_object *object;
	const struct scene_site *site;
	unsigned operator_index;
	double skill; /* of the operator, 0 slow and shaky to 1 */
	enum scene_fault fault;
	bool tries_again; /* after a grasp that missed */
	double pick[2];   /* where the object stands */
	double yaw;
	double goal[2];     /* where it belongs */
	double goal_height; /* top of the block, or floor of the tray */
	double depth;       /* of the hole */
	double clearance;   /* radius of the hole less that of the object */
	double delay_s;     /* from leader to follower */
	double offset[2];   /* of the place where the object is put down */
	double aim[2];      /* of the place where it is grasped */
	double push;        /* how far beyond the bottom it is pushed */
	uint8_t colour[3];  /* of the object */
};

void scene_make(struct scene *out, uint64_t seed, uint32_t number);

#endif /* SL_SIMULATION_SCENE_H */
