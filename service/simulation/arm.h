/* The kinematics of a UR5e with a gripper: joints to tool pose and back.
 *
 * Metres and radians, base frame: z up from the table, Denavit-Hartenberg
 * parameters as Universal Robots publishes them ("DH parameters for
 * calculations of kinematics and dynamics"). */
#ifndef SL_SIMULATION_ARM_H
#define SL_SIMULATION_ARM_H

#define ARM_JOINTS 6
/* From the flange, where the wrench is felt, to the finger tips. */
#define ARM_TOOL_M 0.17

struct arm_pose {
	double position[3]; /* of the finger tips, or of a link's end */
	double axes[3][3];  /* axes[i] is its axis i in the base frame */
};

extern const double arm_home[ARM_JOINTS];
extern const double arm_limit[ARM_JOINTS]; /* rad, both ways */
extern const char *const arm_joint_names[ARM_JOINTS];

void arm_forward(const double joints[ARM_JOINTS], struct arm_pose *out);

/* The frame at the end of each link; the last is the flange. */
void arm_frames(
    const double joints[ARM_JOINTS], struct arm_pose out[ARM_JOINTS]);

/* Rows: velocity of the tips, then angular velocity, per joint velocity. */
void arm_jacobian(
    const double joints[ARM_JOINTS], double out[ARM_JOINTS][ARM_JOINTS]);

/* The pose that looks straight down, turned by yaw. */
void arm_down(struct arm_pose *out, const double position[3], double yaw);

/* Move `joints` towards the pose by so many damped least-squares steps; what
 * is left is returned, metres plus radians. */
double arm_solve(
    double joints[ARM_JOINTS], const struct arm_pose *target, unsigned steps);

/* Torques that hold the arm and a load of mass_kg at the tips, N m. */
void arm_gravity(
    const double joints[ARM_JOINTS], double mass_kg, double out[ARM_JOINTS]);

#endif /* SL_SIMULATION_ARM_H */
