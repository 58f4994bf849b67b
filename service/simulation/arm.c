#include "arm.h"

#include <math.h>
#include <string.h>

#define GRAVITY 9.81
#define DAMPING 0.02
/* Upper arm, forearm, wrist with gripper. */
#define UPPER_KG 8.06
#define FORE_KG  2.85
#define WRIST_KG 3.4

static const double link_d[ARM_JOINTS] = {0.1625, 0, 0, 0.1333, 0.0997, 0.0996};
static const double link_a[ARM_JOINTS] = {0, -0.425, -0.3922, 0, 0, 0};
/* Sine of alpha; its cosine is 1 where this is 0, else 0. */
static const int link_sin[ARM_JOINTS] = {1, 0, 0, 1, -1, 0};

const double arm_home[ARM_JOINTS] = {
    0.3, -1.5708, -1.5708, -1.5708, 1.5708, 0.3};
const double arm_limit[ARM_JOINTS] = {
    6.2832, 6.2832, 3.1416, 6.2832, 6.2832, 6.2832};
const char *const arm_joint_names[ARM_JOINTS] = {"shoulder_pan_joint",
    "shoulder_lift_joint", "elbow_joint", "wrist_1_joint", "wrist_2_joint",
    "wrist_3_joint"};

/* Position and axes of a link's frame. */
struct frame {
	double p[3];
	double x[3];
	double y[3];
	double z[3];
};

static void
advance(struct frame *frame, double angle, unsigned link)
{
	double c = cos(angle);
	double s = sin(angle);
	double sa = link_sin[link];
	double ca = link_sin[link] == 0 ? 1 : 0;
	struct frame next;

	for (unsigned i = 0; i < 3; i++) {
		double turned = -s * frame->x[i] + c * frame->y[i];

		next.x[i] = c * frame->x[i] + s * frame->y[i];
		next.y[i] = ca * turned + sa * frame->z[i];
		next.z[i] = -sa * turned + ca * frame->z[i];
		next.p[i] = frame->p[i] + link_d[link] * frame->z[i] +
		    link_a[link] * next.x[i];
	}
	*frame = next;
}

static const struct frame base = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

/* The pose of a point so far along the frame's third axis. */
static void
to_pose(const struct frame *frame, double along_m, struct arm_pose *out)
{
	for (unsigned i = 0; i < 3; i++)
		out->position[i] = frame->p[i] + along_m * frame->z[i];
	memcpy(out->axes[0], frame->x, sizeof(frame->x));
	memcpy(out->axes[1], frame->y, sizeof(frame->y));
	memcpy(out->axes[2], frame->z, sizeof(frame->z));
}

void
arm_forward(const double joints[ARM_JOINTS], struct arm_pose *out)
{
	struct frame frame = base;

	for (unsigned i = 0; i < ARM_JOINTS; i++)
		advance(&frame, joints[i], i);
	to_pose(&frame, ARM_TOOL_M, out);
}

void
arm_frames(const double joints[ARM_JOINTS], struct arm_pose out[ARM_JOINTS])
{
	struct frame frame = base;

	for (unsigned i = 0; i < ARM_JOINTS; i++) {
		advance(&frame, joints[i], i);
		to_pose(&frame, 0, &out[i]);
	}
}

static void
cross(const double a[3], const double b[3], double out[3])
{
	out[0] = a[1] * b[2] - a[2] * b[1];
	out[1] = a[2] * b[0] - a[0] * b[2];
	out[2] = a[0] * b[1] - a[1] * b[0];
}

void
arm_jacobian(
    const double joints[ARM_JOINTS], double out[ARM_JOINTS][ARM_JOINTS])
{
	struct frame frame = base;
	struct frame at[ARM_JOINTS]; /* the axis each joint turns about */
	struct arm_pose pose;

	for (unsigned i = 0; i < ARM_JOINTS; i++) {
		at[i] = frame;
		advance(&frame, joints[i], i);
	}
	to_pose(&frame, ARM_TOOL_M, &pose);
	for (unsigned j = 0; j < ARM_JOINTS; j++) {
		double arm[3];
		double velocity[3];

		for (unsigned i = 0; i < 3; i++)
			arm[i] = pose.position[i] - at[j].p[i];
		cross(at[j].z, arm, velocity);
		for (unsigned i = 0; i < 3; i++) {
			out[i][j] = velocity[i];
			out[i + 3][j] = at[j].z[i];
		}
	}
}

