/* libsodium's one-time start, which picks the fast code for this processor. */
#ifndef SL_CRYPTO_SODIUM_START_H
#define SL_CRYPTO_SODIUM_START_H

/* Cheap after the first call; any thread.  Aborts if the kernel gives no
 * random bytes: nothing here is safe then. */
void sl_sodium_start(void);

#endif /* SL_CRYPTO_SODIUM_START_H */
