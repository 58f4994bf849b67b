/* What touches what: springs and dampers between the object, the fingers, the
 * table and the block or tray. */
#ifndef SL_SIMULATION_CONTACT_H
#define SL_SIMULATION_CONTACT_H

#include <stdbool.h>

#include "scene.h"

enum object_place {
	OBJECT_WAITING, /* stands where it is to be picked */
	OBJECT_HELD,
	OBJECT_PLACED,
	OBJECT_FALLEN,
};

struct contact {
	const struct scene *scene;
	enum object_place place;
	bool is_engaged;  /* the held object is in the hole */
	double object[3]; /* centre of its bottom */
	double held[3];   /* that from the finger tips, while held */
	double fall;      /* m/s, down */
};

void contact_init(struct contact *out, const struct scene *scene);

/* Force on the fingers, N, base frame, and the point it acts at from the tips;
 * moves a held object with the tips. */
void contact_force(struct contact *contact, const double tips[3],
    const double velocity[3], double force[3], double arm[3]);

/* How deep the object is in the hole; 0 outside it. */
double contact_depth(const struct contact *contact);

/* Would fingers that close here get hold of the object? */
bool contact_is_within_reach(
    const struct contact *contact, const double tips[3]);
void contact_hold(struct contact *contact, const double tips[3]);
void contact_let_go(struct contact *contact, enum object_place place);
/* What was lost falls on until it lies. */
void contact_fall(struct contact *contact, double seconds);

#endif /* SL_SIMULATION_CONTACT_H */
