/* Has no guard. */
int sl_x(void);
