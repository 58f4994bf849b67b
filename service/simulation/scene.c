#include "scene.h"

#include "random.h"

#define FAULT_PERCENT  25
#define STREAM         0
#define OPERATOR_COUNT 3
#define COUNT_OF(list) ((unsigned)(sizeof(list) / sizeof(*(list))))

static const struct scene_object pegs[] = {
    {SCENE_PEG, "peg", "peg-12", "steel", 0.012, 0.06, 0.21},
    {SCENE_PEG, "peg", "peg-16", "aluminium", 0.016, 0.06, 0.13},
    {SCENE_PEG, "peg", "peg-20", "brass", 0.020, 0.05, 0.53},
};
static const struct scene_object plugs[] = {
    {SCENE_CONNECTOR, "connector", "connector-4-pin", "polyamide", 0.011, 0.05,
        0.06},
    {SCENE_CONNECTOR, "connector", "connector-9-pin", "polyamide", 0.015, 0.05,
        0.09},
};
static const struct scene_object parts[] = {
    {SCENE_GEAR, "gear", "gear-24", "steel", 0.024, 0.02, 0.31},
    {SCENE_BEARING, "bearing", "bearing-6004", "steel", 0.021, 0.014, 0.07},
    {SCENE_BRACKET, "bracket", "bracket-l", "aluminium", 0.018, 0.03, 0.11},
    {SCENE_BOTTLE, "bottle", "bottle-100", "polyethylene", 0.022, 0.09, 0.14},
};

static const enum scene_fault insert_faults[] = {SCENE_MISS_GRASP,
    SCENE_MISALIGN, SCENE_JAM, SCENE_PUSH_HARD, SCENE_WEAK_GRASP,
    SCENE_PROTECTIVE_STOP};
static const enum scene_fault kit_faults[] = {SCENE_MISS_GRASP,
    SCENE_MISJUDGE_POSE, SCENE_WEAK_GRASP, SCENE_LOSE_OBJECT,
    SCENE_WRONG_PLACE};

static const struct scene_task tasks[] = {
    {"insert-peg", "Insert the peg into the block.", SCENE_INSERT, pegs,
        COUNT_OF(pegs), insert_faults, COUNT_OF(insert_faults)},
    {"plug-connector", "Plug the connector into the socket.", SCENE_INSERT,
        plugs, COUNT_OF(plugs), insert_faults, COUNT_OF(insert_faults)},
    {"kit-tray", "Put the part into its compartment of the tray.", SCENE_KIT,
        parts, COUNT_OF(parts), kit_faults, COUNT_OF(kit_faults)},
};

static const struct scene_site sites[] = {
    {"cell-north", "factory", "ceiling lamps", {"op-03", "op-07", "op-11"}},
    {"lab-2", "lab", "daylight", {"op-01", "op-02", "op-05"}},
    {"depot-east", "warehouse", "dim", {"op-14", "op-16", "op-21"}},
};

static const uint8_t colours[][3] = {
    {196, 62, 48}, {52, 98, 178}, {62, 140, 78}, {206, 156, 44}};

static double
either_way(struct random *random, double low, double high)
{
	double size = random_between(random, low, high);

	return random_below(random, 2) == 0 ? size : -size;
}

static void
make_fault(struct scene *scene, struct random *random)
{
	const struct scene_task *task = scene->task;

	if (random_below(random, 100) >= FAULT_PERCENT)
		return;
	scene->fault = task->faults[random_below(random, task->fault_count)];
	switch (scene->fault) {
	case SCENE_MISS_GRASP:
		scene->aim[0] = either_way(random, 0.045, 0.055);
		scene->tries_again = random_below(random, 3) == 0;
		break;
	case SCENE_MISJUDGE_POSE:
		scene->aim[0] = either_way(random, 0.07, 0.1);
		break;
	case SCENE_MISALIGN:
		scene->offset[0] = either_way(random, 0.005, 0.009);
		break;
	case SCENE_WRONG_PLACE:
		scene->offset[1] = either_way(random, 0.06, 0.09);
		break;
	case SCENE_PUSH_HARD:
		scene->push = random_between(random, 0.016, 0.022);
		break;
	case SCENE_PROTECTIVE_STOP:
		scene->push = random_between(random, 0.045, 0.06);
		break;
	case SCENE_NO_FAULT:
	case SCENE_WEAK_GRASP:
	case SCENE_LOSE_OBJECT:
	case SCENE_JAM:
		break;
	}
}

static void
make_places(struct scene *scene, struct random *random)
{
	scene->pick[0] = random_between(random, 0.38, 0.52);
	scene->pick[1] = random_between(random, -0.28, -0.14);
	scene->yaw = random_between(random, -0.5, 0.5);
	scene->goal[0] = random_between(random, 0.42, 0.50);
	scene->goal[1] = random_between(random, 0.12, 0.24);
	if (scene->task->goal == SCENE_INSERT) {
		scene->goal_height = 0.05;
		scene->depth = 0.6 * scene->object->height;
		scene->clearance = random_between(random, 0.0005, 0.0009);
	} else {
		scene->goal_height = 0.004;
		scene->depth = 0;
		scene->clearance = 0.008;
	}
}

void
scene_make(struct scene *out, uint64_t seed, uint32_t number)
{
	struct random random;

	*out = (struct scene){0};
	random_init(&random, seed, number | (uint64_t)STREAM << 32);
	out->task = &tasks[random_below(&random, COUNT_OF(tasks))];
	out->object =
	    &out->task->objects[random_below(&random, out->task->object_count)];
	out->site = &sites[random_below(&random, COUNT_OF(sites))];
	out->operator_index = random_below(&random, OPERATOR_COUNT);
	out->skill = 0.4 + 0.3 * out->operator_index;
	out->delay_s = random_between(&random, 0.012, 0.04);
	out->push = 0.003;
	for (unsigned i = 0; i < 2; i++) {
		out->offset[i] = random_noise(&random, 0.00015);
		out->aim[i] = random_noise(&random, 0.0015);
	}
	for (unsigned i = 0, colour = random_below(&random, COUNT_OF(colours));
	     i < 3; i++)
		out->colour[i] = colours[colour][i];
	make_places(out, &random);
	make_fault(out, &random);
}