void
arm_down(struct arm_pose *out, const double position[3], double yaw)
{
	const double x[3] = {cos(yaw), sin(yaw), 0};
	const double z[3] = {0, 0, -1};

	memcpy(out->position, position, 3 * sizeof(double));
	memcpy(out->axes[0], x, sizeof(x));
	cross(z, x, out->axes[1]);
	memcpy(out->axes[2], z, sizeof(z));
}

/* Solve m x = b by elimination; m is symmetric and positive, both are spent. */
static void
solve(double m[ARM_JOINTS][ARM_JOINTS], double b[ARM_JOINTS])
{
	for (unsigned k = 0; k < ARM_JOINTS; k++) {
		for (unsigned i = k + 1; i < ARM_JOINTS; i++) {
			double share = m[i][k] / m[k][k];

			for (unsigned j = k; j < ARM_JOINTS; j++)
				m[i][j] -= share * m[k][j];
			b[i] -= share * b[k];
		}
	}
	for (unsigned k = ARM_JOINTS; k-- > 0;) {
		for (unsigned j = k + 1; j < ARM_JOINTS; j++)
			b[k] -= m[k][j] * b[j];
		b[k] /= m[k][k];
	}
}

/* Way to the target: metres, then the rotation vector, for small angles. */
static double
difference(const struct arm_pose *now, const struct arm_pose *target,
    double out[ARM_JOINTS])
{
	double length[2] = {0, 0};

	memset(out, 0, ARM_JOINTS * sizeof(double));
	for (unsigned axis = 0; axis < 3; axis++) {
		double turn[3];

		out[axis] = target->position[axis] - now->position[axis];
		cross(now->axes[axis], target->axes[axis], turn);
		for (unsigned i = 0; i < 3; i++)
			out[i + 3] += 0.5 * turn[i];
	}
	for (unsigned i = 0; i < ARM_JOINTS; i++)
		length[i / 3] += out[i] * out[i];
	return sqrt(length[0]) + sqrt(length[1]);
}

static void
step(double joints[ARM_JOINTS], double way[ARM_JOINTS])
{
	double jacobian[ARM_JOINTS][ARM_JOINTS];
	double square[ARM_JOINTS][ARM_JOINTS];

	arm_jacobian(joints, jacobian);
	for (unsigned i = 0; i < ARM_JOINTS; i++) {
		for (unsigned j = 0; j < ARM_JOINTS; j++) {
			square[i][j] = i == j ? DAMPING * DAMPING : 0;
			for (unsigned k = 0; k < ARM_JOINTS; k++)
				square[i][j] += jacobian[i][k] * jacobian[j][k];
		}
	}
	solve(square, way);
	for (unsigned j = 0; j < ARM_JOINTS; j++) {
		for (unsigned i = 0; i < ARM_JOINTS; i++)
			joints[j] += jacobian[i][j] * way[i];
	}
}

double
arm_solve(
    double joints[ARM_JOINTS], const struct arm_pose *target, unsigned steps)
{
	double way[ARM_JOINTS];
	struct arm_pose now;

	for (unsigned i = 0; i < steps; i++) {
		arm_forward(joints, &now);
		(void)difference(&now, target, way);
		step(joints, way);
	}
	arm_forward(joints, &now);
	return difference(&now, target, way);
}

void
arm_gravity(
    const double joints[ARM_JOINTS], double mass_kg, double out[ARM_JOINTS])
{
	double upper = -link_a[1] * cos(joints[1]);
	double fore = -link_a[2] * cos(joints[1] + joints[2]);
	double end_kg = WRIST_KG + mass_kg;

	memset(out, 0, ARM_JOINTS * sizeof(double));
	out[2] = -GRAVITY * (FORE_KG * fore / 2 + end_kg * fore);
	out[1] = out[2] -
	    GRAVITY * (UPPER_KG * upper / 2 + (FORE_KG + end_kg) * upper);
}
