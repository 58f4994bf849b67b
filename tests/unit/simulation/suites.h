/* One test case per module of the simulation. */
#ifndef TEST_SIMULATION_SUITES_H
#define TEST_SIMULATION_SUITES_H

#include <check.h>

TCase *arm_cases(void);
TCase *camera_cases(void);
TCase *rollout_cases(void);

#endif /* TEST_SIMULATION_SUITES_H */
