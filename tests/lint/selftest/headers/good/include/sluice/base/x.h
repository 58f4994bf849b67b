/* Needs nothing. */
#ifndef SLUICE_BASE_X_H
#define SLUICE_BASE_X_H

int sl_x(void);

#endif
