/* Uses a type that it does not include. */
#ifndef SLUICE_BASE_X_H
#define SLUICE_BASE_X_H

uint32_t sl_x(void);

#endif
